"""What an operator does in Keycloak that is easily forgotten: a client's "not before", roles by detours, its events switched
off or cleared, the server's own account without its roles, a clock that is wrong, pages that every new user has to see. Each is
felt by the open socket, or named to who has to mend it.
"""

import contextlib
import os
import re
import time
import uuid

import psycopg
import pytest

from harness import clock, game, processes
from harness.client import Client, Refused, new_id
from harness.gachapon import SANITIZER_ENVIRONMENT
from harness.keycloak import Answer
from harness.mail import Mail
from harness.processes import wait_until
from test_28_sign_outs import Away, claims, group, refused
from test_37_guest import PASSWORD, a_secret, an_email, guest

SECONDS = 2.0


@pytest.fixture
def console(keycloak, people):
    yield keycloak.console()
    people.forget_tokens()  # some of this means everybody


def closed_in_time(client, code):
    """Under two seconds where time is measured: with --long."""
    began = time.monotonic()
    assert client.wait_closed(60).code == code
    assert os.environ.get("GACHAPON_TEST_LONG") != "1" or time.monotonic() - began < SECONDS


def metric(server, name):
    return float(re.search(rf"^gachapon_{re.escape(name)} (\S+)$", server.http("/metrics")[1], re.MULTILINE)[1])


def readyz(server, line):
    """The rest of this line of /readyz."""
    return re.search(rf"^{line}: (.*)$", server.http("/readyz")[1], re.MULTILINE)[1]


# ---- clients ----

def set_client(console, client_id="gachapon-players", **settings):
    client = console.client(client_id)
    console.call("PUT", f"/clients/{client['id']}", {**client, **settings})


@pytest.fixture
def web(console):
    """A token of the page's client: by direct grant, which it has for this test."""
    with console.changed_client("gachapon-web", directAccessGrantsEnabled=True):
        yield lambda person: console.login(person.name, person.password, client_id="gachapon-web")["access_token"]


def test_a_clients_not_before(new_server, console, web):
    """The console's Clients, Advanced, Revocation, "Set to now": its older tokens end, another client's do not; a restart knows."""
    server = new_server()
    away = Away(console, server)
    with Client(server.settings.url + "/play", token=web(away.person)) as other:
        other.signed_in()
        wait_until(lambda: time.time() >= claims(away.token)["iat"] + 1, 60, "the second of the token to be over")
        set_client(console, notBefore=int(time.time()))
        try:
            closed_in_time(away.client, 4002)
            assert refused(server, away.token) == "token_revoked"
            assert other.request("ping") and other.closed is None
            again = Away(console, server, away.person)
            set_client(console, description="Changed again, with that moment still in it")
            assert metric(server, "admin_events_total") and again.client.request("ping")
        finally:
            set_client(console, notBefore=0)
        server.kill()
        again.client.drop()
        server.start()
        assert refused(server, away.token) == "token_revoked", "cleared is not given back"
        with Client(server.settings.url + "/play", token=again.token) as client:
            assert client.signed_in()["player"] == away.person.id


def test_a_client_that_is_switched_off(starter, console, web):
    person = game.Person(console, f"client-{uuid.uuid4().hex[:12]}")
    stays = Away(console, starter)
    with Client(starter.settings.url + "/play", token=web(person)) as client:
        client.signed_in()
        with console.changed_client("gachapon-web", enabled=False):
            closed_in_time(client, 4002)
        assert stays.client.request("ping") and stays.client.closed is None


# ---- roles, by detours ----

def test_game_admin_by_a_group_and_taken_with_it(starter, console):
    name = f"group-{uuid.uuid4().hex[:8]}"
    console.call("POST", "/groups", {"name": name})
    own = group(console, name)
    console.call("POST", f"/groups/{own}/role-mappings/realm", [console._role("game-admin")])
    person = wait_until(lambda: settled(console, starter), 60, "the group's roles to be old news")
    console.call("PUT", f"/users/{person.person.id}/groups/{own}")
    closed_in_time(person.client, 4008)
    boss = Away(console, starter, person.person)
    assert "game-admin" in boss.client.signed_in()["roles"]
    console.call("DELETE", f"/users/{person.person.id}/groups/{own}")
    closed_in_time(boss.client, 4008)
    assert refused(starter, boss.token) == "token_revoked"
    assert "game-admin" not in Away(console, starter, person.person).client.signed_in()["roles"]
    console.call("DELETE", f"/groups/{own}")


