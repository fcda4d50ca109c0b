"""Native sign-in against the real Keycloak, through a real browser: `gachapon sign-in`, and what a good client would not send.

A player's ways in: code flow with PKCE and a loopback redirect, a code for another device, a password, a refresh that uses up what it
refreshes. A fake issuer says what Keycloak never would.
"""

import http.server
import json
import secrets
import threading
import time
import urllib.parse

import jwt
import pytest

from harness.keycloak import Answer
from harness.processes import wait_until
from harness.sign_in import REDIRECT, SignIn, Visitor, answer_of, authorization_url, code_of, enter, pkce

PASSWORD = "correct horse 7"


@pytest.fixture
def console(keycloak):
    return keycloak.console()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "tokens.json"


@pytest.fixture
def sign_in(server, file):
    """sign_in(*flags): the tool, ended after the test."""
    made = []

    def make(*flags, **options):
        made.append(SignIn(server, file, *flags, **options))
        return made[-1]

    yield make
    for tool in made:
        tool.__exit__()


@pytest.fixture
def with_password(sign_in, tmp_path):
    """with_password(name, password): the tool signing in by direct grant."""
    def make(name, password=PASSWORD):
        secret = tmp_path / "password"
        secret.write_text(password + "\n")
        return sign_in("--email", name, "--password-file", str(secret))

    return make


def claims(token):
    return jwt.decode(token, options={"verify_signature": False, "verify_aud": False})


def plays(server, clients, kept):
    """The tokens are good: the game takes them, for this player."""
    client = clients(server.settings.url + "/join")
    reply = client.sign_in(kept["access_token"])["payload"]
    assert reply["player"] == kept["player"] and "player" in reply["roles"]
    return reply


def refused(call, *words):
    """That Keycloak refuses this with these words."""
    with pytest.raises(Answer) as answer:
        call()
    assert all(word in answer.value.body for word in words), answer.value.body


# The browser.

def test_the_browser_brings_the_tokens(server, sign_in, people, page, clients, file):
    person, tool = people.new(), sign_in()
    page.open(tool.address)
    enter(page, person.name, "not it")
    page.wait_text("Invalid username or password")
    enter(page, person.name)
    page.wait_text("You are signed in")
    assert page.errors == []
    kept = tool.succeed()
    assert kept["player"] == person.id and file.stat().st_mode & 0o777 == 0o600
    token = claims(kept["access_token"])
    assert token["azp"] == "gachapon-players" and token["aud"] == "gachapon"
    assert abs(kept["expires_at"] / 1000 - token["exp"]) < 30
    plays(server, clients, kept)
    said = server.tool("connect", server.settings.url + "/join", "--token-file", file, text="ping\n")
    assert f'"player":"{person.id}"' in said and '"type":"ping"' in said


def test_someone_who_is_new_registers_on_keycloaks_page(server, sign_in, page, clients):
    tool, name = sign_in(), f"new-{secrets.token_hex(5)}"
    page.open(tool.address)
    page.click_text("Register")
    page.fill("#username", name)
    page.fill("#email", f"{name}@example.test")
    page.fill("#password", "short")
    page.fill("#password-confirm", "short")
    page.click("input[type=submit]")
    page.wait_text("minimum length 8")
    page.fill("#password", PASSWORD)
    page.fill("#password-confirm", PASSWORD)
    page.click("input[type=submit]")
    page.wait_text("You are signed in")
    assert plays(server, clients, tool.succeed())["enrolled"]


def test_a_sign_in_cancelled_in_the_browser(console, sign_in, page, people, file):
    with console.action_of_everyone("TERMS_AND_CONDITIONS"):
        person, tool = people.new(), sign_in()
        page.open(tool.address)
        enter(page, person.name)
        page.click_text("Decline")
        page.wait_text("You are not signed in")
        tool.fail("not signed in", "cancelled in the browser (access_denied)")
    assert not file.exists()


