"""Puts the parts together: secrets, a certificate, databases with their roles, and the Settings that name them.

Used twice: by ./dev run, with fixed ports and data that stays, and by the fixtures of the tests, with free
ports and folders that go. What is in a database (tables, rights) is the business of `gachapon migrate`; here
are only the things a database administrator would make: roles, databases, passwords.

Four roles, two for each database. The owner runs migrations. The other is what the server signs in as, and
gets its rights from the migrations; it may not make tables. No role is a superuser.
"""

import os
import pathlib
import secrets as random_secrets
import subprocess

from . import leaks
from .keycloak import CLIENT_SECRETS
from .postgres import dsn
from .processes import run
from .settings import Settings

EVENTS, PROJECTIONS = "gachapon_events", "gachapon_projections"


class Secrets:
    """One file per secret in a folder that only we can enter; made at random when first asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chmod(self.folder, 0o700)

    def path(self, name, random_bytes=16, value=None):
        """The file's path. `value` sets it; otherwise what is there stays."""
        file = self.folder / name
        if value is not None or not file.exists():
            text = value if value is not None else random_secrets.token_hex(random_bytes)
            fresh = self.folder / f".{name}.new"
            fresh.touch(mode=0o600)
            fresh.write_text(text + "\n")
            fresh.rename(file)  # whole or not at all
        leaks.remember(file.read_text().strip())
        return file

    def get(self, name, random_bytes=16):
        return self.path(name, random_bytes).read_text().strip()


def certificate(folder):
    """A self-signed certificate for localhost and 127.0.0.1 (its own authority), made anew before it expires.
    Returns (certificate, key)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    cert, key = folder / "tls.crt", folder / "tls.key"
    if cert.exists() and key.exists():
        check = ["openssl", "x509", "-in", str(cert), "-noout", "-checkend", str(14 * 86400)]
        if subprocess.run(check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return cert, key
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256",
         "-days", "365", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1",
         "-keyout", key, "-out", cert], "making a certificate for localhost", umask=0o077)
    return cert, key


def provision(events, projections, secrets, suffix=""):
    """Roles and databases that are missing on two running PostgresServers; passwords become those in `secrets`.
    Returns the six connection strings as fields of Settings. With `suffix`, a set of databases of its own."""
    fields = {}
    for field, server, name in (("event_store", events, EVENTS), ("projections", projections, PROJECTIONS)):
        owner = f"{name}_owner"
        database = name + suffix
        for role in (owner, name):
            server.ensure_role(role, secrets.get(role))
        server.ensure_database(database, owner, users=[owner, name])
        fields[f"{field}_dsn"] = dsn(name, secrets.get(name), server.port, database)
        fields[f"{field}_owner_dsn"] = dsn(owner, secrets.get(owner), server.port, database)
        fields[f"{field}_superuser_dsn"] = server.superuser_dsn(database)
    return fields


def settings_for(keycloak, databases, secrets, ports):
    """The Settings of one gachapon server. `databases`: what `provision` returned; `ports`: a mapping with
    listen, internal and tls."""
    cert, key = certificate(secrets.folder)
    return Settings(
        **databases,
        url=f"ws://127.0.0.1:{ports['listen']}", listen=f"127.0.0.1:{ports['listen']}",
        http_url=f"http://127.0.0.1:{ports['internal']}", internal_listen=f"127.0.0.1:{ports['internal']}",
        tls_url=f"wss://127.0.0.1:{ports['tls']}", tls_listen=f"127.0.0.1:{ports['tls']}",
        tls_cert_file=cert, tls_key_file=key, tls_ca_file=cert,
        keycloak_url=keycloak.url, keycloak_admin=keycloak.admin, keycloak_admin_password=keycloak.admin_password,
        issuer=keycloak.issuer,
        keycloak_client_secret_file=secrets.path("keycloak-client", value=CLIENT_SECRETS["gachapon-server"]),
        master_key_file=secrets.path("master.key", random_bytes=32),
        operator_client_secret=CLIENT_SECRETS["gachapon-operator"])