def settled(console, server):
    """Somebody whose socket stays: what concerned everybody before has been told."""
    away = Away(console, server)
    passes = metric(server, "admin_event_passes_total")
    wait_until(lambda: metric(server, "admin_event_passes_total") >= passes + 2, 60, "two looks at the events")
    return away if away.client.closed is None else None


def test_a_role_of_a_client_is_not_one_of_the_realm(starter, console):
    """Named game-admin it gives nothing. One that holds the realm's gives that, and takes it away with it."""
    players = console.client("gachapon-players")["id"]
    for name in ("game-admin", "boss"):
        console.call("POST", f"/clients/{players}/roles", {"name": name})
    fake, boss = (console.call("GET", f"/clients/{players}/roles/{name}")[0] for name in ("game-admin", "boss"))
    try:
        away = Away(console, starter)
        mapping = f"/users/{away.person.id}/role-mappings/clients/{players}"
        console.call("POST", mapping, [fake])
        assert "game-admin" not in Away(console, starter, away.person).client.signed_in()["roles"]
        console.call("POST", f"/roles-by-id/{boss['id']}/composites", [console._role("game-admin")])  # concerns everybody
        closed_in_time(away.client, 4008)
        away = wait_until(lambda: settled(console, starter), 60, "that to be old news")
        mapping = f"/users/{away.person.id}/role-mappings/clients/{players}"
        console.call("POST", mapping, [boss])
        closed_in_time(away.client, 4008)
        operator = Away(console, starter, away.person)
        assert "game-admin" in operator.client.signed_in()["roles"]
        console.call("DELETE", mapping, [boss])
        closed_in_time(operator.client, 4008)
        assert refused(starter, operator.token) == "token_revoked"
    finally:
        for role in (fake, boss):
            console.call("DELETE", f"/roles-by-id/{role['id']}")


def test_default_roles_changed(starter, console):
    """The role that everybody has holds another: everybody comes back with it, and without it."""
    default = console._role("default-roles-gachapon")["id"]
    path, role = f"/roles-by-id/{default}/composites", [console._role("game-service")]
    away = Away(console, starter)
    console.call("POST", path, role)
    try:
        closed_in_time(away.client, 4008)
        richer = wait_until(lambda: settled(console, starter), 60, "that to be old news")
        assert "game-service" in richer.client.signed_in()["roles"]
    finally:
        console.call("DELETE", path, role)
    closed_in_time(richer.client, 4008)


def test_who_is_renamed_plays_on(starter, console):
    away = Away(console, starter)
    user, name = away.person.id, f"renamed-{uuid.uuid4().hex[:8]}"
    with console.changed_realm(editUsernameAllowed=True):
        console.call("PUT", f"/users/{user}", {"username": name, "email": f"{name}@example.test", "firstName": "Re", "lastName": "Named"})
    passes = metric(starter, "admin_event_passes_total")
    wait_until(lambda: metric(starter, "admin_event_passes_total") >= passes + 2, 60, "two looks at the events")
    assert away.client.request("ping") and away.client.closed is None
    with Client(starter.settings.url + "/play", token=console.login(name, away.person.password)["access_token"]) as client:
        assert client.signed_in()["player"] == user and not client.signed_in()["enrolled"]


# ---- the events themselves ----

def test_admin_events_switched_off_and_on(new_server, console):
    """Loud while they are off; when they are on again everybody comes back, as nobody knows what was done meanwhile."""
    server = new_server()
    away, disabled = Away(console, server), Away(console, server)
    assert readyz(server, "admin events") == "ok"
    console.call("PUT", "", {"adminEventsEnabled": False})
    try:
        wait_until(lambda: "switched off" in readyz(server, "admin events"), 60, "/readyz to say so")
        assert server.http("/readyz")[0] == 200, "players are served"
        assert "tag=admin-events followed=0" in server.log.read_text()
        age = metric(server, 'keycloak_events_age_seconds{list="admin"}')
        wait_until(lambda: metric(server, 'keycloak_events_age_seconds{list="admin"}') > age, 60, "the age to grow")
        console.set_enabled(disabled.person.id, False)
        assert away.client.request("ping") and away.client.closed is None
    finally:
        console.call("PUT", "", {"adminEventsEnabled": True})
    for client in (away.client, disabled.client):
        assert client.wait_closed(60).code == 4002
    assert refused(server, disabled.token) == "token_revoked"
    wait_until(lambda: readyz(server, "admin events") == "ok", 60, "/readyz to be content")
    assert Away(console, server, away.person).client.request("ping")


