"""Ten thousand sockets are lost at once, come back, sign in and resume from their marks, while 64 others go on playing."""

import time

OTHERS, OTHERS_RATE = 64, 640  # ten openings a second each


def storm(bench):
    stack, sockets = bench.stack, bench.many_sockets
    bench.show.title(f"{sockets:,} sockets come back at once; {OTHERS} others open {OTHERS_RATE} packs a second, offered")
    stack.start_server()
    with stack.clients(sockets) as clients, stack.clients(OTHERS, first=sockets) as others:
        for _ in bench.rounds():
            one_storm(bench, clients, others)


def one_storm(bench, clients, others):
    before = bench.keep("storm_before", "others, before", others.go("open_pack", min(bench.seconds, 5), rate=OTHERS_RATE))
    others.begin("open_pack", 600, rate=OTHERS_RATE)
    began = time.monotonic()
    time.sleep(0.5)  # so that the picture shows it begin
    quiet_s = time.monotonic() - began
    back = clients.storm()
    during = bench.keep("storm_during", "others, during", others.end(may_refuse=True, now=True))
    back.update(others=during["others"], stolen=during["stolen"], quiet_s=quiet_s)
    back["text"] = (f"all live after {back['seconds']:.1f} s (half of them after {back['p50_ms'] / 1000:.1f} s), "
                    f"{told_later(back)}; the others' p99 went from {before['p99_ms']:.1f} to "
                    f"{during['p99_ms']:.1f} ms (sent at most {before['late_p99_ms']:.1f} and {during['late_p99_ms']:.1f} ms "
                    "late)")
    bench.keep("storm", f"{bench.many_sockets:,} sockets come back", back)


def told_later(back):
    """Whom the server sent away for a while, and with what."""
    return ", ".join(f"{count:,} times {name}" for name, count in back["retries"].items()) or "none was refused"
