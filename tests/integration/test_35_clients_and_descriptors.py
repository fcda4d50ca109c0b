"""Clients that vanish without a word, and a server that runs out of descriptors, under load."""

import contextlib
import os
import resource
import urllib.parse

from harness import raw
from harness.client import Client
from harness.processes import wait_until
from harness.proxy import Proxy


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def test_clients_that_vanish(stage, people, clients, long):
    """No FIN, no reset: their network is gone, with commands on the way. The server hangs up by its own clock (30 s), what
    they sent took effect or not, and when they come back they find out, as everybody does."""
    stage = stage(players=4)
    gone = Proxy(urllib.parse.urlsplit(stage.server.settings.url).port)
    lost = {}
    try:
        for person in [people.new() for _ in range(40 if long else 8)]:
            client = clients(Client(f"ws://127.0.0.1:{gone.port}/play", token=person.token))
            client.signed_in()
            client.follow()
            lost[person] = client
        with_all = stage.server.metric("sockets")
        assert with_all >= len(stage.load.players) + len(lost)
        sent = {person: [client.send("open_pack", {"pack": "plain", "count": 1}) for _ in range(3)]
                for person, client in lost.items()}
        gone.hold()
        wait_until(lambda: stage.server.metric("sockets") <= with_all - len(lost), 90, "those who vanished to be let go of", every_s=0.5)
        stage.load.more(100)
        for person, client in lost.items():
            back = clients(person.play(stage.server, replica=client.replica))
            back.follow()
            opening = back.settle("open_pack", {"pack": "plain", "count": 1})["payload"]["opening"]
            assert 1 <= opening <= 1 + len(sent[person])
            back.close()
    finally:
        gone.close()
    stage.finish()


def test_started_without_the_standard_descriptors(make_server, newcomer):
    """`2>&-` and the like: no connection may take the number that the log is written to."""
    server = make_server()
    server.before = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    server.migrate()
    server.start("--log-level", "debug")
    held = [os.readlink(f"/proc/{server.process.pid}/fd/{number}") for number in range(3)]
    assert newcomer(server).request("ping")
    server.drain()
    assert held == ["/dev/null"] * 3


def test_descriptors_run_out(stage, long):
    """Sockets take all that there are for them: databases that are cut come back all the same, as some are kept for them.
    Then there are none at all: who is there plays on, and whatever failed for want of one is tried again."""
    stage = stage(before=["prlimit", "--nofile=200:200"], comes_back={4006})
    for _ in range(10 if long else 1):
        with contextlib.ExitStack() as flood:
            for _ in range(300):
                with contextlib.suppress(OSError):
                    flood.enter_context(raw.connect(stage.server))
            for proxy in (stage.to_events, stage.to_projections):
                proxy.cut()
            stage.load.more(100)
            stage.ready()
            pid = stage.server.process.pid
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (descriptors(stage.server), 200))
            stage.load.more(100)
            for proxy in (stage.to_events, stage.to_projections):
                proxy.cut()
            stage.load.more(1)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 200))
            stage.to_events.cut()
            stage.to_projections.cut()
            stage.load.until(lambda: stage.load.told("store_unavailable") > 0, "players to be told")  # noqa: B023
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (200, 200))
            stage.load.more(100)
    stage.finish()