def test_events_without_details(new_server, console):
    """Who is disabled is read then; what is written of a client cannot be, and /readyz says so."""
    console.call("PUT", "", {"adminEventsDetailsEnabled": False})
    try:
        server = new_server()
        away = Away(console, server)
        console.set_enabled(away.person.id, False)
        closed_in_time(away.client, 4003)
        assert "without details" in readyz(server, "admin events")
    finally:
        console.call("PUT", "", {"adminEventsDetailsEnabled": True})


def test_admin_events_cleared_in_the_console(new_server, console):
    server = new_server()
    settled(console, server)
    away = Away(console, server)
    game.Person(console, f"cursor-{uuid.uuid4().hex[:12]}")
    settled(console, server)
    console.call("DELETE", "/admin-events")
    assert away.client.wait_closed(60).code == 4002
    assert refused(server, away.token) == "token_revoked"
    again = wait_until(lambda: settled(console, server), 60, "somebody to stay")
    console.set_enabled(again.person.id, False)
    closed_in_time(again.client, 4003)


def test_users_imported_over_those_that_are_there(starter, console):
    """A partial import that overwrites: the same id is the same player, disabled if it says so."""
    away = Away(console, starter)
    console.call("POST", "/partialImport", {"ifResourceExists": "OVERWRITE", "users": [
        {"id": away.person.id, "username": away.person.name, "enabled": False, "realmRoles": ["default-roles-gachapon"]}]})
    closed_in_time(away.client, 4003)
    assert refused(starter, away.token) == "token_revoked"


def test_a_lock_for_good(starter, console):
    """Where the realm locks for good after wrong passwords: that disables the user, and only the user's own events say so."""
    away = Away(console, starter)
    with console.changed_realm(permanentLockout=True, failureFactor=2):
        for _ in range(3):
            with pytest.raises(Answer):
                console.login(away.person.name, "a wrong password")
        assert not console.user(away.person.id)["enabled"]
        closed_in_time(away.client, 4003)
    assert refused(starter, away.token) == "token_revoked"


# ---- the server's own account ----

@contextlib.contextmanager
def account_without(console, role):
    account = console.find_user("service-account-gachapon-server")["id"]
    management = console.client("realm-management")["id"]
    path = f"/users/{account}/role-mappings/clients/{management}"
    roles = [found for found in console.call("GET", path)[0] if found["name"] == role]
    console.call("DELETE", path, roles)
    try:
        yield
    finally:
        console.call("POST", path, roles)


def test_an_account_that_may_not_change_users(console, new_server, new_databases, clients):
    """A guest that wants to claim is told to come later, the operator what is missing; given back, no restart is needed."""
    dsns = new_databases()
    client = guest(new_server("--node", "node-1", databases=dsns), clients, a_secret())
    tokens, email, command = client.tokens, an_email(), new_id()
    with account_without(console, "manage-users"):
        server = new_server("--node", "node-2", databases=dsns)
        assert "lacks the role manage-users" in readyz(server, "keycloak") and server.http("/readyz")[0] == 200
        assert metric(server, 'keycloak_role_missing{role="manage-users"}') == 1
        assert metric(server, 'keycloak_role_missing{role="view-events"}') == 0
        back = clients(server.settings.url + "/play", token=tokens["access_token"])
        back.signed_in()
        with pytest.raises(Refused, match="identity_unavailable") as later:
            back.claim_account(email, PASSWORD, command_id=command)
        assert not later.value.payload.get("detail")
        with pytest.raises(Refused, match="identity_unavailable"):
            clients(server.settings.url + "/join").play_as_guest(a_secret())
        reasons = re.findall(r'keycloak=misconfigured reason="([^"]+)"', server.log.read_text())
        assert len(reasons) == 2 and all("lacks the role manage-users" in reason for reason in reasons)
    wait_until(lambda: claimed(back, email, command), 60, "the claim to succeed")
    wait_until(lambda: readyz(server, "keycloak") == "ok", 60, "/readyz to be content")
    assert metric(server, 'keycloak_role_missing{role="manage-users"}') == 0


