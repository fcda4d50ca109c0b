"""results.svg: the run as a page of small pictures, drawn by hand, as the Python environment needs no plotting library.

One function a picture; each looks for its figures and is left out when they were not measured. Pictures flow into two
columns. When you add one: its function, its place in PICTURES.
"""

import html
import math

from report import median_round

WIDTH, MARGIN, GAP = 1180, 24, 20
CARD = (WIDTH - 2 * MARGIN - GAP) // 2
HEAD, PAD, ROW = 54, 18, 26
INK, SOFT, GRID, PAPER, SHEET = "#1f2933", "#66727f", "#e3e8ee", "#ffffff", "#f3f5f8"
COLOURS = {"server": "#2f6fb0", "events": "#d98a3d", "projections": "#7aa648", "generator": "#b8c0c9"}
NAMES = {"server": "server", "events": "event store", "projections": "projections", "generator": "clients, or raw writer"}
OURS, BARE, PEER, GOOD, BAD = COLOURS["server"], "#9aa5b1", "#c8b6d9", "#3d8f5f", "#c2453c"
PEER_OPENINGS, PEER_SOCKET_KIB, PEER_DELIVERY_US = 1117, 45, 7.9  # the best seen on a like machine


def write(results, path):
    figures = {key: median_round(rounds) for key, rounds in results["figures"].items()}
    sheet = Sheet()
    sheet.title("Gachapon, measured", f"{results['machine']['at']}, {results['machine']['cores']} cores, "
                f"others kept {results['machine']['busy_before']:.0%} of a core busy before the run")
    sheet.card(1, *reached(results))
    for picture in PICTURES:
        try:
            sheet.card(0, *picture(figures))
        except (KeyError, ZeroDivisionError):
            continue  # not measured
    path.write_text(sheet.text())


# --- the pictures: each gives (title, sentence, height, draw(canvas, x, y, width))


def reached(results):
    lines = [line for line in results["reach"] if line["reached"] is not None]

    def draw(canvas, x, y, width):
        for number, line in enumerate(lines):
            top = y + number * ROW
            colour = GOOD if line["reached"] else BAD
            canvas.circle(x + 6, top + 12, 6, colour)
            canvas.text(x + 22, top + 16, shorten(line["what"], 68))
            canvas.text(x + 500, top + 16, shorten(line["seen"], 92), colour=SOFT, size=11)
    good = sum(line["reached"] for line in lines)
    return (f"{good} of {len(lines)} figures reached", "each beside its ceiling in the same run; RESULTS.md has what was asked",
            ROW * len(lines), draw)


def opening_cpu(figures):
    rows = [(title, figures[key]["cpu_us"]) for key, title in (
        ("raw_same", "raw writer, the same rows"), ("open_pack", "open_pack, 10,000 players"), ("cold", "512 players"),
        ("hot_pack", "all on one limited pack"), ("hot_player", "all by one player")) if key in figures]
    if "open_pack" not in figures:
        raise KeyError
    most = max(sum(cpu.values()) for _, cpu in rows)

    def draw(canvas, x, y, width):
        canvas.legend(x, y)
        for number, (title, cpu) in enumerate(rows):
            canvas.stack(x, y + 24 + number * ROW, width, title, [(cpu.get(name, 0), COLOURS[name]) for name in COLOURS], most,
                         f"{sum(cpu.values()):.0f}")
    return "CPU of one opening", "microseconds, strong and pushed, by program", 24 + ROW * len(rows), draw


def openings_a_second(figures):
    rows = [("best peer, a like machine", PEER_OPENINGS, PEER)]
    rows += [(title, figures[key]["rate"], colour) for key, title, colour in (
        ("one_client", "one client", OURS), ("open_pack_alone", "batches of one", OURS), ("open_pack", "open_pack", OURS),
        ("raw_same", "raw writer, no server", BARE)) if key in figures]
    figures["open_pack"]
    return bars("Openings a second", "512 in flight; server, databases and clients share the machine", rows, "{:,.0f}")


