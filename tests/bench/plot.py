"""results.svg, drawn by hand: the Python environment needs no plotting library for three bar charts.

Left to right in one picture: rates, CPU a command by program (stacked), ratios with what is asked as a line.
"""

import html

from report import median_round

ROW, GAP, LABEL, BAR, PAD = 24, 46, 250, 420, 16
COLOURS = {"server": "#2f6f9f", "events": "#c9803a", "projections": "#7f9f3f", "generator": "#b9b9b9"}
NAMES = {"server": "server", "events": "event store", "projections": "projections", "generator": "generator"}
RATES = ("raw_1", "raw_64", "raw_256", "raw_same", "open_pack", "open_pack_alone")
COSTS = ("raw_same", "open_pack")


def write(results, path):
    figures = {key: median_round(rounds) for key, rounds in results["figures"].items()}
    picture = Picture()
    picture.chart(f"Openings a second ({results['options']['sockets']} sockets; raw writer without server or clients)",
                  [(figures[key]["title"], [("server" if "open" in key else "generator", figures[key]["rate"])],
                    f"{figures[key]['rate']:,.0f}") for key in RATES])
    picture.chart("CPU of one opening, microseconds",
                  [(figures[key]["title"], [(name, figures[key]["cpu_us"].get(name, 0)) for name in COLOURS],
                    f"{sum(figures[key]['cpu_us'].values()):,.0f}") for key in COSTS], legend=True)
    for ratio in results["ratios"]:
        if ratio["asked"] is not None:
            picture.chart(ratio["what"], [("", [("server", ratio["value"])], f"{ratio['value']:.2f}")],
                          line=(ratio["asked"], f"asked: {ratio['asked']:g}"))
    path.write_text(picture.text())


class Picture:
    def __init__(self):
        self._parts, self._y = [], PAD

    def chart(self, title, rows, legend=False, line=None):
        """`rows`: (label, [(colour name, value), ...], text). `line`: (value, text)."""
        most = max([sum(value for _, value in parts) for _, parts, _ in rows] + [line[0] if line else 0]) or 1
        self._text(PAD, self._y + 14, title, bold=True)
        if legend:
            x = LABEL
            for name, colour in COLOURS.items():
                self._box(x, self._y + 22, 10, 10, colour)
                self._text(x + 14, self._y + 31, NAMES[name])
                x += 24 + 8 * len(NAMES[name])
            self._y += 18
        self._y += 24
        top = self._y
        for label, parts, text in rows:
            x = LABEL
            self._text(PAD, self._y + 16, label)
            for name, value in parts:
                width = BAR * value / most
                self._box(x, self._y + 4, width, ROW - 8, COLOURS[name])
                x += width
            self._text(x + 6, self._y + 16, text)
            self._y += ROW
        if line:
            x = LABEL + BAR * line[0] / most
            self._box(x, top, 2, self._y - top, "#b03030")
            self._text(x - 4, self._y + 12, line[1])
        self._y += GAP - ROW + (10 if line else 0)

    def text(self):
        width = LABEL + BAR + 110
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{self._y}" '
                f'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#ffffff"/>\n'
                + "\n".join(self._parts) + "\n</svg>\n")

    def _text(self, x, y, text, bold=False):
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(f'<text x="{x:.0f}" y="{y:.0f}"{weight} fill="#222222">{html.escape(text)}</text>')

    def _box(self, x, y, width, height, colour):
        self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" fill="{colour}"/>')