def claimed(client, email, command):
    try:
        return client.claim_account(email, PASSWORD, command_id=command)
    except Refused as refusal:
        assert refusal.name == "identity_unavailable"
        return None


def test_an_account_that_may_not_see_events(console, new_server):
    """Nobody is told anything then: loud, and good again by itself."""
    with account_without(console, "view-events"):
        server = new_server()
        wait_until(lambda: "lacks the role view-events" in readyz(server, "admin events"), 60, "/readyz to say so")
        assert "lacks the role view-events" in readyz(server, "keycloak")
        assert re.search(r'tag=admin-events followed=0 reason="[^"]*lacks the role view-events', server.log.read_text())
    wait_until(lambda: readyz(server, "admin events") == "ok" and readyz(server, "keycloak") == "ok", 60, "/readyz to be content")
    away = Away(console, server)
    console.set_enabled(away.person.id, False)
    closed_in_time(away.client, 4003)


# ---- what every new user has to see first ----

def test_guests_where_everybody_has_to_accept_terms(starter, clients, console):
    """A guest sees no page: it plays, and accepts them when it becomes somebody."""
    secret, command, email, claim = a_secret(), new_id(), an_email(), new_id()
    with console.action_of_everyone("TERMS_AND_CONDITIONS"):
        client = guest(starter, clients, secret, command_id=command)
        player = client.tokens["player"]
        assert console.user(player)["requiredActions"] == []
        assert guest(starter, clients, secret, command_id=command).tokens["player"] == player
        refresh = console.refresh(client.tokens["refresh_token"])["refresh_token"]
        with pytest.raises(Refused, match="account_incomplete") as wanted:
            client.claim_account(email, PASSWORD, command_id=claim)
        assert wanted.value.payload["detail"] == "terms_and_conditions" and wanted.value.payload["retry"] == "sign_in"
        user = console.user(player)
        assert user["email"] == email and user["requiredActions"] == ["TERMS_AND_CONDITIONS"] and "guest" not in user["attributes"]
        client.follow()
        assert client.request("open_pack", {"pack": "standard", "count": 1})["payload"]["opening"] == 1, "it plays on"
        client.request("refresh", {"token": console.refresh(refresh)["access_token"]})
        console.call("PUT", f"/users/{player}", {"requiredActions": []})  # as if accepted
        assert client.claim_account(email, PASSWORD, command_id=claim)["payload"]["player"] == player


def test_an_operator_may_want_something_of_one_guest(starter, clients, console):
    secret, command = a_secret(), new_id()
    player = guest(starter, clients, secret, command_id=command).tokens["player"]
    console.call("PUT", f"/users/{player}", {"requiredActions": ["UPDATE_PASSWORD"]})
    with pytest.raises(Refused, match="account_incomplete") as wanted:
        guest(starter, clients, secret, command_id=command)
    assert wanted.value.payload["detail"] == "update_password"


def test_guests_where_addresses_are_verified(starter, clients, console):
    """A guest has no address and plays; its claim is complete when the link in the mail was followed."""
    mail, email, claim = Mail(), an_email(), new_id()
    try:
        with console.changed_realm(verifyEmail=True, smtpServer=mail.settings):
            client = guest(starter, clients, a_secret())
            with pytest.raises(Refused, match="account_incomplete") as wanted:
                client.claim_account(email, PASSWORD, command_id=claim)
            assert wanted.value.payload["detail"] == "verify_email"
            assert client.request("ping") and client.closed is None
            user = console.user(client.tokens["player"])
            assert user["email"] == email and not user["emailVerified"]
            console.call("PUT", f"/users/{user['id']}", {"emailVerified": True, "requiredActions": []})
            assert client.claim_account(email, PASSWORD, command_id=claim)["payload"]["player"] == user["id"]
    finally:
        mail.close()


# ---- clocks ----

