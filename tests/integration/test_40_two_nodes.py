"""Two servers over the same two databases: what one does the other knows, nothing happens twice, and either may die.

Hints (NOTIFY) carry word from node to node; the rows are read by position, and a look once a second is the truth. So no
test here depends on a hint, but the one that counts them.
"""

import os
import signal
import time

import psycopg
import pytest

from harness import database, game
from harness.audit import check_everything
from harness.client import Refused, new_id
from harness.load import Load
from harness.processes import wait_until

ONE, SCARCE = {"pack": "plain", "count": 1}, {"pack": "scarce", "count": 1}


@pytest.fixture
def nodes(new_server, new_databases):
    """Two servers that are ready, with the small catalogue."""
    dsns = new_databases()
    one = new_server("--node", "node-1", databases=dsns, small=True)
    two = new_server("--node", "node-2", databases=dsns)
    return one, two


@pytest.fixture
def both(nodes, people, clients):
    """(socket on node 1, socket on node 2) of one player, both following."""
    person = people.take(1)[0]
    sockets = [clients(person.play(node)) for node in nodes]
    for client in sockets:
        client.follow()
    return sockets


def positions(server, command_id):
    return database.command_events(server.settings, [command_id]).get(command_id, [])


def test_what_one_node_did_the_other_shows(nodes, both):
    seconds = []
    for _ in range(10):
        for here, there in (both, both[::-1]):
            opened = here.request("open_pack", ONE)["payload"]
            began = time.monotonic()
            there.wait(lambda: there.replica.live("wallet")[(there.player,)]["free"] == opened["free"])
            seconds.append(time.monotonic() - began)
    print(f"seen on the other node after {sorted(seconds)[10] * 1000:.1f} ms, at most {max(seconds) * 1000:.1f} ms")
    for node in nodes:
        wait_until(lambda: node.metric("eventstore_hints_heard_total") >= 10, 60, "the hints to be heard")  # noqa: B023
    check_everything(nodes[0], *both)


def test_one_command_on_both_nodes_has_one_effect(nodes, both):
    for turn in range(20):
        command = new_id()
        asked = [client.send("open_pack", ONE, command_id=command) for client in both]
        if turn % 2:
            asked.reverse(), both.reverse()
        replies = [client.reply(request) for client, request in zip(both, asked)]
        again = both[turn % 2].request("open_pack", ONE, command_id=command)
        assert len({str(reply["payload"]) for reply in [*replies, again]}) == 1
        assert len({reply["meta"]["position"] for reply in [*replies, again]}) == 1
        assert len(positions(nodes[0], command)) == 1
    command = new_id()
    first = both[0].request("open_pack", ONE, command_id=command)
    for client in both[::-1]:
        with pytest.raises(Refused) as refused:
            client.request("open_pack", {"pack": "plain", "count": 10}, command_id=command)
        assert refused.value.name == "command_id_reused"
    assert both[1].request("open_pack", ONE, command_id=command)["payload"] == first["payload"]
    check_everything(nodes[0], *both)


def test_a_player_on_both_nodes_is_one_player(nodes, both):
    """Draws take consecutive nonces, balances add up, whichever node decides: fold.py holds every event against it."""
    flying = [(client, client.send("open_pack", ONE)) for _ in range(25) for client in both]
    refused = 0
    for client, request in flying:
        try:
            client.reply(request, 60)
        except Refused as no:
            assert no.name == "conflict", no
            refused += 1
    events = check_everything(nodes[0], *both)
    assert sum(event["type"] == "pack_opened" for event in events) == len(flying) - refused
    print(f"{refused} of {len(flying)} given up as conflict")


@pytest.fixture
def deaf(nodes):
    """No hint passes: the backends that would carry them stand still, as on a connection that died in silence."""
    with psycopg.connect(nodes[0].settings.event_store_superuser_dsn, autocommit=True) as connection:
        def backends():
            return [pid for (pid,) in connection.execute(
                "select pid from pg_stat_activity where application_name = 'gachapon hints' and datname = current_database()")]

        wait_until(lambda: len(backends()) == 2, 60, "both nodes to listen")
        stopped = backends()
        try:
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)


