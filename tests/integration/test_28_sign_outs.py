"""Keycloak takes back what it gave: each way to do that closes the open socket within two seconds, the token opens no new
one, and neither a restart nor a kill nor a database that is away changes that.

A way is a function here; `test_felt_within_two_seconds` tries each of them (20 times with --long) and prints how long it took.
"""

import base64
import json
import statistics
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import psycopg
import pytest

from harness import database, game
from harness.client import Client, Closed, Refused, new_id
from harness.keycloak import _http
from harness.logout import logout_calls
from harness.processes import wait_until

ONE = {"pack": "plain", "count": 1}


class Away:
    """One try: a person with a socket on the server. `end` ends what it began; it returns the code that is expected."""

    def __init__(self, console, server, person=None):
        self.console, self.server = console, server
        self.person = person or game.Person(console, f"leaving-{uuid.uuid4().hex[:12]}")
        self.client = wait_until(self._sign_in, 60, "a fresh token to be good")

    def _sign_in(self):
        """A token of the very second in which everybody was signed out is refused; the next second's is not."""
        self.tokens = self.console.login(self.person.name, self.person.password)
        self.token = self.tokens["access_token"]
        self.sid = claims(self.token)["sid"]
        client = Client(self.server.settings.url + "/play", token=self.token)
        try:
            client.signed_in()
        except Closed:
            return None
        return client


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def signed_out_in_the_console(console, away):
    console.logout_user(away.person.id)
    return 4002


def session_ended_in_the_console(console, away):
    console.call("DELETE", f"/sessions/{away.sid}")
    return 4002


def signed_out_by_the_player(console, away):
    """What an app's sign-out button does (RP-initiated logout): no admin event, only the back channel."""
    _http("POST", f"{console.url}/realms/gachapon/protocol/openid-connect/logout",
          form={"client_id": "gachapon-players", "refresh_token": away.tokens["refresh_token"]})
    return 4002


def disabled(console, away):
    console.set_enabled(away.person.id, False)
    return 4003


def deleted(console, away):
    console.delete_user(away.person.id)
    return 4003


def role_given(console, away):
    console.add_roles(away.person.id, "game-service")
    return 4008


def role_taken(console, away):
    console.remove_roles(away.person.id, "default-roles-gachapon")
    return 4008


def role_given_by_a_group(console, away):
    console.call("PUT", f"/users/{away.person.id}/groups/{group(console, 'operators', 'game-admin')}")
    return 4008


def password_reset_and_signed_out(console, away):
    console.set_password(away.person.id, "another horse 8")
    console.logout_user(away.person.id)
    return 4002


def realm_wide_logout(console, away):
    console.logout_all()
    return 4002


def realm_not_before(console, away):
    """The console's "Revocation": set to now, push."""
    wait_until(lambda: time.time() >= claims(away.token)["iat"] + 1, 60, "the second of the token to be over")
    console.call("PUT", "", {"notBefore": int(time.time())})
    console.call("POST", "/push-revocation")
    return 4002


def group_given_a_role(console, away):
    """Of everybody: who is in a group, and below it, is not looked up."""
    own = group(console, f"group-{uuid.uuid4().hex[:8]}")
    console.call("POST", f"/groups/{own}/role-mappings/realm", [console._role("game-service")])
    return 4008


def composite_role_changed(console, away):
    name = f"role-{uuid.uuid4().hex[:8]}"
    console.call("POST", "/roles", {"name": name})
    console.call("POST", f"/roles/{name}/composites", [console._role("game-service")])
    return 4008


ONE_PERSON = [signed_out_in_the_console, session_ended_in_the_console, signed_out_by_the_player, disabled, deleted,
              role_given, role_taken, role_given_by_a_group, password_reset_and_signed_out]
EVERYBODY = [realm_wide_logout, realm_not_before, group_given_a_role, composite_role_changed]


def group(console, name, *roles):
    found = console.call("GET", f"/groups?exact=true&search={urllib.parse.quote(name)}")[0]
    if not found:
        console.call("POST", "/groups", {"name": name})
        found = console.call("GET", f"/groups?exact=true&search={urllib.parse.quote(name)}")[0]
        if roles:
            console.call("POST", f"/groups/{found[0]['id']}/role-mappings/realm", [console._role(role) for role in roles])
    return found[0]["id"]


@pytest.fixture
def console(keycloak):
    return keycloak.console()


@pytest.fixture(scope="module", autouse=True)
def everybody_anew(people):
    """Tokens of before are worth nothing on the shared server afterwards, whichever of these tests failed."""
    yield
    people.forget_tokens()