@pytest.mark.skipif(not clock.available(), reason="libfaketime is not installed: ./dev install faults")
@pytest.mark.parametrize("seconds", [-20, 20], ids=["keycloak ahead", "keycloak behind"])
def test_a_clock_that_is_twenty_seconds_off(new_server, console, run_folder, seconds):
    """Nobody is refused, what is done in Keycloak is felt, before and after a restart; /readyz and the metrics say how far."""
    wall = clock.Clock(run_folder / f"clock-{processes.free_port()}")
    wall.turn(seconds)
    sanitizer = SANITIZER_ENVIRONMENT["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
    server = new_server(more={**wall.environment(), "ASAN_OPTIONS": sanitizer})
    aways = [Away(console, server) for _ in range(3)]
    assert abs(metric(server, "keycloak_clock_ahead_seconds") + seconds) < 3
    assert ("ahead" if seconds < 0 else "behind") in readyz(server, "keycloak")
    console.set_enabled(aways[0].person.id, False)
    closed_in_time(aways[0].client, 4003)
    console.logout_user(aways[1].person.id)
    closed_in_time(aways[1].client, 4002)
    server.kill()
    aways[2].client.drop()
    server.start()
    for away in aways[:2]:
        assert refused(server, away.token) == "token_revoked"
    with Client(server.settings.url + "/play", token=aways[2].token) as client:
        assert client.signed_in()["player"] == aways[2].person.id
    console.call("DELETE", "/admin-events")  # everybody signs in anew, by Keycloak's clock: at once, not in half a minute
    game.Person(console, f"after-{uuid.uuid4().hex[:12]}")
    wait_until(lambda: settled(console, server), 60, "somebody to stay")


# ---- one socket a player ----

def test_the_word_of_a_sign_in_may_be_lost(new_server, new_databases, console):
    """Nobody was told of the row: it is found by the look each second."""
    server = new_server("--single-session", "--node", "node-1", databases=new_databases())
    away, other = Away(console, server), Away(console, server)
    with psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        connection.execute("insert into sign_ins (subject, at_ms, node) values (%s, %s, 'node-2') on conflict (subject) do update"
                           " set number = excluded.number, at_ms = excluded.at_ms, node = excluded.node",
                           (away.person.id, int(time.time() * 1000) + 1))
    closed_in_time(away.client, 4009)
    assert other.client.request("ping") and other.client.closed is None


def test_a_sign_in_that_cannot_be_written_yet(new_server, new_databases, console):
    """The word waits, and is told when the database takes it."""
    dsns = new_databases()
    one = new_server("--single-session", "--node", "node-1", databases=dsns)
    two = new_server("--single-session", "--node", "node-2", databases=dsns)
    first = Away(console, one)
    tokens = console.login(first.person.name, first.person.password)["access_token"]
    with psycopg.connect(one.settings.event_store_owner_dsn) as connection:
        connection.execute("lock table sign_ins in access exclusive mode")
        with Client(two.settings.url + "/play", token=tokens) as second:
            second.signed_in()
            assert first.client.request("ping") and first.client.closed is None
            connection.rollback()
            assert first.client.wait_closed(60).code == 4009
            assert second.request("ping")


def test_a_table_of_sign_ins_that_comes_late(new_server, new_databases, console):
    """A server that was started before `gachapon migrate`, or while the table was locked: it asks again."""
    dsns = new_databases()
    server = new_server("--single-session", "--node", "node-1", databases=dsns, start=False)
    server.migrate()
    with psycopg.connect(server.settings.event_store_owner_dsn, autocommit=True) as connection:
        connection.execute("alter table sign_ins rename to sign_ins_later")
        server.spawn("--single-session", "--node", "node-1")
        server.wait_ready()
        away = Away(console, server)
        connection.execute("alter table sign_ins_later rename to sign_ins")
        kept = "select count(*) from sign_ins where subject = %s"
        wait_until(lambda: connection.execute(kept, [away.person.id]).fetchone()[0] == 1, 60, "the sign-in to be kept")

        def replaced():
            connection.execute("update sign_ins set number = default, at_ms = at_ms + 1, node = 'node-2' where subject = %s",
                               [away.person.id])
            return away.client.closed

        wait_until(replaced, 60, "the socket to be closed", every_s=1)
    assert away.client.closed.code == 4009
