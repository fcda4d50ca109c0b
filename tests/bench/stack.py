"""The parts that the bench runs: two PostgreSQL servers (fsync on), an issuer, the server, the generators.

Everything lives in a temporary folder and on free ports of 127.0.0.1, and goes at the end; a bench beside a ./dev run
disturbs only its speed. Two sets of databases on the same two servers: the game's, and one for the raw writer, which
does not keep the log's rules.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from harness import places, processes, system  # noqa: E402
from harness.client import Client, protocol  # noqa: E402
from harness.gachapon import Gachapon  # noqa: E402
from harness.postgres import PostgresServer  # noqa: E402
from harness.settings import Settings  # noqa: E402

from issuer import REALM, Issuer  # noqa: E402
from usage import Sample, Wal  # noqa: E402

PACK = "bench"
CHARACTERS = [("aster", "common"), ("briar", "common"), ("cedar", "common"), ("dahlia", "common"), ("ember", "rare"),
              ("fern", "rare"), ("gale", "epic"), ("hazel", "legendary")]
WEIGHTS = {"common": 700, "rare": 220, "epic": 70, "legendary": 10}
STARTING_BALANCE = 10 ** 9


class Stack:
    """with Stack(build folder) as stack: ... Everything is started on entering but the server."""

    def __init__(self, build, players):
        self.build, self.players = pathlib.Path(build), players
        self.folder = self.server = self.settings = None
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
        secrets = system.Secrets(self.folder / "secrets")
        self.databases = {}
        self.wal = {}
        for name in ("events", "projections"):
            server = PostgresServer(f"PostgreSQL ({name})", self.folder / name, processes.free_port(),
                                    secrets.get("postgres-superuser"), account)
            self._exits.callback(server.stop)
            server.start()
            self.databases[name] = server
            self.wal[name] = Wal(server)
            self._exits.callback(self.wal[name].close)
        self.issuer = Issuer(processes.free_port())
        self.issuer.start()
        self._exits.callback(self.issuer.stop)
        pair = (self.databases["events"], self.databases["projections"])
        self.settings = self._settings(system.provision(*pair, secrets), secrets)
        self.raw_settings = self._settings(system.provision(*pair, secrets, suffix="_raw"), secrets)
        for settings in (self.settings, self.raw_settings):
            Gachapon(self.build / "gachapon", settings, self.folder / "migrate.log").migrate()
        self.tokens = self.folder / "secrets/tokens"
        self.tokens.touch(mode=0o600)
        self.tokens.write_text("".join(self.issuer.token() + "\n" for _ in range(self.players)))
        self._exits.callback(self.stop_server)

    def _settings(self, databases, secrets):
        listen, internal = processes.free_port(), processes.free_port()
        return Settings(**databases, url=f"ws://127.0.0.1:{listen}", listen=f"127.0.0.1:{listen}",
                        http_url=f"http://127.0.0.1:{internal}", internal_listen=f"127.0.0.1:{internal}",
                        keycloak_url=self.issuer.url, keycloak_realm=REALM, issuer=self.issuer.issuer,
                        master_key_file=secrets.path("master.key", random_bytes=32))

    # --- the server

    def start_server(self, *flags):
        """A fresh process of the server, ready."""
        self.stop_server()
        self.server = Gachapon(self.build / "gachapon", self.settings, self.folder / "gachapon.log",
                               {"GACHAPON_LOG_LEVEL": "warn"})
        self.server.start(*flags)

    def stop_server(self):
        server, self.server = self.server, None
        if server is not None:
            server.drain()

    def publish(self):
        """The bench's catalogue, by an operator's commands: eight characters and a pack for one coin, not limited."""
        token = self.issuer.token(["game-admin"], "gachapon-operator")
        with Client(self.settings.url + "/play", token) as operator:
            operator.wait_push("signed_in")
            operator.request("set_starting_balance", {"free": STARTING_BALANCE, "item": None, "item_count": 0})
            for name, rarity in CHARACTERS:
                operator.request("publish_character", {"character": name, "name": name.title(), "rarity": rarity,
                                                       "description": ""})
            operator.request("publish_pack", {
                "pack": PACK, "name": "Bench", "price": 1, "ten_price": 10, "item": None, "limited": False, "stock": 0,
                "rarities": [{"rarity": rarity, "weight": weight} for rarity, weight in WEIGHTS.items()],
                "entries": [{"character": name, "rarity": rarity, "weight": 1} for name, rarity in CHARACTERS],
                "pity_group": PACK, "hard_pity": 90, "pity_rarity": "legendary"})

    def metrics(self):
        """The server's counters and gauges, by name without prefix."""
        return {name: float(value) for name, value in
                re.findall(r"^gachapon_(\w+) ([0-9.]+)$", self.server.http("/metrics")[1], re.M)}

    def event_bytes(self):
        """Bytes that an opening's event has on the average."""
        rows = self.databases["events"].execute("select avg(octet_length(data))::float from events where type = %s",
                                                [protocol.EVENTS["pack_opened"]], system.EVENTS)
        return rows[0][0] or 0.0

    # --- the generators

    def load(self, command, sockets, warm_up_s, seconds, in_flight=1, other=None):
        """Runs bench_load against the server, or another: (port, pid). Returns what it and the counters say."""
        listen = other[0] if other else int(self.settings.listen.rpartition(":")[2])
        argv = [self.build / "bench_load", "127.0.0.1", listen, sockets, in_flight, command, self.tokens]
        with Generator("bench_load", argv) as generator:
            generator.expect("ready")
            generator.say(f"go {warm_up_s} {seconds}")
            result = self._measure(generator, other[1] if other else self.server.process.pid)
        if result["errors"]:
            name = protocol.ERROR_NAMES.get(result["first_error"], result["first_error"])
            raise processes.HarnessError(f"{command} with {sockets} sockets: {result['errors']} errors, the first: {name}")
        return result

    @contextlib.contextmanager
    def hold(self, sockets, other=None):
        """`sockets` signed-in sockets that do nothing."""
        listen = other[0] if other else int(self.settings.listen.rpartition(":")[2])
        argv = [self.build / "bench_load", "127.0.0.1", listen, sockets, 1, "hold", self.tokens]
        with Generator("bench_load", argv) as generator:
            generator.expect("ready")
            yield

    def raw(self, mode, seconds, batch=None, players=None, data_bytes=None):
        """Runs bench_raw."""
        argv = [self.build / "bench_raw", seconds, mode]
        if batch is not None:
            argv += [batch, players, data_bytes]
        with Generator("bench_raw", argv, self.raw_settings.environment()) as generator:
            return self._measure(generator)

    @contextlib.contextmanager
    def echo(self):
        """A bare echo; gives (port, pid)."""
        with Generator("bench_echo", [self.build / "bench_echo"]) as generator:
            yield int(generator.line().split()[1]), generator.pid

    def sample(self, server_pid=None, generator=None):
        programs = {"server": server_pid, "generator": generator and generator.pid}
        return Sample({name: pid for name, pid in programs.items() if pid},
                      {name: server.process.pid for name, server in self.databases.items()})

    def _measure(self, generator, server_pid=None):
        """From the generator's "begin" to its result."""
        ours = self.server is not None and server_pid == self.server.process.pid
        generator.expect("begin")
        before = self.sample(server_pid, generator)
        wal = {name: log.position() for name, log in self.wal.items()}
        counters = self.metrics() if ours else {}
        result = json.loads(generator.line())
        cost = self.sample(server_pid, generator).since(before)
        wal = {name: (wal[name], log.position()) for name, log in self.wal.items()}
        if ours:
            result["counters"] = {name: value - counters.get(name, 0) for name, value in self.metrics().items()}
        generator.finish()
        result.update(others=cost["others"], stolen=cost["stolen"])
        result["cpu_us"] = {name: 1e6 * cpu / cost["seconds"] / max(result["rate"], 1e-9)
                            for name, cpu in cost["cpu"].items()}
        result["wal"] = {name: self.wal[name].written(*ends) for name, ends in wal.items()}
        return result


class Generator:
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

    def finish(self):
        """Waits for its end. 1 is "errors in replies", which the result names."""
        _, text = self._popen.communicate(timeout=60)
        if self._popen.returncode not in (0, 1):
            raise processes.HarnessError(f"{self.name} ended with {self._popen.returncode}: {text.strip()}")

    def _failed(self):
        _, text = self._popen.communicate(timeout=60)
        raise processes.HarnessError(f"{self.name} ended with {self._popen.returncode}: {text.strip()}")
