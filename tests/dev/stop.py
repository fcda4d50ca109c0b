"""./dev stop, ./dev reset, ./dev status: for the system that ./dev run started from this checkout; and `running`, for ./dev
itself: exit code 0 if all but the server runs (that may be in a debugger).

Processes are ended by their recorded id, and only if the start time that was recorded with it still matches.
A ./dev run in the foreground is told to end by itself, which stops its parts; then whatever is left is
stopped here.
"""

import signal
import sys

import environment
from environment import Lock, State, fail, say
from harness import processes


def main():
    command = sys.argv[1]
    if command == "status":
        return status(State())
    if command == "running":
        return 0 if set(State().alive()) >= set(environment.STOP_ORDER) - {"server"} else 3
    if command == "reset" and "--yes" not in sys.argv[2:] and sys.stdin.isatty():
        answer = input("Stop the system and empty both databases and Keycloak of this checkout? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            return fail("nothing was changed")
    stop()
    if command == "reset":
        with Lock():
            environment.empty(State())
        say("Emptied: the next ./dev run begins anew.")
    return 0


def stop():
    state = State()
    supervisor = state.processes.get("supervisor")
    if supervisor is not None and supervisor.alive():
        say(f"telling ./dev run (pid {supervisor.pid}) to stop")
        supervisor.send(signal.SIGTERM)
        supervisor.wait_ended(200)
    with Lock():
        state = State()
        was_running = state.alive()
        environment.stop_all(state)
        state.processes.clear()
        state.save()
        say("Stopped." if was_running or supervisor is not None else "Nothing was running.")


def status(state):
    """Exit code 0 if every part runs."""
    for name in environment.STOP_ORDER:
        process = state.processes.get(name)
        alive = process is not None and process.alive()
        port = state.ports.get({"server": "listen"}.get(name, name), "-")
        say(f"  {name:12} {'runs, pid ' + str(process.pid) if alive else 'stopped':20} port {port}")
    return 0 if len(state.alive()) == len(environment.STOP_ORDER) else 3


if __name__ == "__main__":
    try:
        sys.exit(main())
    except processes.HarnessError as failed:
        sys.exit(fail(str(failed)))
