"""The event store's disk is full: an ERROR where its data lies, a PANIC where its WAL does; and the projections'. Nothing
acknowledged is lost, nobody hangs, and when there is room again everything goes on; the server is not started again.

The small disks are tmpfs, so this needs root and a kernel that lets it mount.
"""

import contextlib
import os
import subprocess

import psycopg
import pytest

from harness import places, processes, system
from harness.postgres import PostgresServer


class SmallDisk:
    """A tmpfs of `size_mb`. `fill` leaves nothing of it (until somebody deletes a file), `make_room` gives it back."""

    def __init__(self, folder, size_mb, account):
        folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0755", "gachapon-test", str(folder)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            folder.rmdir()
            pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
        self.folder, self.filler = folder, folder / "filler"
        if account is not None:
            account.owns(folder)

    def fill(self):
        with open(self.filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def make_room(self):
        self.filler.unlink()

    def unmount(self):
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
        self.folder.rmdir()


@pytest.fixture
def small_disk(run_folder):
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    made = []

    def make(size_mb):
        made.append(SmallDisk(run_folder / f"disk-{processes.free_port()}", size_mb, places.database_account()))
        return made[-1]

    yield make
    for disk in made:
        disk.unmount()


@pytest.fixture
def cramped(small_disk, run_folder, secrets, mortal_postgres, new_stage, _logs):
    """cramped("data" or "wal", of="events" or "projections"): (a stage whose database has that on a small disk, the disk)."""
    made = []

    def make(what, *flags, of="events"):
        account = places.database_account()
        disk, large = small_disk(100 if what == "data" else 40), run_folder / f"cramped-{processes.free_port()}"
        large.mkdir()
        os.chmod(large, 0o711)
        data, wal = (disk.folder, large) if what == "data" else (large, disk.folder)
        wal = wal / "wal"
        wal.mkdir(mode=0o700)
        if account is not None:
            account.owns(wal)
        small = PostgresServer(f"PostgreSQL ({of}, {what} on a small disk)", data / "server", processes.free_port(),
                               secrets.get("postgres-superuser"), account, log=run_folder / f"cramped-{large.name}.log",
                               settings={"min_wal_size": "2MB", "max_wal_size": "16MB", "wal_recycle": "off",
                                         "shared_buffers": "16MB"},
                               initdb=["--wal-segsize=1", f"--waldir={wal}"])
        _logs.append(small.log)
        made.append(small)
        small.start()
        events, projections = (small, mortal_postgres[1]) if of == "events" else (mortal_postgres[0], small)
        for server in (events, projections):
            if server.process is None or not server.process.alive():
                server.start()
        dsns = system.provision(events, projections, secrets, suffix=f"_{large.name}")
        return new_stage(events, projections, dsns, *flags), disk

    yield make
    for small in made:
        small.stop()


def test_where_the_data_lies(cramped, rng, long):
    """Each append is refused with an ERROR (53100) and tried again until its deadline."""
    stage, disk = cramped("data")
    for _ in range(10 if long else 1):
        stage.load.more(rng.randrange(50, 200))
        disk.fill()
        refused, told = no_space(stage.events), stage.load.told("store_unavailable")
        stage.load.until(lambda: no_space(stage.events) > refused + 2, "appends to be refused")
        if long:
            stage.load.until(lambda: stage.load.told("store_unavailable") > told, "players to be told")
        assert stage.events.process.alive()
        disk.make_room()
        stage.load.more(100)
    stage.finish()


def test_where_the_views_lie(cramped, rng, long):
    """Commands are taken as before and answered as stored and not yet shown; no projection takes it for its own fault and
    stops."""
    stage, disk = cramped("data", "--strong-wait-ms", "300", of="projections")
    for _ in range(10 if long else 1):
        stage.load.more(rng.randrange(50, 200))
        disk.fill()
        refused = no_space(stage.projections)
        stage.load.until(lambda: no_space(stage.projections) > refused + 2, "rows to be refused")
        stage.load.more(50)
        disk.make_room()
        stage.load.more(100)
    stage.finish()
    assert stage.load.count("behind") > 0 and "state=stopped" not in stage.server.log.read_text()


def no_space(postgres):
    return postgres.log.read_text().count("No space left on device")


def used_up(postgres, disk):
    """True when it has ended. Not even the segments that lie ready are left to it."""
    disk.fill()
    with contextlib.suppress(psycopg.Error):
        postgres.execute("select pg_switch_wal()")
    return not postgres.process.alive()


def test_where_the_wal_lies(cramped, rng, long):
    """PostgreSQL stops in the middle of a commit, cannot recover while there is no room, and is started again later."""
    stage, disk = cramped("wal")
    for _ in range(10 if long else 1):
        stage.load.more(rng.randrange(50, 200))
        stage.load.until(lambda: used_up(stage.events, disk), "PostgreSQL to give up")
        assert "PANIC" in stage.events.log.read_text()
        disk.make_room()
        stage.events.start()
        stage.load.more(100)
    stage.finish()
