"""The machine, without the server: what a commit costs, and what the databases take from a bare writer."""


def calibrate(bench):
    stack, short = bench.stack, min(bench.seconds, 3) if bench.whole else min(bench.seconds, 1.5)
    bench.show.title("The machine, without the server")
    bench.keep("commit", "bare durable commit", stack.raw("commit", short))
    bench.keep("commits", "two bare commits in turn", stack.raw("commits", short))
    for batch in (1, 64, 256) if bench.whole else (1, 256):
        raw_writer(bench, f"raw_{batch}", batch, short)


def raw_writer(bench, key, batch, seconds, data_bytes=150):
    """The rows of openings, of any of all players, `batch` openings a commit."""
    figure = bench.stack.raw("openings", seconds, batch, max(batch, bench.players), data_bytes)
    return bench.keep(key, f"raw writer, batches of {batch}", figure)
