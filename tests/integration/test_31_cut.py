"""Connections between the server and its databases are cut where it hurts: before, during and after a transaction, between
COMMIT and its answer, half open, and with an old backend that commits late. Each fault of harness/proxy.py, on appends, on
what projects, on whatever is sent next.
"""

from harness import database
from harness.proxy import FAULTS

AT_ONCE = [fault for fault in FAULTS if fault not in ("late", "silence")]  # those that cost no deadline
APPEND, PROJECT = "eventstore_append", "move_checkpoints"


def test_cut_around_a_transaction(stage, rng, long):
    stage = stage("--strong-wait-ms", "500")
    cuts = [(proxy, fault, statement) for fault in AT_ONCE
            for proxy, statement in ((stage.to_events, APPEND), (stage.to_events, None), (stage.to_projections, PROJECT),
                                     (stage.to_projections, None))]
    for proxy, fault, statement in rng.choices(cuts, k=300) if long else rng.sample(cuts, len(cuts)):
        stage.load.more(rng.randrange(5, 100))
        print(f"{fault}: {statement or 'anything'} at {stage.load.answered} answers")
        stage.load.until(proxy.arm(fault, statement).is_set, f"{fault} at {statement}")
    stage.finish()


def test_all_connections_at_once(stage, rng, long):
    stage = stage("--strong-wait-ms", "500")
    for _ in range(50 if long else 6):
        stage.load.more(rng.randrange(5, 100))
        for proxy in rng.sample((stage.to_events, stage.to_projections), rng.randrange(1, 3)):
            proxy.cut()
    stage.finish()


def test_the_old_backend_commits_late(stage, rng, long):
    """Interleaving 6, on the real thing: the server has looked up what it lost and gone on long before the old backend gets
    the batch. It must find itself fenced."""
    stage = stage("--strong-wait-ms", "500")
    for _ in range(30 if long else 3):
        stage.load.more(rng.randrange(5, 100))
        stage.load.until(stage.to_events.arm("late", APPEND).is_set, "an append that is kept")
        stage.load.more(rng.randrange(1, 50))
        stage.to_events.let_late()
        stage.load.until(stage.to_projections.arm("late", PROJECT).is_set, "a projection's batch that is kept")
        stage.load.more(rng.randrange(1, 50))
        stage.to_projections.let_late()
    stage.finish()


def test_half_open(stage, rng, long):
    """Nobody hangs up and nothing comes. The server gives up by its clock, players are told `store_unavailable`, and what was
    on the way arrives when another connection has long taken over."""
    stage = stage("--strong-wait-ms", "500")
    for _ in range(5 if long else 1):
        stage.load.more(rng.randrange(5, 100))
        stage.load.until(stage.to_events.arm("silence", APPEND).is_set, "an append that nobody answers")
        stage.load.more(100)
        told = stage.load.told("store_unavailable")
        stage.to_events.hold(newcomers=True)
        stage.to_projections.hold(newcomers=True)
        stage.load.until(lambda: stage.load.told("store_unavailable") > told, "players to be told")  # noqa: B023
        stage.load.until(lambda: stage.server.http("/readyz")[0] == 503, "/readyz to say no")
        head = database.head(stage.server.settings)
        stage.to_events.release()
        stage.to_projections.release()
        stage.load.more(100)
        assert database.head(stage.server.settings) > head
    stage.finish()
