"""Tokens of the real Keycloak: which are taken, which rule refuses the others, and keys that change while people play.

Each is judged by `gachapon check-token`, which runs the server's own code with the server's settings. The forged ones
are in tests/unit/test_token_forged.c; here are those that Keycloak itself makes, for other purposes or other clients.
"""

import base64
import contextlib
import json
import subprocess

import pytest

from harness.keycloak import PLAYERS_CLIENT

AUDIENCE_MAPPER = {
    "name": "audience-gachapon", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
    "config": {"included.custom.audience": "gachapon", "access.token.claim": "true"},
}


@pytest.fixture(scope="module")
def console(keycloak):
    return keycloak.console()


@pytest.fixture(scope="module")
def person(people):
    return people.new()


@pytest.fixture(scope="module")
def judge(make_server):
    """judge(token): what check-token prints."""
    settings = make_server()

    def check(token):
        done = subprocess.run([settings.binary, "check-token"], input=token.encode(), env=settings.environment(),
                              capture_output=True, timeout=60, check=False)
        answer = json.loads(done.stdout)
        assert done.returncode == (0 if "subject" in answer else 1), done.stderr.decode()
        assert token[:40] not in done.stdout.decode() + done.stderr.decode()
        return answer

    return check


@contextlib.contextmanager
def attribute(console, name, value):
    """A setting of the players' client, for a while."""
    client = console.client(PLAYERS_CLIENT)
    before = client["attributes"].get(name, "")
    client["attributes"][name] = value
    console.call("PUT", f"/clients/{client['id']}", client)
    try:
        yield
    finally:
        client["attributes"][name] = before
        console.call("PUT", f"/clients/{client['id']}", client)


@contextlib.contextmanager
def other_client(console, client_id, mappers=()):
    body = {"clientId": client_id, "publicClient": True, "directAccessGrantsEnabled": True, "protocolMappers": list(mappers)}
    location = console.call("POST", "/clients", body)[1]["Location"]
    try:
        yield client_id
    finally:
        console.call("DELETE", f"/clients/{location.rsplit('/', 1)[1]}")


def login(console, person, **more):
    return console.login(person.name, person.password, **more)


def test_a_players_token(console, person, judge):
    answer = judge(login(console, person)["access_token"])
    assert answer["subject"] == person.id and answer["roles"] == ["player"] and answer["azp"] == PLAYERS_CLIENT
    assert answer["sid"]


@pytest.mark.parametrize("client_id, role", [("gachapon-operator", "game-admin"), ("game-service", "game-service")])
def test_service_accounts(console, judge, client_id, role):
    answer = judge(console.service_login(client_id)["access_token"])
    assert answer["roles"] == [role] and answer["azp"] == client_id


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_every_algorithm_that_is_taken(console, person, judge, algorithm):
    with attribute(console, "access.token.signed.response.alg", algorithm):
        token = login(console, person)["access_token"]
    assert json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["alg"] == algorithm
    assert judge(token)["subject"] == person.id


@pytest.mark.parametrize("algorithm", ["PS256", "EdDSA", "HS256"])
def test_algorithms_that_are_not_taken(console, person, judge, algorithm):
    with attribute(console, "access.token.signed.response.alg", algorithm):
        assert judge(login(console, person)["access_token"]) == {"refused": "alg"}


def test_tokens_that_are_not_access_tokens(console, person, judge):
    tokens = login(console, person, scope="openid")
    assert judge(tokens["id_token"]) == {"refused": "aud"}
    assert judge(tokens["refresh_token"]) == {"refused": "alg"}  # HS512, under a key of Keycloak's own


def test_an_id_token_with_our_audience_is_refused_for_what_it_is(console, person, judge):
    mapper = {**AUDIENCE_MAPPER, "name": "also-in-id-tokens", "config": {"included.custom.audience": "gachapon",
                                                                       "id.token.claim": "true"}}
    client = console.client(PLAYERS_CLIENT)
    location = console.call("POST", f"/clients/{client['id']}/protocol-mappers/models", mapper)[1]["Location"]
    try:
        assert judge(login(console, person, scope="openid")["id_token"]) == {"refused": "typ"}
    finally:
        console.call("DELETE", f"/clients/{client['id']}/protocol-mappers/models/{location.rsplit('/', 1)[1]}")


def test_tokens_for_others(console, person, judge):
    assert judge(console.service_login("gachapon-server")["access_token"]) == {"refused": "aud"}
    with other_client(console, "another-game") as client_id:
        assert judge(login(console, person, client_id=client_id)["access_token"]) == {"refused": "aud"}
    with other_client(console, "another-game-with-our-audience", [AUDIENCE_MAPPER]) as client_id:
        assert judge(login(console, person, client_id=client_id)["access_token"]) == {"refused": "azp"}


def test_a_lightweight_token(console, person, judge):
    with attribute(console, "client.use.lightweight.access.token.enabled", "true"):
        assert judge(login(console, person)["access_token"]) == {"refused": "aud"}


def test_a_token_of_another_realm(keycloak, console, judge):
    token = console.token(realm="master", grant_type="password", client_id="admin-cli", username=keycloak.admin,
                          password=keycloak.admin_password)["access_token"]
    assert judge(token) == {"refused": "key-unknown"}


def test_a_changed_token(console, person, judge):
    header, payload, signature = login(console, person)["access_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["realm_access"]["roles"].append("game-admin")
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert judge(f"{header}.{changed}.{signature}") == {"refused": "signature"}
    assert judge(f"{header}.{payload}.{signature}=") == {"refused": "base64url"}
    assert judge(f"{header}.{payload}.{signature}.") == {"refused": "three-parts"}
    assert judge("x" * 20000) == {"refused": "size"}


def test_keys_rotated_in_the_console_refuse_nobody(starter, console, people, clients):
    """A new key with a higher priority while people play: tokens of both keys are good, at once. When the old key is
    taken out, its tokens are not."""
    old = people.new()
    old_token = old.token
    assert clients(old.play(starter)).signed_in()
    realm = console.call("GET", "")[0]
    location = console.call("POST", "/components", {
        "name": "rotated", "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider",
        "parentId": realm["id"], "config": {"priority": ["200"], "enabled": ["true"], "active": ["true"],
                                            "algorithm": ["RS256"], "keySize": ["2048"]}})[1]["Location"]
    try:
        for _ in range(3):
            newcomer = people.new()
            assert newcomer.token.split(".")[0] != old_token.split(".")[0]
            assert clients(newcomer.play(starter)).signed_in()["player"] == newcomer.id
            client = clients(starter.settings.url + "/join")
            assert client.sign_in(old_token)["payload"]["player"] == old.id
    finally:
        console.call("DELETE", f"/components/{location.rsplit('/', 1)[1]}")
    back = people.new()
    assert back.token.split(".")[0] == old_token.split(".")[0]
    assert clients(back.play(starter)).signed_in()["player"] == back.id
