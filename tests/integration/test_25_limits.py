"""Too much: of one socket, of one address, of everybody, and of the machine. The answer is early, has a name and says when
to come back; who obeys gets through; nobody beside it is disturbed.

Everything here comes from 127.0.0.x, which the other tests' servers exempt from limits (GACHAPON_UNLIMITED): these do not.
"""

import concurrent.futures
import contextlib
import resource
import time

import pytest

from harness import database, raw
from harness.client import Closed, Refused, new_id, protocol
from harness.processes import wait_until
from harness.raw import Raw

ONE = {"pack": "plain", "count": 1}
LIMITED = {"GACHAPON_UNLIMITED": ""}


# --- one socket


def test_a_flood_from_one_socket_is_limited_and_forgiven(new_server, newcomer, clients):
    """Twice its burst at once: the rest is refused with the time to wait; then it is served as before, and nobody else
    noticed."""
    server = new_server("--messages-per-session", "20", more=LIMITED, small=True)
    flooder, bystander = newcomer(server), newcomer(server)
    assert flooder.hello["limits"]["messages_per_second"] == 20
    began = time.monotonic()
    sent = [flooder.send("ping", {}) for _ in range(80)]
    flooder.wait(lambda: all(request in flooder.replies for request in sent))
    answers = [flooder.replies[request][0] for request in sent]
    limited = [answer for answer in answers if answer["kind"] == "error"]
    earned = 20 * (time.monotonic() - began) + 1
    assert 80 - 40 - earned <= len(limited) <= 45 and {answer["error"] for answer in limited} == {"rate_limited"}
    assert all(0 < answer["payload"]["retry_after_ms"] <= 2000 for answer in limited)
    assert bystander.request("open_pack", ONE) and "rate_limited" not in bystander.told()
    assert flooder.settle("open_pack", ONE)["payload"]["opening"] == 1
    assert server.metric("rate_limited_total") >= len(limited)


def test_who_hammers_is_closed_and_may_come_back(new_server, newcomer, clients):
    server = new_server("--messages-per-session", "20", more=LIMITED)
    bystander = newcomer(server)
    hammer = clients(server.settings.url + "/join")
    with pytest.raises(Closed) as closed:
        while True:
            hammer.send("ping", {})
            if hammer.closed:
                raise hammer.closed
    assert closed.value.code == protocol.CLOSES["too_many_messages"]
    assert hammer.wait_push("closing")["payload"]["advice"] == "later"
    assert clients(server.settings.url + "/join").request("ping") and bystander.request("ping")


# --- one address


def test_addresses_are_told_apart_behind_a_trusted_proxy(new_server, clients):
    """What counts is the address that the proxy names (of IPv6 the /64), not the proxy's own, and not what the client
    made up."""
    server = new_server("--trusted-proxy", "127.0.0.1/32", "--registrations-per-address", "2", "--sign-ins-per-address", "3",
                        more=LIMITED)

    def behind(address):
        return clients(server.settings.url + "/join", headers={"X-Forwarded-For": address, "X-Forwarded-Proto": "https"})

    for address in ("198.51.100.1", "192.0.2.66, 198.51.100.1"):  # the left one is the client's own claim
        behind(address).register()
    with pytest.raises(Refused, match="rate_limited") as refused:
        behind("198.51.100.1").register()
    assert 60_000 < refused.value.payload["retry_after_ms"] <= 1_800_000
    behind("198.51.100.2").register()
    for address in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"):
        behind(address).register()
    with pytest.raises(Refused, match="rate_limited"):
        behind("2001:db8:0:1::3").register()
    behind("2001:db8:0:2::1").register()
    guesser = behind("198.51.100.3")
    names = []
    for _ in range(5):
        with pytest.raises(Refused) as refused:
            guesser.sign_in("no.real.token")
        names.append(refused.value.name)
    assert names == ["token_invalid"] * 3 + ["rate_limited"] * 2


def test_an_address_may_not_open_sockets_for_ever(new_server, clients):
    server = new_server("--upgrades-per-address", "5", "--sessions-per-address-max", "3", more=LIMITED)
    inside = [clients(server.settings.url + "/join") for _ in range(3)]
    with pytest.raises(Closed) as closed:
        clients(server.settings.url + "/join").request("ping")
    assert closed.value.code == protocol.CLOSES["too_many_connections"]
    Raw(server).socket.close()
    answer = raw.exchange(server, raw.request())
    assert answer.startswith(b"HTTP/1.1 429") and b"Retry-After" in answer
    assert clients(server.settings.url + "/join", source="127.0.0.9").request("ping")
    assert all(client.request("ping") for client in inside)


