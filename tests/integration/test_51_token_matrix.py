"""Malformed, forged and misused tokens on the real socket, against the real realm: each is refused by its rule, in a message and
in the Authorization header, and a bystander plays on.

The realm is given one more signing key, of which the test has the private half: so every claim can be wrong under a signature
that is right. server/auth/README.md has the rules; the same and more are in tests/unit/test_token_forged.c, byte by byte.
"""

import base64
import concurrent.futures
import contextlib
import hashlib
import hmac
import json
import re
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness import game, places, raw
from harness.client import Client, Refused, protocol
from harness.hostile import player, refusal, undisturbed, visitor, watching  # noqa: F401
from harness.issuer import Key, text64
from harness.logout import logout_calls
from harness.processes import wait_until

OPEN = {"pack": "standard", "count": 1}
NIL = "00000000-0000-0000-0000-000000000000"


class World:
    """What tokens are made from."""

    def __init__(self, keycloak, people):
        self.console, self.person, self.issuer = keycloak.console(), people.new(), keycloak.issuer
        self.real = self.console.login(self.person.name, self.person.password, scope="openid")
        self.claims = jwt.decode(self.real["access_token"], options={"verify_signature": False})
        self.realm_key = jwt.PyJWKClient(f"{keycloak.issuer}/protocol/openid-connect/certs").get_signing_keys()[0]
        self.enc_kid = next(key["kid"] for key in self.console.call("GET", "/keys")[0]["keys"] if key.get("use") == "ENC"
                            and key["type"] == "RSA")
        self.logout_token = logout_token_of(self.console)
        self.foreign = self.console.token(realm="master", grant_type="password", client_id="admin-cli", username=keycloak.admin,
                                          password=keycloak.admin_password)
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key, self.component = self.import_key()

    def import_key(self):
        """A signing key of the realm, not the one it signs with, whose private half is ours."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                                    serialization.NoEncryption()).decode()
        location = self.console.call("POST", "/components", {
            "name": "ours", "providerId": "rsa", "providerType": "org.keycloak.keys.KeyProvider",
            "parentId": self.console.call("GET", "")[0]["id"],
            "config": {"priority": ["-1"], "enabled": ["true"], "active": ["true"], "algorithm": ["RS256"], "privateKey": [pem]}})
        component = location[1]["Location"].rsplit("/", 1)[1]
        kid = next(key["kid"] for key in self.console.call("GET", "/keys")[0]["keys"] if key["providerId"] == component)
        return Key(kid, private=private), component

    @property
    def header(self):
        return {"alg": "RS256", "typ": "JWT", "kid": self.key.kid}

    def with_claims(self, **changed):
        """A token that the realm's key has signed; a claim that is ... is left out."""
        now = int(time.time())
        claims = {**self.claims, "iat": now - 1, "exp": now + 300, **changed}
        return self.key.sign({name: value for name, value in claims.items() if value is not ...})

    def with_header(self, algorithm=None, **changed):
        header = {name: value for name, value in {**self.header, **changed}.items() if value is not ...}
        return self.key.sign(self.claims, header, algorithm)

    def with_text(self, old, new):
        """The claims as text, changed."""
        text = json.dumps(self.claims, separators=(",", ":"))
        assert old in text
        return self.key.sign(text.replace(old, new, 1))

    def hmac(self, algorithm, header=None):
        """Signed with the realm's public key as if it were a secret."""
        pem = self.key.private.public_key().public_bytes(serialization.Encoding.PEM,
                                                         serialization.PublicFormat.SubjectPublicKeyInfo)
        head = header or {**self.header, "alg": algorithm}
        body = f"{text64(json.dumps(head).encode())}.{text64(json.dumps(self.claims).encode())}"
        return f"{body}.{text64(hmac.new(pem, body.encode(), getattr(hashlib, 'sha' + algorithm[2:])).digest())}"

    def parts(self):
        return self.with_claims().split(".")

    def with_parts(self, header=None, payload=None, signature=None):
        mine = self.parts()
        return ".".join(given if given is not None else own for given, own in zip((header, payload, signature), mine))

    def changed_payload(self):
        """Keycloak's own token with a role more."""
        header, payload, signature = self.real["access_token"].split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        claims["realm_access"]["roles"].append("game-admin")
        return f"{header}.{text64(json.dumps(claims).encode())}.{signature}"


def now():
    return int(time.time())


