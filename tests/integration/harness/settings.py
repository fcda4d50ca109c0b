"""The names that other tools read, in one table: what `.run/env` exports, what the server binary reads, what
docker-compose.yml sets. A value that is None is left out.

`url` and the like speak of 127.0.0.1 and not of localhost: nothing then depends on how a machine resolves
names, or on whether it prefers IPv6.
"""

import dataclasses
import shlex

NAMES = [  # environment name, field, what it is
    ("GACHAPON_URL", "url", "the socket: add /join or /play"),
    ("GACHAPON_TLS_URL", "tls_url", "the same over TLS"),
    ("GACHAPON_TLS_CA_FILE", "tls_ca_file", "what to trust for it"),
    ("GACHAPON_HTTP_URL", "http_url", "the internal port: /healthz /readyz /metrics"),
    ("KEYCLOAK_URL", "keycloak_url", "Keycloak; its admin console is under /admin"),
    ("KEYCLOAK_REALM", "keycloak_realm", None),
    ("KEYCLOAK_ADMIN", "keycloak_admin", "who signs in to the admin console"),
    ("KEYCLOAK_ADMIN_PASSWORD", "keycloak_admin_password", None),
    ("EVENT_STORE_DSN", "event_store_dsn", "the server's role: may append and read"),
    ("PROJECTIONS_DSN", "projections_dsn", "the server's role"),
    ("EVENT_STORE_OWNER_DSN", "event_store_owner_dsn", "for gachapon migrate"),
    ("PROJECTIONS_OWNER_DSN", "projections_owner_dsn", "for gachapon migrate"),
    ("EVENT_STORE_SUPERUSER_DSN", "event_store_superuser_dsn", "development only; the server never reads it"),
    ("PROJECTIONS_SUPERUSER_DSN", "projections_superuser_dsn", "development only; the server never reads it"),
    ("GACHAPON_LISTEN", "listen", None),
    ("GACHAPON_INTERNAL_LISTEN", "internal_listen", None),
    ("GACHAPON_TLS_LISTEN", "tls_listen", None),
    ("GACHAPON_TLS_CERT_FILE", "tls_cert_file", None),
    ("GACHAPON_TLS_KEY_FILE", "tls_key_file", None),
    ("GACHAPON_UNLIMITED", "unlimited", "who has no limits of rate and number: whoever is on this machine"),
    ("GACHAPON_ISSUER", "issuer", "compared exactly with a token's iss"),
    ("GACHAPON_KEYCLOAK_CLIENT_ID", "keycloak_client_id", None),
    ("GACHAPON_KEYCLOAK_CLIENT_SECRET_FILE", "keycloak_client_secret_file", None),
    ("GACHAPON_MASTER_KEY_FILE", "master_key_file", "32 random bytes in hex: every player's seeds come from it"),
    ("GACHAPON_OPERATOR_CLIENT_ID", "operator_client_id", "the service account that operator scripts use"),
    ("GACHAPON_OPERATOR_CLIENT_SECRET", "operator_client_secret", None),
]


@dataclasses.dataclass
class Settings:
    url: str = None
    tls_url: str = None
    tls_ca_file: str = None
    http_url: str = None
    keycloak_url: str = None
    keycloak_realm: str = "gachapon"
    keycloak_admin: str = None
    keycloak_admin_password: str = None
    event_store_dsn: str = None
    projections_dsn: str = None
    event_store_owner_dsn: str = None
    projections_owner_dsn: str = None
    event_store_superuser_dsn: str = None
    projections_superuser_dsn: str = None
    listen: str = None
    internal_listen: str = None
    tls_listen: str = None
    tls_cert_file: str = None
    tls_key_file: str = None
    unlimited: str = "127.0.0.0/8"
    issuer: str = None
    keycloak_client_id: str = "gachapon-server"
    keycloak_client_secret_file: str = None
    master_key_file: str = None
    operator_client_id: str = "gachapon-operator"
    operator_client_secret: str = None

    def environment(self):
        """name -> value, for a process's environment."""
        values = ((name, getattr(self, field)) for name, field, _ in NAMES)
        return {name: str(value) for name, value in values if value is not None}

    def env_file(self):
        """The text of `.run/env`, for `. .run/env` in a shell."""
        lines = ["# Written by ./dev run. In a shell:  . .run/env"]
        for name, field, note in NAMES:
            value = getattr(self, field)
            if value is not None:
                lines.append(f"export {name}={shlex.quote(str(value))}" + (f"  # {note}" if note else ""))
        return "\n".join(lines) + "\n"
