"""Ten thousand sign-ins a minute, each with a token that the server has not seen: none may hold up the loop.

The players are new, so each sign-in is a connection, a signature to verify, an enrolment to store, and the rows of a
newcomer. They come by a schedule that knows of no answers; beside them others ping, whose p99 says what a player who is
in feels of it, and the server's own metric says how long its longest turn was.
"""

A_SECOND = 10_000 / 60
PINGERS, PINGS_A_SECOND = 8, 200


def sign_ins(bench):
    stack, sockets = bench.stack, bench.sign_ins
    bench.show.title(f"{sockets:,} sign-ins with fresh tokens, {A_SECOND:.0f} a second, while {PINGERS} others ping")
    tokens = [stack.issuer.token() for _ in range(sockets)]
    stack.start_server()
    with stack.clients(PINGERS) as others:
        before = bench.keep("sign_ins_before", "pings, before", others.go("ping", min(bench.seconds, 4), rate=PINGS_A_SECOND))
        longest = stack.metrics()["loop_longest_turn_seconds"]
        others.begin("ping", 600, rate=PINGS_A_SECOND)
        with stack.clients(sockets, tokens=tokens, a_second=A_SECOND) as clients:
            came = clients.arrived
            during = bench.keep("sign_ins_during", "pings, during", others.end(now=True))
            metrics = stack.metrics()
    came.update(longest_turn_ms=1e3 * metrics["loop_longest_turn_seconds"], longest_before_ms=1e3 * longest,
                verified=metrics["tokens_verified_total"] - PINGERS)
    came["text"] = (f"{came['rate'] * 60:,.0f} a minute, p50 {came['p50_ms']:.1f} ms, p99 {came['p99_ms']:.1f} ms until all rows were "
                    f"there; {came['cpu_us']['server']:.0f} us of the server's CPU each; the loop's longest turn "
                    f"{came['longest_turn_ms']:.1f} ms ({came['longest_before_ms']:.1f} ms before they came); p99 of a ping "
                    f"{before['p99_ms']:.2f} ms before, {during['p99_ms']:.2f} ms during")
    bench.keep("sign_ins", f"{sockets:,} sign-ins", came)
