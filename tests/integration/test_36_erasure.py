"""A user deleted in Keycloak is deactivated in the game at once and erased when the grace time is over: the personal key is
destroyed, the log verifies and folds to the same rows as before with `erased` in them. Restored in time it comes back.
Killed at any step, or with Keycloak away, it ends the same way.
"""

import shlex

import psycopg
import pytest

from harness import database, game
from harness.audit import check_everything
from harness.client import Refused
from harness.keycloak import Answer
from harness.processes import HarnessError, wait_until

NAME = "Rosalind Findable"
TEAM = "The Findable Four"
LONG = ("--erase-after-s", "3600")
SOON = ("--erase-after-s", "2")


@pytest.fixture
def console(keycloak):
    return keycloak.console()


@pytest.fixture
def play(people, clients):
    """play(server): a person who has played there: renamed, opened packs, formed a team."""
    def make(server):
        game.publish_small(server)
        person = people.new()
        client = clients(person.play(server))
        client.follow()
        client.request("rename_player", {"display_name": NAME})
        while len(client.replica.live("character")) < 4:
            client.request("open_pack", {"pack": "plain", "count": 10})
        members = [key[1] for key in list(client.replica.live("character"))[:4]]
        for name in (TEAM, "Gone before"):
            client.request("form_team", {"name": name, "members": members})
        client.request("disband_team", {"team": 2})
        return person, client

    return make


def types(server, *wanted):
    return [event["type"] for event in database.log(server.settings) if event["type"] in wanted]


def wait_event(server, wanted, seconds=60, count=1):
    return wait_until(lambda: types(server, wanted).count(wanted) >= count, seconds, wanted)


def settled(server):
    """Whether the erasures have nothing more to do now."""
    with psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        return connection.execute(
            "select count(*) from timers where process = 'erasure' and due_at <= clock_timestamp()").fetchone()[0] == 0 \
            and connection.execute("select position from processes where name = 'erasure'").fetchone() is not None


def keys(server):
    with psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        return connection.execute("select count(*) from personal_keys").fetchone()[0]


def wait_erased(server):
    wait_event(server, "player_erased")
    wait_until(lambda: keys(server) == 0 and settled(server), 60, "the key to be destroyed")


