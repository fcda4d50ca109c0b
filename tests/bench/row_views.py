"""The projections: how far they lag behind a full write load, and how fast they come back from the log."""

import os
import re
import subprocess
import threading
import time

from harness import processes
from stack import PACK
from usage import Measured, resident_bytes

LAG_EVERY_S = 0.05
SAMPLES_KEPT = 400
WARM_EVENTS = 10000
PAGE_EVENTS = 5000  # of the raw writer: those of a rebuild


class Poll:
    """Calls `look` every so often on a thread of its own and keeps [seconds since the start, what it gave]."""

    def __init__(self, look, every_s):
        self.samples, self._began, self._stop = [], time.monotonic(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(look, every_s), daemon=True)
        self._thread.start()

    def _run(self, look, every_s):
        while not self._stop.wait(every_s):
            self.samples.append((time.monotonic() - self._began, look()))

    def stop(self):
        self._stop.set()
        self._thread.join()
        return self.samples


def lag(bench):
    """`eventual` openings: nothing waits for the projections, so they are given all that the event store takes."""
    stack, sockets = bench.stack, bench.sockets
    bench.show.title(f"Lag of the projections while {sockets} eventual openings are in flight")
    stack.start_server()
    with stack.clients(sockets) as clients:
        poll = Poll(lambda: stack.metrics()["projection_lag_events"], LAG_EVERY_S)
        figure = clients.go("open_pack_eventual", bench.seconds, in_flight=sockets)
        ended = time.monotonic()
        processes.wait_until(lambda: stack.metrics()["projection_lag_events"] == 0, 60, "the projections to be up to date",
                             every_s=0.01)
        figure["lag_zero_s"] = time.monotonic() - ended
        figure["lag"] = poll.stop()
    values = sorted(value for _, value in figure["lag"])
    figure["lag_most"], figure["lag_median"] = values[-1], values[len(values) // 2]
    bench.keep("lag", "open_pack, eventual", figure)
    bench.show.note(f"lag: median {figure['lag_median']:,.0f} events, at most {figure['lag_most']:,.0f}; zero "
                    f"{figure['lag_zero_s']:.2f} s after the last answer")


def catch_up(bench):
    """The projections database is dropped; the server makes it again from the log, then the tool beside the live one."""
    stack = bench.stack
    stack.start_server()
    fill_log(bench)
    head = stack.head()
    bench.show.title(f"Projections from the log, {head:,} events")
    stack.stop_server()
    stack.empty_projections()
    bench.keep("catch_up", "catch-up, all projections", watch_catch_up(stack, head))
    bench.keep("rebuild", "rebuild --all, beside the live ones", rebuild(stack))
    stack.stop_server()
    stack.raw_side.empty_projections()
    figure = stack.raw("rows", min(bench.seconds, 6), PAGE_EVENTS, bench.players, 0)
    figure["rows_rate"] = figure["rows"] / figure["seconds"]
    bench.keep("raw_rows", f"raw writer, rows of {PAGE_EVENTS:,} openings a commit", figure)
    for key in ("catch_up", "rebuild", "raw_rows"):
        made = bench.figures[key][-1]
        memory = f", resident memory at most {made['rss_most'] / 2**20:.0f} MiB" if "rss_most" in made else ""
        bench.show.note(f"{made['title']}: {made['rows_rate']:,.0f} rows/s{memory}")


def fill_log(bench):
    """Openings of random players, until there are enough events for a rate that means something."""
    stack = bench.stack
    if stack.head() >= bench.catch_up_events:
        return
    with stack.clients(min(bench.players, 2000)) as clients:
        while stack.head() < bench.catch_up_events:
            clients.go("open_pack_eventual", min(bench.seconds, 4), in_flight=min(bench.sockets, bench.players), pack=PACK)


def watch_catch_up(stack, head):
    stack.spawn_server()
    samples, pid, began = [], stack.server_pid, time.monotonic()
    measured = Measured(stack, counters=False, server=pid)

    def caught_up():
        metrics = stack.metrics()
        samples.append((time.monotonic() - began, metrics["projection_position"], resident_bytes(pid)))
        return metrics["projection_position"] >= head
    processes.wait_until(caught_up, 3600, "the projections to be made from the log", every_s=0.05,
                         alive=stack.server.process)
    measured.stop()
    rows = stack.metrics()["projection_rows_total"]
    moving = [sample for sample in samples if sample[1] >= min(WARM_EVENTS, head // 2)]  # its buffers are there
    seconds = moving[-1][0] - moving[0][0]
    figure = {"done": head, "seconds": seconds, "rate": (moving[-1][1] - moving[0][1]) / max(seconds, 1e-3),
              "rows_rate": rows * (1 - moving[0][1] / head) / max(seconds, 1e-3),
              "rss_most": max(sample[2] for sample in samples), "positions": [sample[:2] for sample in samples],
              "memory": [(sample[0], sample[2]) for sample in moving]}
    for name in ("positions", "memory"):
        figure[name] = thinned(figure[name])
    return measured.of(figure, head)


def rebuild(stack):
    """`gachapon projections rebuild --all` beside the server."""
    measured = Measured(stack, server=stack.server_pid)
    tool = subprocess.Popen([str(stack.build / "gachapon"), "projections", "rebuild", "--all"],
                            env=stack.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    poll = Poll(lambda: resident_of(tool.pid), 0.05)
    text = tool.stdout.read()
    measured.stop()
    _, status, used = os.wait4(tool.pid, 0)
    memory = [sample for sample in poll.stop() if sample[1]]
    found = re.search(r"(\d+) events, (\d+) rows in ([0-9.]+) s", text)
    if status != 0 or found is None:
        raise processes.HarnessError(f"projections rebuild --all: {text.strip()}")
    events, rows, seconds = int(found[1]), int(found[2]), max(float(found[3]), 0.05)
    figure = {"done": events, "seconds": seconds, "rate": events / seconds, "rows_rate": rows / seconds,
              "rss_most": used.ru_maxrss * 1024, "memory": thinned(memory)}
    measured.add("generator", used.ru_utime + used.ru_stime)
    return measured.of(figure, events)


def thinned(samples):
    """Few enough to keep in git."""
    step = max(1, len(samples) // SAMPLES_KEPT)
    return samples[:-1:step] + samples[-1:]


def resident_of(pid):
    try:
        return resident_bytes(pid)
    except (OSError, TypeError):
        return 0
