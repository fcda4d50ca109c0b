"""How the bench's figures are shown: lines on a terminal while it runs, then results.json and RESULTS.md.

CPU is in microseconds a command, of each program apart. "others" is the share of the machine that none of ours had
while the figure was taken; figures with much of it are marked.
"""

import json
import statistics

NOISE = 0.15  # a share of the machine in other hands from which on a figure is marked
COLUMNS = ("rate", "p50", "p99", "batch", "server", "events", "projections", "generator", "WAL", "others")


class Progress:
    """The table that grows while the bench runs."""

    def title(self, text):
        print(f"\n{text}", flush=True)
        if "idle" not in text:
            print(f"  {'':34}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}{'batch':>7}   CPU us: "
                  f"{'server':>7}{'events':>8}{'project.':>9}{'generator':>10}{'WAL B':>8}{'others':>8}", flush=True)

    def note(self, text):
        print(f"  {text}", flush=True)

    def figure(self, title, figure):
        if "bytes_per_socket" in figure:
            print(f"  {title:34}{figure['bytes_per_socket']:>10,.0f} bytes a socket, all there after "
                  f"{figure['connect_s']:.1f} s, then {figure['idle_cpu']:.1%} of a core", flush=True)
            return
        c = cells(figure)
        print(f"  {title:34}{c['rate']:>10}{c['p50']:>9}{c['p99']:>9}{c['batch']:>7}           {c['server']:>7}"
              f"{c['events']:>8}{c['projections']:>9}{c['generator']:>10}{c['WAL']:>8}{c['others']:>8}", flush=True)


def cells(figure):
    """A figure's columns as text."""
    cpu = figure["cpu_us"]
    batch = figure.get("batch")
    wal = wal_bytes(figure)
    return {
        "rate": f"{figure['rate']:,.0f}", "p50": f"{figure['p50_ms']:.2f}", "p99": f"{figure['p99_ms']:.2f}",
        "batch": "" if batch is None else f"{batch:.0f}",
        **{name: f"{cpu[name]:,.1f}" if name in cpu else "" for name in ("server", "events", "projections", "generator")},
        "WAL": "" if wal is None else f"{wal[0]:,.0f}",
        "others": f"{figure['others']:.0%}" + ("!" if figure["others"] > NOISE else ""),
    }


def wal_bytes(figure):
    """(bytes of records, bytes of full-page images) a command, of both databases; None where nothing was written."""
    both = [pair for pair in figure.get("wal", {}).values() if pair]
    if not both or figure["done"] == 0 or figure.get("counters", {}).get("commands_total") == 0:
        return None
    records, images = (sum(pair[part] for pair in both) / figure["done"] for part in (0, 1))
    return records, images


def machine_line(about):
    noise = "" if about["busy_before"] < NOISE else "  (others are busy: rates and their ratios are noise, CPU a command holds better)"
    return (f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}, PostgreSQL {about['postgresql']}; "
            f"before the run {about['busy_before']:.0%} busy, {about['stolen_before']:.0%} stolen{noise}")


def show_ratios(results):
    print("\nRatios, each of figures taken one right after the other (medians of the rounds)")
    for ratio in results["ratios"]:
        print(f"  {ratio['what']:54}{ratio['value']:8.2f}{asked_text(ratio)}{noise_text(ratio)}")


def asked_text(ratio):
    if ratio["asked"] is None:
        return ""
    return f"   asked: {ratio['asked']:g} or more{'' if ratio['value'] >= ratio['asked'] else ', MISSED'}"


def noise_text(ratio):
    return f"   (others had up to {ratio['others']:.0%} of the machine)" if ratio["others"] > NOISE else ""


def write(results, folder):
    (folder / "results.json").write_text(json.dumps(results, indent=1, default=str) + "\n")
    (folder / "RESULTS.md").write_text(markdown(results))


def markdown(results):
    about, figures = results["machine"], results["figures"]
    lines = ["# One run of `./dev bench`", "",
             f"{about['at']}: {machine_line(about)}. {results['options']['rounds']} round(s) of "
             f"{results['options']['seconds']:g} s; a row is the round with the median rate. How to read it: "
             "[README.md](README.md).", "", "![Rates, CPU and ratios](results.svg)", "",
             "| | a second | p50 ms | p99 ms | batch | server us | event store us | projections us | generator us | "
             "WAL bytes | others |", "| --- |" + " ---: |" * len(COLUMNS)]
    for key, rounds in figures.items():
        figure = median_round(rounds)
        if "rate" in figure:
            c = cells(figure)
            lines.append(f"| {figure['title']} | " + " | ".join(c[name] for name in COLUMNS) + " |")
    lines += ["", "| ratio | | asked | others, at most |", "| --- | ---: | --- | ---: |"]
    for ratio in results["ratios"]:
        asked = "" if ratio["asked"] is None else f"{ratio['asked']:g} or more"
        mark = "!" if ratio["others"] > NOISE else ""
        lines.append(f"| {ratio['what']} | {ratio['value']:.2f} | {asked} | {ratio['others']:.0%}{mark} |")
    lines += ["", "| idle sockets | bytes a socket | connected, signed in, following after | CPU |",
              "| --- | ---: | ---: | ---: |"]
    for key in ("idle", "idle_echo"):
        figure = figures[key][0]
        lines.append(f"| {figure['sockets']:,} {figure['title']} | {figure['bytes_per_socket']:,.0f} | "
                     f"{figure['connect_s']:.1f} s | {figure['idle_cpu']:.1%} of a core |")
    opening, wal = median_round(figures["open_pack"]), wal_bytes(median_round(figures["open_pack"]))
    if wal:
        lines += ["", f"An opening wrote {opening['rows']:.1f} rows after folding, {wal[0]:,.0f} bytes of WAL and, beside "
                  f"them, {wal[1]:,.0f} bytes of full-page images (which depend on the time since the last checkpoint)."]
    return "\n".join(lines) + "\n"


def median_round(rounds):
    """The round whose rate is the median."""
    if "rate" not in rounds[0]:
        return rounds[0]
    middle = statistics.median_low(figure["rate"] for figure in rounds)
    return next(figure for figure in rounds if figure["rate"] == middle)
