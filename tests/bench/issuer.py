"""A stand-in for Keycloak: one RSA key, discovery and key set over HTTP, tokens minted here.

The bench is about the server and its databases; ten thousand sign-ins at a real Keycloak would measure Keycloak. The
tokens have the shape of those that keycloak/realm.json makes, are signed the same way (RS256) and are judged by the
server by the same rules.
"""

import base64
import http.server
import json
import threading
import time
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

REALM = "bench"
KEY_ID = "bench-1"
LIFETIME_S = 6 * 3600


class Issuer:
    """Listens from `start` to `stop`, on 127.0.0.1."""

    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.issuer = f"{self.url}/realms/{REALM}"
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._server = None

    def start(self):
        pages = {f"/realms/{REALM}/.well-known/openid-configuration": self._discovery(),
                 f"/realms/{REALM}/protocol/openid-connect/certs": self._key_set()}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                page = pages.get(self.path)
                body = json.dumps(page if page else {"error": "not found"}).encode()
                self.send_response(200 if page else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def token(self, roles=("player",), client="gachapon-players", subject=None):
        """An access token of a new user, or of `subject`."""
        now = int(time.time())
        claims = {
            "exp": now + LIFETIME_S, "iat": now, "jti": f"onrtro:{uuid.uuid4()}", "iss": self.issuer, "aud": "gachapon",
            "sub": str(subject or uuid.uuid4()), "typ": "Bearer", "azp": client, "sid": str(uuid.uuid4()), "acr": "1",
            "allowed-origins": ["http://127.0.0.1"], "realm_access": {"roles": list(roles)}, "scope": "profile",
            "name": "Bench Player", "preferred_username": "bench",
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"typ": "JWT", "kid": KEY_ID})

    def _discovery(self):
        base = f"{self.issuer}/protocol/openid-connect"
        return {"issuer": self.issuer, "jwks_uri": f"{base}/certs", "token_endpoint": f"{base}/token",
                "authorization_endpoint": f"{base}/auth"}

    def _key_set(self):
        numbers = self._key.public_key().public_numbers()

        def text(number):
            raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
            return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

        return {"keys": [{"kid": KEY_ID, "kty": "RSA", "alg": "RS256", "use": "sig", "n": text(numbers.n),
                          "e": text(numbers.e)}]}
