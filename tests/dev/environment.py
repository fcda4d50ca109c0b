"""What `./dev run`, `stop`, `reset` and `status` share: where a checkout's own system lives, and what is
known of it.

`.run/` in the checkout holds everything but, where PostgreSQL's account cannot enter the checkout, the two
data folders (see harness/places.py). `.run/state.json` names ports and processes; it is replaced whole, by
rename. A lock on `.run/lock` keeps two commands from starting or stopping at the same time.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from harness import places, processes, system  # noqa: E402
from harness.keycloak import Keycloak  # noqa: E402
from harness.postgres import PostgresServer  # noqa: E402

RUN = places.ROOT / ".run"
DEFAULT_PORTS = {"listen": 8480, "internal": 8481, "keycloak": 8482, "tls": 8483, "keycloak_management": 8484,
                 "events": 8485, "projections": 8486}
TURN_WAIT_S = 180
STOP_ORDER = ("server", "keycloak", "projections", "events")  # who uses others goes first


class Lock:
    """Held while something is started or stopped; a second command says so and waits."""

    def __enter__(self):
        RUN.mkdir(exist_ok=True)
        self._file = open(RUN / "lock", "w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another ./dev command is starting or stopping this system; waiting for it")
            fcntl.flock(self._file, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_):
        self._file.close()


class Turn:
    """Held from the choice of ports until their parts listen: checkouts that start at the same time would choose the same.
    Of the machine, so whoever else holds it is waited for, but not for ever."""

    def __enter__(self):
        path = pathlib.Path(tempfile.gettempdir()) / "gachapon-start.lock"
        if not path.exists():
            with contextlib.suppress(OSError):
                path.touch(mode=0o644)
        self._file = None
        try:
            self._file = open(path)
        except OSError:  # somebody keeps it to himself: then without
            return self
        for waited_s in range(TURN_WAIT_S):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return self
            except BlockingIOError:
                if waited_s == 0:
                    say("another checkout is starting on this machine; waiting until its ports are known")
                time.sleep(1)
        return self

    def __exit__(self, *_):
        if self._file is not None:
            self._file.close()


class State:
    """What `.run/state.json` says; empty where there is none."""

    def __init__(self):
        self.file = RUN / "state.json"
        try:
            known = json.loads(self.file.read_text())
        except (OSError, ValueError):
            known = {}
        self.ports = known.get("ports", {})
        self.data = pathlib.Path(known["data"]) if known.get("data") else None
        self.realm = known.get("realm")
        self.processes = {name: processes.Process.from_record(name, record)
                          for name, record in known.get("processes", {}).items()}

    def save(self):
        RUN.mkdir(exist_ok=True)
        text = json.dumps({
            "ports": self.ports, "data": str(self.data) if self.data else None, "realm": self.realm,
            "processes": {name: process.record() for name, process in self.processes.items()}}, indent=2)
        fresh = self.file.with_suffix(".new")
        fresh.write_text(text + "\n")
        fresh.rename(self.file)

    def remember(self, name, process):
        self.processes[name] = process
        self.save()

    def alive(self):
        """The names of the parts that run (the foreground script, "supervisor", is none of them)."""
        return [name for name in STOP_ORDER if name in self.processes and self.processes[name].alive()]

    def choose_ports(self):
        """What was used last, else the defaults, else free ones. Call it when nothing of ours runs."""
        for name, default in DEFAULT_PORTS.items():
            wanted = self.ports.get(name, default)
            if not processes.port_is_free(wanted):
                free = processes.free_port()
                say(f"port {wanted} is taken by someone else; {name} gets {free}")
                wanted = free
            self.ports[name] = wanted


def stop_all(state):
    """Ends what `state` names, in order. Safe when nothing runs."""
    for name in STOP_ORDER:
        process = state.processes.get(name)
        if process is None:
            continue
        if process.alive():
            with Step(f"stopping {name}"):
                number = signal.SIGINT if name in ("events", "projections") else signal.SIGTERM
                if not process.stop(number, timeout_s=60):
                    say(f"  {name} did not end within 60 s and was killed")
        del state.processes[name]
        state.save()


def make_parts(state):
    """(secrets, events, projections, keycloak) for `state`, which must have its ports; starts nothing."""
    account = places.database_account()
    secrets = system.Secrets(RUN / "secrets")
    os.chmod(RUN, 0o755)
    state.data = places.data_folder(RUN / "postgresql", account)
    state.save()
    (RUN / "log").mkdir(exist_ok=True)
    servers = [PostgresServer(f"PostgreSQL ({name})", state.data / name, state.ports[name],
                              secrets.get("postgres-superuser"), account, RUN / "log" / f"postgresql-{name}.log")
               for name in ("events", "projections")]
    keycloak = Keycloak(RUN / "keycloak", state.ports["keycloak"], state.ports["keycloak_management"],
                        secrets.get("keycloak-admin"), log=RUN / "log/keycloak.log")
    return (secrets, *servers, keycloak)


def empty(state):
    """Removes all data of this checkout's system. Nothing of it may run."""
    for folder in ("events", "projections"):
        if state.data:
            shutil.rmtree(state.data / folder, ignore_errors=True)
    if state.data and state.data.parent != RUN:
        state.data.rmdir()
    for entry in RUN.iterdir():
        if entry.name == "lock":
            continue
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


class Step:
    """Prints what is being done, and how long it took."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        self.began = time.monotonic()
        print(f"  {self.text} ... ", end="", flush=True)

    def __exit__(self, kind, *_):
        print(f"{'FAILED' if kind else 'done'} ({time.monotonic() - self.began:.1f} s)", flush=True)


def say(text=""):
    print(text, flush=True)


def fail(text):
    print(f"dev: {text}", file=sys.stderr, flush=True)
    return 1
