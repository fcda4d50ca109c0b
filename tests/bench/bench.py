"""./dev bench: what the server does a second on this machine, beside what the machine could do.

    ./dev bench --quick      under two minutes, one round
    ./dev bench              about four minutes, three rounds, 10,000 idle sockets
    ./dev bench --save       also writes the example run that the README links (tests/bench/)

It starts two private PostgreSQL servers (fsync on), a stand-in for Keycloak and build/gachapon on free ports, and
measures in this order:

  1. the machine: a bare durable commit, two bare commits one after the other (what a strong command waits for at the
     least), and the raw writer: the rows of an opening written straight to the databases, in batches of 1, 64, 256;
  2. open_pack, strong and pushed, on 512 sockets with one request in flight each; the raw writer again at the batch
     size that the server came to; and the server again with batches of one;
  3. one client; ping, beside a bare libwebsockets echo;
  4. memory and CPU of idle signed-in sockets.

Every rate stands beside the CPU that server, databases and generator spent for it. On a shared machine look at that
CPU first: rates, and ratios of rates, are then noise, and what others had of the machine is shown. tests/bench/README.md
says how to read them. No test depends on any of this.
"""

import argparse
import datetime
import os
import pathlib
import platform
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from stack import Stack, places, processes  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402
from usage import machine_cpu_s, resident_bytes  # noqa: E402

PING_SOCKETS = 64
WARM_UP_S = 1.5


class Bench:
    """One run. `figures`: key -> what was measured (a list of them where there are rounds)."""

    def __init__(self, stack, options):
        self.stack, self.options = stack, options
        self.figures = {}
        self.seconds, self.sockets = options.seconds, options.sockets
        self.show = report.Progress()

    def run(self):
        self.calibrate()
        stack = self.stack
        stack.start_server()
        stack.publish()
        self.show.title(f"open_pack, strong and pushed, {self.sockets} sockets, each a player, 1 in flight")
        for number in range(self.options.rounds):
            if self.options.rounds > 1:
                self.show.note(f"round {number + 1} of {self.options.rounds}")
            self.open_packs()
        self.latency()
        self.idle()

    def keep(self, key, title, figure):
        self.figures.setdefault(key, []).append({"title": title, **figure})
        self.show.figure(title, figure)
        return figure

    def calibrate(self):
        self.show.title("The machine, without the server")
        short = min(self.seconds, 3)
        self.keep("commit", "bare durable commit", self.stack.raw("commit", short))
        self.keep("commits", "two bare commits in turn", self.stack.raw("commits", short))
        for batch in (1, 64, 256):
            self.raw_writer(f"raw_{batch}", batch, short, 150)

    def raw_writer(self, key, batch, seconds, data_bytes):
        return self.keep(key, f"raw writer, batches of {batch}",
                         self.stack.raw("openings", seconds, batch, max(batch, self.sockets), data_bytes))

    def open_packs(self):
        """One round: the server, the raw writer at the same batch size, the server with batches of one."""
        stack = self.stack
        stack.start_server()
        figure = self.with_batches(stack.load("open_pack", self.sockets, WARM_UP_S, self.seconds))
        self.keep("open_pack", "open_pack", figure)
        batch = max(1, min(self.sockets, round(figure["batch"])))
        self.raw_writer("raw_same", batch, self.seconds, round(stack.event_bytes()))
        stack.start_server("--batch-commands-max", "1")
        figure = self.with_batches(stack.load("open_pack", self.sockets, WARM_UP_S, self.seconds))
        self.keep("open_pack_alone", "open_pack, batches of 1", figure)

    @staticmethod
    def with_batches(figure):
        counters = figure["counters"]
        figure["batch"] = counters["batch_commands_total"] / max(counters["batches_total"], 1)
        figure["rows"] = counters["projection_rows_total"] / max(counters["commands_total"], 1)
        return figure

    def latency(self):
        self.show.title("One client, and no database")
        self.stack.start_server()
        short = min(self.seconds, 4)
        for _ in range(self.options.rounds):
            self.keep("commits_beside", "two bare commits in turn", self.stack.raw("commits", short))
            self.keep("one_client", "open_pack, one client",
                      self.with_batches(self.stack.load("open_pack", 1, 0.5, short)))
        for _ in range(self.options.rounds):
            self.keep("ping", f"ping, {PING_SOCKETS} sockets", self.stack.load("ping", PING_SOCKETS, 0.5, short))
            with self.stack.echo() as echo:
                self.keep("echo", f"bare echo, {PING_SOCKETS} sockets",
                          self.stack.load("ping", PING_SOCKETS, 0.5, short, other=echo))

    def idle(self):
        sockets = self.options.idle_sockets
        self.show.title(f"{sockets:,} idle sockets")
        self.stack.start_server()
        self.keep("idle", "signed in and following", self.hold(sockets))
        with self.stack.echo() as echo:
            self.keep("idle_echo", "bare libwebsockets", self.hold(sockets, echo))

    def hold(self, sockets, other=None):
        """Memory and CPU of sockets that do nothing, at the server or another: (port, pid)."""
        pid = other[1] if other else self.stack.server.process.pid
        before, began = resident_bytes(pid), time.monotonic()
        with self.stack.hold(sockets, other):
            connected = time.monotonic() - began
            if other is None and (held := self.stack.metrics()["sockets"]) != sockets:
                raise processes.HarnessError(f"{held:.0f} of {sockets} sockets are held")
            after, first = resident_bytes(pid), self.stack.sample(pid)
            time.sleep(3)  # the measurement itself: what an idle server costs
            cost = self.stack.sample(pid).since(first)
        return {"sockets": sockets, "connect_s": connected, "bytes_per_socket": (after - before) / sockets,
                "idle_cpu": cost["cpu"]["server"] / cost["seconds"], "others": cost["others"], "stolen": cost["stolen"]}

    def ratios(self):
        """What is compared: of each round first, then the median of the rounds."""
        def rate(figure):
            return figure["rate"]

        def p50(figure):
            return figure["p50_ms"]

        def cpu(figure):
            us = dict(figure["cpu_us"])
            if "mode" not in figure:
                us.pop("generator")  # clients; of the raw writer it is the writer itself
            return sum(us.values())

        return [self.ratio(*line) for line in (
            ("open_pack / raw writer, same batch size", "open_pack", "raw_same", rate, 0.25),
            ("open_pack / the same with batches of one", "open_pack", "open_pack_alone", rate, 5.0),
            ("CPU of an opening: raw writer / server and databases", "raw_same", "open_pack", cpu, None),
            ("one client's p50 / two bare commits", "one_client", "commits_beside", p50, None),
            ("ping / bare echo", "ping", "echo", rate, None))]

    def ratio(self, what, over, under, value, asked):
        pairs = list(zip(self.figures[over], self.figures[under]))
        return {"what": what, "value": statistics.median(value(a) / max(value(b), 1e-9) for a, b in pairs), "asked": asked,
                "others": max(max(a["others"], b["others"]) for a, b in pairs)}


