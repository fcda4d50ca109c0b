"""How the bench's figures are shown: lines on a terminal while it runs, then results.json and RESULTS.md.

CPU is in microseconds a command, of each program apart. "others" is the share of the machine that none of ours had
while the figure was taken; figures with much of it are marked.
"""

import json
import statistics
import sys
import time

VERDICTS = {True: "yes", False: "NO", None: "-"}
NOISE = 0.15  # a share of the machine in other hands from which on a figure is marked
COLUMNS = ("rate", "p50", "p99", "batch", "server", "events", "projections", "generator", "WAL", "others")


class Progress:
    """The table that grows while the bench runs."""

    def __init__(self):
        self._headed, self._tenth, self._began = False, 0, time.monotonic()

    def section(self, number, count, name):
        print(f"\n[{number} of {count}] {name}, after {time.monotonic() - self._began:.0f} s", end="", flush=True)

    def title(self, text):
        """Column heads follow with the first figure that has columns."""
        print(f"\n{text}", flush=True)
        self._headed = False

    def note(self, text):
        print(f"  {text}", flush=True)

    def progress(self, done, whole, seconds):
        """A line written over on a terminal, else one every tenth."""
        line = f"  {done:,} of {whole:,} ({done / whole:.0%}), {done / max(seconds, 1e-3):,.0f}/s, " \
               f"{(whole - done) * seconds / max(done, 1):.0f} s left"
        if sys.stdout.isatty():
            print(f"\r{line}   ", end="\n" if done >= whole else "", flush=True)
        elif done >= whole or done * 10 // whole > self._tenth:
            print(line, flush=True)
        self._tenth = done * 10 // whole if done < whole else 0

    def figure(self, title, figure):
        if "text" in figure:
            print(f"  {title}: {figure['text']}", flush=True)
            return
        if not self._headed:
            print(f"  {'':36}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}{'batch':>7}   CPU us: "
                  f"{'server':>7}{'events':>8}{'project.':>9}{'generator':>10}{'WAL B':>8}{'others':>8}", flush=True)
            self._headed = True
        c = cells(figure)
        print(f"  {title:36}{c['rate']:>10}{c['p50']:>9}{c['p99']:>9}{c['batch']:>7}           {c['server']:>7}"
              f"{c['events']:>8}{c['projections']:>9}{c['generator']:>10}{c['WAL']:>8}{c['others']:>8}", flush=True)


def cells(figure):
    """A figure's columns as text."""
    cpu = figure["cpu_us"]
    batch = figure.get("batch")
    wal = wal_bytes(figure)
    return {
        "rate": f"{figure['rate']:,.0f}",
        **{name: f"{figure[name + '_ms']:.2f}" if name + "_ms" in figure else "" for name in ("p50", "p99")},
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


def show_reach(results):
    print("\nWhat is asked, and what was seen (medians of the rounds)")
    for line in results["reach"]:
        print(f"  {VERDICTS[line['reached']]:4} {line['what']}\n       asked: {line['asked']}\n"
              f"       seen:  {line['seen']}{noise_text(line)}")


def noise_text(line):
    return f"   (others had up to {line['others']:.0%} of the machine)" if (line["others"] or 0) > NOISE else ""


def write(results, folder):
    (folder / "results.json").write_text(as_lines(results) + "\n")
    (folder / "RESULTS.md").write_text(markdown(results))


def as_lines(results):
    """JSON with a line for each figure: it is kept in git."""
    figures = ",\n".join(f"  {json.dumps(key)}: {json.dumps(rounds)}" for key, rounds in results["figures"].items())
    rest = {key: value for key, value in results.items() if key != "figures"}
    return json.dumps(rest, indent=1)[:-2] + f',\n "figures": {{\n{figures}\n }}\n}}'


def with_growth(figures, folder, fresh, about):
    """The figures with those of growth, which are taken apart: kept in growth.json when they are fresh, else read."""
    path = folder / "growth.json"
    if fresh:
        path.write_text(json.dumps({"machine": about, "figures": figures}) + "\n")
    elif path.exists():
        return {**figures, **json.loads(path.read_text())["figures"]}
    return figures


def write_readme(results, path):
    """Puts the table of what is asked and seen between the marks of the main README."""
    text = path.read_text()
    before, mark, rest = text.partition("<!-- bench: written by ./dev bench --save -->\n")
    _, end, after = rest.partition("<!-- /bench -->")
    if not mark or not end:
        raise ValueError(f"{path} has no place for the bench's table")
    about = results["machine"]
    busy = f"while others kept {about['busy_before']:.0%} of a core busy" if about["busy_before"] >= NOISE else "nearly quiet"
    table = [f"On {about['cores']} cores ({busy} when it began), {about['at']}:", ""] + reach_table(results)
    path.write_text(before + mark + "\n".join(table) + "\n" + end + after)


def reach_table(results):
    lines = ["| what | asked | seen | reached | others, at most |", "| --- | --- | --- | --- | ---: |"]
    for line in results["reach"]:
        others = "" if line["others"] is None else f"{line['others']:.0%}" + ("!" if line["others"] > NOISE else "")
        lines.append(f"| {line['what']} | {line['asked']} | {line['seen']} | {VERDICTS[line['reached']]} | {others} |")
    return lines


def markdown(results):
    about, figures, options = results["machine"], results["figures"], results["options"]
    lines = ["# One run of `./dev bench`", "",
             f"{about['at']}: {machine_line(about)}. {options['rounds']} round(s) of {options['seconds']:g} s, "
             f"{options['players']:,} players. How to read it: [README.md](README.md).", "",
             "![What was measured](results.svg)", ""] + reach_table(results)
    lines += ["", "Every rate, with the CPU of one operation (a row is the round with the median rate; `!`: others had much "
              "of the machine, rates are noise):", "",
              "| | a second | p50 ms | p99 ms | batch | server us | event store us | projections us | generator us | "
              "WAL bytes | others |", "| --- |" + " ---: |" * len(COLUMNS)]
    texts = []
    for rounds in figures.values():
        figure = median_round(rounds)
        if "text" in figure:
            texts.append(f"- {figure['title']}: {figure['text']}")
        elif "rate" in figure:
            c = cells(figure)
            lines.append(f"| {figure['title']} | " + " | ".join(c[name] for name in COLUMNS) + " |")
    if texts:
        lines += [""] + texts
    if "open_pack" in figures and wal_bytes(median_round(figures["open_pack"])):
        opening = median_round(figures["open_pack"])
        records, images = wal_bytes(opening)
        lines += ["", f"An opening wrote {opening['rows']:.1f} rows after folding, {records:,.0f} bytes of WAL and, beside "
                  f"them, {images:,.0f} bytes of full-page images (which depend on the time since the last checkpoint)."]
    return "\n".join(lines) + "\n"


def median_round(rounds):
    """The round whose rate is the median."""
    if "rate" not in rounds[0]:
        return rounds[0]
    middle = statistics.median_low(figure["rate"] for figure in rounds)
    return next(figure for figure in rounds if figure["rate"] == middle)