@pytest.fixture(scope="module")
def operators(keycloak, starter):
    """A group that gives a role. To make it brings everybody back, so that has to be over."""
    console = keycloak.console()
    somebody = Away(console, starter)
    group(console, "operators", "game-admin")
    assert somebody.client.wait_closed().code == 4008


@pytest.fixture
def called(keycloak):
    """called(server): Keycloak's logout calls go to this server for the test."""
    console = keycloak.console()
    before = console.client("gachapon-players")["attributes"]["backchannel.logout.url"]
    yield lambda server: console.set_backchannel_logout_url(f"{server.settings.http_url}/backchannel-logout")
    console.set_backchannel_logout_url(before)


@pytest.fixture
def logout_tokens(keycloak):
    """Keycloak's logout calls come here for the test: a list of tokens."""
    with logout_calls(keycloak.console()) as got:
        yield got


def post(server, body, method="POST", timeout=60, content_type="application/x-www-form-urlencoded"):
    """The status of a logout call, and what it says."""
    request = urllib.request.Request(f"{server.settings.http_url}/backchannel-logout", data=body.encode(), method=method,
                                     headers={"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def post_token(server, token):
    return post(server, urllib.parse.urlencode({"logout_token": token}))


def refused(server, token):
    """The name of the error that this token gets, by message; by header the socket is closed."""
    with Client(server.settings.url + "/play", token=token) as by_header:
        assert by_header.wait_closed().code in (4001, 4002, 4003)
    with Client(server.settings.url + "/join") as client, pytest.raises(Refused) as error:
        client.sign_in(token)
    return error.value.name


def kept(server, sid):
    """How many rows of the table name this session."""
    with psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        return connection.execute("select count(*) from revocations where sid = %s", (sid,)).fetchone()[0]


# ---- felt ----

@pytest.mark.parametrize("way", ONE_PERSON + EVERYBODY, ids=lambda way: way.__name__)
def test_felt_within_two_seconds(starter, console, called, operators, clients, long, promptly, way):
    called(starter)
    took, bystander = [], None
    if way in ONE_PERSON:
        bystander = clients(Away(console, starter).client)
    for _ in range(20 if long else 2):
        away = Away(console, starter)
        began = time.monotonic()
        expected = way(console, away)
        answered = time.monotonic()
        closed = away.client.wait_closed()
        took.append((time.monotonic() - began, time.monotonic() - answered))
        assert closed.code == expected, f"{way.__name__}: closed with {closed.code}"
        if way not in (role_given, role_given_by_a_group):  # what it has not lost it may still use
            assert refused(starter, away.token) == "token_revoked"
    whole = sorted(seconds for seconds, _ in took)
    after = sorted(seconds for _, seconds in took)
    print(f"\n| {way.__name__.replace('_', ' ')} | {len(took)} | {whole[0] * 1000:.0f} | {statistics.median(whole) * 1000:.0f} "
          f"| {whole[-1] * 1000:.0f} | {after[-1] * 1000:.0f} |")
    assert after[-1] < promptly, f"{way.__name__}: {after[-1]:.2f} s after Keycloak's answer"
    if bystander is not None:
        assert bystander.closed is None and bystander.request("ping")


def test_one_session_ends_and_the_players_others_stay(starter, console, called, people):
    called(starter)
    person = people.new()
    first, second = Away(console, starter, person), Away(console, starter, person)
    assert first.sid != second.sid
    session_ended_in_the_console(console, first)
    assert first.client.wait_closed().code == 4002
    assert refused(starter, first.token) == "token_revoked"
    assert second.client.request("ping") and second.client.closed is None
    signed_out_by_the_player(console, second)
    assert second.client.wait_closed().code == 4002
    third = Away(console, starter, person)
    assert third.client.request("ping") and third.client.closed is None


# ---- the logout call ----

def test_bad_logout_calls(starter, logout_tokens, console):
    bystander = Away(console, starter)
    leaving = Away(console, starter)
    assert post(starter, "", method="GET")[0] == 405
    for body in ("", "logout_token=", "logout_token=x", "token=x", "logout_token=a.b.c", f"logout_token={leaving.token}",
                 f"logout_token={leaving.tokens['refresh_token']}", "logout_token=" + "A" * 20000):
        status, text = post(starter, body)
        assert status == 400 and "invalid_request" in text, body[:40]
    assert "eyJ" not in post(starter, f"logout_token={leaving.token}")[1]
    signed_out_by_the_player(console, leaving)
    wait_until(lambda: logout_tokens, 60, "Keycloak's call")
    token = logout_tokens[0]
    assert post(starter, f"logout_token={token}&logout_token={token}")[0] == 400
    assert post(starter, f"logout_token={token[:-8]}AAAAAAAA")[0] == 400
    for content_type in ("application/json", "text/plain", ""):
        status, text = post(starter, f"logout_token={token}", content_type=content_type)
        assert status == 400 and "application/x-www-form-urlencoded" in text
    assert leaving.client.closed is None, "nothing of that was a logout"
    encoded = token.replace(".", "%2e").replace("-", "%2D").replace("_", "%5F")
    assert post(starter, f"other=1&logout%5Ftoken={encoded}",
                content_type="Application/x-www-form-urlencoded;charset=UTF-8") == (204, "")
    assert leaving.client.wait_closed().code == 4002
    assert post_token(starter, token)[0] == 400, "a replay"
    assert bystander.client.closed is None
    with Client(starter.settings.url + "/join") as client, pytest.raises(Refused, match="token_invalid"):
        client.sign_in(token)


def test_what_was_signed_out_stays_so_after_a_kill(new_server, console, logout_tokens):
    """The call was answered: that is enough. Its token is not taken twice, by no node and after no restart."""
    server = new_server()
    away = Away(console, server)
    signed_out_by_the_player(console, away)
    wait_until(lambda: logout_tokens, 60, "Keycloak's call")
    assert post_token(server, logout_tokens[0]) == (204, "")
    server.kill()
    away.client.drop()
    server.start()
    assert refused(server, away.token) == "token_revoked"
    assert post_token(server, logout_tokens[0])[0] == 400
    assert kept(server, away.sid) == 1


# ---- restarts, nodes, databases ----

def test_a_restart_misses_nothing(new_server, console):
    """What happens while no server runs is known before the first token is good; no back-channel call was heard."""
    server = new_server()
    ways = [signed_out_in_the_console, session_ended_in_the_console, disabled, deleted, role_taken]
    aways = [Away(console, server) for _ in ways]
    stays = Away(console, server)
    server.kill()
    for way, away in zip(ways, aways):
        away.client.drop()
        way(console, away)
    server.start()
    for way, away in zip(ways, aways):
        assert refused(server, away.token) == "token_revoked", way.__name__
    with Client(server.settings.url + "/play", token=stays.token) as client:
        assert client.signed_in()["player"] == stays.person.id
    server.kill()
    server.start()
    assert refused(server, aways[0].token) == "token_revoked"


def test_no_token_is_good_before_keycloak_was_asked(gate, new_server, console):
    """Keycloak is away at the start, and somebody was disabled meanwhile: nobody is let in before that is known, and then
    everybody else is."""
    flags = ("--issuer-fetch-url", f"{gate.url}/realms/gachapon")
    server = new_server(*flags)
    away, stays = Away(console, server), Away(console, server)
    server.kill()
    away.client.drop()
    gate.closed = True
    server.spawn(*flags)
    disabled(console, away)
    wait_until(lambda: server.http("/readyz")[0] == 503, 60, "the server to listen", alive=server.process)
    assert "revocations: not known yet" in server.http("/readyz")[1]
    with Client(server.settings.url + "/join") as client, pytest.raises(Refused) as unavailable:
        client.sign_in(stays.token)
    assert unavailable.value.name == "identity_unavailable" and unavailable.value.may_retry
    gate.closed = False
    server.wait_ready()
    assert refused(server, away.token) == "token_revoked"
    with Client(server.settings.url + "/play", token=stays.token) as client:
        assert client.signed_in()["player"] == stays.person.id


def test_a_logout_call_to_one_node_is_felt_on_the_other(new_server, new_databases, console, called, promptly):
    dsns = new_databases()
    one = new_server("--node", "node-1", databases=dsns)
    two = new_server("--node", "node-2", databases=dsns)
    called(one)
    person = Away(console, two)
    here = Away(console, one, person.person)
    signed_out_by_the_player(console, person)
    began = time.monotonic()
    assert person.client.wait_closed().code == 4002
    assert time.monotonic() - began < promptly
    assert here.client.closed is None, "another session"
    for server in (one, two):
        assert refused(server, person.token) == "token_revoked"


def test_a_logout_while_the_event_store_is_away(new_server, mortal, console, logout_tokens):
    """Felt at once, answered 503 as a kill could lose it still, and kept when the database is back."""
    events, _, dsns = mortal
    server = new_server(databases=dsns)
    away = Away(console, server)
    signed_out_by_the_player(console, away)
    wait_until(lambda: logout_tokens, 60, "Keycloak's call")
    events.crash()
    answers = []
    call = threading.Thread(target=lambda: answers.append(post_token(server, logout_tokens[0])))
    call.start()
    assert away.client.wait_closed().code == 4002
    call.join()
    assert answers[0][0] == 503 and "could not be kept" in answers[0][1]
    events.start()
    wait_until(lambda: kept(server, away.sid) == 1, 60, "the logout to be kept")
    server.kill()
    server.start()
    assert refused(server, away.token) == "token_revoked"


# ---- commands under way ----

def blocked(server, table):
    """Nobody reads or writes this table until the connection is closed."""
    connection = psycopg.connect(server.settings.event_store_owner_dsn)
    connection.execute(f"lock table {table} in access exclusive mode")
    return connection


def test_a_command_in_flight_when_its_player_is_disabled(new_server, console):
    """It was decided, and goes its way: stored once. Nobody is told half of it."""
    server = new_server(small=True)
    away = Away(console, server)
    away.client.follow()
    away.client.request("open_pack", ONE)
    command = new_id()
    with blocked(server, "batches"):
        away.client.send("open_pack", ONE, command_id=command)
        away.client.request("ping")
        disabled(console, away)
        assert away.client.wait_closed().code == 4003
        assert not any(message["type"] == "open_pack" for message in away.client.pushes)
    wait_until(lambda: command in database.command_events(server.settings, [command]), 60, "the opening to be stored")
    assert len(database.command_events(server.settings, [command])[command]) == 1
    assert refused(server, away.token) == "token_revoked"


def test_an_operators_command_that_waits_when_the_role_is_taken(new_server, console):
    """It was not decided yet: it is not decided any more."""
    server = new_server(small=True)
    player = Away(console, server)
    server.drain()  # nothing is in memory: the grant has to read its player
    server.start()
    operator = game.Person(console, f"operator-{uuid.uuid4().hex[:12]}", roles=("game-admin",))
    away = Away(console, server, operator)
    command = {"player": player.person.id, "kind": "free_currency", "amount": 100, "external_id": f"late-{uuid.uuid4().hex}"}
    with blocked(server, "events"):
        away.client.send("grant", command, command_id=new_id())
        away.client.request("ping")
        console.remove_roles(operator.id, "game-admin")
        assert away.client.wait_closed().code == 4008
    assert refused(server, away.token) == "token_revoked"
    with game.operator(server) as other:
        other.request("grant", {**command, "external_id": f"sooner-{uuid.uuid4().hex}"})
    grants = [event for event in database.log(server.settings) if event["data"].get("external_id")]
    assert [event["data"]["external_id"][:6] for event in grants] == ["sooner"]


# ---- one socket a player ----

def test_one_socket_a_player_if_the_operator_likes(new_server, new_databases, console):
    dsns = new_databases()
    one = new_server("--single-session", "--node", "node-1", databases=dsns)
    two = new_server("--single-session", "--node", "node-2", databases=dsns)
    other = Away(console, two)
    first = Away(console, one)
    second = Away(console, one, first.person)
    assert first.client.wait_closed().code == 4009
    closing = [push["payload"] for push in first.client.pushes if push["type"] == "closing"][-1]
    assert closing["advice"] == "never"
    third = Away(console, two, first.person)
    assert second.client.wait_closed().code == 4009
    third.client.request("refresh", {"token": first.person.token})
    assert third.client.request("ping") and third.client.closed is None
    fourth = Away(console, one, first.person)
    assert third.client.wait_closed().code == 4009
    assert fourth.client.request("ping") and other.client.request("ping")
    with game.operator(one) as operator, game.operator(one) as again:
        assert operator.request("ping") and again.request("ping"), "operators may have more"


def test_a_refresh_is_of_the_same_player(starter, console):
    """Another of its tokens, also of another client, is taken; another player's is refused by name and changes nothing."""
    away, other = Away(console, starter), Away(console, starter)
    again = console.refresh(away.tokens["refresh_token"])["access_token"]
    assert away.client.request("refresh", {"token": again})["payload"]["expires_at"] >= claims(again)["exp"] * 1000
    with pytest.raises(Refused, match="token_other_subject"):
        away.client.request("refresh", {"token": other.token})
    with pytest.raises(Refused, match="token_other_subject"):
        away.client.request("refresh", {"token": console.service_login("gachapon-operator")["access_token"]})
    assert away.client.request("ping") and away.client.closed is None
    signed_out_in_the_console(console, away)
    assert away.client.wait_closed().code == 4002