def bytes_of(dsn):
    """All that a database holds, as text."""
    with psycopg.connect(dsn) as connection:
        tables = [row[0] for row in connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname !~ '^(pg_|information)'")]
        parts = []
        for table in tables:
            with connection.cursor().copy(f"copy {table} to stdout (encoding 'sql_ascii')") as copy:
                parts += [bytes(part) for part in copy]
    return b"".join(parts)


def check_erased(server, person):
    """Nothing personal is left, everything else is, and the log is as good as before."""
    check_everything(server)
    rows = database.projections(server.settings)
    assert rows["player"][(person.id,)]["display_name"] == "erased" and rows["player"][(person.id,)]["status"] == "erased"
    assert rows["opening"] and rows["wallet"][(person.id,)]["free"] < 1000000
    assert [row["deleted"] for key, row in rows["team"].items() if key[0] == person.id] == [True, True]
    for dsn in (server.settings.event_store_owner_dsn, server.settings.projections_owner_dsn):
        held = bytes_of(dsn)
        for text in (NAME, TEAM):
            assert text.encode() not in held and text.encode().hex().encode() not in held
    server.tool("verify")
    server.tool("replay", "--compare")
    before = database.dump(server.settings)
    server.tool("projections", "rebuild", "--all")
    assert database.dump(server.settings) == before


def test_deleted_it_is_deactivated_at_once_and_erased_in_time(new_server, play, people, clients, console):
    server = new_server(*LONG)
    person, client = play(server)
    console.delete_user(person.id)
    assert client.wait_closed().code == 4003
    wait_event(server, "player_deactivated")
    with game.operator(server) as operator:
        (row,) = operator.pages("list_players", player=person.id)
        assert (row["status"], row["display_name"]) == ("deactivated", NAME)
        with pytest.raises(Refused, match="player_inactive"):
            operator.request("grant", {"player": person.id, "external_id": "x", "kind": "free_currency", "amount": 1})
    assert keys(server) == 1 and types(server, "player_erased") == []
    with psycopg.connect(server.settings.event_store_owner_dsn, autocommit=True) as connection:
        connection.execute("update timers set due_at = due_at - interval '1 hour' where process = 'erasure'")
    wait_until(lambda: settled(server), 60, "the timer that came early to be left aside")
    assert types(server, "player_erased") == [], "what says when is the log, not the timer"
    server.kill()
    server.start(*SOON)
    other = people.new()
    with clients(other.play(server)):
        pass
    console.delete_user(other.id)
    wait_event(server, "player_erased")
    wait_until(lambda: keys(server) == 1 and settled(server), 60, "the other's key to be destroyed")
    assert [event["data"]["player"] for event in database.log(server.settings) if event["type"] == "player_erased"] == [other.id]


def test_erased_there_is_no_name_left(new_server, play, console):
    server = new_server(*SOON)
    person, client = play(server)
    assert NAME.encode() in bytes_of(server.settings.projections_owner_dsn)
    console.delete_user(person.id)
    wait_erased(server)
    check_erased(server, person)


@pytest.mark.parametrize("seen", [True, False], ids=["signs in", "unseen"])
def test_restored_in_time_it_comes_back(new_server, play, clients, console, gate, seen):
    server = new_server("--erase-after-s", "3600" if seen else "2", "--issuer-fetch-url", f"{gate.url}/realms/gachapon")
    person, client = play(server)
    gate.cut = ("before", when_stored(server, "player_deactivated"))  # in time, however late we are
    console.delete_user(person.id)
    wait_event(server, "player_deactivated")
    console.restore_user(person.id, person.name)
    gate.cut = None
    client = clients(server.settings.url + "/join")
    if seen:
        reply = wait_until(lambda: signed_in(client, console, person), 60, "a token of after the deletion")
        assert reply["player"] == person.id and not reply["enrolled"]
    wait_event(server, "player_reactivated")
    wait_until(lambda: settled(server), 60, "the erasures to be at rest")
    if not seen:
        wait_until(lambda: signed_in(client, console, person), 60, "a token of after the deletion")
    client.follow()
    assert client.replica.live("player")[(person.id,)]["status"] == "active"
    assert client.request("open_pack", {"pack": "plain", "count": 1})
    check_everything(server, client)
    assert types(server, "player_erased") == [] and keys(server) == 1


def signed_in(client, console, person):
    """The reply with a fresh token, or None while that is of the second of the deletion."""
    try:
        return client.sign_in(console.login(person.name)["access_token"])["payload"]
    except Refused as refused:
        assert refused.name == "token_revoked"
        return None


def test_an_operator_erases_at_once(new_server, play, clients, console):
    server = new_server(*LONG)
    person, client = play(server)
    with game.operator(server) as operator:
        erase = {"player": person.id, "reason": "request 4711"}
        with pytest.raises(Refused, match="player_active"):
            operator.request("erase_player", erase)
        assert operator.request("erase_player", {**erase, "even_active": True})["payload"]["teams"] == [1]
    with pytest.raises(Refused, match="forbidden"):
        client.request("erase_player", {"player": person.id, "even_active": True})
    wait_erased(server)
    assert client.wait_closed().code == 4003
    with pytest.raises(Answer):
        console.user(person.id)
    check_erased(server, person)
    console.restore_user(person.id, person.name)  # from a backup: the player is gone all the same
    fresh = clients(server.settings.url + "/join")

    def refused_for_good():
        with pytest.raises(Refused) as refused:
            fresh.sign_in(console.login(person.name)["access_token"])
        return refused.value.name == "player_inactive"

    wait_until(refused_for_good, 60, "the sign-in to be refused because of the erasure")


def user_asked_for(method, path, body):
    return method == "GET" and path.rstrip("/").rsplit("/", 2)[-2] == "users"


def when_stored(server, event):
    """A `wanted` for the gate: the user is asked for, and the log holds this event (None: any)."""
    return lambda *request: user_asked_for(*request) and (event is None or event in types(server, event))


def user_deleted(method, path, body):
    return method == "DELETE" and path.rsplit("/", 2)[-2] == "users"


STEPS = {
    "seen": ("before", user_asked_for, None),  # the timer is stored, nobody was asked
    "looked": ("after", user_asked_for, None),  # the answer is lost
    "asked again": ("before", user_asked_for, "player_deactivated"),  # the grace time is over
    "destroyed": ("before", user_deleted, None),  # the key is gone, the user is to go
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_step_it_is_erased_all_the_same(gate, new_server, play, console, step):
    flags = (*SOON, "--issuer-fetch-url", f"{gate.url}/realms/gachapon")
    server = new_server(*flags)
    person, client = play(server)
    when, wanted, stored = STEPS[step]
    gate.hold(when, when_stored(server, stored) if stored else wanted)
    console.delete_user(person.id)
    gate.wait_held(60)
    server.kill()
    gate.let_go()
    server.start(*flags)
    wait_erased(server)
    check_erased(server, person)


def test_keycloak_away_is_waited_for(gate, new_server, play, console):
    """Nobody is erased because Keycloak does not answer, or answers for another realm."""
    server = new_server(*SOON, "--issuer-fetch-url", f"{gate.url}/realms/gachapon")
    person, client = play(server)
    gate.hold("after", user_asked_for)
    console.delete_user(person.id)
    gate.wait_held(60)
    gate.closed = True
    gate.let_go()
    wait_until(lambda: "gachapon_process_retries_total{process=\"erasure\"} 0" not in server.http("/metrics")[1], 60,
               "a try that comes to nothing")
    assert types(server, "player_deactivated", "player_erased") == []
    console.restore_user(person.id, person.name)
    gate.closed = False
    wait_until(lambda: settled(server), 90, "Keycloak to be asked again")
    assert types(server, "player_deactivated", "player_erased") == [] and keys(server) == 1


def test_deleted_while_no_server_ran(new_server, play, console):
    server = new_server(*SOON)
    person, client = play(server)
    server.kill()
    console.delete_user(person.id)
    server.start(*SOON)
    wait_erased(server)
    check_erased(server, person)


def test_what_nobody_told_is_found(new_server, play, people, clients, console):
    """Deleted while no server ran, and the admin events cleared."""
    server = new_server(*SOON)
    person, client = play(server)
    other = people.new()
    with clients(other.play(server)):
        pass
    assert "2 active players, 0 without" in server.tool("players", "check")
    server.kill()
    console.delete_user(person.id)
    console.call("DELETE", "/admin-events")
    people.forget_tokens()  # whoever follows the events, the shared server too, takes only newer ones
    server.start(*LONG)
    with pytest.raises(HarnessError, match="1 without a user") as found:
        server.tool("players", "check")
    (line,) = [line for line in str(found.value).splitlines() if line.startswith("deactivate_player")]
    assert person.id in line and other.id not in line
    name, *fields = shlex.split(line)
    # Events that are gone end every token issued until that second.
    with wait_until(lambda: game.operator(server), 60, "an operator's token that is new enough") as operator:
        operator.request(name, dict(field.split("=", 1) for field in fields))
    assert "1 active players, 0 without" in server.tool("players", "check")
    check_everything(server)


def test_whoever_is_no_player_leaves_nothing_to_do(new_server, people, console):
    server = new_server(*SOON, small=True)
    console.delete_user(people.new().id)
    wait_until(lambda: settled(server), 60, "the erasures to be at rest")
    assert types(server, "player_deactivated") == []
