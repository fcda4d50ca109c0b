"""Read models are rebuilt beside the live ones while players play, and one that fails stops alone.

What the tool prints, what `/readyz` and `projections status` say, and what a client sees: nobody misses a row.
"""

import subprocess
import threading

import psycopg
import pytest

from harness import database
from harness.audit import check_everything
from harness.client import Closed
from harness.processes import HarnessError, wait_until

ONE = {"pack": "plain", "count": 1}


def owner(server, statement):
    with psycopg.connect(server.settings.projections_owner_dsn) as connection:
        return connection.execute(statement).fetchall() if statement.startswith("select") else connection.execute(statement)


def generation(server):
    return owner(server, "select max(generation) from projections")[0][0]


def opened_all_the_time(server, person, stop, replies):
    """Opens packs one after the other; a socket that is closed by the switch comes back."""
    client = person.play(server)
    while not stop.is_set():
        try:
            replies.append(client.settle("open_pack", ONE)["payload"])
        except Closed:
            client = person.play(server)
    client.close()


@pytest.mark.parametrize("what", ["--all", "wallets"])
def test_rebuilt_under_load(play, clients, what):
    server, client, person = play
    before, stop, replies = generation(server), threading.Event(), []
    load = threading.Thread(target=opened_all_the_time, args=(server, person, stop, replies), daemon=True)
    load.start()
    try:
        wait_until(lambda: len(replies) > 20, 60, "some packs to be opened")
        said = server.tool("projections", "rebuild", what)
        so_far = len(replies)
        wait_until(lambda: len(replies) > so_far + 20, 60, "packs to be opened after the switch")
    finally:
        stop.set()
        load.join(60)
    assert not load.is_alive()
    assert "rebuilt" in said
    assert generation(server) > before
    assert owner(server, "select count(*) from pg_tables where schemaname = 'rebuild'")[0][0] == 0
    wait_until(lambda: client.closed, 60, "the follower to be sent back: its rows are of tables that are gone")
    again = clients(person.play(server, replica=client.replica))
    answer = again.follow()["payload"]
    assert answer["own_whole"] and answer["public_whole"]
    check_everything(server, again)
    assert "differences" in server.tool("replay", "--compare")


def test_killed_and_run_again(play):
    server, client, _ = play
    for _ in range(20):
        client.settle("open_pack", {"pack": "plain", "count": 10})
    check_everything(server, client)
    before, rows = generation(server), database.dump(server.settings)
    tool = subprocess.Popen([server.binary, "projections", "rebuild", "--all"], env=server.environment(),
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_until(lambda: owner(server, "select count(*) from pg_namespace where nspname = 'rebuild'")[0][0] == 1 or
               tool.poll() is not None, 60, "it to begin")
    tool.kill()
    tool.wait()
    if generation(server) == before:
        assert database.dump(server.settings) == rows
    wait_until(lambda: owner(server, "select count(*) from pg_locks l join pg_database d on d.oid = l.database"
                                     " where l.locktype = 'advisory' and d.datname = current_database()")[0][0] == 0,
               30, "the dead one's lock to be gone")
    assert "rebuilt" in server.tool("projections", "rebuild", "--all")
    assert database.dump(server.settings) == rows
    assert generation(server) > before


def test_one_stops_alone(play):
    server, client, _ = play
    client.settle("open_pack", ONE)
    owner(server, "alter table openings add constraint guilty check (opening <> 3)")
    for _ in range(4):
        reply = client.settle("open_pack", ONE)  # strong: the rows that players see are there
        assert client.replica.live("wallet")
    at = database.head(server.settings)
    status, ready = wait_until(
        lambda: (lambda answer: answer if "openings: stopped" in answer[1] else None)(server.http("/readyz")), 60,
        "/readyz to say which projection stopped")
    assert status == 200 and "(pack_opened)" in ready and "guilty" in ready
    assert 'gachapon_projection_stopped_at{projection="openings"} 0' not in server.http("/metrics")[1]
    with pytest.raises(HarnessError) as said:  # exit status 1: one of them stopped
        server.tool("projections", "status")
    assert "openings       stopped" in str(said.value) and "guilty" in str(said.value)
    assert reply["meta"]["position"] <= at
    owner(server, "alter table openings drop constraint guilty")
    check_everything(server, client)
    assert "stopped" not in server.tool("projections", "status")
