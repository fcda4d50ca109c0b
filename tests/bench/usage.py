"""What a stretch of time cost: CPU by process, CPU of everybody else on the machine, WAL by database server.

CPU of our own programs comes from /proc/PID/schedstat (nanoseconds of the one thread that works), that of PostgreSQL
from /proc/PID/stat (10 ms ticks of a sum that the kernel keeps exactly, so a few seconds are enough). A PostgreSQL
server is its postmaster, the children that live, and those that have ended, whom the postmaster has reaped and carries
in its own cutime and cstime. What is busy on the machine and is none of ours is `others`: a run with much of it is
noise.
"""

import os
import pathlib
import re
import subprocess
import time

import psycopg

from harness.places import postgres_programs

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def process_cpu_s(pid, reaped=False):
    """CPU seconds of a process so far; with `reaped`, of its children that ended too. 0 when it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15 if reaped else 13]) * TICK_S


def program_cpu_s(pid):
    """The same of a program whose main thread does the work, to the nanosecond: one row to a thousand sockets is 5 ms."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, IndexError):
        return process_cpu_s(pid)


def family_cpu_s(pid):
    """CPU seconds of a process and its children, living or ended."""
    living = sum(process_cpu_s(child) for child in children(pid))
    return process_cpu_s(pid, reaped=True) + living


def children(pid):
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def machine_cpu_s():
    """(busy, stolen by the hypervisor) CPU seconds of the whole machine so far."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _, _, interrupts, soft = fields[:7]
    return (user + nice + system + interrupts + soft) * TICK_S, (fields[7] if len(fields) > 7 else 0) * TICK_S


def resident_bytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.M)[1]) * 1024


class Sample:
    """The counters of one moment. `programs`: name -> pid; `families`: name -> pid of a parent."""

    def __init__(self, programs, families):
        self.at = time.monotonic()
        self.cpu = {name: program_cpu_s(pid) for name, pid in programs.items()}
        self.cpu.update((name, family_cpu_s(pid)) for name, pid in families.items())
        self.busy, self.stolen = machine_cpu_s()

    def since(self, before):
        """Seconds, CPU seconds by name, and the share of the machine that others had and that was stolen."""
        seconds = self.at - before.at
        cpu = {name: self.cpu[name] - before.cpu.get(name, 0.0) for name in self.cpu}
        whole = seconds * os.cpu_count()
        return {"seconds": seconds, "cpu": cpu,
                "others": max(0.0, self.busy - before.busy - sum(cpu.values())) / whole,
                "stolen": (self.stolen - before.stolen) / whole}


class Measured:
    """What everything of a stack costs, from now to `stop`. `programs`: name -> pid, besides the databases. With
    `counters`, those of the stack's server are read too, if it is the one measured."""

    def __init__(self, stack, counters=True, **programs):
        self._stack, self._programs = stack, programs
        self._ours = counters and programs.get("server") is not None and programs["server"] == stack.server_pid
        self._counters = stack.metrics() if self._ours else {}
        self._wal = {name: log.position() for name, log in stack.wal.items()}
        self._before = self._sample()

    def _sample(self):
        return Sample(self._programs, {name: server.process.pid for name, server in self._stack.databases.items()})

    def stop(self):
        cost = self._sample().since(self._before)
        self.seconds, self.cpu_s, self.others, self.stolen = (cost[key] for key in ("seconds", "cpu", "others", "stolen"))
        self._wal = {name: (start, self._stack.wal[name].position()) for name, start in self._wal.items()}
        if self._ours:
            self._counters = {name: value - self._counters.get(name, 0) for name, value in self._stack.metrics().items()}
        return self

    def add(self, name, cpu_s):
        """A program that has come and gone meanwhile."""
        self.cpu_s[name] = cpu_s
        self.others = max(0.0, self.others - cpu_s / self.seconds / os.cpu_count())

    def of(self, figure, operations=None):
        """`figure` with what it cost: CPU by program an operation, WAL, counters. Its `rate` says how many operations
        there were in that time, unless told."""
        operations = operations or max(figure["rate"] * self.seconds, 1e-9)
        figure.update(others=self.others, stolen=self.stolen, counters=self._counters)
        figure["cpu_us"] = {name: 1e6 * cpu / operations for name, cpu in self.cpu_s.items()}
        figure["wal"] = {name: self._stack.wal[name].written(*ends) for name, ends in self._wal.items()}
        return figure


class Wal:
    """The write-ahead log of one PostgresServer. Keeps a connection open."""

    def __init__(self, server):
        self._server = server
        self._connection = psycopg.connect(server.superuser_dsn(), autocommit=True)

    def close(self):
        self._connection.close()

    def position(self):
        return self._connection.execute("select pg_current_wal_flush_lsn()::text").fetchone()[0]

    def written(self, start, end):
        """(bytes of records, bytes of full-page images) between two positions; None when the files are gone."""
        version = (self._server.data / "PG_VERSION").read_text().strip()
        done = subprocess.run([postgres_programs(version) / "pg_waldump", "--stats", "--path", self._server.data / "pg_wal",
                               "--start", start, "--end", end], capture_output=True, text=True)
        total = re.search(r"^Total\s+\d+\s+(\d+) \[[^]]*\]\s+(\d+) \[", done.stdout, re.M)
        if total is None:
            return None
        return int(total[1]), int(total[2])
