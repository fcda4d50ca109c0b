"""An event store for the tests in this folder: the one that EVENT_STORE_OWNER_DSN and EVENT_STORE_DSN name (migrated
already), or else a private PostgreSQL server that goes with the run."""

import os
import pathlib
import secrets
import shutil
import sys

import psycopg
import pytest
from psycopg import sql

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))

from harness import places, processes  # noqa: E402
from harness.postgres import PostgresServer, dsn  # noqa: E402


class Store:
    def __init__(self, owner_dsn, server_dsn):
        self.owner_dsn, self.dsn = owner_dsn, server_dsn


def migrate(store, server_role):
    """As `gachapon migrate`, but for its table: the database is new and goes with the run."""
    role = sql.Identifier(server_role)
    with psycopg.connect(store.owner_dsn) as connection:
        for file in sorted((ROOT / "migrations/eventstore").glob("*.sql")):
            connection.execute(file.read_text().replace(':"server_role"', role.as_string(connection)))


@pytest.fixture(scope="session")
def new_store():
    """A function: new_store(name, migrated=True) makes an event store on a private server."""
    processes.guard()
    account = places.database_account()
    folder = places.temporary_folder(account)
    password = secrets.token_hex(16)
    server = PostgresServer("PostgreSQL (races)", folder / "races", processes.free_port(), password, account)

    def make(name, migrated=True):
        if server.process is None:
            server.start()
        for role in ("races_owner", "races"):
            server.ensure_role(role, password)
        server.ensure_database(name, "races_owner", users=["races_owner", "races"])
        store = Store(*(dsn(role, password, server.port, name) for role in ("races_owner", "races")))
        if migrated:
            migrate(store, "races")
        return store

    yield make
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def store(request):
    if "EVENT_STORE_DSN" in os.environ and "EVENT_STORE_OWNER_DSN" in os.environ:
        return Store(os.environ["EVENT_STORE_OWNER_DSN"], os.environ["EVENT_STORE_DSN"])
    return request.getfixturevalue("new_store")("races")