def test_sockets_are_counted_by_the_address_that_the_proxy_names(new_server, clients):
    """Before anybody signs in. Of IPv6 it is the /64; whoever is no proxy names nobody."""
    server = new_server("--trusted-proxy", "127.0.0.1/32", "--sessions-per-address-max", "2", more=LIMITED)

    def knock(address, **options):
        return clients(server.settings.url + "/join", headers={"X-Forwarded-For": address}, **options)

    def is_full(address, **options):
        with pytest.raises(Closed) as closed:
            knock(address, **options).request("ping")
        return closed.value.code == protocol.CLOSES["too_many_connections"]

    for inside, again, other in (("198.51.100.1", "192.0.2.9, 198.51.100.1", "198.51.100.2"),
                                 ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1")):
        assert all(knock(inside).request("ping") for _ in range(2))
        assert is_full(again) and knock(other).request("ping")
    assert all(knock(f"203.0.113.{number}", source="127.0.0.9").request("ping") for number in range(2))
    assert is_full("203.0.113.77", source="127.0.0.9")


# --- everybody together


def test_overload_is_refused_with_a_hint_and_obeyed(new_server, people, clients):
    """More commands at once than the server lets in. What it takes is done, the rest hears `overloaded` and when to come
    back; who does, with the same id, gets through, and no command has two effects."""
    server = new_server("--requests-max", "64", "--batch-commands-max", "4", small=True)
    bystander = clients(people.new().play(server))
    players = [clients(person.play(server)) for person in people.take(4)]
    before = [player.request("open_pack", ONE)["payload"]["opening"] for player in players]
    assert before == [1] * 4
    with database.appends_held(server.settings):  # however slow we are in asking
        sent = {(player, player.send("open_pack", ONE, command_id=made)): made
                for player in players for made in [new_id() for _ in range(50)]}
        wait_until(lambda: server.metric("overloaded_total") > 0, 60, "the server to be full")
    for player, request in sent:
        player.wait(lambda: request in player.replies, 60)  # noqa: B023
    refused = {key: message for key in sent for message in key[0].replies[key[1]] if message["kind"] == "error"}
    assert refused and {message["error"] for message in refused.values()} == {"overloaded"}
    assert all(100 <= message["payload"]["retry_after_ms"] <= 10_000 for message in refused.values())
    assert server.metric("overloaded_total") >= len(refused)
    assert bystander.request("open_pack", ONE)
    with concurrent.futures.ThreadPoolExecutor(len(players)) as pool:
        done = pool.map(lambda player: [player.settle("open_pack", ONE, command_id=sent[key]) for key in refused
                                        if key[0] is player], players)
        assert sum(map(len, done)) == len(refused)
    assert [player.request("open_pack", ONE)["payload"]["opening"] for player in players] == [52] * 4


def test_who_asks_for_the_future_keeps_nobody_out(starter, newcomer):
    """A query `at_least` a position that is not there yet waits for it, and is not counted meanwhile among those that are
    being answered: two hundred of them would keep everybody out for as long as they wait."""
    client = newcomer(starter)
    sent = [client.send("list_wallets", {}, at_least=1 << 40) for _ in range(60)]
    assert client.request("ping")
    wait_until(lambda: starter.metric("queries_inside") == 0, 60, "nothing to be inside")
    client.wait(lambda: all(request in client.replies for request in sent))
    assert {client.replies[request][0]["error"] for request in sent} == {"view_behind"}


# --- the machine


def test_descriptors_run_out_and_come_back(new_server, clients):
    """The limit is lowered while the server runs, below what a storm of newcomers needs: they are told 503 at once, those
    inside and the internal port go on, the loop does not spin; raised again, all is as before."""
    server = new_server()
    inside = clients(server.settings.url + "/join")
    pid = server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = server.metric("sockets")
    assert used == 1
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (60, before[1]))
    with contextlib.ExitStack() as stack:
        answers = [b""] * 60

        def knock(number):
            peer = stack.enter_context(raw.connect(server))
            with contextlib.suppress(ConnectionError, TimeoutError):
                peer.sendall(raw.request())
                answers[number] = peer.recv(4096)

        wait_until(lambda: knock(0) or answers[0].startswith(b"HTTP/1.1 503"), 60, "newcomers to be told")
        spent = cpu_s(pid)
        began = time.monotonic()
        for number in range(1, 60):
            knock(number)
        assert sum(answer.startswith(b"HTTP/1.1 503") for answer in answers) >= 55
        assert inside.request("ping") and server.http("/healthz")[0] == 200
        assert server.metric("sockets_turned_away_total") >= 55
        assert cpu_s(pid) - spent <= 0.8 * (time.monotonic() - began) + 0.5, "it spins"
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    wait_until(lambda: raw.exchange(server, raw.request()).startswith(b"HTTP/1.1 101"), 60, "newcomers to be let in")
    assert inside.request("ping")


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_a_storm_of_newcomers_is_let_in_in_order(new_server, newcomer, people, clients):
    """Many more at once than are signed in at a time: all get in, nobody is refused, and a player who was there goes on
    opening packs meanwhile."""
    server = new_server(small=True)
    inside = newcomer(server)
    token = people.new().token
    hello = raw.request("/play", more=[("Authorization", f"Bearer {token}")])
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(raw.connect(server)) for _ in range(400)]
        for number, peer in enumerate(peers):
            peer.sendall(hello)
            if number % 20 == 0:
                inside.request("open_pack", ONE)
        wait_until(lambda: inside.request("open_pack", ONE) and server.metric("sockets") == 401, 120, "all of them to be in")
        for peer in peers:
            data = b""
            while len(data) < 12:
                data += peer.recv(4096) or b"the end of it"
            assert data.startswith(b"HTTP/1.1 101"), data[:60]
        assert inside.request("open_pack", ONE)
