"""./dev bench: what the server does a second on this machine, beside what the machine could do.

    ./dev bench --quick             under two minutes: one short round, fewer sockets
    ./dev bench                     about twelve minutes: three rounds, 10,000 players, 10,000 sockets
    ./dev bench --only storm,ping   some rows (listed below), after a short calibration of the machine
    ./dev bench --growth [N]        apart from all that: a log of N events (10 million), beside one of ten thousand
    ./dev bench --save              also writes the example run that the README links (tests/bench/)

It starts two private PostgreSQL servers (fsync on), a stand-in for Keycloak and build/gachapon on free ports, and
measures one row after the other, each beside its ceiling: the machine's commits, a raw writer of the same rows, bare
libwebsockets on the same loop.

Every rate stands beside the CPU that server, databases and generator spent for it. On a shared machine look at that
CPU first: rates, and ratios of rates, are then noise, and what others had of the machine is shown. tests/bench/README.md
says how to read them. No test depends on any of this.

rows:
"""

import argparse
import datetime
import os
import pathlib
import platform
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from stack import Stack, places, processes  # noqa: E402
import plot  # noqa: E402
import reach  # noqa: E402
import report  # noqa: E402
import row_forged  # noqa: E402
import row_growth  # noqa: E402
import row_machine  # noqa: E402
import row_offered  # noqa: E402
import row_openings  # noqa: E402
import row_sign_ins  # noqa: E402
import row_sockets  # noqa: E402
import row_storm  # noqa: E402
import row_views  # noqa: E402
from usage import machine_cpu_s  # noqa: E402

OTHER_PLAYERS = 64  # besides those of a row: the hot player, the others in the storm

ROWS = {  # in the order of a run
    "machine": (row_machine.calibrate, "bare commits and the raw writer"),
    "open-pack": (row_openings.many_players, "10,000 players, 512 in flight, beside the raw writer; batches of one"),
    "one-client": (row_openings.one_client, "beside two bare commits in turn"),
    "hot": (row_openings.hot, "all on one limited pack; all by one player"),
    "offered": (row_offered.offered, "arrivals by a schedule: half of saturation, three times as much"),
    "ping": (row_sockets.ping, "no database, beside a bare echo"),
    "idle": (row_sockets.idle, "memory and CPU of idle sockets"),
    "fan-out": (row_sockets.fan_out, "one public row to 1,000 and to 10,000 sockets, beside a bare broadcast"),
    "storm": (row_storm.storm, "10,000 sockets come back at once while others play"),
    "sign-ins": (row_sign_ins.sign_ins, "10,000 a minute with fresh tokens, by a schedule, while others ping"),
    "forged": (row_forged.forged_tokens, "good sign-ins beside 2,000 forged tokens a second from 50 addresses"),
    "lag": (row_views.lag, "the projections behind a full write load"),
    "catch-up": (row_views.catch_up, "the projections from the log, by the server and by rebuild, beside the raw writer"),
}


GROWTH = {"growth": (row_growth.growth, "a log of many events, beside a small one")}


