"""Growth: does a log of ten million events behave as one of ten thousand? Apart from the other rows, as it takes long.

The log is filled by fill.c: the game's own events, decided and appended as the server would, without sockets in front.
The players who play before are new ones; those who play after are taken from all over the filled log.
"""

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
    bench.show.title(f"A small log: {players:,} players, {bench.sockets} in flight")
    play(bench, "growth_small", stack.tokens[:players])
    stack.stop_server()
    fill(bench, events)
    verify(bench)
    bench.show.title("The projections make up for it")
    head = stack.head()
    bench.keep("growth_catch_up", f"catch-up to {head:,} events", watch_catch_up(stack, head))
    ready(bench, head)
    bench.show.title(f"The same with {head:,} events: players from all over the log")
    stride = max(1, events // (PER_PLAYER + 1) // players)
    play(bench, "growth_large", [stack.issuer.token(subject=filled_player(number * stride)) for number in range(players)])
    bench.keep("growth_rebuild", "rebuild --all, beside the live ones", rebuild(stack))
    stack.stop_server()
    stack.empty_projections(raw=True)
    figure = stack.raw("rows", min(bench.seconds, 6), PAGE_EVENTS, bench.players, 0)
    figure["rows_rate"] = figure["rows"] / figure["seconds"]
    bench.keep("growth_raw_rows", f"raw writer, rows of {PAGE_EVENTS:,} openings a commit", figure)


def filled_player(number):
    """The id that fill.c gives to this player."""
    return uuid.UUID(bytes=hashlib.sha256(f"bench player {number}".encode()).digest()[:16], version=4)


def play(bench, key, tokens):
    """Signs in players whose states the server does not have, then opens packs."""
    stack = bench.stack
    measured, began = Measured(stack, server=stack.server_pid), time.monotonic()
    with stack.clients(len(tokens), tokens=tokens) as clients:
        seconds = time.monotonic() - began
        measured.stop()
        cold = measured.of({"rate": len(tokens) / seconds, "done": len(tokens), "seconds": seconds}, len(tokens))
        bench.keep(key + "_cold", "sign in, load the state, follow", cold)
        for _ in bench.rounds():
            bench.keep(key, "open_pack", with_batches(clients.go("open_pack", bench.seconds, in_flight=bench.sockets)))


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
