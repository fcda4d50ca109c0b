"""The load generator, bench_load: N sockets that do what they are told, one task at a time. See load.c for its lines."""

import json
import os
import subprocess

from harness import processes
from harness.client import protocol
from usage import Measured


class Program:
    """A program that is told and answers by lines. Leaving the block ends its stdin, and then the program."""

    def __init__(self, name, argv, environment=None):
        self.name, self._argv = name, [str(word) for word in argv]
        self._environment = {**os.environ, **(environment or {}), "LC_ALL": "C"}

    def __enter__(self):
        self._popen = subprocess.Popen(self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       text=True, env=self._environment)
        self.pid = self._popen.pid
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self._popen.kill()
        self._popen.communicate()

    def say(self, line):
        try:
            self._popen.stdin.write(line + "\n")
            self._popen.stdin.flush()
        except BrokenPipeError:
            self._failed()

    def line(self):
        line = self._popen.stdout.readline()
        return line.strip() if line else self._failed()

    def expect(self, wanted):
        line = self.line()
        if line != wanted:
            raise processes.HarnessError(f"{self.name} said {line!r}, not {wanted!r}")

    def result(self):
        return json.loads(self.line())

    def _failed(self):
        _, text = self._popen.communicate(timeout=60)
        raise processes.HarnessError(f"{self.name} ended with {self._popen.returncode}: {text.strip()}")


class Clients:
    """The sockets of one bench_load; made by Stack.clients. `arrived`: how they came, if they came by a schedule."""

    def __init__(self, stack, program, server_pid, ours, arriving=False):
        self._stack, self._program, self._server_pid, self._ours = stack, program, server_pid, ours
        self.arrived = self._arrivals() if arriving else None
        self._program.expect("ready")

    def _arrivals(self):
        self._program.expect("begin")
        measured = Measured(self._stack, server=self._server_pid, generator=self.pid)
        figure = self._program.result()
        measured.stop()
        figure.update(retries=named(figure["retries"]), done=figure["sockets"], rate=figure["sockets"] / figure["seconds"])
        return measured.of(figure)

    @property
    def pid(self):
        return self._program.pid

    def go(self, command, seconds, in_flight=None, rate=None, pack="bench", may_refuse=False):
        """`in_flight` requests, an answer starts the next; or `rate` of them a second, whatever is answered. Refusals are
        a HarnessError unless the load is to be refused."""
        self.begin(command, seconds, in_flight, rate, pack)
        return self.end(may_refuse)

    def begin(self, command, seconds, in_flight=None, rate=None, pack="bench"):
        how = f"closed {in_flight}" if rate is None else f"offered {rate}"
        self._what = f"{command}, {how}"
        self._program.say(f"go {self._stack.warm_up_s} {seconds} {command} {pack} {how}")
        self._program.expect("begin")
        self._measured = Measured(self._stack, server=self._server_pid, generator=self.pid)

    def end(self, may_refuse=False, now=False):
        """The result of what was begun; `now`: its time is up."""
        if now:
            self._program.say("stop")
        self._program.expect("end")
        self._measured.stop()
        figure = self._program.result()
        self._program.expect("ready")
        figure["errors"] = named(figure["errors"])
        if figure["errors"] and not may_refuse:
            raise processes.HarnessError(f"{self._what}: refused: {figure['errors']}")
        return self._measured.of(figure)

    def wave(self, tell):
        """Calls `tell`, and waits until every socket has heard a public row; {"last_ms", "bytes"}."""
        self._program.say("wave")
        self._program.expect("begin")
        tell()
        figure = self._program.result()
        self._program.expect("ready")
        return figure

    def storm(self):
        """Every socket is lost at once and comes back; what it says when all have resumed."""
        self._program.say("storm")
        figure = self._program.result()
        self._program.expect("ready")
        figure["retries"] = named(figure["retries"])
        return figure


def named(codes):
    """Counts by error, close code or HTTP status."""
    names = {**protocol.ERROR_NAMES, **protocol.CLOSE_NAMES}
    return {names.get(int(code), code): count for code, count in codes.items()}
