"""What the engine is asked to reach, row by row: asked, seen, reached or not. A row that was not measured says so.

Each ratio is of figures that were taken one right after the other, and of several rounds the median. `others` is the
largest share of the machine that strangers had while any of them was taken: with much of it a rate is noise.
"""

import statistics

ROWS = []


def row(what, asked):
    """Of `figures`, the function gives (what was seen, whether it is reached or None, keys of the figures it looked at);
    KeyError: it was not measured."""
    def add(look):
        ROWS.append((what, asked, look))
        return look
    return add


def lines(figures, whole):
    """All of them if the run was a `whole` one, else those that were measured."""
    made = [line(figures, *entry) for entry in ROWS]
    return [entry for entry in made if whole or entry["reached"] is not None]


def line(figures, what, asked, look):
    try:
        seen, reached, keys = look(figures)
    except KeyError:
        return {"what": what, "asked": asked, "seen": "not measured in this run", "reached": None, "others": None}
    others = max(figure["others"] for key in keys for figure in figures[key])
    return {"what": what, "asked": asked, "seen": seen, "reached": reached, "others": others}


def ratios(figures, over, under, value):
    return [value(a) / max(value(b), 1e-9) for a, b in zip(figures[over], figures[under])]


def ratio(figures, over, under, value):
    """The median of the rounds' ratios."""
    return statistics.median(ratios(figures, over, under, value))


def middle(figures, key, value):
    return statistics.median(value(figure) for figure in figures[key])


def rate(figure):
    return figure["rate"]


def p50(figure):
    return figure["p50_ms"]


def p99(figure):
    return figure["p99_ms"]


def cpu(figure):
    """CPU of server and databases an operation; of the raw writer, which is both, all of it."""
    us = dict(figure["cpu_us"])
    if "mode" not in figure:
        us.pop("generator", None)
    return sum(us.values())


def wal(figure):
    pairs = [pair for pair in figure["wal"].values() if pair]
    return sum(pair[0] for pair in pairs) / max(figure["done"], 1)


@row("`open_pack`, strong and pushed, 10,000 players: CPU of the raw writer / CPU of server and databases",
     "0.6 or more; 10,000/s on two quiet cores")
def opening(f):
    value = ratio(f, "raw_same", "open_pack", cpu)
    share = middle(f, "open_pack", lambda figure: figure["cpu_us"]["generator"] / sum(figure["cpu_us"].values()))
    return (f"{value:.2f} ({middle(f, 'raw_same', cpu):.0f} us / {middle(f, 'open_pack', cpu):.0f} us); "
            f"{middle(f, 'open_pack', rate):,.0f}/s, the generator taking {share:.0%} of the CPU",
            value >= 0.6, ("raw_same", "open_pack"))


@row("CPU and WAL of a single opening", "server at most 30 us; at most 1,500 bytes")
def opening_cost(f):
    server, written = middle(f, "open_pack", lambda figure: figure["cpu_us"]["server"]), middle(f, "open_pack", wal)
    return f"{server:.1f} us; {written:,.0f} bytes", server <= 30 and written <= 1500, ("open_pack",)


@row("the same, all on one limited pack / each on its own player", "80 % or more")
def hot_pack(f):
    value = ratio(f, "hot_pack", "cold", rate)
    return f"{value:.0%}; CPU {ratio(f, 'hot_pack', 'cold', cpu):.0%}", value >= 0.8, ("hot_pack", "cold")


@row("the same, all by one player on 64 sockets", "50 % or more, no failure")
def hot_player(f):
    value = ratio(f, "hot_player", "cold", rate)
    failed = sum(figure["refused"] for figure in f["hot_player"])
    return (f"{value:.0%}, {failed} failed; CPU {ratio(f, 'hot_player', 'cold', cpu):.0%}", value >= 0.5 and failed == 0,
            ("hot_player", "cold"))


@row("one client, strong: p50 / two bare commits in turn", "2 or less")
def one_client(f):
    value = ratio(f, "one_client", "commits_beside", p50)
    return (f"{value:.2f} ({middle(f, 'one_client', p50):.2f} ms / {middle(f, 'commits_beside', p50):.2f} ms)", value <= 2,
            ("one_client", "commits_beside"))


@row("p99 / p50 at half of saturation", "10 or less")
def half(f):
    value = statistics.median(p99(figure) / max(p50(figure), 1e-3) for figure in f["half"])
    return (f"{value:.1f} ({middle(f, 'half', p99):.1f} ms / {middle(f, 'half', p50):.1f} ms at "
            f"{middle(f, 'half', rate):,.0f}/s)", value <= 10, ("half",))


@row("offered three times what it takes", "90 % or more of the top, the rest refused with `overloaded`, p99 under a second")
def triple(f):
    value = ratio(f, "triple", "top", rate)
    names = sorted({name for figure in f["triple"] for name in figure["errors"]})
    return (f"{value:.0%}; refuses with {', '.join(names) or 'nothing'}; p99 {middle(f, 'triple', p99):,.0f} ms",
            value >= 0.9 and names == ["overloaded"] and middle(f, "triple", p99) < 1000, ("triple", "top"))


@row("ping / bare libwebsockets echo", "80 % or more")
def ping(f):
    value = ratio(f, "ping", "echo", rate)
    us = [middle(f, key, lambda figure: figure["cpu_us"]["server"]) for key in ("ping", "echo")]
    return f"{value:.0%} ({us[0]:.1f} us of server CPU / {us[1]:.1f} us)", value >= 0.8, ("ping", "echo")