def test_only_the_answer_that_was_waited_for_ends_it(keycloak, sign_in):
    """A stranger's page cannot end a sign-in nor put its own code there; an answer of another issuer is not redeemed."""
    tool, visitor = sign_in(), Visitor()
    asked = answer_of(tool.address)
    for query in ("state=guess&code=x", "code=x", f"state={asked['state']}x&code=x&iss={keycloak.issuer}"):
        assert visitor.go(f"{asked['redirect_uri']}?{query}")[0] == 404
    for path in ("", "favicon.ico"):
        assert visitor.go(asked["redirect_uri"].replace("callback", path))[0] == 404
    status, text, _ = visitor.go(f"{asked['redirect_uri']}?state={asked['state']}&code=x&iss=https%3A%2F%2Felsewhere.test")
    assert status == 200 and "You are not signed in" in text
    tool.fail("not come from this issuer (iss)")
    tool = sign_in()
    asked = answer_of(tool.address)
    visitor.go(f"{asked['redirect_uri']}?state={asked['state']}&code=x")
    tool.fail("(iss)")


def test_an_id_token_of_another_sign_in(sign_in, people, page, file):
    person, tool = people.new(), sign_in()
    page.open(tool.address.replace(answer_of(tool.address)["nonce"], "another"))
    enter(page, person.name)
    page.wait_text("You are signed in")
    tool.fail("another sign-in (nonce)")
    assert not file.exists()


@pytest.mark.parametrize("redirect", [
    "http://evil.example/callback", "http://localhost:9/callback", "http://127.0.0.1.evil.example/", "http://127.0.0.1@evil.example/",
    "http://127.0.0.1:80@evil.example/", "https://127.0.0.1/callback", "http://127.0.0.2/callback", "//evil.example/", "game://callback",
    "http://127.0.0.1:9/a/../../b"])
def test_a_redirect_off_loopback_is_refused(keycloak, redirect):
    status, text, location = Visitor().go(authorization_url(keycloak, pkce()[1], redirect=redirect))
    assert (status, location) == (400, None) and "Invalid parameter: redirect_uri" in text


def test_pkce_cannot_be_left_out_or_weakened(keycloak, console, people):
    person = people.new()
    verifier, challenge = pkce()
    for client in ("gachapon-players", "gachapon-web"):
        for asked in ({"challenge": None, "method": None}, {"challenge": challenge, "method": None}, {"challenge": None},
                      {"challenge": verifier, "method": "plain"}, {"challenge": "x"}):
            answer = answer_of(Visitor().go(authorization_url(keycloak, client_id=client, **asked))[2])
            assert answer["error"] == "invalid_request" and "code" not in answer
    for wrong in ({}, {"code_verifier": pkce()[0]}, {"code_verifier": challenge}):
        code = code_of(keycloak, person.name, challenge=challenge)["code"]
        refused(lambda: redeem(console, code, **wrong), "invalid_grant", "PKCE")  # noqa: B023
    code = code_of(keycloak, person.name, challenge=challenge)["code"]
    refused(lambda: redeem(console, code, redirect_uri=REDIRECT + "/other", code_verifier=verifier), "Incorrect redirect_uri")


def redeem(console, code, **more):
    return console.token(**{"grant_type": "authorization_code", "client_id": "gachapon-players", "code": code,
                            "redirect_uri": REDIRECT, **more})


def test_a_code_used_twice_is_refused_and_ends_what_it_gave(keycloak, console, people):
    person, (verifier, challenge) = people.new(), pkce()
    code = code_of(keycloak, person.name, challenge=challenge)["code"]
    tokens = redeem(console, code, code_verifier=verifier)
    refused(lambda: redeem(console, code, code_verifier=verifier), "Code not valid")
    refused(lambda: console.refresh(tokens["refresh_token"]), "invalid_grant")


def test_the_page_may_call_from_its_own_address_only(keycloak, console, people):
    """gachapon-web: a browser's page reads the token endpoint's answer where the server's address is known, nowhere else."""
    person, origin = people.new(), "http://127.0.0.1:23456"
    console.add_web_origin(origin)
    for asker, allowed in ((origin, origin), ("http://127.0.0.1:23457", None), ("https://evil.example", None)):
        verifier, challenge = pkce()
        code = code_of(keycloak, person.name, challenge=challenge, client_id="gachapon-web")["code"]
        form = {"grant_type": "authorization_code", "client_id": "gachapon-web", "code": code, "redirect_uri": REDIRECT,
                "code_verifier": verifier}
        request = urllib.request.Request(f"{keycloak.issuer}/protocol/openid-connect/token", urllib.parse.urlencode(form).encode(),
                                         {"Origin": asker})
        with urllib.request.urlopen(request) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == allowed
            token = claims(json.load(answer)["access_token"])
        assert token["azp"] == "gachapon-web" and token["aud"] == "gachapon"
    refused(lambda: console.login(person.name, client_id="gachapon-web"), "unauthorized_client")


