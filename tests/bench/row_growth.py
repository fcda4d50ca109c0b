"""Growth: does a log of ten million events behave as one of ten thousand? Apart from the other rows, as it takes long.

The log is filled by fill.c: the game's own events, decided and appended as the server would, without sockets in front;
those who then play are taken from all over it. Beside it runs a server with a small log, and the two take turns.
"""

import contextlib
import hashlib
import re
import subprocess
import time
import uuid

from harness import processes
from row_openings import with_batches
from row_views import PAGE_EVENTS, rebuild, watch_catch_up
from usage import Measured

PER_PLAYER = 99  # openings


def growth(bench):
    stack, events = bench.stack, bench.growth_events
    players = min(bench.players, max(bench.sockets, events // (PER_PLAYER + 1)))
    stack.start_server()
    stack.stop_server()
    fill(bench, events)
    verify(bench)
    head = stack.head()
    bench.show.title(f"The projections of {head:,} events")
    bench.keep("growth_catch_up", f"catch-up to {head:,} events", watch_catch_up(stack, head))
    stack.raw_side.empty_projections()
    figure = stack.raw("rows", 3600, PAGE_EVENTS, events // (PER_PLAYER + 1), 0, events)
    figure["rows_rate"] = figure["rows"] / figure["seconds"]
    bench.keep("growth_raw_rows", f"raw writer, {events:,} openings", figure)
    bench.keep("growth_rebuild", "rebuild --all, beside the live ones", rebuild(stack))
    ready(bench, head)
    small_and_large(bench, players, head)


def small_and_large(bench, players, head):
    """Two servers, one with a log that begins with as many events as there are players, take turns."""
    stack, small = bench.stack, bench.stack.sibling("_small")
    small.start_server()
    with small.clients(players):
        pass  # they are enrolled now
    small.start_server()
    bench.show.title(f"{players:,} players, {bench.sockets} in flight, at {small.head():,} and at {head:,} events")
    stride = max(1, bench.growth_events // (PER_PLAYER + 1) // players)
    tokens = [stack.issuer.token(subject=filled_player(number * stride)) for number in range(players)]
    with sign_in(bench, small, "growth_small", stack.tokens[:players]) as few, \
            sign_in(bench, stack, "growth_large", tokens) as many:
        for _ in bench.rounds():
            for key, title, clients in (("growth_small", "open_pack, small log", few),
                                        ("growth_large", "open_pack, large log", many)):
                bench.keep(key, title, with_batches(clients.go("open_pack", bench.seconds, in_flight=bench.sockets)))


def filled_player(number):
    """The id that fill.c gives to this player."""
    return uuid.UUID(bytes=hashlib.sha256(f"bench player {number}".encode()).digest()[:16], version=4)


@contextlib.contextmanager
def sign_in(bench, stack, key, tokens):
    """Clients of players whose states the server does not have: their first message loads them."""
    measured, began = Measured(stack, server=stack.server_pid), time.monotonic()
    with stack.clients(len(tokens), tokens=tokens) as clients:
        seconds = time.monotonic() - began
        measured.stop()
        bench.keep(key + "_cold", "sign in, load the state, follow", measured.of(
            {"rate": len(tokens) / seconds, "done": len(tokens), "seconds": seconds}, len(tokens)))
        yield clients


def fill(bench, events):
    stack, began = bench.stack, time.monotonic()
    bench.show.title(f"Filling the log with {events:,} events")
    tool = subprocess.Popen([str(stack.build / "bench_fill"), str(events), "0", str(PER_PLAYER), "bench"],
                            env=stack.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in tool.stdout:
        bench.show.progress(int(line), events, time.monotonic() - began)
    if tool.wait() != 0:
        raise processes.HarnessError(f"bench_fill: {tool.stderr.read().strip()}")
    bench.show.note(f"{events / (time.monotonic() - began):,.0f} events/s; {stack.events_bytes() / stack.head():,.0f} bytes an "
                    "event, with indexes")


def verify(bench):
    stack, began = bench.stack, time.monotonic()
    done = subprocess.run([str(stack.build / "gachapon"), "verify"], env=stack.environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise processes.HarnessError(f"gachapon verify: {done.stdout[-2000:]}")
    bench.show.note(f"verify: {re.split(chr(10), done.stdout.strip())[-1]} ({time.monotonic() - began:.0f} s)")


def ready(bench, head):
    """kill -9, start, and until /readyz says yes."""
    stack = bench.stack
    times = []
    for _ in range(3):
        stack.server.kill()
        began = time.monotonic()
        stack.spawn_server()
        processes.wait_until(lambda: stack.server.http("/readyz")[0] == 200, 600, "the server to be ready", every_s=0.01,
                             alive=stack.server.process)
        times.append(time.monotonic() - began)
    bench.keep("growth_ready", "ready after kill -9", {
        "events": head, "ready_s": sorted(times)[1], "others": 0.0,
        "text": f"{sorted(times)[1]:.2f} s with {head:,} events (median of 3)"})
