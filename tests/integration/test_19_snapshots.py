"""Loading a player costs the same after a thousand openings as after ten: states are kept beside the log, and are never
what the log does not hold."""

import os
import pathlib
import re
import subprocess

from harness import database
from harness.audit import check_everything
from harness.processes import wait_until

OPENINGS = int(os.environ.get("GACHAPON_TEST_OPENINGS", 300))  # more than SNAPSHOT_EVERY in server/request/snapshots.h
ONE = {"pack": "plain", "count": 1}
ROOT = pathlib.Path(__file__).resolve().parents[2]


def kept(server):
    """stream -> (version of its snapshot, version of its last event, data)."""
    with database.psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        rows = connection.execute("""
            select s.stream, s.version, (select max(e.version) from events e where e.stream = s.stream), s.data
            from snapshots s""").fetchall()
    return {stream: (version, last, bytes(data)) for stream, version, last, data in rows}


def open_many(client, count):
    while count > 0:
        requests = [client.send("open_pack", ONE) for _ in range(min(count, 32))]
        for request in requests:
            client.reply(request)
        count -= len(requests)


def change_names(server, change):
    with database.psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        return connection.execute(change).rowcount


def test_a_busy_stream_is_kept_and_loaded_from_there(new_server, people, clients):
    server = new_server(small=True)
    person, other = people.take(2)
    client = clients(person.play(server))
    client.follow()
    quiet = clients(other.play(server))
    quiet.follow()
    open_many(client, OPENINGS)
    open_many(quiet, 3)
    found = wait_until(lambda: kept(server), 60, "a snapshot", alive=server.process)
    assert len(found) == 1, "nobody else had as many events"
    ((version, last, data),) = found.values()
    assert 256 <= version <= last == OPENINGS + 1
    assert b"Player" not in data and person.name.encode() not in data
    assert re.search(r"gachapon_eventstore_snapshots_total [1-9]", server.http("/metrics")[1])

    # Nothing in memory: a load reads the snapshot. One of another program is left aside, and so is a damaged one.
    for change in (None, "update snapshots set schema_version = schema_version + 1",
                   "update snapshots set data = substr(data, 1, 40)"):
        if change is not None:
            assert change_names(server, change) == 1
        server.kill()
        server.start()
        client = clients(person.play(server, replica=client.replica))
        client.follow()
        reply = client.settle("open_pack", ONE)
        last += 1
        assert reply["payload"]["opening"] == last - 1
        if change is not None:  # loaded from its first event, so it is time to keep it again
            wait_until(lambda: all(row[0] == last or row[0] == last - 1 for row in kept(server).values()), 60,
                       "the snapshot of now", alive=server.process)
    quiet = clients(other.play(server, replica=quiet.replica))
    quiet.follow()
    check_everything(server, client, quiet)
    server.tool("verify")


def test_the_chain_is_logged_outside_the_database(new_server, people, clients):
    server = new_server(small=True)
    client = clients(people.take(1)[0].play(server))
    client.settle("open_pack", ONE)
    lines = re.findall(r"tag=chain position=(\d+) chain=([0-9a-f]{64})", server.log.read_text())
    assert lines
    with database.psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        for position, chain in lines:
            rows = connection.execute("select encode(chain, 'hex') from batches where last = %s", [position]).fetchall()
            assert (chain,) in rows
    arguments = [word for position, chain in lines for word in ("--expect", f"{position}:{chain}")]
    assert "the log is whole" in server.tool("verify", *arguments)


def test_bytes_an_event(new_server, people, clients, capsys):
    """The query that migrations/eventstore/README.md quotes runs; GACHAPON_TEST_OPENINGS=10000 and -s show its figures."""
    server = new_server(small=True)
    client = clients(people.take(1)[0].play(server))
    open_many(client, OPENINGS)
    psql = pathlib.Path(next(iter(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/psql"))), "psql"))
    done = subprocess.run([psql, "-X", server.settings.event_store_owner_dsn, "-v", "ON_ERROR_STOP=1", "-f",
                           ROOT / "tests/bench/bytes_per_event.sql"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "pack_opened" in done.stdout and "events_position" in done.stdout
    with capsys.disabled():
        if OPENINGS > 300:
            print(done.stdout)