# Another device.

def test_a_code_entered_on_another_device(server, console, sign_in, people, page, clients):
    person = people.new()
    with console.changed_realm(oauth2DevicePollingInterval=1):
        tool = sign_in("--device")
        page.open(tool.address)
        page.fill("#device-user-code", "AAAA-AAAA")
        page.click("input[type=submit]")
        page.wait_text("Invalid code")
        page.fill("#device-user-code", tool.user_code)
        page.click("input[type=submit]")
        enter(page, person.name)
        page.click("#kc-login")  # Yes
        page.wait_text("Device Login Successful")
        plays(server, clients, tool.succeed())


def test_a_device_that_is_denied(console, sign_in, people, page, file):
    person = people.new()
    with console.changed_realm(oauth2DevicePollingInterval=1):
        tool = sign_in("--device")
        page.open(tool.address)
        page.fill("#device-user-code", tool.user_code)
        page.click("input[type=submit]")
        enter(page, person.name)
        page.click("#kc-cancel")  # No
        tool.fail("not signed in", "access_denied")
    assert not file.exists()


def test_a_device_code_that_nobody_enters_expires(console, sign_in):
    with console.changed_realm(oauth2DevicePollingInterval=1, oauth2DeviceCodeLifespan=2):
        sign_in("--device").fail("expired_token")


def test_a_device_that_asks_too_often_or_without_pkce(console, keycloak):
    url, (verifier, challenge) = f"{keycloak.issuer}/protocol/openid-connect/auth/device", pkce()
    status, text, _ = Visitor().go(url, client_id="gachapon-players")
    assert status == 400 and "code_challenge" in text
    device = json.loads(Visitor().go(url, client_id="gachapon-players", code_challenge=challenge, code_challenge_method="S256")[1])
    assert device["interval"] == 5 and device["expires_in"] == 600
    ask = lambda: console.token(grant_type="urn:ietf:params:oauth:grant-type:device_code", client_id="gachapon-players",  # noqa: E731
                                device_code=device["device_code"], code_verifier=verifier)
    refused(ask, "authorization_pending")
    refused(ask, "slow_down")


# Tokens that are kept.

def test_a_refresh_uses_up_the_token(server, sign_in, with_password, console, people, clients, file):
    person = people.new()
    first = with_password(person.name).succeed()
    second = sign_in("--refresh").succeed()
    assert second["player"] == first["player"] == person.id and second["refresh_token"] != first["refresh_token"]
    plays(server, clients, second)
    file.write_text(json.dumps(first))
    sign_in("--refresh").fail("Maximum allowed refresh token reuse exceeded")
    file.write_text(json.dumps(second))
    sign_in("--refresh").fail("invalid_grant")  # who used it twice, nobody knows: neither goes on


def test_two_refreshes_at_once_take_turns(sign_in, with_password, people):
    with_password(people.new().name).succeed()
    both = [sign_in("--refresh"), sign_in("--refresh")]
    assert [tool.end()[0] for tool in both] == [0, 0]
    sign_in("--refresh").succeed()


def test_a_refresh_for_another_player(sign_in, with_password, people, file):
    kept = with_password(people.new().name).succeed()
    file.write_text(json.dumps({**kept, "player": str(people.new().id)}))
    sign_in("--refresh").fail("another player's (sub)")


def test_signing_out(sign_in, with_password, console, people, file):
    kept = with_password(people.new().name).succeed()
    assert console.call("GET", f"/users/{kept['player']}/sessions")[0] != []
    assert sign_in("--end").end()[0] == 0 and not file.exists()
    assert console.call("GET", f"/users/{kept['player']}/sessions")[0] == []
    refused(lambda: console.refresh(kept["refresh_token"]), "invalid_grant")
    assert sign_in("--end").end()[0] == 2, "there is nothing to end"


# Passwords.

