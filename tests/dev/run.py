"""./dev run: the whole system on this machine, in the foreground or detached.

In order, each step safe to repeat: Keycloak is started first because it takes longest to boot; meanwhile the
two PostgreSQL servers come up, roles and databases that are missing are made, and the migrations run; then
the server, and once /readyz says yes the starter catalogue goes in through ordinary operator commands.
`.run/env` is written as soon as all the addresses in it are known.

In the foreground this script then waits for Ctrl-C (or SIGTERM, or its terminal to close) and stops all of
it; if a part dies by itself, it shows the end of that part's log, stops the rest and fails. Detached, it
leaves the parts to `./dev stop`. Whatever goes wrong while starting, what was started is stopped again.
"""

import argparse
import hashlib
import os
import pathlib
import shlex
import signal
import sys

import environment
from environment import RUN, Lock, State, Step, Turn, fail, say
from harness import places, processes, system
from harness.gachapon import Gachapon
from harness.keycloak import Answer

CATALOGUE = places.ROOT / "tests/dev/load_catalogue.py"
ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def main():
    options = parse()
    if not options.only_parts and not options.binary.exists():
        return fail(f"there is no server at {options.binary}; ./dev build makes it")
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    with Lock():
        state = State()
        running = state.alive()
        if set(running) == set(environment.STOP_ORDER):
            say("Already running (./dev stop ends it).")
            show(state, read_env())
            return 0 if options.detach else fail("it runs already; ./dev stop first")
        if running:
            say(f"Left over from an earlier run: {', '.join(running)}.")
            environment.stop_all(state)
        try:
            with Turn():
                settings = start(state, options)
            if not options.detach:
                signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # from here on `watch` asks for them
        except (Exception, KeyboardInterrupt) as failed:
            environment.stop_all(state)
            if isinstance(failed, (processes.HarnessError, Answer, KeyboardInterrupt)):
                return fail(str(failed) or "interrupted; everything was stopped")
            raise
        if not options.detach:
            state.remember("supervisor", processes.Process("supervisor", os.getpid(), processes.start_ticks(os.getpid())))
    if options.only_parts:
        say("The parts run; . .run/env names them. ./dev stop ends them.")
        return 0
    show(state, settings.environment())
    if options.detach:
        say("It goes on in the background; ./dev stop ends it.")
        return 0
    say("Ctrl-C stops all of it.")
    return watch(state)


def parse():
    parser = argparse.ArgumentParser(prog="./dev run", description="Starts the whole system; Ctrl-C stops it.")
    parser.add_argument("--detach", action="store_true", help="return when all is ready; ./dev stop ends it")
    parser.add_argument("--binary", type=pathlib.Path, default=places.ROOT / "build/gachapon", help="the server to start")
    parser.add_argument("--no-catalogue", action="store_true", help="do not load the starter catalogue")
    parser.add_argument("--only-parts", action="store_true",
                        help="PostgreSQL and Keycloak, not the server (to start that from a debugger); implies --detach")
    parser.add_argument("serve", nargs="*", metavar="FLAG", help="after --: more flags for gachapon serve")
    options = parser.parse_args()
    options.detach = options.detach or options.only_parts
    return options


def start(state, options):
    """Starts every part, remembers each at once in `state`, and returns the Settings."""
    say("Starting Gachapon:")
    state.choose_ports()
    secrets, events, projections, keycloak = environment.make_parts(state)
    if state.data.parent != RUN:
        say(f"  databases in {state.data} (the account {events.account.name} cannot enter this checkout)")
    note_realm(state, keycloak)
    keycloak.spawn()
    state.remember("keycloak", keycloak.process)
    for name, server in (("events", events), ("projections", projections)):
        with Step(f"starting {server.name} on port {server.port}"):
            server.start()
            state.remember(name, server.process)
    settings = system.settings_for(keycloak, system.provision(events, projections, secrets), secrets, state.ports)
    write_env(settings)
    server = Gachapon(options.binary, settings, RUN / "log/gachapon.log")
    if not options.only_parts:
        with Step("applying migrations"):
            server.migrate()
    with Step(f"waiting for Keycloak on port {keycloak.port} (about 15 s the first time)"):
        keycloak.wait_ready()
        console = keycloak.console()
        console.set_backchannel_logout_url(f"{settings.http_url}/backchannel-logout")
        console.add_web_origin(settings.url.replace("ws:", "http:"))
    if options.only_parts:
        return settings
    with Step(f"starting the server on port {state.ports['listen']}"):
        server.spawn(*options.serve)
        state.remember("server", server.process)
        server.wait_ready()
    if CATALOGUE.exists() and not options.no_catalogue:
        with Step("loading the starter catalogue"):
            processes.run([sys.executable, CATALOGUE], "loading the starter catalogue", cwd=places.ROOT,
                          env={**os.environ, **settings.environment()})
    return settings


def note_realm(state, keycloak):
    """Keycloak imports a realm once. Says so when the file has changed since."""
    now = hashlib.sha256(keycloak.realm_file.read_bytes()).hexdigest()
    if not (keycloak.folder / "whole").exists():
        state.realm = now
        state.save()
    elif state.realm != now:
        say("  note: keycloak/realm.json changed after Keycloak imported it; ./dev reset imports it anew")


def write_env(settings):
    fresh = RUN / "env.new"
    fresh.touch(mode=0o600)
    fresh.write_text(settings.env_file())
    fresh.rename(RUN / "env")


def read_env():
    """What `.run/env` exports, as a dictionary."""
    words = (shlex.split(line, comments=True) for line in (RUN / "env").read_text().splitlines())
    return dict(line[1].split("=", 1) for line in words if line[:1] == ["export"])


def show(state, env):
    """The addresses, and what to try next."""
    say(f"""
Gachapon is ready.
  the page         {env['GACHAPON_URL'].replace('ws:', 'http:')}   play here; open it twice
  the socket       {env['GACHAPON_URL']}/join and /play
  over TLS         {env['GACHAPON_TLS_URL']} (trust {os.path.relpath(env['GACHAPON_TLS_CA_FILE'])})
  health, metrics  {env['GACHAPON_HTTP_URL']}/readyz /healthz /metrics
  Keycloak         {env['KEYCLOAK_URL']}/admin  user {env['KEYCLOAK_ADMIN']}, password {env['KEYCLOAK_ADMIN_PASSWORD']}
  databases        ports {state.ports['events']} (event store) and {state.ports['projections']} (projections), data in {state.data}
  logs             .run/log/

Try next, in another terminal:
  ./dev demo                            a newcomer registers and opens packs, told as a story
  . .run/env                            every address and password as environment variables
  ./dev psql events                     the log: select * from event_log
  build/gachapon connect                after that: type commands, see replies and pushes; `help` lists them
""")


def watch(state):
    """Waits for a signal or for a part to die. Returns the exit code."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    code = 0
    while True:
        got = signal.sigtimedwait(ENDING | {signal.SIGCHLD}, 2)
        dead = [name for name in environment.STOP_ORDER if not state.processes[name].alive()]
        if dead:
            code = fail(f"{dead[0]} ended by itself\n{state.processes[dead[0]].log_tail()}")
            break
        if got is not None and got.si_signo != signal.SIGCHLD:
            break
    say("\nStopping:")
    with Lock():
        environment.stop_all(state)
    return code


def interrupted(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except processes.HarnessError as failed:
        sys.exit(fail(str(failed)))
    except KeyboardInterrupt:
        sys.exit(130)