def latency(figures):
    rows = [(title, figures[key]) for key, title in (
        ("commits_beside", "two bare commits"), ("one_client", "one client"), ("half", "half of saturation, offered"),
        ("top", "saturation, 512 in flight"), ("triple", "three times, what is taken"),
        ("storm_before", "64 others before the storm"), ("storm_during", "... and during it")) if key in figures]
    if "half" not in figures and "one_client" not in figures:
        raise KeyError
    low = 0.8 * min(max(figure["p50_ms"], 0.01) for _, figure in rows)
    high = 1.2 * max(figure["p99_ms"] for _, figure in rows)

    def draw(canvas, x, y, width):
        left, room = x + 190, width - 260

        def place(ms):
            return left + room * math.log(max(ms, low) / low) / math.log(high / low)
        for power in range(-2, 6):
            if low <= 10 ** power <= high:
                canvas.line(place(10 ** power), y, place(10 ** power), y + ROW * len(rows), GRID)
                canvas.text(place(10 ** power), y + ROW * len(rows) + 12, f"{10 ** power:g} ms", SOFT, 10, "middle")
        for number, (title, figure) in enumerate(rows):
            top = y + number * ROW + 12
            canvas.text(x, top + 4, title)
            canvas.box(place(figure["p50_ms"]), top - 3, place(figure["p99_ms"]) - place(figure["p50_ms"]), 6, OURS, 3)
            canvas.circle(place(figure["p50_ms"]), top, 5, OURS)
            canvas.text(place(figure["p99_ms"]) + 8, top + 4, f"{figure['p50_ms']:.1f} / {figure['p99_ms']:.1f}", SOFT, 11)
    return "Latency", "p50 (dot) to p99 (end), milliseconds, logarithmic", ROW * len(rows) + 16, draw


def fan_out(figures):
    rows = [("best peer, a like machine", PEER_DELIVERY_US, PEER)]
    for key in [key for key in figures if key.startswith("fan_out_") and "echo" not in key]:
        ours, bare = figures[key], figures[key.replace("out_", "out_echo_")]
        rows += [(f"{ours['sockets']:,}: bare libwebsockets", bare["delivery_us"]["server"], BARE),
                 (f"{ours['sockets']:,}: the server", ours["delivery_us"]["server"], OURS)]
    if len(rows) == 1:
        raise KeyError
    return bars("One row to all", "server CPU a delivery, microseconds", rows, "{:.1f}")


def memory(figures):
    rows = [("best peer, a like machine", PEER_SOCKET_KIB, PEER),
            ("bare libwebsockets", figures["idle_echo"]["bytes_per_socket"] / 1024, BARE),
            ("signed in and following", figures["idle"]["bytes_per_socket"] / 1024, OURS)]
    return bars("An idle socket", f"KiB of resident memory; {figures['idle']['sockets']:,} held at "
                f"{figures['idle']['idle_cpu']:.1%} of a core", rows, "{:.1f}")


def lag(figures):
    points = [(seconds, events) for seconds, events in figures["lag"]["lag"]]
    return curve("Lag of the projections", "events not yet in the views, while 512 eventual openings are in flight and after",
                 points, "s", "events")


def storm(figures):
    step, total, points = figures["storm"]["step_s"], 0, [(0, 0)]
    for number, count in enumerate(figures["storm"]["timeline"], 1):
        total += count
        points.append((min(number * step, figures["storm"]["seconds"]), total))
    return curve(f"{figures['storm']['sockets']:,} sockets come back at once", "signed in, resumed and live, over time", points,
                 "s", "sockets")


def storm_others(figures):
    during = figures["storm_during"]
    points = [(number * during["step_s"], worst) for number, worst in enumerate(during["worst_ms"])]
    return curve("The others meanwhile", f"the longest wait of each tenth of a second; the storm begins after "
                 f"{figures['storm']['quiet_s']:.1f} s", points, "s", "ms")


def catch_up(figures):
    points = figures["catch_up"]["positions"]
    return curve("The projections from an empty database", f"events folded; then at {figures['catch_up']['rate']:,.0f} a second",
                 points, "s", "events")


PICTURES = (opening_cpu, openings_a_second, latency, fan_out, memory, lag, storm, storm_others, catch_up)