FORGED = {  # rule -> name -> token
    "three-parts": {
        "no dots": lambda w: "junk", "only dots": lambda w: "..", "two parts": lambda w: ".".join(w.parts()[:2]),
        "four parts": lambda w: w.with_claims() + ".AAAA", "a dot behind": lambda w: w.with_claims() + ".",
        "a dot in front": lambda w: "." + w.with_claims(), "no signature": lambda w: w.with_parts(signature=""),
        "encrypted": lambda w: ".".join([text64(b'{"alg":"RSA-OAEP","enc":"A256GCM"}')] + ["AAAA"] * 4),
        "none, unsigned": lambda w: w.with_parts(header=text64(b'{"alg":"none","typ":"JWT"}'), signature="")},
    "base64url": {
        "padding": lambda w: w.with_claims() + "=", "the other alphabet": lambda w: w.with_parts(signature="+/" * 171),
        "junk in the payload": lambda w: w.with_parts(payload="!" + w.parts()[1]),
        "bits left over": lambda w: w.with_parts(signature=w.parts()[2][:-2] + "_"),
        "one character": lambda w: w.with_parts(payload="A")},
    "header-json": {
        "a list": lambda w: w.key.sign(w.claims, []), "no JSON": lambda w: w.key.sign(w.claims, "header"),
        "alg twice": lambda w: w.key.sign(w.claims, '{"alg":"none",' + json.dumps(w.header)[1:]),
        "something behind": lambda w: w.key.sign(w.claims, json.dumps(w.header) + "{}"),
        "not UTF-8": lambda w: w.key.sign(w.claims, b'{"alg":"\xff"}')},
    "crit": {"an extension": lambda w: w.with_header(crit=["exp"]), "empty": lambda w: w.with_header(crit=[]),
             "b64": lambda w: w.with_header(b64=False, crit=["b64"])},
    "header-typ": {"none": lambda w: w.with_header(typ=...), "of a logout token": lambda w: w.with_header(typ="logout+jwt"),
                   "a number": lambda w: w.with_header(typ=1), "a real logout token": lambda w: w.logout_token},
    "alg": {
        "none, signed": lambda w: w.with_header(alg="none"), "None": lambda w: w.with_header(alg="None"),
        "HS256 with the public key": lambda w: w.hmac("HS256"), "HS512 with the public key": lambda w: w.hmac("HS512"),
        "lower case": lambda w: w.with_header(alg="rs256"), "EdDSA": lambda w: w.with_header(alg="EdDSA"),
        "a list": lambda w: w.with_header(alg=["RS256"]), "no alg": lambda w: w.with_header(alg=...),
        "a real refresh token": lambda w: w.real["refresh_token"]},
    "kid": {"none": lambda w: w.with_header(kid=...), "empty": lambda w: w.with_header(kid=""),
            "a number": lambda w: w.with_header(kid=7), "129 bytes": lambda w: w.with_header(kid="k" * 129),
            "a key in the token": lambda w: w.with_header(kid=..., jwk=w.key.jwk())},
    "key-unknown": {
        "a stranger's": lambda w: Key("stranger", private=w.stranger).sign(w.claims),
        "a path": lambda w: w.with_header(kid="../../../dev/null"), "a prefix": lambda w: w.with_header(kid=w.key.kid[:-1]),
        "SQL": lambda w: w.with_header(kid="x' or '1'='1"), "a real one of another realm": lambda w: w.foreign["access_token"]},
    "alg-of-key": {
        "RS512 with an RS256 key": lambda w: w.with_header("RS512", alg="RS512"),
        "PS256 with an RS256 key": lambda w: w.with_header("PS256", alg="PS256"),
        "ES256 with an RSA key": lambda w: w.with_header(alg="ES256"),
        "the key for encryption": lambda w: w.with_header(kid=w.enc_kid)},
    "signature": {
        "a stranger's": lambda w: Key(w.key.kid, private=w.stranger).sign(w.claims),
        "a role more in a real one": lambda w: w.changed_payload(), "of another token": lambda w: w.with_parts(
            signature=w.with_claims(jti="other").split(".")[2]),
        "cut": lambda w: w.with_parts(signature=w.parts()[2][:340]), "zeros": lambda w: w.with_parts(signature=text64(bytes(256))),
        "longer": lambda w: w.with_parts(signature=w.parts()[2][:-2] + text64(bytes(64))),
        "RS512 under RS256": lambda w: w.with_header("RS512"), "PSS under RS256": lambda w: w.with_header("PS256"),
        "HMAC under RS256": lambda w: w.hmac("HS256", w.header),
        "a key in the token": lambda w: Key("x", private=w.stranger).sign(w.claims, {
            **w.header, "jwk": Key(w.key.kid, private=w.stranger).jwk()}),
        "a key at an address": lambda w: Key("x", private=w.stranger).sign(w.claims, {
            **w.header, "jku": "http://127.0.0.1:9/certs", "x5u": "http://127.0.0.1:9/x"}),
        "one key's under the other's kid": lambda w: w.with_header(kid=w.realm_key.key_id)},
    "payload-json": {
        "a list": lambda w: w.key.sign([]), "a text": lambda w: w.key.sign('"x"'), "no JSON": lambda w: w.key.sign("claims"),
        "exp twice": lambda w: w.with_text("{", '{"exp":1,'), "sub twice": lambda w: w.with_text("{", f'{{"sub":"{NIL}",'),
        "twice inside": lambda w: w.with_text('"realm_access":{', '"realm_access":{"roles":[],'),
        "NUL in sub": lambda w: w.with_claims(sub=w.claims["sub"] + "\0x"), "a date over 64 bits": lambda w: w.with_claims(exp=1 << 70),
        "sid a number": lambda w: w.with_claims(sid=7), "not UTF-8": lambda w: w.key.sign(b'{"sub":"\xff"}'),
        "levels without end": lambda w: w.key.sign("[" * 4000)},
    "iss": {
        "none": lambda w: w.with_claims(iss=...), "a slash more": lambda w: w.with_claims(iss=w.issuer + "/"),
        "another realm": lambda w: w.with_claims(iss=w.issuer.replace("gachapon", "master")),
        "another name of the host": lambda w: w.with_claims(iss=w.issuer.replace("127.0.0.1", "localhost")),
        "upper case": lambda w: w.with_claims(iss=w.issuer.upper()), "a list": lambda w: w.with_claims(iss=[w.issuer])},
    "aud": {
        "none": lambda w: w.with_claims(aud=...), "account": lambda w: w.with_claims(aud="account"),
        "a list without us": lambda w: w.with_claims(aud=["account", "web"]), "empty": lambda w: w.with_claims(aud=[]),
        "a number among them": lambda w: w.with_claims(aud=["gachapon", 1]),
        "an object": lambda w: w.with_claims(aud={"gachapon": True}), "upper case": lambda w: w.with_claims(aud="Gachapon"),
        "a real ID token": lambda w: w.real["id_token"],
        "a real one of the server's own client": lambda w: w.console.service_login("gachapon-server")["access_token"],
        "a real one of admin-cli": lambda w: w.console.login(w.person.name, w.person.password, client_id="admin-cli")["access_token"]},
    "azp": {"none": lambda w: w.with_claims(azp=...), "another": lambda w: w.with_claims(azp="admin-cli"),
            "a number": lambda w: w.with_claims(azp=1), "empty": lambda w: w.with_claims(azp=""),
            "a list in a text": lambda w: w.with_claims(azp="gachapon-players,gachapon-operator")},
    "typ": {name: lambda w, typ=typ: w.with_claims(typ=typ) for name, typ in (
        ("none", ...), ("ID", "ID"), ("Refresh", "Refresh"), ("Offline", "Offline"), ("Logout", "Logout"), ("lower case", "bearer"),
        ("a number", 1))},
    "sub": {"none": lambda w: w.with_claims(sub=...), "a name": lambda w: w.with_claims(sub="admin"),
            "nil": lambda w: w.with_claims(sub=NIL), "a number": lambda w: w.with_claims(sub=1),
            "cut": lambda w: w.with_claims(sub=w.claims["sub"][:-1])},
    "roles": {"none": lambda w: w.with_claims(realm_access=...), "a text": lambda w: w.with_claims(realm_access={"roles": "game-admin"}),
              "a number": lambda w: w.with_claims(realm_access={"roles": ["player", 1]}),
              "a list": lambda w: w.with_claims(realm_access=["game-admin"])},
    "exp": {
        "none": lambda w: w.with_claims(exp=...), "a text": lambda w: w.with_claims(exp=str(now() + 300)),
        "not whole": lambda w: w.with_claims(exp=now() + 300.5), "true": lambda w: w.with_claims(exp=True),
        "null": lambda w: w.with_claims(exp=None), "negative": lambda w: w.with_claims(exp=-1),
        "after the year 9999": lambda w: w.with_claims(exp=253402300800), "a day and more": lambda w: w.with_claims(exp=now() + 90000),
        "iat none": lambda w: w.with_claims(iat=...), "iat a text": lambda w: w.with_claims(iat="0"),
        "nbf a text": lambda w: w.with_claims(nbf="0")},
    "expired": {"a minute ago": lambda w: w.with_claims(exp=now() - 60, iat=now() - 360), "at the epoch": lambda w: w.with_claims(exp=0, iat=0)},
    "nbf": {"in a minute": lambda w: w.with_claims(nbf=now() + 60)},
    "iat": {"in a minute": lambda w: w.with_claims(iat=now() + 60)},
}
CASES = [(rule, name, make) for rule, tokens in FORGED.items() for name, make in tokens.items()]
ERRORS = {"expired": "token_expired"}  # else token_invalid
NEVER_OURS = {"iss", "aud", "azp", "typ"}  # the header's socket closes with forbidden: not worth coming back


