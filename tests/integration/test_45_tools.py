"""The operator's tools and the server on databases that are not of their release: never migrated, or by an older one. Each says
which, and what to do; none shows an error of SQL alone.
"""

import subprocess

import psycopg
import pytest

from harness.processes import wait_until

NOBODY = "00000000-0000-4000-8000-000000000001"
ADVICE = "is not of this release: run gachapon migrate"


def ask(server, *arguments, **more):
    """(status, stdout, stderr) of a tool."""
    done = subprocess.run([server.binary, *arguments], env={**server.environment(), **more}, text=True, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def name_of(dsn):
    return psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]


def execute(dsn, *statements):
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def readyz(server, *lines):
    """Waits until /readyz has all of these."""
    return wait_until(lambda: all(line in server.http("/readyz")[1] for line in lines), 60, f"/readyz to say {lines}",
                      alive=server.process)


def test_tools_on_databases_that_nobody_migrated(new_server):
    server = new_server(start=False)
    events, projections = name_of(server.settings.event_store_dsn), name_of(server.settings.projections_dsn)
    for arguments, database in ((("events",), events), (("player", NOBODY), events), (("verify",), events),
                                (("new-epoch",), events), (("processes", "status"), events),
                                (("projections", "status"), events), (("players", "check"), projections)):
        status, out, err = ask(server, *arguments)
        assert status in (1, 2) and out == "", arguments
        assert f'the database "{database}" {ADVICE} (' in err and err.count("\n") == 1, err
    status, _, err = ask(server, "replay", "--compare")
    assert status == 2 and f"the event store is not ready: the database {ADVICE} (" in err


def test_tools_on_databases_of_an_older_release(new_server):
    """What later steps make is missing; what the others are about works."""
    server = new_server(start=False)
    server.migrate()
    events, projections = server.settings.event_store_owner_dsn, server.settings.projections_owner_dsn
    execute(events, "drop table timers, processes", "drop function begin_epoch")
    execute(projections, "alter table projections drop column failed_position")
    for arguments, dsn in ((("processes", "status"), events), (("new-epoch",), events), (("projections", "status"), projections)):
        status, _, err = ask(server, *arguments)
        assert status in (1, 2) and f'the database "{name_of(dsn)}" {ADVICE} (' in err, err
    assert ask(server, "verify")[0] == 0
    assert ask(server, "events")[0] == 0


def test_a_server_before_migrate_says_so_and_needs_no_restart(new_server):
    server = new_server(start=False)
    server.spawn()
    wait_until(lambda: "tag=listening" in server.log.read_text(), 60, "the server to listen", alive=server.process)
    readyz(server, "not ready", f"event store: away: the database {ADVICE} (", "revocations: not known yet: the database " + ADVICE)
    server.migrate()
    server.wait_ready()


def test_an_option_that_needs_a_newer_step_says_so(new_server):
    """--single-session with the tables of a release that had no such option."""
    server = new_server(start=False)
    server.migrate()
    execute(server.settings.event_store_owner_dsn, "drop table sign_ins", "drop sequence sign_in_numbers",
            "delete from schema_migrations where number = 7")
    server.start("--single-session")
    readyz(server, f"single session: WARNING, other nodes are not told: the database {ADVICE} (")
    server.migrate()
    readyz(server, "single session: ok")


def test_a_timer_that_nobody_works_on_is_judged(new_server):
    server = new_server(start=False)
    server.migrate()
    dsn = server.settings.event_store_owner_dsn
    assert ask(server, "processes", "status")[0] == 0, "never followed is no fault"
    execute(dsn, "insert into processes values ('registration', 0)",
            f"insert into timers (process, instance, step, due_at) values ('registration', '{NOBODY}', 1, now() + interval '1 hour')")
    assert ask(server, "processes", "status")[0] == 0
    execute(dsn, "update timers set due_at = now()")
    assert ask(server, "processes", "status")[0] == 0, "due a moment ago: a server has to look first"
    execute(dsn, "update timers set due_at = now() - interval '2 minutes'")
    status, out, _ = ask(server, "processes", "status")
    assert status == 1 and out.splitlines()[1].split()[4] == "1"


@pytest.mark.parametrize("arguments", [("events",), ("verify",)])
def test_options_of_the_connection_string_hold(new_server, arguments):
    """Those of the tool come behind them, and count where both set one."""
    server = new_server(start=False)
    server.migrate()
    dsn = server.settings.event_store_dsn

    def with_options(options):
        return ask(server, *arguments, EVENT_STORE_DSN=psycopg.conninfo.make_conninfo(dsn, options=options))

    assert with_options("-c enable_seqscan=on -c default_transaction_read_only=off")[0] == 0
    status, _, err = with_options("-c search_path=nowhere")
    assert status == 2 and ADVICE in err, err
