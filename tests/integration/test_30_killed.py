"""kill -9 of anything at random instants under load: the server, each PostgreSQL, one of their processes.

The players go on as clients do, and at the end everything adds up (harness/load.py). A round: some hundred answers, a
kill, the return, progress again.
"""

KILLS = {
    "the server": lambda stage: stage.restart(),
    "the event store": lambda stage: (stage.events.crash(), stage.events.start()),
    "the event store's postmaster": lambda stage: (stage.events.crash_postmaster(), stage.events.start()),
    "the backend that appends": lambda stage: stage.events.crash_backend("gachapon append"),
    "a backend that reads the log": lambda stage: stage.events.crash_backend("gachapon read"),
    "the session that appends": lambda stage: stage.events.terminate_backends("gachapon append"),
    "the projections": lambda stage: (stage.projections.crash(), stage.projections.start()),
    "the projections' postmaster": lambda stage: (stage.projections.crash_postmaster(), stage.projections.start()),
    "the backend that projects": lambda stage: stage.projections.crash_backend("gachapon projector"),
    "the session that projects": lambda stage: stage.projections.terminate_backends("gachapon projector"),
    "the sessions that query": lambda stage: stage.projections.terminate_backends("gachapon queries"),
}


def test_kill_nine_of_anything_under_load(stage, rng, long):
    stage = stage("--strong-wait-ms", "500")
    rounds = [rng.choice(list(KILLS)) for _ in range(60)] if long else rng.sample(list(KILLS), len(KILLS))
    for what in rounds:
        stage.load.more(rng.randrange(50, 400))
        print(f"killed: {what}, after {stage.load.answered} answers")
        KILLS[what](stage)
        stage.load.more(50)
    stage.finish()
