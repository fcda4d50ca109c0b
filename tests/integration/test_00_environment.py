"""The parts themselves: if one of these fails, the failures after it mean nothing.

PostgreSQL: roles, rights, settings, and that a crash is a crash. Keycloak: that keycloak/realm.json makes
the tokens, rights and calls that the server's design counts on.
"""

import json

import jwt
import psycopg
import pytest

from harness import system
from harness.keycloak import Answer
from harness.logout import logout_calls
from harness.processes import wait_until


def claims(token):
    return jwt.decode(token, options={"verify_signature": False, "verify_aud": False})


@pytest.fixture(scope="module")
def console(keycloak):
    return keycloak.console()


def test_postgres_is_durable_and_listens_on_loopback_only(postgres):
    for server in postgres:
        setting = lambda name: server.execute(f"show {name}")[0][0]  # noqa: E731
        assert setting("fsync") == "on" and setting("synchronous_commit") == "on"
        assert setting("listen_addresses") == "127.0.0.1"
        assert setting("data_checksums") == "on"


def test_the_roles_are_apart(new_databases):
    dsns = new_databases()
    for store in ("event_store", "projections"):
        with psycopg.connect(dsns[f"{store}_owner_dsn"], autocommit=True) as owner:
            owner.execute("create table t (a int)")
        with psycopg.connect(dsns[f"{store}_dsn"], autocommit=True) as server:
            for refused in ("create table mine (a int)", "select * from t", "create role other"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    server.execute(refused)
    wrong = dsns["event_store_dsn"].replace("gachapon_events:", "gachapon_events:x")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(wrong)


def test_a_crash_keeps_what_was_committed(private_postgres):
    server = private_postgres("crash")
    server.execute("create table t (a int)")
    server.execute("insert into t select generate_series(1, 1000)")
    server.crash()
    with pytest.raises(psycopg.OperationalError):
        server.answers()
    server.start()
    assert server.execute("select count(*) from t") == [(1000,)]


def test_a_players_token(keycloak, console):
    user = console.create_user("token-player", email="token-player@example.test")
    answer = console.login("token-player@example.test")
    header, token = jwt.get_unverified_header(answer["access_token"]), claims(answer["access_token"])
    assert header["alg"] == "RS256" and header["typ"] == "JWT" and header["kid"]
    assert token["iss"] == keycloak.issuer and token["typ"] == "Bearer"
    assert token["azp"] == "gachapon-players" and token["aud"] == "gachapon"
    assert token["sub"] == user and token["sid"]
    assert token["exp"] - token["iat"] == 300
    assert token["realm_access"]["roles"] == ["player"]
    assert "email" not in token and "resource_access" not in token
    assert claims(console.refresh(answer["refresh_token"])["access_token"])["sid"] == token["sid"]


def test_a_user_made_with_only_a_name_and_a_password_may_sign_in(console):
    console.create_user("bare")
    assert claims(console.login("bare")["access_token"])["realm_access"]["roles"] == ["player"]


def test_a_promoted_user_and_the_service_accounts_carry_their_roles(console):
    console.create_user("promoted", roles=["game-admin"])
    assert set(claims(console.login("promoted")["access_token"])["realm_access"]["roles"]) == {"player", "game-admin"}
    for client, role in (("gachapon-operator", "game-admin"), ("game-service", "game-service")):
        token = claims(console.service_login(client)["access_token"])
        assert token["azp"] == client and token["aud"] == "gachapon" and token["realm_access"]["roles"] == [role]


def admin_rest(keycloak, token):
    """A Console whose calls carry `token`."""
    other = keycloak.console()
    other._admin_token = lambda: token
    return other


def test_the_servers_account_registers_and_finds_users(keycloak, console):
    server = admin_rest(keycloak, console.service_login("gachapon-server")["access_token"])
    user = server.create_user("made@example.test", email="made@example.test",
                              attributes={"registration_id": ["0192f0c1-0000-7000-8000-000000000001"]})
    found = server.call("GET", "/users?q=registration_id:0192f0c1-0000-7000-8000-000000000001")[0]
    assert [entry["id"] for entry in found] == [user]
    assert claims(console.login("made@example.test")["access_token"])["sub"] == user
    for body, status in (({"username": "made@example.test", "email": "made@example.test"}, 409),
                         ({"username": "other@example.test", "email": "made@example.test"}, 409),
                         ({"username": "short@example.test", "enabled": True,
                           "credentials": [{"type": "password", "value": "short"}]}, 400)):
        with pytest.raises(Answer) as refused:
            server.call("POST", "/users", body)
        assert refused.value.status == status
    server.delete_user(user)


def test_the_servers_account_can_do_no_more_than_that(keycloak, console):
    server = admin_rest(keycloak, console.service_login("gachapon-server")["access_token"])
    for method, path, body in (("PUT", "", {"accessTokenLifespan": 1}), ("POST", "/clients", {"clientId": "x"}),
                               ("POST", "/roles", {"name": "x"}), ("DELETE", "", None)):
        with pytest.raises(Answer) as refused:
            server.call(method, path, body)
        assert refused.value.status == 403
    assert server.call("GET", "/clients")[0] == []


def test_admin_events_tell_what_has_no_back_channel(keycloak, console):
    user = console.create_user("followed")
    console.set_enabled(user, False)
    console.add_roles(user, "game-admin")
    console.delete_user(user)
    server = admin_rest(keycloak, console.service_login("gachapon-server")["access_token"])
    seen = [(event["operationType"], event["resourcePath"]) for event in server.admin_events()]
    for expected in (("UPDATE", f"users/{user}"), ("CREATE", f"users/{user}/role-mappings/realm"),
                     ("DELETE", f"users/{user}")):
        assert expected in seen


def test_a_logout_calls_the_back_channel(console):
    with logout_calls(console) as got:
        user = console.create_user("leaving")
        sid = claims(console.login("leaving")["access_token"])["sid"]
        console.logout_user(user)
        wait_until(lambda: got, 60, "Keycloak's back-channel call")
        token = claims(got[0])
        assert token["sub"] == user and token["sid"] == sid and token["aud"] == "gachapon-players"
        assert "http://schemas.openid.net/event/backchannel-logout" in token["events"]


def test_the_realm_is_as_the_readme_says(console):
    """The rows of keycloak/README.md that no other test here or in test_26_sign_in.py shows by what they do."""
    realm = console.call("GET", "")[0]
    assert {name: realm[name] for name in (
        "accessTokenLifespan", "ssoSessionIdleTimeout", "ssoSessionMaxLifespan", "revokeRefreshToken", "refreshTokenMaxReuse",
        "bruteForceProtected", "permanentLockout", "failureFactor", "eventsEnabled", "eventsExpiration", "adminEventsEnabled",
        "adminEventsDetailsEnabled", "duplicateEmailsAllowed", "loginWithEmailAllowed", "registrationEmailAsUsername")} == {
        "accessTokenLifespan": 300, "ssoSessionIdleTimeout": 7 * 86400, "ssoSessionMaxLifespan": 30 * 86400,
        "revokeRefreshToken": True, "refreshTokenMaxReuse": 0, "bruteForceProtected": True, "permanentLockout": False,
        "failureFactor": 10, "eventsEnabled": True, "eventsExpiration": 7 * 86400, "adminEventsEnabled": True,
        "adminEventsDetailsEnabled": True, "duplicateEmailsAllowed": False, "loginWithEmailAllowed": True,
        "registrationEmailAsUsername": False}
    assert realm["attributes"]["adminEventsExpiration"] == str(7 * 86400)
    for name, device, grant in (("gachapon-players", "true", True), ("gachapon-web", "false", False)):
        client = console.client(name)
        assert client["publicClient"] and client["standardFlowEnabled"] and not client["implicitFlowEnabled"]
        assert client["directAccessGrantsEnabled"] == grant and not client["serviceAccountsEnabled"] and not client["fullScopeAllowed"]
        assert client["attributes"]["pkce.code.challenge.method"] == "S256"
        assert client["attributes"]["oauth2.device.authorization.grant.enabled"] == device
        assert client["attributes"]["backchannel.logout.url"].endswith("/backchannel-logout")
        assert all(uri.startswith("http://127.0.0.1") for uri in client["redirectUris"])


def test_the_realm_file_has_no_real_secret():
    realm = json.loads((system.pathlib.Path(__file__).parents[2] / "keycloak/realm.json").read_text())
    secrets = [client["secret"] for client in realm["clients"] if "secret" in client]
    assert secrets and all(":dev-only-" in secret for secret in secrets)
    assert all("serviceAccountClientId" in user for user in realm["users"])
