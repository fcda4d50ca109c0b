"""A database that neither answers nor goes away: its processes are stopped, its connections stay open.

This is what a full disk, a lost network or a frozen virtual machine looks like, and nobody says so: the server has to
give up by the clock. What dies at once is in test_14_recovery.py.
"""

import signal
import time

import pytest

from harness import database, game, system
from harness.client import Refused, new_id
from harness.postgres import children_of
from harness.processes import wait_until

OPEN = {"pack": "plain", "count": 1}


@pytest.fixture
def databases(private_postgres, secrets):
    """(events, projections, the connection strings), of this test's own."""
    servers = private_postgres("events"), private_postgres("projections")
    return *servers, system.provision(*servers, secrets)


@pytest.fixture
def standstill(databases):
    """standstill(postgres) stops it; standstill(None) lets all go on, as does the end of the test."""
    stopped = []

    def change(postgres):
        while postgres is None and stopped:
            stopped.pop().send(signal.SIGCONT)
        if postgres is not None:
            stopped.extend([postgres.process, *children_of(postgres.process.pid)])
            for process in stopped:
                process.send(signal.SIGSTOP)

    yield change
    change(None)


def ends(client, request, within_s):
    """The name of a request's answer."""
    began = time.monotonic()
    try:
        return client.reply(request)["type"]
    except Refused as refused:
        assert refused.may_retry
        return refused.name
    finally:
        assert time.monotonic() - began < within_s


def test_the_event_store_stands_still(databases, standstill, new_server, newcomer, people, clients):
    events, _, connections = databases
    server = new_server("--sign-in-within-ms", "60000", databases=connections)
    game.publish_small(server)
    client, visitor, token, command = newcomer(server), clients(server.settings.url + "/join"), people.new().token, new_id()
    before = database.head(server.settings)
    standstill(events)
    opening, signing_in = client.send("open_pack", OPEN, command_id=command), visitor.send("sign_in", {"token": token})
    assert client.request("list_wallets"), "what is projected can be read"
    assert ends(client, opening, 15) == "store_unavailable"
    assert ends(visitor, signing_in, 5) == "store_unavailable"
    standstill(None)
    client.settle("open_pack", OPEN, command_id=command)
    again = client.request("open_pack", OPEN, command_id=command)["payload"]
    assert again["opening"] == 1 and visitor.settle("sign_in", {"token": token})
    assert database.head(server.settings) == before + 2, "one opening, one player"


def test_the_projections_stand_still(databases, standstill, new_server, newcomer):
    _, projections, connections = databases
    server = new_server(databases=connections)
    game.publish_small(server)
    client = newcomer(server)
    standstill(projections)
    reading, began = client.send("list_wallets", {}), time.monotonic()
    stored = client.request("open_pack", OPEN)["meta"]
    assert stored["view_position"] < stored["position"] and time.monotonic() - began < 5
    assert ends(client, reading, 15) == "view_unavailable"
    standstill(None)
    client.caught_up(stored["position"])
    assert client.replica.live("wallet")[(client.player,)]["free"] == 999990


def test_more_sign_ins_than_the_server_has_requests(databases, standstill, new_server, people, clients):
    """Each sign-in needs a second request, for the enrolment. While the event store stood still they ran out, and the
    server ended with them."""
    events, _, connections = databases
    server = new_server("--requests-max", "200", databases=connections)
    token, sockets = people.new().token, [clients(server.settings.url + "/join") for _ in range(5)]
    standstill(events)
    sent = [(client, client.send("sign_in", {"token": token})) for _ in range(60) for client in sockets]
    wait_until(lambda: sum(told(client).count("overloaded") for client in sockets) >= len(sent) - 200, 10,
               "those beyond requests-max to be told")
    assert server.http("/healthz")[0] == 200
    standstill(None)
    for client, request in sent:
        client.wait(lambda: request in client.replies)  # noqa: B023
    assert set(sum(map(told, sockets), [])) <= {"overloaded", "sign_in", "signed_in_already", "store_unavailable"}
    if not sockets[0].player:
        sockets[0].settle("sign_in", {"token": token})
    sockets[0].settle("rename_player", {"display_name": "Still here"})


def told(client):
    """The names of all answers so far."""
    return [message.get("error") or message["type"] for found in list(client.replies.values()) for message in found]
