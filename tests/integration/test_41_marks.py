"""What a client was told holds, whatever the projections do: frames that are lost between two rows, one projection that
stops, a rebuild that changes the past, a database that goes back. Each ends with the replica equal to the projections, and
the projections equal to the log.
"""

import re
import threading

import psycopg

from harness import database, fold, system
from harness.audit import check_everything, projected
from harness.client import Refused
from harness.processes import wait_until

ONE = {"pack": "plain", "count": 1}


def owner(server, statement, *values):
    with psycopg.connect(server.settings.projections_owner_dsn) as connection:
        cursor = connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else None


def test_dropped_between_two_frames(play, clients, rng):
    """Interleaving 7: rows of two positions leave in different frames, and the client is gone after the first. Another
    socket of the player makes them, all the time; whatever arrived last, the mark says what to send again."""
    server, client, person = play
    stop, failed = threading.Event(), []

    def make_rows():
        with person.play(server) as maker:
            while not stop.is_set() and not failed:
                try:
                    flying = [maker.send("open_pack", ONE, consistency="eventual") for _ in range(8)]
                    flying.append(maker.send("rename_player", {"display_name": f"Name {rng.randrange(1000)}"}))
                    for request in flying:
                        maker.reply(request, 60)
                except Exception as error:  # goes to the test
                    failed.append(error)

    maker = threading.Thread(target=make_rows, daemon=True)
    maker.start()
    replica, seen = client.replica, 0
    try:
        for _ in range(25):
            before = len(client.pushes)
            wanted = before + rng.randint(1, 4)
            client.wait(lambda: len(client.pushes) >= wanted or failed, 60, "rows to arrive")
            client.drop()
            seen += len(client.pushes) - before
            client = clients(person.play(server, replica=replica))
            answer = client.follow()["payload"]
            assert not answer["own_whole"] and not answer["public_whole"], "its marks were good"
    finally:
        stop.set()
        maker.join(90)
    assert not failed, failed[0]
    check_everything(server, client)
    print(f"{seen} messages in 25 visits")


def test_a_pushed_projection_stops_and_is_repaired(play, clients):
    """Interleaving 8: wallets stand still while the others go on. Who comes back meanwhile, and who comes back after the
    repair, miss nothing: the mark is that of the slowest."""
    server, client, person = play
    free = client.settle("open_pack", ONE)["payload"]["free"]
    owner(server, f"alter table wallets add constraint guilty check (free <> {free - 20})")
    for _ in range(5):
        client.settle("open_pack", ONE)
    wait_until(lambda: "wallets: stopped" in server.http("/readyz")[1], 60, "/readyz to say that wallets stand still")
    stands = owner(server, "select position from projections where name = 'wallets'")[0][0]
    client.settle("rename_player", {"display_name": "Goes On"})
    client.wait(lambda: [row for row in client.replica.live("player").values() if row["display_name"] == "Goes On"])
    assert database.head(server.settings) > stands >= client.replica.marks["own"], "the mark waits for the slowest"
    client.drop()
    again = clients(person.play(server, replica=client.replica))
    answer = again.follow()["payload"]
    assert not answer["own_whole"]
    assert [row["free"] for row in again.replica.live("wallet").values()] == [free - 10]
    again.drop()
    owner(server, "alter table wallets drop constraint guilty")
    wait_until(lambda: "stopped" not in server.http("/readyz")[1] and
               owner(server, "select min(position) = max(position) from projections")[0][0], 60, "wallets to catch up")
    last = clients(person.play(server, replica=again.replica))
    assert not last.follow()["payload"]["own_whole"]
    check_everything(server, last)


def test_a_rebuild_changes_the_past(play, clients):
    """Interleaving 9: the code before gave other rows for old events, and some that the new one does not give. A client
    that has them, and marks from behind them, gets everything as a replacement."""
    server, client, person = play
    for _ in range(3):
        client.settle("open_pack", ONE)
    check_everything(server, client)
    client.drop()
    owner(server, "update wallets set free = free + 7000")
    owner(server, "insert into characters (position, deleted, player, character, rarity, copies)"
                  " select position, false, player, 'ghost', 0, 9 from wallets where player = %s", person.id)
    client.replica.drop("own")  # as it would have been told by that code
    told = clients(person.play(server, replica=client.replica))
    told.follow()
    assert (person.id, "ghost") in told.replica.live("character")
    assert "rebuilt" in server.tool("projections", "rebuild", "--all")
    wait_until(lambda: told.closed, 60, "the follower to be sent back")
    again = clients(person.play(server, replica=told.replica))
    answer = again.follow()["payload"]
    assert answer["own_whole"] and answer["public_whole"]
    assert (person.id, "ghost") not in again.replica.live("character")
    check_everything(server, again)


