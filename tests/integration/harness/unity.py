"""The Unity package's client under Mono, told line by line what to do (tests/unity/Play.cs).

    with Player(program, url, issuer) as player:
        player.do("register", email, "correct-horse-battery", "Vesper")
        opening = player.send("open", "standard", 10)
        player.answer(opening)                  the reply by names, in the notation of protocol/vectors
        player.wait(lambda: "inventory 3" in player.events)

What the client refuses is raised as Refused. Nothing here sleeps.
"""

import json
import os
import pathlib
import subprocess
import sys
import threading
import time

from . import places
from .client import AUDIENCES, KEYS, protocol

sys.path.insert(0, str(places.ROOT / "tests/unity"))
import mono  # noqa: E402


def build(folder):
    """The program; compiled once a run."""
    made = mono.Mono(folder)
    core = made.core()
    return made.compile("play.exe", [mono.HERE / "Play.cs", *mono.VECTOR_TYPES], [core])


def play_samples(folder, url, issuer, email):
    """(exit code, what was seen) of a newcomer in the package's samples."""
    made = mono.Mono(folder)
    return made.run(made.samples(), url, issuer, email)


def trusting(ca_file, folder):
    """The environment in which Mono trusts this certificate authority, and nothing else changes."""
    done = subprocess.run(["openssl", "x509", "-noout", "-subject_hash", "-in", ca_file], capture_output=True, text=True, check=True)
    store = pathlib.Path(folder) / ".mono/new-certs/Trust"
    store.mkdir(parents=True)
    (store / f"{done.stdout.strip()}.0").write_bytes(pathlib.Path(ca_file).read_bytes())
    return {"XDG_CONFIG_HOME": str(folder)}


class Refused(Exception):
    def __init__(self, name, retry, command_id, text):
        self.name, self.may_retry, self.command_id = name, retry == "retry", command_id
        super().__init__(text)


class Player:
    def __init__(self, program, url, issuer, token_file=None, timeout=60, environment=None):
        self.timeout = timeout
        self.events, self.answers = [], {}
        self._sent, self._changed = 0, threading.Condition()
        arguments = [url, issuer, *([str(token_file)] if token_file else [])]
        self._process = subprocess.Popen(["mono", "--debug", str(program), *arguments], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, bufsize=1, env={**os.environ, **(environment or {})})
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self):
        self._process.kill()
        self._process.wait()

    def send(self, *words):
        """Tells it to do something; returns the number of its answer."""
        self._sent += 1
        self._process.stdin.write(" ".join(map(str, (self._sent, *words))) + "\n")
        return self._sent

    def answer(self, number, timeout=None):
        self.wait(lambda: number in self.answers, timeout, f"the answer {number}")
        outcome, text = self.answers[number]
        if outcome == "ok":
            return json.loads(text)
        raise Refused(*text.split(" ", 3))

    def do(self, *words, timeout=None):
        return self.answer(self.send(*words), timeout)

    def event(self, start, after=0, timeout=None):
        """The first event that begins so."""
        return self.wait(lambda: next((event for event in self.events[after:] if event.startswith(start)), None),
                         timeout, f"the event {start}")

    def wait(self, condition, timeout=None, what="a condition"):
        deadline = time.monotonic() + (timeout or self.timeout)
        with self._changed:
            while not (value := condition()):
                left = deadline - time.monotonic()
                if left <= 0 or self._process.poll() is not None:
                    raise TimeoutError(f"{what}; it said {self.events[-20:]}")
                self._changed.wait(min(left, 1))
        return value

    def replica(self):
        """view -> key -> row, as harness/database.py reads the projections."""
        return {view: {tuple(row[name] for name in KEYS[view]): row for row in (_row(view, *entry) for entry in rows)}
                for view, rows in self.do("dump").items() if rows}

    def own(self):
        return {view: rows for view, rows in self.replica().items() if AUDIENCES[view] == "own"}

    def _read(self):
        for line in self._process.stdout:
            number, outcome, *rest = line.rstrip("\n").split(" ", 2)
            with self._changed:
                if number == "event":
                    self.events.append(" ".join([outcome, *rest]))
                else:
                    self.answers[int(number)] = outcome, *rest
                self._changed.notify_all()


def _row(view, position, fields):
    """A row in the notation of the vectors as the Python client has it."""
    row = {"position": position, "deleted": False}
    for field in protocol.STRUCTS[f"row_{view}"]:
        value = fields[field.name]
        if value is not None and field.kind in ("u64", "i64", "time"):
            value = int(value)
        elif value is not None and field.kind in ("hash", "bytes"):
            value = bytes.fromhex(value)
        row[field.name] = value
    return row