def test_a_hint_that_means_nothing_does_no_harm(nodes, both):
    heard = nodes[1].metric("eventstore_hints_heard_total")
    with psycopg.connect(nodes[0].settings.event_store_owner_dsn, autocommit=True) as connection:
        for hint in ("", "garbage", "1", "1 2 3", "-1 -1", "9" * 30 + " 1", "7 7", "1000000000 1000000000", "0 0 ?"):
            connection.execute("select pg_notify('gachapon_log', %s)", [hint])
    wait_until(lambda: nodes[1].metric("eventstore_hints_heard_total") >= heard + 3, 60, "the hints to be heard")
    for client in both:
        client.request("open_pack", ONE)
    check_everything(nodes[0], *both)


def test_a_change_is_seen_without_hints(nodes, both, deaf):
    for here, there in (both, both[::-1]):
        opened = here.request("open_pack", ONE)["payload"]
        there.wait(lambda: there.replica.live("wallet")[(there.player,)]["free"] == opened["free"])
    check_everything(nodes[0], *both)


def test_a_pack_retired_on_one_node_is_retired_on_the_other(nodes, both, deaf):
    """Interleaving 2: node 2 has the pack in memory, has heard nothing, and writes the player's stream only. And its
    opposite: it may not reject by a state that was over when the command came."""
    scarce = dict(game.SMALL)["packs"][1][2]
    both[1].request("open_pack", SCARCE)
    with game.operator(nodes[0]) as operator:
        for _ in range(5):
            operator.request("retire_pack", {"pack": "scarce"})
            with pytest.raises(Refused) as refused:
                both[1].request("open_pack", SCARCE)
            assert refused.value.name == "pack_retired"
            operator.request("publish_pack", scarce)
            both[1].request("open_pack", SCARCE)
    check_everything(nodes[1], *both)


def test_a_disabled_user_is_out_on_both_nodes(nodes, people, clients):
    person = people.new()
    sockets = [clients(person.play(node)) for node in nodes]
    person.console.set_enabled(person.id, False)
    for client in sockets:
        assert client.wait_closed().code == 4003


def test_either_node_may_die_under_load(nodes, people, rng, long):
    """Its clients go to whichever node is there and send again what was not answered; harness/load.py looks at the rest."""
    load = Load(nodes[0], people.take(24), rng.random(), urls=[node.settings.url for node in nodes])
    load.begin()
    try:
        for turn in range(8 if long else 3):
            load.more(rng.randrange(100, 400))
            nodes[turn % 2].kill()
            load.more(50)
            nodes[turn % 2].start("--node", f"node-{turn % 2 + 1}")
        load.more(100)
        load.settle()
        load.check()
        print(load)
    finally:
        load.leave()


def test_two_projectors_on_one_statistics_row(nodes, people, clients):
    """Interleaving 10: every opening of one pack adds to the same rows, whichever node projects it."""
    persons = people.take(8)
    sockets = [clients(person.play(nodes[number % 2])) for number, person in enumerate(persons)]
    before = [node.metric("projection_batches_total") for node in nodes]
    openings = 0
    while openings == 0 or not all(node.metric("projection_batches_total") > count for node, count in zip(nodes, before)):
        flying = [(client, client.send("open_pack", {"pack": "plain", "count": 10})) for _ in range(15) for client in sockets]
        for client, request in flying:
            client.reply(request)
        openings += len(flying)
        assert openings < 6000, "one node projects it all"
    check_everything(nodes[0])
    print(f"{openings} openings on two nodes; "
          f"refused batches: {[node.metric('projection_failures_total') for node in nodes]}")


def test_a_hot_pack_progresses_over_two_nodes(nodes, people, clients):
    """One stock stream, both nodes: each opening conflicts with the other node's. Every draw is sold, none twice."""
    sockets = [clients(person.play(nodes[number % 2])) for number, person in enumerate(people.take(8))]
    sold, refused = 0, []
    waiting = [(client, client.send("open_pack", SCARCE)) for client in sockets]
    while waiting:
        client, request = waiting.pop(0)
        try:
            client.reply(request, 60)
            sold += 1
        except Refused as no:
            refused.append(no.name)
            if no.name == "stock_exhausted":
                continue
            assert no.may_retry, no
        waiting.append((client, client.send("open_pack", SCARCE)))
    assert sold == 30
    check_everything(nodes[1])
    print(f"{refused.count('conflict')} times given up as conflict")
