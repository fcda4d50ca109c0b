"""The parts that the bench runs: two PostgreSQL servers (fsync on), an issuer, the server, the echo, the raw writer.

Everything lives in a temporary folder and on free ports of 127.0.0.1, and goes at the end; a bench beside a ./dev run
disturbs only its speed. Several sets of databases on the same two servers: the game's, one for the raw writer, which
does not keep the log's rules, and any `sibling`.
"""

import contextlib
import copy
import os
import pathlib
import re
import secrets
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from harness import places, processes, system  # noqa: E402
from harness.client import Client, protocol  # noqa: E402
from harness.gachapon import Gachapon  # noqa: E402
from harness.issuer import Issuer  # noqa: E402
from harness.postgres import PostgresServer  # noqa: E402
from harness.settings import Settings  # noqa: E402

from clients import Clients, Program  # noqa: E402
from usage import Measured, Wal  # noqa: E402

PACK, LIMITED_PACK, ITEM = "bench", "limited", "token"
CHARACTERS = [("aster", "common"), ("briar", "common"), ("cedar", "common"), ("dahlia", "common"), ("ember", "rare"),
              ("fern", "rare"), ("gale", "epic"), ("hazel", "legendary")]
WEIGHTS = {"common": 700, "rare": 220, "epic": 70, "legendary": 10}
STARTING_BALANCE = STOCK = 10 ** 9
# Those who play should fit (PostgreSQL's manual: a quarter of the memory): 10,000 players all over a large log dirty
# 10,000 pages of each table of theirs.
POSTGRES = {"shared_buffers": "1GB"}