def test_what_a_password_is_refused_for(console, with_password, people):
    person = people.new()
    with_password(person.name, "wrong").fail("wrong e-mail or password")
    with_password("nobody-of-that-name").fail("wrong e-mail or password")
    console.set_enabled(person.id, False)
    with_password(person.name).fail("the account is disabled")


def test_a_temporary_password_is_changed_in_the_browser(server, console, sign_in, with_password, people, page, clients):
    person = people.new()
    console.call("PUT", f"/users/{person.id}/reset-password", {"type": "password", "value": "for now 1", "temporary": True})
    with_password(person.name, "for now 1").fail("the account needs something first", "sign in by the browser")
    tool = sign_in()
    page.open(tool.address)
    enter(page, person.name, "for now 1")
    page.fill("#password-new", "my own from here")
    page.fill("#password-confirm", "my own from here")
    page.click_text("Submit")
    page.wait_text("You are signed in")
    plays(server, clients, tool.succeed())
    with_password(person.name, "my own from here").succeed()


def test_too_many_wrong_passwords_lock_and_do_not_tell(console, with_password, people):
    person = people.new()
    with console.changed_realm(failureFactor=2):
        for _ in range(3):
            with_password(person.name, "wrong").fail("wrong e-mail or password")
        wait_until(lambda: console.call("GET", f"/attack-detection/brute-force/users/{person.id}")[0]["disabled"], 60, "the lock")
        with_password(person.name).fail("wrong e-mail or password", "wait a minute")
        console.call("DELETE", f"/attack-detection/brute-force/users/{person.id}")
        with_password(person.name).succeed()


# An issuer that says what Keycloak would not.

class Issuer:
    """Answers each request to its endpoints with the next of `answers`: (status, body)."""

    def __init__(self):
        self.answers, self.asked, issuer = [], [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                issuer.asked.append((self.path.rpartition("/")[2], time.monotonic()))
                status, body = issuer.answers.pop(0)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}/realms/fake"

    def tokens(self, **id_claims):
        good = {"iss": self.url, "aud": "gachapon-players", "sub": "7d3c0000-0000-4000-8000-000000000001", "exp": int(time.time()) + 60}
        return 200, {"access_token": "a", "refresh_token": "r", "expires_in": 60,
                     "id_token": jwt.encode({**good, **id_claims}, "x" * 32, algorithm="HS256")}

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def issuer():
    made = Issuer()
    yield made
    made.close()


def device_code(interval):
    return 200, {"device_code": "d", "user_code": "U", "verification_uri": "http://127.0.0.1:9/", "interval": interval, "expires_in": 60}


def test_slow_down_is_obeyed(issuer, sign_in):
    issuer.answers = [device_code(0), (400, {"error": "authorization_pending"}), (400, {"error": "slow_down"}), issuer.tokens()]
    sign_in("--device", environment={"GACHAPON_ISSUER": issuer.url}).succeed()
    times = [at for name, at in issuer.asked if name == "token"]
    assert times[1] - times[0] < 5 <= times[2] - times[1]


@pytest.mark.parametrize("claims, words", [
    ({"iss": "http://127.0.0.1:9/realms/fake"}, "another issuer (iss)"), ({"aud": "gachapon"}, "another client (aud)"),
    ({"aud": ["a", "b"]}, "another client (aud)"), ({"exp": 1}, "expired"), ({"sub": None}, "lacks a token")])
def test_tokens_that_are_not_for_us(issuer, sign_in, file, claims, words):
    issuer.answers = [device_code(0), issuer.tokens(**claims)]
    sign_in("--device", environment={"GACHAPON_ISSUER": issuer.url}).fail(words)
    assert not file.exists()


@pytest.mark.parametrize("answer", [(200, []), (200, "text"), (200, {}), (500, {}), (404, {}), (302, {})])
def test_answers_that_are_none(issuer, sign_in, file, answer):
    issuer.answers = [answer]
    status, out, err = sign_in("--device", environment={"GACHAPON_ISSUER": issuer.url}).end()
    assert status in (1, 2) and out == "" and "not signed in" in err and not file.exists()


def test_nobody_answers(sign_in, tmp_path):
    status, _, err = sign_in("--device", environment={"GACHAPON_ISSUER": "http://127.0.0.1:9/realms/x"}).end()
    assert status == 2 and "Keycloak does not answer" in err
