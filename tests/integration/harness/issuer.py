"""An issuer of tokens that tests and the bench own: keys, tokens of every kind, discovery and key set over HTTP or TLS.

    with Issuer() as issuer:             # listens on 127.0.0.1; `with` or start() and stop()
        issuer.token()                   # an access token as keycloak/realm.json makes them, of a new user
        issuer.keys = [Key("k2")]        # what the key set holds from now on; the first one signs
        issuer.answers["discovery"] = page(200, {...})      # or "keys": bytes, or a function of the connection
        issuer.asked["keys"]             # how often it was asked for

A well-behaved one stands in for Keycloak where thousands of sign-ins would measure Keycloak. A hostile one says
whatever a test makes it say, byte by byte: a function in `answers` is given the socket of the request.
"""

import base64
import collections
import json
import socket
import ssl
import threading
import time
import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from .processes import free_port

REALM = "test"
HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
CURVES = {"ES256": ("P-256", ec.SECP256R1, 32), "ES384": ("P-384", ec.SECP384R1, 48), "ES512": ("P-521", ec.SECP521R1, 66)}


def text64(data):
    """base64url without padding, of bytes or of a number."""
    if isinstance(data, int):
        data = data.to_bytes((data.bit_length() + 7) // 8 or 1, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def page(status, body, more=""):
    """A whole HTTP answer; `body` is bytes, or JSON to be."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n").encode() + body


class Key:
    """A key pair for one algorithm (RS*, PS*, ES*). `private` brings one along."""

    def __init__(self, kid, algorithm="RS256", private=None, bits=2048):
        self.kid, self.algorithm = kid, algorithm
        self.private = private or (ec.generate_private_key(CURVES[algorithm][1]()) if algorithm in CURVES else
                                   rsa.generate_private_key(public_exponent=65537, key_size=bits))

    def jwk(self, **changed):
        """As in a key set; `changed` members (None: left out)."""
        numbers = self.private.public_key().public_numbers()
        if self.algorithm in CURVES:
            curve, _, size = CURVES[self.algorithm]
            own = {"kty": "EC", "crv": curve, "x": text64(numbers.x.to_bytes(size, "big")),
                   "y": text64(numbers.y.to_bytes(size, "big"))}
        else:
            own = {"kty": "RSA", "n": text64(numbers.n), "e": text64(numbers.e)}
        whole = {"kid": self.kid, "use": "sig", "alg": self.algorithm, **own, **changed}
        return {name: value for name, value in whole.items() if value is not None}

    def signature(self, data, algorithm=None):
        algorithm = algorithm or self.algorithm
        digest = HASHES[algorithm[2:]]()
        if algorithm[0] == "E":
            r, s = utils.decode_dss_signature(self.private.sign(data, ec.ECDSA(digest)))
            size = (self.private.curve.key_size + 7) // 8
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        pad = padding.PSS(padding.MGF1(digest), digest.digest_size) if algorithm[0] == "P" else padding.PKCS1v15()
        return self.private.sign(data, pad, digest)

    def sign(self, claims, header=None, algorithm=None):
        """A token. `claims` and `header` are JSON to be, or text, or bytes as they shall stand; `header` None: the right
        one; `algorithm` signs otherwise than the header says."""
        header = {"alg": self.algorithm, "typ": "JWT", "kid": self.kid} if header is None else header
        parts = [part if isinstance(part, bytes) else part.encode() if isinstance(part, str) else json.dumps(part).encode()
                 for part in (header, claims)]
        signed = ".".join(text64(part) for part in parts)
        return f"{signed}.{text64(self.signature(signed.encode(), algorithm))}"


class Issuer:
    """`host`: an address to listen on; `context`: an ssl.SSLContext to speak TLS."""

    def __init__(self, host="127.0.0.1", context=None, realm=REALM):
        self._host, self._context, self._listener = host, context, None
        self._plugs, self._connections = [], set()
        self._port = free_port()  # it is let go and taken again
        self.url = f"{'https' if context else 'http'}://{host}:{self._port}"
        self.realm, self.issuer = realm, f"{self.url}/realms/{realm}"
        self.keys = [Key("first")]
        self.more_keys = []  # further members of the key set, as they shall stand
        self.answers = {}    # "discovery", "keys": what is said instead
        self.asked = collections.Counter()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    # --- tokens

    def claims(self, roles=("player",), client="gachapon-players", subject=None, lives_s=6 * 3600, **changed):
        now = int(time.time())
        whole = {
            "exp": now + lives_s, "iat": now, "jti": f"onrtro:{uuid.uuid4()}", "iss": self.issuer, "aud": "gachapon",
            "sub": str(subject or uuid.uuid4()), "typ": "Bearer", "azp": client, "sid": str(uuid.uuid4()), "acr": "1",
            "allowed-origins": ["http://127.0.0.1"], "realm_access": {"roles": list(roles)}, "scope": "profile",
            "name": "Test Player", "preferred_username": "test", **changed}
        return {name: value for name, value in whole.items() if value is not None}

    def token(self, roles=("player",), client="gachapon-players", subject=None, key=None, **changed):
        """An access token of a new user, or of `subject`; signed by the first key unless another is given."""
        return (key or self.keys[0]).sign(self.claims(roles, client, subject, **changed))

    # --- what it says

    def discovery(self, **changed):
        base = f"{self.issuer}/protocol/openid-connect"
        return {"issuer": self.issuer, "jwks_uri": f"{base}/certs", "token_endpoint": f"{base}/token",
                "authorization_endpoint": f"{base}/auth", **changed}

    def key_set(self):
        return {"keys": [key.jwk() for key in self.keys] + self.more_keys}

    # --- its server

    def start(self):
        self._unplug()
        if self._listener is None:
            self._listener = socket.create_server((self._host, self._port), backlog=64)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self):
        """Nobody is there: connections are refused."""
        self._unplug()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in list(self._connections):  # it may be kept for the next request
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def plug(self):
        """Connecting hangs: nobody accepts, and there is no room to wait. `start` ends it."""
        self.stop()
        self._plugs = [socket.create_server((self._host, self._port), backlog=0)]
        while True:
            waiting = socket.socket()
            self._plugs.append(waiting)
            waiting.settimeout(0.2)
            try:
                waiting.connect((self._host, self._port))
            except TimeoutError:
                return

    def _unplug(self):
        for plug in self._plugs:
            plug.close()
        self._plugs = []

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        tcp = connection
        self._connections.add(tcp)
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                connection.settimeout(30)
                while head := self._head(connection):
                    if not self._answer(connection, head.split(" ")[1]):
                        return
        except OSError:
            connection.close()
        finally:
            self._connections.discard(tcp)

    @staticmethod
    def _head(connection):
        """The head of the next request, which has no body; "" when there is none."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(4096)
            if not part:
                return ""
            data += part
        return data.decode("latin-1")

    def _answer(self, connection, path):
        """Whether the connection stays."""
        what = "discovery" if path.endswith("/.well-known/openid-configuration") else \
            "keys" if path.endswith("/protocol/openid-connect/certs") else path
        self.asked[what] += 1
        said = self.answers.get(what)
        if callable(said):
            said(connection)
            return False
        if said is None:
            said = page(200, self.discovery()) if what == "discovery" else page(200, self.key_set()) if what == "keys" else \
                page(404, {"error": "not found"})
        connection.sendall(said)
        return True