class Stack:
    """with Stack(build folder, players) as stack: ... Everything is started on entering but the server. `players`: how
    many there are tokens for; `warm_up_s`: of load that is not counted, before each that is."""

    def __init__(self, build, players, warm_up_s=1.5):
        self.build, self.players, self.warm_up_s = pathlib.Path(build), players, warm_up_s
        self.folder = self.server = self.settings = None
        self._published, self._suffix = False, ""
        self._exits = contextlib.ExitStack()

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(self, *_):
        self._exits.close()

    def _start(self):
        processes.guard()
        account = places.database_account()
        self.folder = places.temporary_folder(account, "gachapon-bench-")
        self._exits.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self._secrets = system.Secrets(self.folder / "secrets")
        self.databases = {}
        self.wal = {}
        for name in ("events", "projections"):
            server = PostgresServer(f"PostgreSQL ({name})", self.folder / name, processes.free_port(),
                                    self._secrets.get("postgres-superuser"), account, settings=POSTGRES)
            self._exits.callback(server.stop)
            server.start()
            self.databases[name] = server
            self.wal[name] = Wal(server)
            self._exits.callback(self.wal[name].close)
        self.issuer = Issuer()
        self.issuer.start()
        self._exits.callback(self.issuer.stop)
        self.settings, self.raw_side = self._make_settings(), self.sibling("_raw")
        self._migrate()
        self.tokens = [self.issuer.token() for _ in range(self.players)]
        self._exits.callback(self.stop_server)

    def _make_settings(self):
        """Databases with their tables, and ports."""
        listen, internal = processes.free_port(), processes.free_port()
        return Settings(**self._make_databases(), url=f"ws://127.0.0.1:{listen}", listen=f"127.0.0.1:{listen}",
                        http_url=f"http://127.0.0.1:{internal}", internal_listen=f"127.0.0.1:{internal}",
                        keycloak_url=self.issuer.url, keycloak_realm=self.issuer.realm, issuer=self.issuer.issuer,
                        master_key_file=self._secrets.path("master.key", random_bytes=32))

    def _make_databases(self):
        return system.provision(self.databases["events"], self.databases["projections"], self._secrets, suffix=self._suffix)

    def _migrate(self):
        Gachapon(self.build / "gachapon", self.settings, self.folder / "migrate.log").migrate()

    def sibling(self, suffix):
        """The same parts with databases and a server of their own, on the same two PostgreSQL servers."""
        other = copy.copy(self)
        other._suffix, other.server, other._published = suffix, None, False
        other.settings = other._make_settings()
        other._migrate()
        self._exits.callback(other.stop_server)
        return other

    # --- the server

    def start_server(self, *flags):
        """A fresh process of the server, ready, with the bench's catalogue."""
        self.spawn_server(*flags)
        self.server.wait_ready()
        if not self._published:
            self._publish()

    def spawn_server(self, *flags):
        """The same, but returns before it is ready."""
        self.stop_server()
        self.server = Gachapon(self.build / "gachapon", self.settings, self.folder / "gachapon.log",
                               {"GACHAPON_LOG_LEVEL": "warn", "GACHAPON_UNLIMITED": "127.0.0.0/8"})
        self.server.spawn(*flags)

    def environment(self):
        """For the binary's other commands."""
        return {**os.environ, **self.settings.environment()}

    @property
    def server_pid(self):
        return self.server.process.pid if self.server and self.server.process else None

    def stop_server(self):
        server, self.server = self.server, None
        if server is not None:
            server.drain()

    @contextlib.contextmanager
    def operator(self):
        """A signed-in operator's Client."""
        token = self.issuer.token(["game-admin"], "gachapon-operator")
        with Client(self.settings.url + "/play", token) as operator:
            operator.wait_push("signed_in")
            yield operator

    def _publish(self):
        """Eight characters, a pack for one coin without a limit, the same pack of a limited stock."""
        with self.operator() as operator:
            operator.request("set_starting_balance", {"free": STARTING_BALANCE, "item": None, "item_count": 0})
            for name, rarity in CHARACTERS:
                operator.request("publish_character", {"character": name, "name": name.title(), "rarity": rarity,
                                                       "description": ""})
            for pack, limited in ((PACK, False), (LIMITED_PACK, True)):
                operator.request("publish_pack", {
                    "pack": pack, "name": pack.title(), "price": 1, "ten_price": 10, "item": None, "limited": limited,
                    "stock": STOCK if limited else 0,
                    "rarities": [{"rarity": rarity, "weight": weight} for rarity, weight in WEIGHTS.items()],
                    "entries": [{"character": name, "rarity": rarity, "weight": 1} for name, rarity in CHARACTERS],
                    "pity_group": pack, "hard_pity": 90, "pity_rarity": "legendary"})
        self._published = True

    def metrics(self):
        """The server's counters and gauges, by name without prefix."""
        return {name: float(value) for name, value in
                re.findall(r"^gachapon_(\w+) ([0-9.]+)$", self.server.http("/metrics")[1], re.M)}

    def event_bytes(self):
        """Bytes that an opening's event has on the average."""
        rows = self.databases["events"].execute("select avg(octet_length(data))::float from events where type = %s",
                                                [protocol.EVENTS["pack_opened"]],
                                                system.EVENTS + self._suffix)
        return rows[0][0] or 0.0

    def events_bytes(self):
        """Size of the event store's database."""
        return self.databases["events"].execute("select pg_database_size(%s)", [system.EVENTS + self._suffix])[0][0]

    def head(self):
        """The log's last position."""
        return self.databases["events"].execute("select max(last) from batches", database=system.EVENTS + self._suffix)[0][0]

    def empty_projections(self):
        """Drops the projections database and makes it anew, without a row. No server runs."""
        self.databases["projections"].drop_database(system.PROJECTIONS + self._suffix)
        self._make_databases()
        self._migrate()

    # --- what runs beside it

    @contextlib.contextmanager
    def clients(self, sockets, first=0, one_player=False, tokens=None, echo=None, a_second=None):
        """`sockets` clients that are signed in and follow: players from the `first` on, or that one alone, or those of
        `tokens`; of the server or of an echo. `a_second`: so many come a second, and `arrived` says how it went."""
        if tokens is None:
            tokens = [self.tokens[first]] * sockets if one_player else self.tokens[first:first + sockets]
        file = self.folder / f"secrets/tokens-{secrets.token_hex(8)}"
        file.touch(mode=0o600)
        file.write_text("".join(token + "\n" for token in tokens))
        port = echo.port if echo else self.settings.listen.rpartition(":")[2]
        pace = [] if a_second is None else [a_second]
        with Program("bench_load", [self.build / "bench_load", "127.0.0.1", port, sockets, file, *pace]) as program:
            yield Clients(self, program, echo.pid if echo else self.server_pid, ours=echo is None, arriving=bool(pace))

    @contextlib.contextmanager
    def echo(self):
        """A bare echo: a Program with a `port`."""
        with Program("bench_echo", [self.build / "bench_echo"]) as program:
            program.port = int(program.line().split()[1])
            yield program

    def raw(self, mode, seconds, batch=None, players=None, data_bytes=None, openings=None):
        """Runs bench_raw, see raw_writer.c."""
        argv = [self.build / "bench_raw", self.warm_up_s, seconds, mode]
        if batch is not None:
            argv += [batch, players, data_bytes] + ([openings] if openings else [])
        with Program("bench_raw", argv, self.raw_side.settings.environment()) as program:
            program.expect("begin")
            measured = Measured(self, generator=program.pid)
            program.expect("end")
            measured.stop()
            return measured.of(program.result())
