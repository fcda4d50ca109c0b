"""The wall clock jumps, an hour ahead and an hour back, under load: the server's, and the databases'. Deadlines do not notice
(they go by the monotonic clock), `recorded_at` never goes back, tokens are judged by the clock there is, and when it is
right again everything is.
"""

import time

import psycopg
import pytest

from harness import clock, places, processes, system
from harness.gachapon import SANITIZER_ENVIRONMENT
from harness.postgres import PostgresServer
from harness.processes import wait_until

HOUR = 3600
EXPIRED = 4001

pytestmark = pytest.mark.skipif(not clock.available(), reason="libfaketime is not installed: ./dev install faults")


@pytest.fixture
def wall(run_folder):
    return clock.Clock(run_folder / f"clock-{processes.free_port()}")


def test_the_servers_clock(stage, wall, gate, people, keycloak, clients, long):
    """Ahead, tokens are over: sockets are closed with the code that says so, and who comes is refused by name. Back, they are
    from the future for who comes, and who is there plays on. What Keycloak says of a user is felt all the time."""
    sanitizer = SANITIZER_ENVIRONMENT["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
    stage = stage("--issuer-fetch-url", f"{gate.url}/realms/gachapon", more={**wall.environment(), "ASAN_OPTIONS": sanitizer},
                  comes_back={EXPIRED}, not_now={"token_expired", "token_invalid"})
    for _ in range(5 if long else 1):
        disabled = people.new()
        other = clients(disabled.play(stage.server))
        wall.turn(-HOUR)
        keycloak.console().set_enabled(disabled.id, False)
        assert other.wait_closed().code == 4003
        stage.load.more(100)
        stage.projections.stop()
        stage.load.more(20)  # strong: each by its deadline
        stage.projections.start()
        stage.load.more(100)
        losses, asked, began = stage.load.count("losses"), gate.requests, time.monotonic()
        wall.turn(HOUR)
        stage.load.until(lambda: stage.load.count("losses") > losses + 2 * len(stage.load.players),  # noqa: B023
                         "everybody to be closed and refused")
        assert stage.server.http("/readyz")[0] == 200, "a clock that is wrong does not end the server"
        assert gate.requests - asked < 50 + 10 * (time.monotonic() - began), "Keycloak is not asked for each of them"
        wall.turn(0)
        stage.load.more(100)
    stage.finish()


def test_the_databases_clock(new_stage, run_folder, secrets, wall, keycloak, _logs, long):
    """Statement timeouts that fire too soon or never, and a log whose times do not go back."""
    servers = []
    try:
        for name in ("events", "projections"):
            servers.append(PostgresServer(f"PostgreSQL ({name}, with a clock)", run_folder / f"clocked-{processes.free_port()}",
                                          processes.free_port(), secrets.get("postgres-superuser"),
                                          places.database_account(), more=wall.environment()))
            _logs.append(servers[-1].log)
            servers[-1].start()
        stage = new_stage(*servers, system.provision(*servers, secrets))
        for hours in (1, -1, 0, 2, -2, 1, 0) * 3 if long else (1, -1, 0):
            wall.turn(hours * HOUR)
            stage.load.more(100)
        stage.finish()
        with psycopg.connect(stage.server.settings.event_store_owner_dsn) as connection:
            back, moved = connection.execute(
                "select count(*) filter (where recorded_at < before), max(recorded_at) - min(recorded_at) > interval '59 min'"
                " from (select recorded_at, lag(recorded_at) over (order by last, number) as before from batches) b").fetchone()
        assert back == 0 and moved
        wait_until(lambda: stage.server.http("/readyz")[0] == 200, 60, "the server to be ready")
    finally:
        for server in servers:
            server.stop()
