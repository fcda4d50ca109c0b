"""Sockets beside bare libwebsockets on the same loop: a round trip without a database, memory when idle, one row to all."""

import statistics
import time

from harness import processes
from stack import ITEM
from usage import Measured, resident_bytes

PING_SOCKETS = 64
PAUSE_S = 0.3  # between two rows, here and there: the server tells public rows four times a second at most
FIRST_SOCKETS = 64  # before memory is looked at: what a process takes once is not a socket's


def ping(bench):
    bench.show.title("No database")
    stack, short = bench.stack, min(bench.seconds, 4)
    stack.start_server()
    with stack.clients(PING_SOCKETS) as clients, stack.echo() as echo, stack.clients(PING_SOCKETS, echo=echo) as bare:
        for _ in bench.rounds():
            bench.keep("ping", f"ping, {PING_SOCKETS} sockets", clients.go("ping", short, in_flight=PING_SOCKETS))
            bench.keep("echo", f"bare echo, {PING_SOCKETS} sockets", bare.go("ping", short, in_flight=PING_SOCKETS))


def idle(bench):
    sockets = bench.many_sockets
    bench.show.title(f"{sockets:,} idle sockets")
    stack = bench.stack
    stack.start_server()
    bench.keep("idle", f"{sockets:,} signed in and following", hold(bench, sockets))
    with stack.echo() as echo:
        bench.keep("idle_echo", f"{sockets:,} bare libwebsockets", hold(bench, sockets, echo))


def hold(bench, sockets, echo=None):
    """Memory and CPU of sockets that do nothing."""
    stack = bench.stack
    pid = echo.pid if echo else stack.server_pid
    with stack.clients(FIRST_SOCKETS, first=sockets, echo=echo):
        before, began = resident_bytes(pid), time.monotonic()
        with stack.clients(sockets, echo=echo):
            connected = time.monotonic() - began
            figure = {"sockets": sockets, "connect_s": connected,
                      "bytes_per_socket": (resident_bytes(pid) - before) / sockets, **idle_cost(bench, pid)}
            if echo is None and (held := stack.metrics()["sockets"]) != sockets + FIRST_SOCKETS:
                raise processes.HarnessError(f"{held:.0f} of {sockets + FIRST_SOCKETS} sockets are held")
    figure["text"] = (f"{figure['bytes_per_socket']:,.0f} bytes a socket, all there after {connected:.1f} s, then "
                      f"{figure['idle_cpu']:.1%} of a core")
    return figure


def idle_cost(bench, pid):
    """What a server costs that has nothing to do, as a share of a core."""
    measured = Measured(bench.stack, server=pid)
    time.sleep(bench.idle_s)  # the measurement itself
    measured.stop()
    return {"idle_cpu": measured.cpu_s["server"] / measured.seconds, "others": measured.others, "stolen": measured.stolen}


def fan_out(bench):
    stack = bench.stack
    stack.start_server()
    for sockets in bench.fan_out_sockets:
        bench.show.title(f"One public row to {sockets:,} sockets, {bench.waves} times")
        with stack.clients(sockets) as clients, stack.operator() as operator:
            told = waves(bench, clients, stack.server_pid, sockets, lambda number: operator.request("publish_item", {
                "item": ITEM, "name": "Token", "description": f"Change {number}. " + 90 * "x"}))
        bench.keep(f"fan_out_{sockets}", "the server, an item's text", told)
        with stack.echo() as echo, stack.clients(sockets, echo=echo) as clients:
            bare = waves(bench, clients, echo.pid, sockets, lambda _: echo.say(f"broadcast {told['bytes']}"))
        bench.keep(f"fan_out_echo_{sockets}", "bare libwebsockets, as many bytes", bare)


def waves(bench, clients, pid, sockets, tell):
    """CPU a delivery, less what the process costs when idle (ticks, polls); at one pace for both, as what comes after a
    pause costs more (caches)."""
    clients.wave(lambda: tell(0))
    idle_cpu = idle_cost(bench, pid)["idle_cpu"]
    measured = Measured(bench.stack, server=pid, generator=clients.pid)
    heard = []
    for number in range(1, bench.waves + 1):
        time.sleep(PAUSE_S)
        heard.append(clients.wave(lambda: tell(number)))
    measured.stop()
    cpu = {**measured.cpu_s, "server": max(0.0, measured.cpu_s["server"] - idle_cpu * measured.seconds)}
    figure = {"sockets": sockets, "bytes": heard[-1]["bytes"], "last_ms": statistics.median(h["last_ms"] for h in heard),
              "delivery_us": {name: 1e6 * value / (sockets * bench.waves) for name, value in cpu.items()},
              "others": measured.others, "stolen": measured.stolen}
    figure["text"] = (f"{figure['delivery_us']['server']:.2f} us of CPU a delivery of {figure['bytes']} bytes; "
                      f"all had it after {figure['last_ms']:.0f} ms")
    return figure