def bars(title, sentence, rows, form):
    """`rows`: (label, value, colour)."""
    most = max(value for _, value, _ in rows)

    def draw(canvas, x, y, width):
        for number, (label, value, colour) in enumerate(rows):
            canvas.stack(x, y + number * ROW, width, label, [(value, colour)], most, form.format(value))
    return title, sentence, ROW * len(rows), draw


def curve(title, sentence, points, x_unit, y_unit):
    height = 120
    right, most = max(x for x, _ in points) or 1, max(y for _, y in points) or 1

    def draw(canvas, x, y, width):
        left, room = x + 10, width - 90
        for share in (0, 0.5, 1):
            level = y + height - height * share
            canvas.line(left, level, left + room, level, GRID)
            canvas.text(left + room + 8, level + 4, f"{most * share:,.0f}", SOFT, 10)
        canvas.area([(left + room * px / right, y + height - height * py / most) for px, py in points], y + height, OURS)
        canvas.text(left, y + height + 14, f"0 {x_unit}", SOFT, 10)
        canvas.text(left + room, y + height + 14, f"{right:.1f} {x_unit}", SOFT, 10, "end")
        canvas.text(left + room + 8, y - 8, y_unit, SOFT, 10)
    return title, sentence, height + 18, draw


def shorten(text, most):
    plain = text.replace("`", "")
    return plain if len(plain) <= most else plain[:most - 1].rstrip() + "\u2026"


class Sheet:
    """Cards in two columns, or across both."""

    def __init__(self):
        self._canvas, self._column_y = Canvas(), [0, 0]

    def title(self, title, sentence):
        self._canvas.text(MARGIN, 46, title, INK, 26, bold=True)
        self._canvas.text(MARGIN, 70, sentence, SOFT, 13)
        self._column_y = [88, 88]

    def card(self, wide, title, sentence, height, draw):
        column = 0 if wide else self._column_y.index(min(self._column_y))
        x, width = MARGIN + column * (CARD + GAP), 2 * CARD + GAP if wide else CARD
        y = max(self._column_y) if wide else self._column_y[column]
        whole = HEAD + height + PAD
        self._canvas.box(x, y, width, whole, PAPER, 10)
        self._canvas.text(x + PAD, y + 26, title, INK, 15, bold=True)
        self._canvas.text(x + PAD, y + 43, sentence, SOFT, 11)
        draw(self._canvas, x + PAD, y + HEAD, width - 2 * PAD)
        for each in (0, 1) if wide else (column,):
            self._column_y[each] = y + whole + GAP

    def text(self):
        height = max(self._column_y) + MARGIN - GAP
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
                f'viewBox="0 0 {WIDTH} {height:.0f}" font-family="Inter, \'Helvetica Neue\', Arial, sans-serif" '
                f'font-size="12">\n<rect width="100%" height="100%" fill="{SHEET}"/>\n'
                + "\n".join(self._canvas.parts) + "\n</svg>\n")


class Canvas:
    def __init__(self):
        self.parts = []

    def text(self, x, y, text, colour=INK, size=12, anchor="start", bold=False):
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" text-anchor="{anchor}"{weight}>'
                          f"{html.escape(str(text))}</text>")

    def box(self, x, y, width, height, colour, radius=2):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" rx="{radius}" '
                          f'fill="{colour}"/>')

    def circle(self, x, y, radius, colour):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>')

    def line(self, x, y, to_x, to_y, colour):
        self.parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}"/>')

    def area(self, points, floor, colour):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polygon points="{points[0][0]:.1f},{floor:.1f} {path} {points[-1][0]:.1f},{floor:.1f}" '
                          f'fill="{colour}" fill-opacity="0.15"/>')
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"/>')

    def stack(self, x, y, width, label, parts, most, text):
        """A bar of several parts, on the right of its label; `most` fills the room."""
        self.text(x, y + 16, label)
        at, room = x + 190, width - 260
        for value, colour in parts:
            self.box(at, y + 4, room * value / most, ROW - 9, colour)
            at += room * value / most
        self.text(at + 8, y + 16, text, SOFT, 11)

    def legend(self, x, y):
        for name, colour in COLOURS.items():
            self.box(x, y, 10, 10, colour)
            self.text(x + 15, y + 9, NAMES[name], SOFT, 11)
            x += 30 + 6.2 * len(NAMES[name])