@pytest.fixture(scope="module")
def world(keycloak, people):
    made = World(keycloak, people)
    yield made
    made.console.call("DELETE", f"/components/{made.component}")


def logout_token_of(console):
    """Has Keycloak make one."""
    leaver = game.Person(console, f"leaver-{time.time_ns()}")
    assert leaver.token
    with logout_calls(console) as came:
        console.logout_user(leaver.id)
        return wait_until(lambda: came, 60, "Keycloak's call")[0]


@pytest.fixture(scope="module")
def tokens(world, starter):
    """(rule, name) -> token. The right ones are taken, or the matrix would prove nothing; that fetches our key."""
    assert len(CASES) >= 80
    for right in (world.with_claims(), world.with_header(typ="at+jwt"), world.real["access_token"]):
        with Client(starter.settings.url + "/join") as client:
            assert str(client.sign_in(right)["payload"]["player"]) == world.person.id
    return {(rule, name): make(world) for rule, name, make in CASES}


def test_the_table_in_the_docs_is_whole():
    """Rules of the code, of the page and of this matrix are the same."""
    rules = re.findall(r'^    X\(TOKEN_\w+, "([a-z0-9-]+)"\)', (places.ROOT / "server/auth/auth.h").read_text(), re.M)
    rows = re.findall(r"^\| ([a-z0-9, -]+) \|.*\| .* \|$", (places.ROOT / "server/auth/README.md").read_text(), re.M)
    told = [rule for row in rows for rule in row.split(", ") if rule not in ("rule", "---")]
    assert told == rules[1:]  # the first is "good"
    assert set(rules) - set(FORGED) == {"good", "size", "revoked", "keys-unavailable",
                                                "events", "nonce", "jti"}  # the last three: test_28_sign_outs.py


