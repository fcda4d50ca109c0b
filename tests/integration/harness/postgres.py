"""A private PostgreSQL server in a folder of its own, on 127.0.0.1 only, never the distribution's cluster.

One PostgresServer is one data folder, one port, one process. `prepare` makes the folder once (initdb with
checksums, passwords from the first moment) and writes the settings file anew each time, so a change here
reaches old data folders too. Locale C: keys sort by their bytes, the same on every machine.

`crash` is what a power cut is to the programs that talk to it: SIGKILL to the postmaster and all its
children at once, and no return before every one of them is gone (a survivor would hold the shared memory
and the next start would rightly refuse).
"""

import os
import pathlib
import secrets
import shutil
import signal
import urllib.parse

import psycopg
from psycopg import sql

from .places import postgres_programs
from .processes import Process, run, spawn, start_ticks, wait_until

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "192MB",
    "fsync": "on",
    "wal_level": "replica",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_wal_size": "2GB",
    "autovacuum": "on",
    "password_encryption": "scram-sha-256",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "ssl": "off",
}


class PostgresServer:
    """`superuser_password` is set when the folder is made and has to be the same ever after. `settings` go over SETTINGS,
    `more` into the environment; `initdb`: further words for it."""

    def __init__(self, name, folder, port, superuser_password, account=None, log=None, settings=None, more=None, initdb=()):
        self.name, self.port, self.account = name, port, account
        self.settings, self.more, self.initdb = {**SETTINGS, **(settings or {})}, dict(more or {}), list(initdb)
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.log = pathlib.Path(log) if log else self.folder / "postgresql.log"
        self._password = superuser_password
        self.process = None

    def prepare(self):
        """Makes the data folder if it is missing (a half-made one is made again) and writes the settings."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._give(self.folder)
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        self._write_settings()

    def start(self, timeout_s=60):
        self.prepare()
        version = (self.data / "PG_VERSION").read_text().strip()
        program = postgres_programs(version) / "postgres"
        self.process = spawn(self.name, [program, "-D", self.data], self.log, env={**_environment(), **self.more},
                             account=self.account, cwd=self.folder)
        self.wait_answers(timeout_s)

    def wait_answers(self, timeout_s=60):
        wait_until(self.answers, timeout_s, f"{self.name} to accept connections on port {self.port}", alive=self.process)

    def answers(self):
        with psycopg.connect(self.superuser_dsn(), connect_timeout=2) as connection:
            return connection.execute("select 1").fetchone() == (1,)

    def stop(self):
        """The fast shutdown: sessions are ended, everything is written. Nothing if it does not run."""
        if self.process is not None:
            self.process.stop(signal.SIGINT, timeout_s=60)
            self.process = None

    def discard(self):
        """Ends a server whose data nobody wants any more: the immediate shutdown writes nothing."""
        if self.process is not None:
            self.process.stop(signal.SIGQUIT, timeout_s=60)
            self.process = None

    def crash(self):
        """kill -9 for the whole server, see above."""
        if self.process is None:
            return
        family = [self.process] + children_of(self.process.pid)
        self.process.send(signal.SIGSTOP)  # so that it forks nothing meanwhile
        for member in family[1:] + children_of(self.process.pid):
            member.send(signal.SIGKILL)
        self.process.kill()
        for member in family[1:]:
            member.wait_ended(60)
        self.process = None

    def crash_postmaster(self):
        """kill -9 for the postmaster alone; its children see that it is gone and end by themselves."""
        family = children_of(self.process.pid)
        self.process.kill()
        for member in family:
            member.wait_ended(60)
        self.process = None

    def crash_backend(self, application_name):
        """kill -9 for one session of this name; the postmaster then ends all others and recovers. False: there is none."""
        self.wait_answers()
        rows = self.execute("select pid from pg_stat_activity where application_name = %s", [application_name])
        for pid, in rows[:1]:
            Process("backend", pid, start_ticks(pid)).send(signal.SIGKILL)
        return bool(rows)

    def terminate_backends(self, application_name):
        """An administrator ends the sessions of this name. Returns how many."""
        self.wait_answers()
        return len(self.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s",
                                [application_name]))

    def restart(self):
        self.stop()
        self.start()

    def superuser_dsn(self, database="postgres"):
        return dsn("postgres", self._password, self.port, database)

    def execute(self, statement, parameters=None, database="postgres"):
        """Runs one statement as the superuser, outside a transaction; returns its rows, if it has any."""
        with psycopg.connect(self.superuser_dsn(database), autocommit=True) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def ensure_role(self, role, password):
        """A login role without any special right; its password becomes `password`."""
        known = self.execute("select 1 from pg_roles where rolname = %s", [role])
        verb = "alter" if known else "create"
        self.execute(sql.SQL(verb + " role {} login nosuperuser nocreatedb nocreaterole noreplication password {}").format(
            sql.Identifier(role), sql.Literal(password)))

    def ensure_database(self, database, owner, users=()):
        """A database that only its owner and `users` may connect to. True if it was missing."""
        missing = not self.execute("select 1 from pg_database where datname = %s", [database])
        if missing:
            self.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(database), sql.Identifier(owner)))
        self.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(database)))
        for user in users:
            self.execute(sql.SQL("grant connect on database {} to {}").format(
                sql.Identifier(database), sql.Identifier(user)))
        return missing

    def drop_database(self, database):
        self.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))

    def _initdb(self):
        """Made under another name and renamed when whole: PG_VERSION is there long before initdb is done."""
        fresh = self.folder / "data.new"
        for folder in (self.data, fresh):
            shutil.rmtree(folder, ignore_errors=True)
        password_file = self.folder / f"password-{secrets.token_hex(4)}"
        password_file.write_text(self._password + "\n")
        password_file.chmod(0o600)
        self._give(password_file)
        try:
            run([postgres_programs() / "initdb", "-D", fresh, "--username=postgres", f"--pwfile={password_file}",
                 "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions", *self.initdb],
                f"making the data folder of {self.name}", env=_environment(), account=self.account, cwd=self.folder,
                umask=0o077)
        finally:
            password_file.unlink()
        with open(fresh / "postgresql.conf", "a") as conf:
            conf.write("\ninclude 'gachapon.conf'  # written anew at each start\n")
        fresh.rename(self.data)

    def _write_settings(self):
        sockets = self.folder / "socket"
        sockets.mkdir(exist_ok=True, mode=0o700)
        self._give(sockets)
        usable = len(str(sockets)) < 90  # the kernel's limit for a socket's path is 107 bytes
        lines = dict(self.settings, port=str(self.port), unix_socket_directories=str(sockets) if usable else "")
        conf = self.data / "gachapon.conf"
        conf.write_text("".join(f"{name} = '{value}'\n" for name, value in lines.items()))
        self._give(conf)

    def _give(self, path):
        if self.account is not None:
            self.account.owns(path)


def children_of(pid):
    """The direct children of a process, as Processes. (PostgreSQL's are all direct.)"""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(Process(f"child of {pid}", int(entry.name), start_ticks(int(entry.name))))
    return found


def dsn(user, password, port, database):
    return f"postgresql://{user}:{urllib.parse.quote(password, safe='')}@127.0.0.1:{port}/{database}"


def _environment():
    """No PG* variable of the caller's may reach a private server."""
    return {**{k: v for k, v in os.environ.items() if not k.startswith("PG")}, "LC_ALL": "C"}