class Bench:
    """One run. `figures`: key -> what was measured (a list of them where there are rounds)."""

    def __init__(self, stack, options):
        self.stack, self.show = stack, report.Progress()
        self.figures, self.failed = {}, {}
        self._rounds, self.whole = options.rounds, not options.quick
        self.seconds, self.sockets, self.players = options.seconds, options.sockets, options.players
        self.many_sockets, self.fan_out_sockets = options.many_sockets, options.fan_out_sockets
        self.catch_up_events = options.catch_up_events
        self.growth_events = options.growth
        self.idle_s, self.waves = options.idle_s, options.waves
        self.sign_ins = options.sign_ins

    def run(self, rows):
        """One row that fails does not take the others with it."""
        for number, name in enumerate(rows, 1):
            self.show.section(number, len(rows), name)
            try:
                {**ROWS, **GROWTH}[name][0](self)
            except processes.HarnessError as failed:
                self.failed[name] = str(failed)
                self.show.note(f"FAILED: {failed}")

    def rounds(self):
        for number in range(self._rounds):
            if self._rounds > 1:
                self.show.note(f"round {number + 1} of {self._rounds}")
            yield number

    def keep(self, key, title, figure):
        self.figures.setdefault(key, []).append({"title": title, **figure})
        self.show.figure(title, figure)
        return figure


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
    rows = "\n".join(f"  {name:12}{sentence}" for name, (_, sentence) in ROWS.items())
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.partition("\n")[2] + rows,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round, shorter, 2,000 sockets: under two minutes")
    parser.add_argument("--only", metavar="ROW[,ROW]", help="these rows")
    parser.add_argument("--growth", metavar="N", type=int, nargs="?", const=10_000_000, help="a log of N events [10000000]")
    parser.add_argument("--seconds", type=float, help="of each measurement [8; quick: 2.5]")
    parser.add_argument("--rounds", type=int, help="of what is compared side by side [3; quick: 1]")
    parser.add_argument("--sockets", type=int, default=512, help="that open packs at once [512]")
    parser.add_argument("--players", type=int, help="who open them [10000; quick: 2000]")
    parser.add_argument("--many-sockets", type=int, help="idle, in the storm, told of a row [10000; quick: 2000]")
    parser.add_argument("--smoke", action="store_true", help="only shows that the bench works, with any build")
    parser.add_argument("--build", type=pathlib.Path, default=places.ROOT / "build", help="where the programs are [build]")
    parser.add_argument("--output", type=pathlib.Path, help="folder for results.json, RESULTS.md, results.svg [build/bench]")
    parser.add_argument("--save", action="store_true", help="write them to tests/bench: the example run in git, and the README's table")
    options = parser.parse_args()
    if options.smoke:
        options.quick, options.seconds, options.sockets, options.players, options.many_sockets = True, 0.3, 16, 32, 20
    options.seconds = options.seconds or (2.5 if options.quick else 8)
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.players = options.players or (2000 if options.quick else 10000)
    options.many_sockets = options.many_sockets or (2000 if options.quick else 10000)
    options.fan_out_sockets = sorted({min(1000, options.many_sockets), options.many_sockets})
    options.catch_up_events = 200 if options.smoke else 50000 if options.quick else 300000
    options.idle_s, options.waves = (0.3, 2) if options.smoke else (1.5, 6) if options.quick else (3, 20)
    options.sign_ins = 40 if options.smoke else 1667 if options.quick else 10000
    options.build = options.build.resolve()
    options.output = pathlib.Path(__file__).resolve().parent if options.save else options.output or options.build / "bench"
    options.rows = list(GROWTH) if options.growth else options.only.split(",") if options.only else list(ROWS)
    for name in options.rows:
        if name not in ROWS and not options.growth:
            parser.error(f"no such row: {name}; there are {', '.join(ROWS)}")
    if options.save and options.only:
        parser.error("--save: a whole run only")
    if options.sockets > options.players:
        parser.error("--sockets: at most as many as --players")
    return options


def main():
    options = parse()
    check_build(options.build, options.smoke)
    about = machine()
    print(report.machine_line(about))
    print("Starting two PostgreSQL servers and an issuer, making tokens (about 20 s) ...", flush=True)
    began = time.monotonic()
    with Stack(options.build, max(options.many_sockets, options.players) + OTHER_PLAYERS,
               0.1 if options.smoke else 0.7 if options.quick else 1.5) as stack:
        bench = Bench(stack, options)
        bench.run(options.rows)
    chosen = {name: getattr(options, name) for name in ("seconds", "rounds", "sockets", "players", "many_sockets")}
    options.output.mkdir(parents=True, exist_ok=True)
    figures = bench.figures if options.only else report.with_growth(bench.figures, options.output, bool(options.growth), about)
    results = {"machine": about, "options": chosen, "figures": figures, "failed": bench.failed,
               "took_s": time.monotonic() - began, "reach": reach.lines(figures, whole=not options.only and not options.growth)}
    report.show_reach(results)
    if options.growth:
        print(f"\nDone in {results['took_s']:.0f} s. Written: {options.output}/growth.json, which the next whole run shows")
        return 1 if bench.failed else 0
    report.write(results, options.output)
    plot.write(results, options.output / "results.svg")
    if options.save:
        report.write_readme(results, places.ROOT / "README.md")
    print(f"\nDone in {results['took_s']:.0f} s. Written: {options.output}/results.json, RESULTS.md, results.svg")
    return 1 if bench.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except processes.HarnessError as failed:
        print(f"bench: {failed}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
