"""Tokens of the real Keycloak: which are taken, which rule refuses the others, and keys that change while people play.

Each is judged by `gachapon check-token`, which runs the server's own code with the server's settings. The forged ones
are in tests/unit/test_token_forged.c; here are those that Keycloak itself makes, for other purposes or other clients.
"""

import base64
import contextlib
import json
import subprocess

import pytest

from harness.client import Refused
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


def attribute(console, name, value):
    """A setting of the players' client, for a while."""
    return console.changed_client(attributes={name: value})


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


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"])
def test_every_algorithm_that_is_taken(console, person, judge, algorithm):
    with attribute(console, "access.token.signed.response.alg", algorithm):
        token = login(console, person)["access_token"]
    assert json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["alg"] == algorithm
    assert judge(token)["subject"] == person.id


@pytest.mark.parametrize("algorithm", ["EdDSA", "HS256"])
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


@contextlib.contextmanager
def key_provider(console, name, priority):
    """A key of the realm's own making that signs, for a while; gives what the console edits."""
    provider = {"name": name, "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider",
                "parentId": console.call("GET", "")[0]["id"],
                "config": {"priority": [str(priority)], "enabled": ["true"], "active": ["true"], "algorithm": ["RS256"],
                           "keySize": ["2048"]}}
    provider["id"] = console.call("POST", "/components", provider)[1]["Location"].rsplit("/", 1)[1]
    try:
        yield provider
    finally:
        console.call("DELETE", f"/components/{provider['id']}")


def edit(console, provider, **config):
    provider["config"].update({name: [value] for name, value in config.items()})
    console.call("PUT", f"/components/{provider['id']}", provider)


def key_id(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"]


def test_keys_rotated_in_the_console_refuse_nobody(starter, console, people, clients):
    """The console's way: a new key with a higher priority, the old one passive, then disabled, then deleted, while people
    play, come back and come anew. Whoever has a token of a key that the realm publishes gets in, at once; open sockets do
    not notice; and what the disabled key has signed is worth nothing once another key is fetched."""
    def come(*tokens):
        for token in tokens:
            client = clients(starter.settings.url + "/join")
            assert client.sign_in(token)["payload"]["player"]

    first = people.new()
    inside = clients(first.play(starter))
    with key_provider(console, "old", 200) as old, key_provider(console, "new", 300) as new:
        edit(console, new, active="false")  # it is published before it signs
        by_old = [people.new().token for _ in range(3)]
        come(first.token, *by_old)
        edit(console, new, active="true")
        by_new = [people.new().token for _ in range(3)]
        assert len({key_id(token) for token in (first.token, by_old[0], by_new[0])}) == 3
        come(first.token, *by_old, *by_new)
        edit(console, old, active="false")
        come(first.token, *by_old, *by_new, people.new().token)
        person = people.new()
        before = console.login(person.name, person.password)
        edit(console, old, enabled="false")
        come(first.token, *by_new, people.new().token)
        with key_provider(console, "newest", 400):
            newest = people.new().token
            come(newest, *by_new)  # the first of them had it fetched
            visitor = clients(starter.settings.url + "/join")
            with pytest.raises(Refused, match="token_invalid") as refused:
                visitor.sign_in(by_old[0])
            assert refused.value.payload["detail"] == "key-unknown"
            come(console.refresh(before["refresh_token"])["access_token"])
            assert inside.request("refresh", {"token": console.login(first.name, first.password)["access_token"]})
        assert inside.request("ping") and inside.closed is None
    back = people.new().token
    assert key_id(back) == key_id(first.token)
    come(back, first.token)


@pytest.mark.parametrize("algorithm", ["ES256", "RS512", "PS256"])
def test_the_clients_algorithm_is_changed_while_people_play(starter, console, people, clients, algorithm):
    """The first token under a key that the server has not seen has it fetched; nobody is refused."""
    before = people.new()
    inside = clients(before.play(starter))
    with attribute(console, "access.token.signed.response.alg", algorithm):
        fresh = people.new()
        assert clients(fresh.play(starter)).player == fresh.id
        assert inside.request("refresh", {"token": login(console, before)["access_token"]})
        assert clients(starter.settings.url + "/join").sign_in(before.token)["payload"]["player"] == before.id
    after = people.new()
    assert clients(after.play(starter)).player == after.id
