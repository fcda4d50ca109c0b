"""Ways to tokens: `gachapon sign-in` beside a browser, and the bare protocol for what a good client would not send.

    with SignIn(server, folder / "tokens.json") as tool:      the process; tool.address is what it asks to be opened
        page.open(tool.address) ...
        code, out, err = tool.end()
    code_of(keycloak, name, password, challenge=...)           what Keycloak's login page would redirect a browser with
"""

import base64
import hashlib
import html
import http.cookiejar
import json
import pathlib
import re
import secrets
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from .keycloak import PLAYERS_CLIENT

REDIRECT = "http://127.0.0.1:9/callback"  # nobody listens there


class SignIn:
    """`file`: where the tokens go. `environment` replaces some of the server's."""

    def __init__(self, gachapon, file, *flags, environment=None):
        self.file = pathlib.Path(file)
        self._popen = subprocess.Popen(
            [gachapon.binary, "sign-in", "--tokens", self.file, *(flags or ["--no-browser"])],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**gachapon.environment(), **(environment or {})})
        self._said = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.communicate()

    @property
    def address(self):
        """The address that it prints, for a browser."""
        return self._word(r"https?://\S+")

    @property
    def user_code(self):
        """With --device: the code to enter."""
        return self._word(r"(?<=enter the code )\S+")

    def end(self, timeout=180):
        """(exit status, stdout, stderr)."""
        out, err = self._popen.communicate(timeout=timeout)
        return self._popen.returncode, out, "".join(self._said) + err

    def succeed(self):
        """What it kept, after it has ended well."""
        status, out, err = self.end()
        assert status == 0, err
        kept = json.loads(self.file.read_text())
        assert json.loads(out) == {"player": kept["player"], "expires_at": kept["expires_at"]}
        return kept

    def fail(self, *words):
        """That it ended with 1 and said these words; returns all it said."""
        status, out, err = self.end()
        assert status == 1 and out == "", (status, out, err)
        assert all(word in err for word in words), err
        return err

    def _word(self, pattern):
        while not re.search(pattern, "".join(self._said)):
            line = self._popen.stderr.readline()
            assert line, f"sign-in ended: {''.join(self._said)}"
            self._said.append(line)
        return re.search(pattern, "".join(self._said)).group()


def enter(page, name, password="correct horse 7"):
    """Fills Keycloak's sign-in page in a browser."""
    page.fill("#username", name)
    page.fill("#password", password)
    page.click("#kc-login")


def pkce():
    """(verifier, challenge)."""
    verifier = secrets.token_urlsafe(32)
    return verifier, base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorization_url(keycloak, challenge=None, method="S256", redirect=REDIRECT, client_id=PLAYERS_CLIENT, **more):
    query = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect, "scope": "openid", "state": "s", "nonce": "n"}
    if challenge is not None:
        query["code_challenge"] = challenge
    if method is not None:
        query["code_challenge_method"] = method
    return f"{keycloak.issuer}/protocol/openid-connect/auth?{urllib.parse.urlencode({**query, **more})}"


class Visitor:
    """A browser without scripts that follows no redirect; keeps cookies, also those marked Secure (loopback is)."""

    def __init__(self):
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https"))
        self._opener = urllib.request.build_opener(_Stay(), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(policy)))

    def go(self, url, **form):
        """(status, text, the address redirected to)."""
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            answer = self._opener.open(url, data, timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        return answer.status, answer.read().decode(), answer.headers.get("Location")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def answer_of(address):
    """The parameters of a redirect."""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))


def code_of(keycloak, username, password="correct horse 7", **options):
    """Signs in on Keycloak's login page; the parameters of the redirect that follows."""
    visitor = Visitor()
    status, text, _ = visitor.go(authorization_url(keycloak, **options))
    action = re.search(r'<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"', text, re.S)
    assert status == 200 and action, text[:500]
    status, text, location = visitor.go(html.unescape(action.group(1)), username=username, password=password)
    assert status == 302, text[:500]
    return answer_of(location)
