"""A backup of the event store is restored (migrations/README.md): the log goes on from an earlier position, and all that
remembers the later ones - read models, clients' marks, a server that was not stopped - starts over.

Interleaving 11: the log is restored to 800 while projections stand at 1000.
"""

import re
import shutil
import subprocess

import psycopg
import pytest

from harness import database
from harness.audit import check_everything
from harness.places import postgres_programs
from harness.processes import wait_until

ONE, TEN = {"pack": "plain", "count": 1}, {"pack": "plain", "count": 10}


def base_backup(server, target):
    """As an operator takes one, of a server in use; it brings the WAL that it needs to be whole."""
    subprocess.run([postgres_programs() / "pg_basebackup", "--dbname", server.superuser_dsn(), "--pgdata", target,
                    "--wal-method=stream", "--checkpoint=fast"], check=True, capture_output=True, text=True)
    subprocess.run([postgres_programs() / "pg_verifybackup", target], check=True, capture_output=True, text=True)


def restore(server, backup):
    """In place of what is there; the server's account owns the folder."""
    server.stop()
    owner = server.data.stat()
    shutil.rmtree(server.data)
    shutil.copytree(backup, server.data)
    for path in [server.data, *server.data.rglob("*")]:
        shutil.chown(path, owner.st_uid, owner.st_gid)
    server.data.chmod(0o700)
    server.start()


def head(server):
    return database.head(server.settings)


def play(client, openings):
    for _ in range(openings):
        client.settle("open_pack", ONE)


def last_chain(server):
    """The newest line of the chain that the server logged."""
    lines = re.findall(r"tag=chain position=(\d+) chain=([0-9a-f]{64})", server.log.read_text())
    return ":".join(lines[-1])


def test_a_restored_log_starts_everything_else_over(own_databases, new_server, people, clients, run_folder):
    events, _, dsns = own_databases
    server = new_server(databases=dsns, small=True)
    person = people.take(1)[0]
    client = clients(person.play(server))
    client.follow()
    play(client, 5)
    backup = run_folder / "backup-of-events"
    at_backup = head(server)
    base_backup(events, backup)
    play(client, 15)
    client.settle("rename_player", {"display_name": "Never Was"})
    check_everything(server, client)
    lost_head, epoch = head(server), client.replica.epoch
    server.drain()
    logged = last_chain(server)

    restore(events, backup)
    assert head(server) == at_backup < lost_head
    assert "the log is whole" in server.tool("verify")
    with pytest.raises(Exception, match="BROKEN|once went|not the one that was logged"):
        server.tool("verify", "--expect", f"{lost_head}:{logged.split(':')[1]}")
    assert f"behind position {at_backup}" in server.tool("new-epoch")
    server.start()
    # The log grows past where the projections once stood, with other events.
    other = clients(people.take(2)[1].play(server))
    other.follow()
    play(other, 40)
    assert head(server) > lost_head

    again = clients(person.play(server, replica=client.replica))
    answer = again.follow()["payload"]
    assert answer["own_whole"] and answer["public_whole"], "marks of another epoch mean nothing"
    assert again.replica.epoch != epoch
    again.settle("open_pack", ONE)
    names = [row["display_name"] for row in again.replica.live("player").values()]
    assert "Never Was" not in names
    check_everything(server, again, other)
    server.tool("replay", "--compare")
    server.tool("verify")


def test_a_log_that_grew_again_is_known_by_its_chain(own_databases, new_server, new_databases, people, clients, run_folder):
    """Nobody said `new-epoch`, and the log is longer again than where the projections stand: the position is there, with
    another event. The checkpoint's chain says that it is another log."""
    events, _, dsns = own_databases
    server = new_server(databases=dsns, small=True)
    first, second = people.take(2)
    client = clients(first.play(server))
    client.follow()
    play(client, 5)
    backup = run_folder / "backup-of-events-2"
    base_backup(events, backup)
    play(client, 15)
    client.settle("rename_player", {"display_name": "Never Was"})
    check_everything(server, client)
    assert_chains(server)
    stood, generation = head(server), client.replica.generation
    server.drain()
    restore(events, backup)
    away = {name: value for name, value in new_databases().items() if name.startswith("projections")}
    elsewhere = new_server("--node", "elsewhere", databases={**dsns, **away})
    other = clients(second.play(elsewhere))
    other.follow()
    play(other, 40)
    assert head(server) > stood
    elsewhere.drain()

    server.start()
    again = clients(first.play(server, replica=client.replica))
    answer = again.follow()["payload"]
    assert answer["own_whole"] and answer["public_whole"]
    assert again.replica.generation > generation
    assert "Never Was" not in [row["display_name"] for row in again.replica.live("player").values()]
    play(again, 1)
    check_everything(server, again)
    assert_chains(server)


def assert_chains(server):
    """Each checkpoint has the chain of the batch that holds its position."""
    with psycopg.connect(server.settings.projections_owner_dsn) as connection:
        checkpoints = connection.execute("select position, chain from projections").fetchall()
    with psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        for position, chain in checkpoints:
            assert chain == connection.execute("select chain from batches where first <= %s and last >= %s",
                                               [position, position]).fetchone()[0]


def ended(server):
    """A server that found another log ends by itself, for whoever supervises it, and has said why."""
    process = server.process
    wait_until(lambda: not process.alive(), 60, "the server to end")
    server.process = None
    assert process.exit_code == 1
    assert re.search('level=error tag=diverged reason="the event store is another log than before', server.log.read_text())


def test_a_server_that_still_runs_ends_at_a_new_epoch(own_databases, new_server, people, clients):
    """It was not stopped for the restore, and nobody asked it for anything since."""
    _, _, dsns = own_databases
    server = new_server(databases=dsns, small=True)
    client = clients(people.take(1)[0].play(server))
    client.follow()
    play(client, 2)
    before = head(server)
    server.tool("new-epoch")
    assert client.wait_closed(60).code == 1001
    ended(server)
    assert head(server) == before
    server.start()
    again = clients(people.take(1)[0].play(server, replica=client.replica))
    assert again.follow()["payload"]["own_whole"]
    play(again, 1)
    check_everything(server, again)


def test_a_node_of_the_old_epoch_does_not_empty_the_tables_of_the_new(own_databases, new_server, people, clients):
    """Nobody heard of the new epoch (a hint may be lost), and an idle node meets tables that another has begun anew: it is the
    one that is behind, so it ends, and the tables stay as they are."""
    _, _, dsns = own_databases
    idle = new_server("--node", "idle", small=True, databases=dsns)
    with psycopg.connect(idle.settings.event_store_owner_dsn) as connection:
        epoch = connection.execute("select epoch from begin_epoch()").fetchone()[0]
    fresh = new_server("--node", "fresh", databases=dsns)
    ended(idle)
    client = clients(people.take(1)[0].play(fresh))
    client.follow()
    play(client, 2)
    check_everything(fresh, client)
    with psycopg.connect(idle.settings.projections_owner_dsn) as connection:
        assert connection.execute("select distinct epoch from projections").fetchall() == [(epoch,)]
    assert fresh.log.read_text().count("tag=projection state=reset") == 1
