"""The server under test (or under ./dev run): one `gachapon serve` process and its settings.

A sanitizer's report is a failure wherever it happens, so `stop` looks through the log for one. `kill` is
kill -9 by process id; `drain` is SIGTERM, which has to finish what was taken and end with 0.
"""

import os
import pathlib
import re
import signal
import urllib.error
import urllib.request

from .processes import HarnessError, run, spawn, wait_until

SANITIZER_SIGNS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "SUMMARY: UndefinedBehaviorSanitizer")
SANITIZER_ENVIRONMENT = {
    "ASAN_OPTIONS": "abort_on_error=0:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


class Gachapon:
    """`more` (name -> value) adds to the environment, after the settings; `before` are words in front of the command line of
    `serve`, such as prlimit's."""

    def __init__(self, binary, settings, log, more=None):
        self.binary, self.settings, self.log = pathlib.Path(binary), settings, pathlib.Path(log)
        self.more, self.before = dict(more or {}), []
        self.process = None

    def environment(self):
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("GACHAPON_", "EVENT_STORE_", "PROJECTIONS_", "KEYCLOAK_", "PG"))}
        return {**SANITIZER_ENVIRONMENT, **clean, **self.settings.environment(), **self.more}

    def tool(self, *arguments, text=None, timeout_s=600):
        """Runs another subcommand (`migrate`, `check-token` ...) to its end and returns its output."""
        self._must_exist()
        return run([self.binary, *arguments], f"gachapon {arguments[0]}", env=self.environment(), text=text,
                   timeout_s=timeout_s)

    def migrate(self):
        return self.tool("migrate")

    def start(self, *flags, timeout_s=60):
        """`gachapon serve FLAGS`; returns when /readyz says yes."""
        self.spawn(*flags)
        self.wait_ready(timeout_s)

    def spawn(self, *flags):
        self._must_exist()
        self.process = spawn("gachapon serve", [*self.before, self.binary, "serve", *flags], self.log, env=self.environment())

    def wait_ready(self, timeout_s=60):
        wait_until(lambda: self.http("/readyz")[0] == 200, timeout_s, f"{self.settings.http_url}/readyz to say yes",
                   alive=self.process)

    def http(self, path):
        """(status, text) of a GET on the internal port."""
        try:
            with urllib.request.urlopen(self.settings.http_url + path, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode("utf-8", "replace")

    def metric(self, name):
        """A figure of /metrics, without its prefix; of one with labels, their sum."""
        found = re.findall(rf"^gachapon_{name}(?:\{{.*\}})? ([0-9.e+]+)$", self.http("/metrics")[1], re.M)
        assert found, f"there is no metric {name}"
        return sum(map(float, found))

    def drain(self, timeout_s=60):
        """SIGTERM. HarnessError if it does not end in time, ends with anything but 0, or a sanitizer spoke."""
        process, self.process = self.process, None
        if process is None:
            return
        if not process.stop(signal.SIGTERM, timeout_s):
            raise HarnessError(f"gachapon serve did not drain within {timeout_s} s and was killed\n{process.log_tail()}")
        if process.exit_code not in (0, None):
            raise HarnessError(f"gachapon serve ended with {process.exit_code} after SIGTERM\n{process.log_tail()}")
        self.check_log()

    stop = drain

    def kill(self):
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process = None

    def check_log(self):
        """A sanitizer's report anywhere in the log is a HarnessError."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return
        for sign in SANITIZER_SIGNS:
            at = text.find(sign)
            if at >= 0:
                raise HarnessError(f"a sanitizer spoke in {self.log}:\n{text[max(0, at - 200):at + 4000]}")

    def _must_exist(self):
        if not self.binary.exists():
            raise HarnessError(f"there is no server binary at {self.binary}: build it with ./dev build "
                               "(or cmake -B build && cmake --build build)")
