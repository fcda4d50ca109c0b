"""Fixtures on real parts. One Keycloak and two PostgreSQL servers for the whole run; databases and server
processes as often as a test wants them (a set of databases is made in a fifth of a second).

    keycloak        the server; keycloak.console() makes users, tokens, disables them
    server          one gachapon serve for the whole run, for tests that disturb nobody else
    starter         the same server with the starter catalogue loaded
    page            a page of a real Chromium (harness/browser.py)
    people          users of Keycloak with tokens (harness/game.py); newcomer(server) registers over the socket
    new_server      a function: a gachapon of this test's own, with empty databases; may be killed
    private_postgres a function: a PostgreSQL server of this test's own; may be crashed
    own_databases   two of them, with a set of databases
    mortal          two PostgreSQL servers that tests may crash, and empty databases in them
    stage           a function: a server on `mortal` behind proxies, with players under load (harness/stage.py)

GACHAPON_BINARY names the server binary (./dev test sets it to the sanitizer build); default build/gachapon.
GACHAPON_TEST_KEEP=1 keeps the folder of the run. A failed test shows the end of the logs that grew in it.
"""

import itertools
import os
import pathlib
import random
import shutil
import subprocess

import pytest

from harness import game, places, processes, system
from harness.browser import Browser
from harness.client import Client
from harness.gachapon import Gachapon
from harness.gate import Gate
from harness.keycloak import Keycloak
from harness.postgres import PostgresServer
from harness.stage import Stage

SEED = int(os.environ.get("GACHAPON_TEST_SEED", random.SystemRandom().randrange(1 << 32)))


def pytest_report_header():
    return f"gachapon: binary {binary_path()}, seed {SEED} (GACHAPON_TEST_SEED)"


def binary_path():
    return pathlib.Path(os.environ.get("GACHAPON_BINARY", places.ROOT / "build/gachapon")).resolve()


@pytest.fixture(scope="session")
def binary():
    if not binary_path().exists():
        pytest.fail(f"there is no server binary at {binary_path()}: ./dev build, or set GACHAPON_BINARY", pytrace=False)
    return binary_path()


@pytest.fixture
def rng(request):
    """Random numbers that the printed seed and the test's name repeat."""
    return random.Random(f"{SEED}/{request.node.nodeid}")


@pytest.fixture(scope="session")
def long():
    """True under ./dev test --long."""
    return os.environ.get("GACHAPON_TEST_LONG") == "1"


@pytest.fixture(scope="session")
def promptly(long):
    """Seconds within which Keycloak's word is felt on an open socket: the promise is two. Held to it under --long, on a
    machine with nothing else to do; otherwise what even a slow and busy one keeps, if the server is not waiting for something."""
    return 2.0 if long else 15.0


@pytest.fixture(scope="session")
def run_folder():
    """The folder of this run, which PostgreSQL's account can enter."""
    processes.guard()
    folder = places.temporary_folder(places.database_account())
    yield folder
    if os.environ.get("GACHAPON_TEST_KEEP") == "1":
        print(f"\nkept: {folder}")
    else:
        subprocess.run(["rm", "-rf", folder], check=False)  # a hundred thousand files: many times faster than from here


@pytest.fixture(scope="session")
def secrets(run_folder):
    return system.Secrets(run_folder / "secrets")


@pytest.fixture(scope="session")
def booting_keycloak(run_folder, secrets, _logs):
    """Keycloak, started but not waited for: databases come up meanwhile."""
    keycloak = Keycloak(run_folder / "keycloak", processes.free_port(), processes.free_port(), secrets.get("keycloak-admin"))
    keycloak.spawn()
    _logs.append(keycloak.log)
    yield keycloak
    keycloak.stop()


@pytest.fixture(scope="session")
def keycloak(booting_keycloak):
    booting_keycloak.wait_ready()
    return booting_keycloak


@pytest.fixture(scope="session")
def postgres(run_folder, secrets, booting_keycloak, _logs):
    """(events, projections): the two shared PostgreSQL servers."""
    servers = []
    try:
        for name in ("events", "projections"):
            server = PostgresServer(f"PostgreSQL ({name})", run_folder / name, processes.free_port(),
                                    secrets.get("postgres-superuser"), places.database_account())
            server.start()
            servers.append(server)
            _logs.append(server.log)
        yield tuple(servers)
    finally:
        for server in servers:
            server.discard()


@pytest.fixture(scope="session")
def new_databases(postgres, secrets):
    """A function: makes a set of empty databases in the shared servers, returns the connection strings (fields
    of Settings). They go with the run."""
    made = 0

    def make():
        nonlocal made
        made += 1
        return system.provision(*postgres, secrets, suffix=f"_{made}")

    return make


@pytest.fixture(scope="session")
def make_server(run_folder, secrets, keycloak, new_databases, binary, _logs):
    """A function: a Gachapon that is not started. Shared by `server` and `new_server`. On a slow machine a test may need
    longer than fifteen seconds between opening a socket and signing in on it: each of them waits for that."""
    made = 0

    def make(databases=None, more=None, binary=binary):
        nonlocal made
        made += 1
        ports = {name: processes.free_port() for name in ("listen", "internal", "tls")}
        settings = system.settings_for(keycloak, databases or new_databases(), secrets, ports)
        log = run_folder / f"gachapon-{made}.log"
        _logs.append(log)
        return Gachapon(binary, settings, log, {"GACHAPON_SIGN_IN_WITHIN_MS": "120000", **(more or {})})

    return make


@pytest.fixture(scope="session")
def server(make_server, keycloak):
    gachapon = make_server()
    gachapon.migrate()
    gachapon.start()
    keycloak.console().set_backchannel_logout_url(f"{gachapon.settings.http_url}/backchannel-logout")
    yield gachapon
    gachapon.drain()


