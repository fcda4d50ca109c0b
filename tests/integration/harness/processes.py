"""Processes that outlive the script that started them, and the waits that go with them.

`./dev run --detach` starts servers and ends; `./dev stop`, typed later, has to end exactly those and
never a stranger that got the same process id since. So a process is remembered as a pair, its id and
the moment the kernel says it started (field 22 of /proc/PID/stat, in clock ticks since boot). A pair
that no longer matches is dead, whatever runs under that id now.

Every process gets a session of its own: a Ctrl-C in the terminal reaches the script alone, which then
stops the servers in order. Nothing here ever signals by name.

Waiting is always for a condition, bounded, and says what it waited for when it gives up.
"""

import errno
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time


class HarnessError(Exception):
    """A server did not do what was asked; the text says which, and shows the end of its log."""


def start_ticks(pid):
    """When process `pid` started, in ticks since boot, or None if it is gone (a zombie is gone)."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the name in brackets may hold anything
    return None if fields[0] in "ZX" else int(fields[19])


class Process:
    """A process known by (pid, start time). Made by `spawn` or `from_record`."""

    def __init__(self, name, pid, started, log=None, popen=None):
        self.name, self.pid, self.started, self.log, self._popen = name, pid, started, log, popen

    def record(self):
        """What `from_record` needs, as plain data for a JSON file."""
        return {"pid": self.pid, "started": self.started, "log": str(self.log) if self.log else None}

    @classmethod
    def from_record(cls, name, record):
        log = pathlib.Path(record["log"]) if record.get("log") else None
        return cls(name, record["pid"], record["started"], log)

    def alive(self):
        if self._popen is not None:
            self._popen.poll()  # reaps it, if it ended
        return self.started is not None and start_ticks(self.pid) == self.started

    @property
    def exit_code(self):
        return self._popen.poll() if self._popen is not None else None

    def send(self, number):
        """Sends a signal, unless the process is gone or its id is someone else's by now."""
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass

    def wait_ended(self, timeout_s):
        wait_until(lambda: not self.alive(), timeout_s, f"{self.name} (pid {self.pid}) to end", every_s=0.02)

    def stop(self, number=signal.SIGTERM, timeout_s=30):
        """Asks it to end with signal `number`; after `timeout_s` it is killed. True if it went willingly."""
        self.send(number)
        try:
            self.wait_ended(timeout_s)
            return True
        except HarnessError:
            self.kill()
            return False

    def kill(self):
        """kill -9, and waits until it is gone."""
        self.send(signal.SIGKILL)
        self.wait_ended(60)

    def log_tail(self, lines=30):
        return tail(self.log, lines)


def spawn(name, argv, log, env=None, account=None, cwd=None, umask=0o077):
    """Starts `argv` in a session of its own, output appended to `log`. `account`: see places.py; None
    is the caller. The log is opened by the caller, so it may lie where `account` cannot go."""
    log = pathlib.Path(log)
    LOGS.append(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    identity = account.popen_arguments() if account else {}
    with open(log, "ab") as out:
        popen = subprocess.Popen(
            [str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            env=env, cwd=str(cwd or "/"), start_new_session=True, umask=umask, **identity)
    process = Process(name, popen.pid, start_ticks(popen.pid), log, popen)
    if _guard is not None:
        os.write(_guard, f"{process.pid} {process.started}\n".encode())
    return process


LOGS = []      # of everything that was ever spawned here
_guard = None  # the pipe to the guard, if there is one


def guard():
    """From now on, should this program die without stopping what it spawned (kill -9, a time limit), a helper
    process kills that. For tests; ./dev run wants its servers to outlive it."""
    global _guard
    read_end, _guard = os.pipe()
    subprocess.Popen([sys.executable, os.path.abspath(__file__), str(read_end)], pass_fds=[read_end], cwd="/",
                     stdin=subprocess.DEVNULL, start_new_session=True)
    os.close(read_end)


def _be_guard(read_end):
    """Reads "pid started" lines until every writer is gone, then kills those that still run."""
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, signal.SIG_IGN)
    with open(read_end) as lines:
        known = [tuple(map(int, line.split())) for line in lines if "None" not in line]
    for pid, started in known:
        Process("orphan", pid, started).send(signal.SIGKILL)


def run(argv, what, env=None, account=None, cwd=None, timeout_s=300, text=None, umask=-1):
    """Runs a command to its end and returns its output; a failure is a HarnessError that shows it."""
    identity = account.popen_arguments() if account else {}
    try:
        done = subprocess.run([str(a) for a in argv], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=env, cwd=str(cwd or "/"), timeout=timeout_s, umask=umask,
                              universal_newlines=True, **identity)
    except subprocess.TimeoutExpired as late:
        raise HarnessError(f"{what}: not done after {timeout_s} s: {argv[0]}") from late
    except OSError as failed:
        raise HarnessError(f"{what}: {failed}") from failed
    if done.returncode != 0:
        raise HarnessError(f"{what} failed (exit {done.returncode}): {' '.join(map(str, argv[:2]))}\n{done.stdout[-4000:]}")
    return done.stdout


def wait_until(condition, timeout_s, what, every_s=0.05, alive=None):
    """Polls `condition` until it is true and returns its value. If `alive` (a Process) ends first, or time
    is up, raises HarnessError with the end of its log. An exception in `condition` counts as "not yet"."""
    deadline = time.monotonic() + timeout_s
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
        except HarnessError:
            raise
        except Exception as not_yet:  # a refused connection, half an answer: ask again
            last = not_yet
        if alive is not None and not alive.alive():
            raise HarnessError(f"{alive.name} ended (exit {alive.exit_code}) while waiting for {what}\n{alive.log_tail()}")
        if time.monotonic() > deadline:
            shown = f"\n{alive.log_tail()}" if alive is not None else ""
            raise HarnessError(f"gave up after {timeout_s} s waiting for {what}" + (f" (last: {last})" if last else "") + shown)
        time.sleep(every_s)


def tail(path, lines):
    """The last lines of a file, each behind a bar, or a note that there are none."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 64 * 1024))
            shown = file.read().decode("utf-8", "replace").splitlines()[-lines:]
    except (OSError, TypeError):
        return f"  (no log at {path})"
    return f"  the end of {path}:\n" + "\n".join("  | " + line for line in shown)


def port_is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError as taken:
            if taken.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise


PORTS, BLOCK = range(20000, 32000), 100
_blocks, _given = [], iter(())  # what holds our blocks of ports; those left of the newest


def free_port():
    """A port on 127.0.0.1 that nobody listens on, never twice from one run of this program, nor from two that run at the
    same time: whoever gets it may be long in binding it. Taken from below the kernel's range for outgoing connections,
    so that a client's port cannot collide with it later."""
    global _given
    while True:
        for port in _given:
            if port_is_free(port):
                return port
        _given = iter(_reserve_block())


def _reserve_block():
    """A block of ports for this process as long as it lives. What says so to others is a name in the kernel (an abstract
    Unix socket), so nothing is left behind."""
    blocks = list(range(PORTS.start, PORTS.stop, BLOCK))
    random.SystemRandom().shuffle(blocks)
    for first in blocks:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0gachapon-ports-{first}")
        except OSError:
            claim.close()
            continue
        _blocks.append(claim)
        return range(first, first + BLOCK)
    raise HarnessError("no free port between 20000 and 32000 on 127.0.0.1")


if __name__ == "__main__":
    _be_guard(int(sys.argv[1]))