def every(tokens, judge):
    """Judges all of them, several at a time (those of unknown keys wait for a fetch); name -> what was wrong."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda entry: judge(*entry[0], entry[1]), tokens.items())
    return {case: wrong for case, wrong in zip(tokens, found) if wrong}


def test_in_a_message(tokens, starter):
    def judge(rule, _, token):
        with Client(starter.settings.url + "/join") as client:
            with pytest.raises(Refused) as refused:
                client.sign_in(token)
            said = refused.value.name, refused.value.payload["detail"], refusal(client, "open_pack", OPEN)
            return None if said == (ERRORS.get(rule, "token_invalid"), rule, "signed_out") else said

    assert every(tokens, judge) == {}


def test_in_the_header(tokens, starter):
    def judge(rule, _, token):
        with Client(starter.settings.url + "/play", token=token) as client:
            code = client.wait_closed().code
            said = [(error["error"], error["payload"]["detail"]) for error in client.errors], code, client.player
            close = "forbidden" if rule in NEVER_OURS else "token_expired"
            return None if said == ([(ERRORS.get(rule, "token_invalid"), rule)], protocol.CLOSES[close], None) else said

    assert every(tokens, judge) == {}


def test_in_a_refresh(tokens, starter, world):
    """The open socket keeps who it is."""
    with Client(starter.settings.url + "/join") as client:
        client.sign_in(world.with_claims())
        for (rule, name), token in tokens.items():
            if rule in ("key-unknown", "three-parts"):
                continue  # the first would wait for the fetch each time
            with pytest.raises(Refused) as refused:
                client.request("refresh", {"token": token})
            assert refused.value.payload["detail"] == rule, name
        assert client.request("ping") and client.request("open_pack", OPEN)


# --- tokens that are good, in wrong hands or places

def test_too_long(starter, world, visitor):  # noqa: F811
    long = world.with_claims(more="x" * 16384)
    assert refusal(visitor, "sign_in", {"token": long}) == "field_out_of_range"
    assert status(starter, ("Authorization", f"Bearer {long}")) == 431


@pytest.mark.parametrize("name", ["Sec-WebSocket-Protocol", "Cookie", "X-Access-Token", "Proxy-Authorization"])
def test_a_header_that_is_not_for_tokens_signs_nobody_in(starter, world, name):
    token = world.with_claims()
    if name == "Sec-WebSocket-Protocol":  # where browsers are told to put it
        assert status(starter, (name, f"access_token, {token}")) == 400
    else:
        with Client(starter.settings.url + "/play", headers={name: token}) as client:
            assert refusal(client, "open_pack", OPEN) == "signed_out"
    assert token.split(".")[1] not in starter.log.read_text()


@pytest.mark.parametrize("value", ["{}", "Basic {}", "Bearer  {}", "Bearer {} ", "Bearer {},{}", "bearer\t{}", "DPoP {}", "Bearer é{}"])
def test_an_authorization_that_is_none(starter, world, value):
    token = world.with_claims()
    said = status(starter, ("Authorization", value.replace("{}", token)))
    if value in ("Bearer {} ", "Bearer {},{}"):  # blanks at the end are no part of a header; a comma is of the token's
        assert said == 101
    else:
        assert said == 401


def test_two_tokens_in_the_header(starter, world):
    token = ("Authorization", f"Bearer {world.with_claims()}")
    assert status(starter, token, token) == 401


@pytest.mark.parametrize("target", ["/play?access_token={}", "/play?token={}", "/join?{}", "/play/{}", "/{}", "/play#{}"])
def test_a_token_in_the_address_is_refused_and_not_logged(starter, world, target):
    token = world.with_claims()
    answer = raw.exchange(starter, raw.request(target.format(token[:1500])))
    assert answer.split(b" ")[1] in (b"400", b"404") and token[:60].encode() not in answer
    assert token[:60] not in starter.log.read_text()


def status(server, *headers):
    return int(raw.exchange(server, raw.request("/play", more=headers)).split(b" ")[1])


def test_sent_twice(starter, world):
    """One token may open two sockets, but one socket signs in once."""
    token = world.with_claims()
    with Client(starter.settings.url + "/play", token=token) as first, Client(starter.settings.url + "/join") as second:
        assert first.signed_in()["player"] == second.sign_in(token)["payload"]["player"]
        for client in (first, second):
            assert refusal(client, "sign_in", {"token": token}) == "signed_in_already"
            assert client.request("refresh", {"token": token}), "the same one again is no worse than before"


def test_two_at_once_on_one_socket(starter, world, people):
    """Whatever the order, a socket is one player's."""
    other = people.new()
    with Client(starter.settings.url + "/join") as client:
        sent = [client.send("sign_in", {"token": token}) for token in (world.with_claims(), other.token)]
        answers = []
        for request in sent:
            try:
                answers.append(str(client.reply(request)["payload"]["player"]))
            except Refused as refused:
                answers.append(refused.name)
        assert answers in ([world.person.id, "token_other_subject"], [world.person.id, "signed_in_already"],
                           ["token_other_subject", other.id], ["signed_in_already", other.id])