def without_tombstones(rows):
    return {view: {key: row for key, row in found.items() if not row["deleted"]} for view, found in rows.items()}


def test_tombstones_go_below_the_horizon(new_server, people, clients):
    """Who has only what is older gets everything as a replacement, and so hears of the team that is gone all the same."""
    server = new_server("--tombstones-keep", "40", "--prune-every-ms", "200", small=True)
    person = people.take(1)[0]
    client = clients(person.play(server))
    client.follow()
    while len(client.replica.live("character")) < 4:
        client.settle("open_pack", {"pack": "plain", "count": 10})
    members = sorted(key[1] for key in client.replica.live("character"))[:4]
    for name in ("Stays", "Goes"):
        client.settle("form_team", {"name": name, "members": members})
    old, recent = clients(person.play(server)), clients(person.play(server))
    old.follow()
    old.drop()
    assert len(old.replica.live("team")) == 2
    client.settle("disband_team", {"team": 2})
    assert owner(server, "select count(*) from teams where deleted")[0][0] == 1
    for _ in range(60):
        client.settle("open_pack", ONE)
    recent.follow()
    recent.drop()
    client.settle("rename_player", {"display_name": "Later"})
    wait_until(lambda: owner(server, "select count(*) from teams where deleted")[0][0] == 0, 60, "the tombstone to go")
    assert owner(server, "select max(horizon) from projections")[0][0] > old.replica.marks["own"]
    again = clients(person.play(server, replica=old.replica))
    assert again.follow()["payload"]["own_whole"]
    fresh = clients(person.play(server, replica=recent.replica))
    assert not fresh.follow()["payload"]["own_whole"], "a mark above the horizon is as good as ever"
    events = database.log(server.settings)
    rows = wait_until(lambda: projected(server.settings, len(events)), 60, "the projections to reach the log's head")
    database.same(without_tombstones(fold.fold(events)), without_tombstones(rows))
    for each in (client, again, fresh):
        database.same(each.replica.whole(), {**database.of_player(rows, person.id), **database.public(rows)})
    assert "no differences" in server.tool("replay", "--compare") or "0 differences" in server.tool("replay", "--compare")


def test_the_projections_go_back_after_strong_replies(private_postgres, secrets, new_server, people, clients):
    """Interleaving 12: the database commits without waiting for its disk, and dies. Reads wait until it is back at the
    highest position that was told; nobody sees a row older than one that was shown."""
    events, projections = private_postgres("events"), private_postgres("projections")
    for setting in ("wal_writer_delay = '10s'", "wal_writer_flush_after = 0", "checkpoint_timeout = '1h'"):
        with psycopg.connect(projections.superuser_dsn(), autocommit=True) as connection:
            connection.execute(f"alter system set {setting}")
            connection.execute("select pg_reload_conf()")
    server = new_server(databases=system.provision(events, projections, secrets), small=True)
    person = people.take(1)[0]
    client = clients(person.play(server))
    client.follow()
    client.settle("open_pack", ONE)
    check_everything(server, client)
    with psycopg.connect(projections.superuser_dsn(), autocommit=True) as connection:
        connection.execute("checkpoint")
    for _ in range(5):
        replies = [client.settle("open_pack", ONE) for _ in range(10)]
        told = replies[-1]["meta"]["position"]
        assert replies[-1]["meta"]["view_position"] >= told
        wallet = client.replica.live("wallet")
        projections.crash()
        projections.start()
        (row,) = wait_until(lambda: _wallets(client, told), 60, "the views to answer again")
        assert row["position"] >= told and row["free"] == wallet[(client.player,)]["free"], "older than what was shown"
        check_everything(server, client)
        stored = int(re.findall(r"state=running position=\d+ stored=(\d+)", server.log.read_text())[-1])
        if stored < told:
            break  # else its disk was faster
    assert stored < told, "the database never went back"
    again = clients(person.play(server, replica=client.replica))
    again.follow()
    again.settle("open_pack", ONE)
    check_everything(server, client, again)
    print(f"told {told}, after the crash at {stored}")


def _wallets(client, at_least):
    try:
        return client.pages("list_wallets", at_least=at_least)
    except Refused as refused:
        assert refused.may_retry, refused
        return None
