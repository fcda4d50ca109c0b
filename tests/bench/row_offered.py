"""Offered load: openings arrive by a schedule that knows of no answers (a Poisson process), at half of what the server
takes at most and at three times as much. Latency counts from the moment an opening was due."""

from row_openings import with_batches


def offered(bench):
    stack, sockets = bench.stack, bench.sockets
    bench.show.title(f"open_pack, offered at a rate, {sockets} sockets; latency from when each was due")
    stack.start_server()
    with stack.clients(sockets) as clients:
        for _ in bench.rounds():
            top = bench.keep("top", f"as fast as it goes, {sockets} in flight", with_batches(
                clients.go("open_pack", bench.seconds, in_flight=sockets)))
            for key, share in (("half", 0.5), ("triple", 3.0)):
                figure = with_batches(clients.go("open_pack", bench.seconds, rate=share * top["rate"], may_refuse=True))
                figure["share"] = share
                bench.keep(key, f"offered: {share:g} of that", figure)
                bench.show.note(refusals(figure))


def refusals(figure):
    seconds = figure["seconds"]
    if not figure["errors"]:
        return f"offered {figure['offered'] / seconds:,.0f}/s, none refused"
    names = ", ".join(f"{count / seconds:,.0f}/s {name}" for name, count in figure["errors"].items())
    return (f"offered {figure['offered'] / seconds:,.0f}/s, refused {names}, p99 {figure['refused_p99_ms']:.1f} ms; "
            f"sent at most {figure['late_p99_ms']:.1f} ms late (p99)")