@pytest.fixture(scope="session")
def starter(server):
    game.load_starter(server)
    return server


@pytest.fixture(scope="session")
def browser(run_folder, _logs):
    """A Chromium for the whole run; a test takes a `page`."""
    made = Browser(run_folder / "chromium")
    _logs.append(made.process.log)
    yield made
    made.close()


@pytest.fixture
def page(browser):
    """A page with cookies of its own, gone after the test."""
    made = browser.page()
    yield made
    made.close()


@pytest.fixture(scope="session")
def people(keycloak):
    return game.People(keycloak.console())


@pytest.fixture
def clients():
    """A function that makes a Client; it is closed after the test."""
    made = []

    def make(*arguments, **options):
        client = arguments[0] if isinstance(arguments[0], Client) else Client(*arguments, **options)
        made.append(client)
        return client

    yield make
    for client in made:
        client.drop()


@pytest.fixture
def newcomer(clients):
    """newcomer(server): a socket on /join, registered and following."""
    def make(gachapon, display_name="Vesper"):
        client = clients(gachapon.settings.url + "/join")
        client.tokens = client.register(display_name=display_name)["payload"]
        client.follow()
        return client

    return make


@pytest.fixture
def new_server(make_server):
    """new_server(*flags, databases=None, more=None, start=True, small=False): migrated and started unless told otherwise,
    with the small catalogue (game.SMALL) if told so. Ended after the test if the test did not end it; a server that ended
    badly, or a sanitizer's report, fails it."""
    made = []

    def make(*flags, databases=None, more=None, start=True, small=False):
        gachapon = make_server(databases, more)
        made.append(gachapon)
        if start:
            gachapon.migrate()
            gachapon.start(*flags)
        if small:
            game.publish_small(gachapon)
        return gachapon

    yield make
    failures = []
    for gachapon in made:
        try:
            gachapon.drain()
            gachapon.check_log()
        except processes.HarnessError as failed:
            failures.append(str(failed))
    assert not failures, "\n".join(failures)


@pytest.fixture
def play(new_server, people, clients):
    """(server, a following client, its person)."""
    server = new_server(small=True)
    person = people.take(1)[0]
    client = clients(person.play(server))
    client.follow()
    return server, client, person


@pytest.fixture
def gate(keycloak):
    """A way to Keycloak that can fail; for --issuer-fetch-url."""
    made = Gate(keycloak.url)
    yield made
    made.close()


@pytest.fixture
def private_postgres(run_folder, secrets, request):
    """private_postgres(name): a running PostgreSQL server of this test's own. Give two of them to
    system.provision for a set of databases."""
    made = []

    def make(name):
        folder = run_folder / f"private-{processes.free_port()}"
        server = PostgresServer(f"PostgreSQL ({name})", folder, processes.free_port(), secrets.get("postgres-superuser"),
                                places.database_account(), log=run_folder / f"{folder.name}.log")
        made.append(server)
        server.start()
        return server

    yield make
    for server in made:
        server.discard()
        shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def own_databases(private_postgres, secrets):
    """(events, projections, connection strings): two PostgreSQL servers of this test's own, with a set of databases."""
    events, projections = private_postgres("events"), private_postgres("projections")
    return events, projections, system.provision(events, projections, secrets)


_mortal_databases = itertools.count(1)


@pytest.fixture(scope="session")
def mortal_postgres(run_folder, secrets, _logs):
    """(events, projections): two PostgreSQL servers that tests may crash; started again for the next."""
    servers = tuple(PostgresServer(f"PostgreSQL ({name}, mortal)", run_folder / f"mortal-{name}", processes.free_port(),
                                   secrets.get("postgres-superuser"), places.database_account())
                    for name in ("events", "projections"))
    _logs.extend(server.log for server in servers)
    yield servers
    for server in servers:
        server.discard()


@pytest.fixture
def mortal(mortal_postgres, secrets):
    """(events, projections, connection strings): the servers run, the databases are this test's own."""
    for server in mortal_postgres:
        if server.process is None or not server.process.alive():
            server.start()
    return *mortal_postgres, system.provision(*mortal_postgres, secrets, suffix=f"_{next(_mortal_databases)}")


@pytest.fixture
def new_stage(new_server, people, rng, long):
    """new_stage(events, projections, dsns, *flags, players=N): a Stage, begun; ended after the test."""
    made = []

    def make(events, projections, dsns, *flags, players=16, **options):
        made.append(Stage(new_server, people.take(64 if long else players), rng, events, projections, dsns, *flags, **options))
        return made[-1]

    yield make
    for stage in made:
        stage.end()


@pytest.fixture
def stage(new_stage, mortal):
    """stage(*flags): a server on `mortal` behind proxies, with players under load."""
    return lambda *flags, **options: new_stage(*mortal, *flags, **options)


# What the servers logged during a failed test goes into its report.

_known_logs = []


@pytest.fixture(scope="session")
def _logs():
    return _known_logs


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    item.stash[_sizes] = {log: _size(log) for log in _known_logs}
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if not report.failed:
        return
    before = item.stash.get(_sizes, {})
    for log in _known_logs:
        grown = _size(log) - before.get(log, 0)
        if grown > 0:
            with open(log, "rb") as file:
                file.seek(max(before.get(log, 0), _size(log) - 16384))
                report.sections.append((f"{log.name}, during this test", file.read().decode("utf-8", "replace")))


_sizes = pytest.StashKey()


def _size(path):
    try:
        return path.stat().st_size
    except OSError:
        return 0