@row("idle signed-in sockets", "8 KiB or less, none lost; under 3 % of a core")
def idle(f):
    figure = f["idle"][0]
    return (f"{figure['sockets']:,} held, {figure['bytes_per_socket'] / 1024:.1f} KiB each (bare: "
            f"{f['idle_echo'][0]['bytes_per_socket'] / 1024:.1f}), {figure['idle_cpu']:.1%} of a core",
            figure["bytes_per_socket"] <= 8192 and figure["idle_cpu"] < 0.03, ("idle",))


@row("one public row to 1,000 and to 10,000 sockets: server CPU a delivery / bare broadcast", "1.25 or less")
def fan_out(f):
    keys = [key for key in f if key.startswith("fan_out_") and "echo" not in key]
    if not keys:
        raise KeyError
    values, seen = [], []
    for key in keys:
        ours, bare = f[key][0], f[key.replace("out_", "out_echo_")][0]
        us = ours["delivery_us"]["server"], bare["delivery_us"]["server"]
        values.append(us[0] / max(us[1], 1e-3))
        seen.append(f"{values[-1]:.2f} at {ours['sockets']:,} ({us[0]:.1f} us / {us[1]:.1f} us)")
    return "; ".join(seen), max(values) <= 1.25, keys


@row("10,000 sockets reconnect, sign in and resume", "under 10 s; p99 of others at most 3 times")
def storm(f):
    seconds = max(storm["seconds"] for storm in f["storm"])
    value = ratio(f, "storm_during", "storm_before", p99)
    each = ", ".join(f"{one:.1f}" for one in sorted(ratios(f, "storm_during", "storm_before", p99)))
    return (f"{f['storm'][0]['sockets']:,} in {seconds:.1f} s; p99 {middle(f, 'storm_before', p99):.1f} ms before, "
            f"{middle(f, 'storm_during', p99):.1f} ms during: {value:.1f} times, the middle one of {each}",
            seconds < 10 and value <= 3,
            ("storm", "storm_during", "storm_before"))


@row("10,000 sign-ins a minute with fresh tokens", "no turn of the loop over 50 ms")
def sign_ins(f):
    figure = f["sign_ins"][0]
    return (f"{figure['rate'] * 60:,.0f} a minute, {figure['cpu_us']['server']:.0f} us of CPU each; longest turn "
            f"{figure['longest_turn_ms']:.1f} ms; p99 of a ping {middle(f, 'sign_ins_before', p99):.1f} ms before, "
            f"{middle(f, 'sign_ins_during', p99):.1f} ms during", figure["longest_turn_ms"] <= 50, ("sign_ins", "sign_ins_during"))


@row("catch-up and rebuild: rows/s / raw writer", "80 % or more; memory flat (see growth)")
def catch_up(f):
    def rows(figure):
        return figure["rows_rate"]
    values = [ratio(f, key, "raw_rows", rows) for key in ("catch_up", "rebuild")]
    return (f"{values[0]:.0%} and {values[1]:.0%} ({f['catch_up'][0]['rate']:,.0f} and {f['rebuild'][0]['rate']:,.0f} "
            f"events/s); at most {f['catch_up'][0]['rss_most'] / 2**20:.0f} and {f['rebuild'][0]['rss_most'] / 2**20:.0f} MiB",
            min(values) >= 0.8, ("catch_up", "rebuild", "raw_rows"))


@row("projection lag under full write load", "bounded; zero within a second of its end")
def lag(f):
    figure = f["lag"][0]
    return (f"at most {figure['lag_most']:,.0f} events, zero after {figure['lag_zero_s']:.2f} s",
            figure["lag_zero_s"] <= 1, ("lag",))


def halves_of(memory):
    """The most that was resident in each half of the time."""
    sizes = [size for _, size in memory]
    return max(sizes[:len(sizes) // 2 + 1]), max(sizes[len(sizes) // 2:])


@row("ready after kill -9 with 10 million events", "under 2 s plus the events since the last checkpoint")
def ready(f):
    figure = f["growth_ready"][0]
    return f"{figure['ready_s']:.2f} s with {figure['events']:,}", figure["ready_s"] < 2, ("growth_ready",)


@row("`open_pack` at 10 million events / at ten thousand", "90 % or more")
def growth(f):
    value, us = ratio(f, "growth_large", "growth_small", rate), 1 / ratio(f, "growth_large", "growth_small", cpu)
    return (f"{value:.0%} ({middle(f, 'growth_large', rate):,.0f}/s / {middle(f, 'growth_small', rate):,.0f}/s); by CPU {us:.0%} "
            f"at {f['growth_ready'][0]['events']:,}", value >= 0.9, ("growth_small", "growth_large"))


@row("catch-up and rebuild to 10 million events: rows/s / raw writer; memory", "80 % or more; flat")
def growth_views(f):
    def rows(figure):
        return figure["rows_rate"]
    caught, rebuilt = f["growth_catch_up"][0], f["growth_rebuild"][0]
    values = [ratio(f, key, "growth_raw_rows", rows) for key in ("growth_catch_up", "growth_rebuild")]
    halves = [halves_of(caught["memory"]), halves_of(rebuilt["memory"])]
    server, tool = (f"{first / 2**20:.0f} and {second / 2**20:.0f} MiB" for first, second in halves)
    return (f"{values[0]:.0%} and {values[1]:.0%}; in the first and in the second half the server had {server}, the tool {tool}",
            min(values) >= 0.8 and all(second < 1.2 * first for first, second in halves),
            ("growth_catch_up", "growth_rebuild", "growth_raw_rows"))
