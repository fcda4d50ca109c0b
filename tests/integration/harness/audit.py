"""The three looks that end a test: the log is gapless and obeys the rules (fold.py checks each event), the projections
are exactly what the log folds to, and each client's replica is exactly what the projections hold of it.
"""

from . import database, fold
from .processes import wait_until


def check_everything(server, *clients, timeout=90):
    """Nobody is busy, the clients follow. Waits until the projections and the replicas are where the log is; returns the
    events."""
    events = database.log(server.settings)
    rows = wait_until(lambda: projected(server.settings, len(events)), timeout, "the projections to reach the log's head")
    database.same(fold.fold(events), rows, "the log and the projections: ")
    for client in clients:
        held = {view: found for view, found in {**database.of_player(rows, client.player), **database.public(rows)}.items()
                if found}
        try:
            client.wait(lambda: client.replica.whole() == held, timeout, "the replica to hold what the projections hold")
        except TimeoutError:
            database.same(client.replica.whole(), held, "the replica and the projections: ")
    return events


def projected(settings, head):
    """The projections' rows once every checkpoint is at `head`, else None."""
    with database.psycopg.connect(settings.projections_owner_dsn) as connection:
        (position,) = connection.execute("select min(position) from projections").fetchone()
    return database.projections(settings) if position is not None and position >= head else None