def machine():
    """What was measured on."""
    model = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    busy, stolen = machine_cpu_s()
    time.sleep(0.5)  # how much of the machine others have before anything of ours runs
    now_busy, now_stolen = machine_cpu_s()
    whole = 0.5 * os.cpu_count()
    return {"cores": os.cpu_count(), "cpu": model[1].strip() if model else platform.machine(),
            "kernel": platform.release(), "postgresql": places.postgres_programs().parent.name,
            "busy_before": (now_busy - busy) / whole, "stolen_before": (now_stolen - stolen) / whole,
            "at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")}


def check_build(folder, any_build):
    """The programs are there and, unless any will do, were built to be measured."""
    for name in ("gachapon", "bench_load", "bench_raw", "bench_echo"):
        if not (folder / name).exists():
            raise processes.HarnessError(f"there is no {folder / name}: ./dev build")
    cache = (folder / "CMakeCache.txt").read_text() if (folder / "CMakeCache.txt").exists() else ""
    if not any_build and ("SANITIZE:BOOL=ON" in cache or "CMAKE_BUILD_TYPE:STRING=Debug" in cache):
        raise processes.HarnessError(f"{folder} was built with sanitizers or without optimisation: not worth measuring")


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.partition("\n")[2],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round, shorter, 2,000 idle sockets: under two minutes")
    parser.add_argument("--seconds", type=float, help="of each measurement [8; quick: 5]")
    parser.add_argument("--rounds", type=int, help="of open_pack, raw writer and batches of one [3; quick: 1]")
    parser.add_argument("--sockets", type=int, default=512, help="that open packs, each a player [512]")
    parser.add_argument("--idle-sockets", type=int, help="[10000; quick: 2000]")
    parser.add_argument("--smoke", action="store_true", help="only shows that the bench works, with any build")
    parser.add_argument("--build", type=pathlib.Path, default=places.ROOT / "build", help="where the programs are [build]")
    parser.add_argument("--output", type=pathlib.Path, help="folder for results.json, RESULTS.md, results.svg [build/bench]")
    parser.add_argument("--save", action="store_true", help="write them to tests/bench: the example run in git")
    options = parser.parse_args()
    if options.smoke:
        options.quick, options.seconds, options.sockets, options.idle_sockets = True, 0.5, 32, 20
    options.seconds = options.seconds or (5 if options.quick else 8)
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.idle_sockets = options.idle_sockets or (2000 if options.quick else 10000)
    options.build = options.build.resolve()
    options.output = pathlib.Path(__file__).resolve().parent if options.save else options.output or options.build / "bench"
    return options


def main():
    options = parse()
    check_build(options.build, options.smoke)
    about = machine()
    print(report.machine_line(about))
    print("Starting two PostgreSQL servers, an issuer and the server (about 10 s) ...", flush=True)
    began = time.monotonic()
    with Stack(options.build, max(options.idle_sockets, options.sockets, PING_SOCKETS)) as stack:
        bench = Bench(stack, options)
        bench.run()
    chosen = {"seconds": options.seconds, "rounds": options.rounds, "sockets": options.sockets}
    results = {"machine": about, "options": chosen,
               "figures": bench.figures, "ratios": bench.ratios(), "took_s": time.monotonic() - began}
    report.show_ratios(results)
    options.output.mkdir(parents=True, exist_ok=True)
    report.write(results, options.output)
    plot.write(results, options.output / "results.svg")
    print(f"\nDone in {results['took_s']:.0f} s. Written: {options.output}/results.json, RESULTS.md, results.svg")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except processes.HarnessError as failed:
        print(f"bench: {failed}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
