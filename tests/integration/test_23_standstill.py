"""A database that neither answers nor goes away: its processes are stopped, its connections stay open.

This is what a full disk, a lost network or a frozen virtual machine looks like, and nobody says so: the server has to
give up by the clock. What dies at once is in test_14_recovery.py.
"""

import signal

import pytest

from harness import database
from harness.client import Refused, new_id
from harness.load import ANSWER_S
from harness.postgres import children_of
from harness.processes import wait_until

OPEN = {"pack": "plain", "count": 1}


@pytest.fixture
def standstill(own_databases):
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


def answer(client, request):
    """Its name. Every request is answered in bounded time."""
    try:
        return client.reply(request, timeout=ANSWER_S)["type"]
    except Refused as refused:
        assert refused.may_retry
        return refused.name


def test_the_event_store_stands_still(own_databases, standstill, new_server, newcomer, people, clients):
    events, _, connections = own_databases
    server = new_server("--sign-in-within-ms", "60000", databases=connections, small=True)
    client, visitor, token, command = newcomer(server), clients(server.settings.url + "/join"), people.new().token, new_id()
    before = database.head(server.settings)
    standstill(events)
    opening, signing_in = client.send("open_pack", OPEN, command_id=command), visitor.send("sign_in", {"token": token})
    assert client.request("list_wallets"), "what is projected can be read"
    assert answer(client, opening) == "store_unavailable"
    assert answer(visitor, signing_in) == "store_unavailable"
    standstill(None)
    client.settle("open_pack", OPEN, command_id=command)
    again = client.request("open_pack", OPEN, command_id=command)["payload"]
    assert again["opening"] == 1 and visitor.settle("sign_in", {"token": token})
    assert database.head(server.settings) == before + 2, "one opening, one player"


def test_the_projections_stand_still(own_databases, standstill, new_server, newcomer):
    _, projections, connections = own_databases
    server = new_server(databases=connections, small=True)
    client = newcomer(server)
    standstill(projections)
    reading = client.send("list_wallets", {})
    stored = client.request("open_pack", OPEN, timeout=ANSWER_S)["meta"]
    assert stored["view_position"] < stored["position"]
    assert answer(client, reading) == "view_unavailable"
    standstill(None)
    client.caught_up(stored["position"])
    assert client.replica.live("wallet")[(client.player,)]["free"] == 999990


def test_more_sign_ins_than_the_server_has_requests(own_databases, standstill, new_server, people, clients):
    """Each sign-in needs a second request, for the enrolment. While the event store stood still they ran out, and the
    server ended with them."""
    events, _, connections = own_databases
    server = new_server("--requests-max", "200", databases=connections)
    token, sockets = people.new().token, [clients(server.settings.url + "/join") for _ in range(5)]
    standstill(events)
    sent = [(client, client.send("sign_in", {"token": token})) for _ in range(60) for client in sockets]
    wait_until(lambda: sum(client.told().count("overloaded") for client in sockets) >= len(sent) - 200, 60,
               "those beyond requests-max to be told")
    assert server.http("/healthz")[0] == 200
    standstill(None)
    for client, request in sent:
        client.wait(lambda: request in client.replies)  # noqa: B023
    assert set(sum((client.told() for client in sockets), [])) <= {"overloaded", "sign_in", "signed_in_already", "store_unavailable"}
    if not sockets[0].player:
        sockets[0].settle("sign_in", {"token": token})
    sockets[0].settle("rename_player", {"display_name": "Still here"})