def test_swapped_between_sockets(starter, world, people):
    """Each refreshes with the other's: refused, and each stays who it was."""
    other = people.new()
    tokens = [world.with_claims(), other.token]
    with Client(starter.settings.url + "/play", token=tokens[0]) as one, \
            Client(starter.settings.url + "/play", token=tokens[1]) as two:
        for client, swapped in ((one, tokens[1]), (two, tokens[0])):
            mine = client.signed_in()["player"]
            assert refusal(client, "refresh", {"token": swapped}) == "token_other_subject"
            client.follow()
            assert {str(key[0]) for key in client.replica.live("player")} == {str(mine)} or client.request("open_pack", OPEN)


@pytest.mark.parametrize("client_id", ["gachapon-operator", "game-service"])
def test_a_service_account_is_no_player(starter, client_id):
    with contextlib.closing(game.service(starter, client_id)) as service:
        for command, payload in (("open_pack", OPEN), ("rename_player", {"display_name": "Machine"}),
                                 ("form_team", {"name": "x", "members": []})):
            assert refusal(service, command, payload) == "forbidden", command


def test_roles_are_the_tokens_and_no_more(starter, world):
    """The realm's word: of the same user, a token without the role may not what one with it may."""
    with Client(starter.settings.url + "/join") as client:
        client.sign_in(world.with_claims(realm_access={"roles": ["offline_access", "GAME-ADMIN", "game-admin "]}))
        assert refusal(client, "open_pack", OPEN) == "forbidden"
        assert refusal(client, "publish_item", {"item": "x", "name": "X"}) == "forbidden"
