"""The C programs of tests/integration_c, each on an event store of its own. Looked for beside GACHAPON_BINARY."""

import os
import pathlib
import subprocess

import psycopg
import pytest

import chain

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path(os.environ.get("GACHAPON_BINARY", ROOT / "build/gachapon")).resolve().parent


@pytest.mark.parametrize("name", ["test_pg", "test_eventstore", "test_eventstore_losses", "test_eventstore_snapshots",
                                  "test_processes"])
def test_program(new_store, name):
    program = FOLDER / name
    if not program.exists():
        pytest.skip(f"{program} is not built")
    store = new_store(name, migrated=False)  # it migrates by itself, and tests that
    environment = {**os.environ, "EVENT_STORE_OWNER_DSN": store.owner_dsn, "EVENT_STORE_DSN": store.dsn}
    done = subprocess.run([program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=600, check=False)
    assert done.returncode == 0, done.stdout
    with psycopg.connect(store.owner_dsn) as connection:
        assert chain.verify(connection) > 20 or name == "test_pg"


@pytest.mark.parametrize("name", ["test_projections", "test_projections_queries", "test_projections_stop",
                                  "test_projections_rebuild"])
def test_projections(new_store, name):
    program = FOLDER / name
    if not program.exists():
        pytest.skip(f"{program} is not built")
    database = new_store(name, migrated=False)
    environment = {**os.environ, "PROJECTIONS_OWNER_DSN": database.owner_dsn, "PROJECTIONS_DSN": database.dsn}
    done = subprocess.run([program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=600, check=False)
    assert done.returncode == 0, done.stdout
