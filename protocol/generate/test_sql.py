"""The generated SQL against a private PostgreSQL: tables, statements, and the views for people.

Starts a server of its own in a temporary folder, reachable by a socket only, as a user that is not root. Skipped, and
saying so, where PostgreSQL is not installed.
"""

import glob
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid

import pytest

import examples
import sql_log
import sql_views
import vectors
from packer import pack

PLAYER = "01930000-0000-7000-8000-000000000001"
EVENT_STORE = """
create table streams (stream bigint primary key, kind smallint, key bytea);
create table events (position bigint, stream bigint, version int, type smallint, schema_version smallint,
    recorded_at timestamptz, command_id uuid, causation_id uuid, correlation_id uuid, actor uuid, digest bytea,
    data bytea);
"""


class Server:
    """A private PostgreSQL; statements go through psql."""

    def __init__(self, bindir):
        self.bindir = bindir
        self.folder = tempfile.mkdtemp(prefix="gachapon-sql-", dir="/tmp")
        self.prefix = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.prefix = ["runuser", "-u", "postgres", "--"]

    def run(self, *command):
        done = subprocess.run([*self.prefix, *command], capture_output=True, text=True, cwd=self.folder)
        assert done.returncode == 0, done.stderr

    def start(self):
        data = f"{self.folder}/data"
        self.run(
            f"{self.bindir}/initdb",
            "-D",
            data,
            "-A",
            "trust",
            "-U",
            "owner",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        )
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        log = f"{self.folder}/log"
        self.run(f"{self.bindir}/pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start")

    def stop(self):
        self.run(f"{self.bindir}/pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def sql(self, database, text):
        """Runs statements; returns the lines of the results."""
        command = [f"{self.bindir}/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder]
        done = subprocess.run(
            [*command, "-U", "owner", "-d", database], input=text, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert "NOTICE" not in done.stderr, done.stderr
        return done.stdout.splitlines()


@pytest.fixture(scope="module")
def server(schema):
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    initdb = found[-1] if found else shutil.which("initdb")
    if not initdb:
        pytest.skip("PostgreSQL is not installed")
    server = Server(os.path.dirname(initdb))
    server.start()
    try:
        server.sql("postgres", "create database eventstore;")
        server.sql("postgres", "create database projections;")
        server.sql("eventstore", EVENT_STORE + sql_log.event_log(schema))
        server.sql("projections", sql_views.create_tables(schema) + sql_log.row_log(schema))
        yield server
    finally:
        server.stop()


def bytea(data):
    return f"'\\x{data.hex()}'::bytea"


def add_event(server, position, kind, key, number, data):
    server.sql(
        "eventstore",
        f"insert into streams values ({position}, {kind}, {bytea(key)});"
        f"insert into events values ({position}, {position}, 1, {number}, 1, '2026-01-01Z', '{uuid.UUID(int=position)}',"
        f" null, null, '{PLAYER}', '', {bytea(data)});",
    )


def logged(server, position):
    (line,) = server.sql("eventstore", f"select row_to_json(e) from event_log e where position = {position};")
    return json.loads(line)


def test_both_files_may_run_again(server, schema):
    server.sql("eventstore", sql_log.event_log(schema))
    server.sql("projections", sql_log.row_log(schema))


def test_every_event_is_shown_with_its_names(server, schema, protocol):
    """The view shows the values of the golden vectors."""
    for position, (event, kind) in enumerate(
        ((e, k) for e in schema.events.values() for k in examples.KINDS), 1000
    ):
        stream = schema.streams[event.stream]
        value = examples.struct_value(schema, event.payload, kind)
        key = {"uuid": uuid.UUID(PLAYER).bytes, "slug": b"starter", "none": b""}[stream.key]
        add_event(
            server,
            position,
            stream.number,
            key,
            event.number,
            pack(vectors.wire(protocol, event.payload.name, value)),
        )
        row = logged(server, position)
        assert (row["type"], row["stream"], row["actor"]) == (event.name, stream.name, PLAYER)
        assert row["key"] == {"uuid": PLAYER, "slug": "starter", "none": ""}[stream.key]
        assert row["data"] == shown(schema, event.payload, value), (event.name, kind)


def test_the_log_can_be_shown_when_it_is_long(server, schema):
    """PostgreSQL would read a table of eight megabytes in parallel; here one of any size."""
    event = schema.events["stock_taken"]
    add_event(server, 900, schema.streams[event.stream].number, b"starter", event.number, b"\x90")
    eager = "set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; "
    assert server.sql("eventstore", eager + "select data from event_log where position = 900;")
    assert server.sql("eventstore", eager + "select count(data) > 0 from event_log;") == ["t"]
    server.sql("projections", eager + "select * from opening_log;")


def shown(schema, struct, value):
    """What the view makes of a vector's value."""
    result = {}
    for field in struct.fields:
        entry = value[field.name]
        if field.personal:
            entry = "<personal>"
        elif field.type == "list" and field.of == "struct":
            entry = [shown(schema, schema.structs[field.of_name], item) for item in entry]
        elif field.type == "u64":
            entry = int(entry)
        elif field.type == "time":
            entry = {"0": "1970-01-01T00:00:00.000Z", str(examples.TIME_MAX): "9999-12-31T23:59:59.999Z"}.get(
                entry
            ) or iso(entry)
        result[field.name] = entry
    return result


def iso(milliseconds):
    import datetime

    moment = datetime.datetime.fromtimestamp(int(milliseconds) / 1000, datetime.timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_personal_texts_stay_hidden(server, schema, protocol):
    event = schema.events["player_renamed"]
    value = examples.struct_value(schema, event.payload, "typical")
    array = vectors.wire(protocol, event.payload.name, value)
    for position, stored, told in (
        (1, b"\x07" * 64, "<personal>"),
        (2, None, "erased"),
        (3, "erased", "erased"),
    ):
        array[event.payload.index_of("display_name")] = stored
        add_event(server, position, 1, uuid.UUID(PLAYER).bytes, event.number, pack(array))
        assert logged(server, position)["data"] == {
            **shown(schema, event.payload, value),
            "display_name": told,
        }


def test_odd_payloads_hide_no_others(server, schema, protocol):
    event = schema.events["stock_taken"]
    for position, data in (
        (11, b""),
        (12, b"\x92\xa1"),
        (13, b"\xc1"),
        (14, b"\x90\x90"),
        (15, b"\xd4\x01\x00"),
    ):
        add_event(server, position, 3, b"starter", event.number, data)
        assert logged(server, position)["data"]["data"] == data.hex()
    value = examples.struct_value(schema, event.payload, "typical")
    array = vectors.wire(protocol, event.payload.name, value)
    add_event(server, 16, 3, b"starter", event.number, pack([*array, "appended later"]))
    assert logged(server, 16)["data"] == shown(schema, event.payload, value)
    add_event(server, 17, 3, b"starter", event.number, pack(array[:1]))
    assert logged(server, 17)["data"] == {"pack": value["pack"]}
    add_event(server, 18, 3, b"starter", 32000, pack([1]))
    assert logged(server, 18)["type"] == "event 32000"


def literal(field_type, entry):
    """An example value as an SQL constant."""
    if entry is None:
        return "null"
    if field_type == "time":
        return f"to_timestamp({int(entry)} / 1000.0)"
    if field_type == "bytea":
        return bytea(entry)
    return "'" + str(entry).replace("'", "''") + "'"


def row_literals(schema, protocol, view, kind):
    value = examples.struct_value(schema, view.payload, kind, storable=True)
    wire = vectors.wire(protocol, view.payload.name, value)
    found = []
    for field, entry in zip(view.payload.fields, wire):
        if field.type == "list":
            found.append(literal("bytea", pack(entry)))
        elif field.type in ("hash", "bytes"):
            found.append(literal("bytea", entry))
        elif field.type == "uuid" and entry is not None:
            found.append(literal("uuid", uuid.UUID(bytes=entry)))
        else:
            found.append(literal(field.type, entry))
    return found


def test_rows_of_every_view_are_written_and_read(server, schema, protocol):
    for view in schema.views.values():
        table = sql_views.name(view.table)
        own = view.audience == "own"
        rows = 1 if own else len(examples.KINDS)
        player = [f"'{examples.struct_value(schema, view.payload, 'extreme')['player']}'"] if own else []
        start = ["null"] * (len(view.key) - len(player))
        written = ", ".join(arrays(schema, protocol, view))
        page = f"execute p ({', '.join([*player, *start, '10'])});"
        since = [f"execute s ({', '.join([*player, position, *start, '10'])});" for position in ("4", "5")]
        mark = "select '--';"
        again = "" if view.delta else f"execute w ({written});"
        lines = server.sql(
            "projections",
            f"prepare w as {sql_views.upsert(view)}; prepare s as {sql_views.since(view)};"
            f"prepare p as {sql_views.page(view)}; execute w ({written}); {again}"
            f"{since[0]}{mark}{page}{mark}{since[1]}{mark}"
            f"update {table} set deleted = true;{since[0]}{mark}{page} delete from {table};",
        )
        newer, live, up_to_date, tombstones, none = "\n".join(lines).split("--")
        assert len(newer.strip().splitlines()) == rows, view.name
        assert newer.strip() == live.strip(), view.name
        assert not up_to_date.strip() and not none.strip(), view.name
        assert len(tombstones.strip().splitlines()) == rows, view.name


def arrays(schema, protocol, view):
    """The parameters of the view's upsert: one row of each kind of example."""
    rows = [["5", "false", *row_literals(schema, protocol, view, kind)] for kind in examples.KINDS]
    for column, (_, sql_type) in zip(zip(*rows), sql_views.columns(view)):
        yield f"array[{', '.join(column)}]::{sql_type}[]"


def test_an_older_row_never_wins(server, schema):
    view = schema.views["wallet"]
    write = "execute w (array[{}]::bigint[], array[false], array['{}']::uuid[], array[{}]::bigint[], array[0]::bigint[]);"
    steps = [write.format(position, PLAYER, free) for position, free in ((7, 70), (6, 60), (7, 71))]
    lines = server.sql(
        "projections",
        f"prepare w as {sql_views.upsert(view)}; {' '.join(steps)} select free from wallets; delete from wallets;",
    )
    assert lines == ["71"]


def test_deltas_add_up(server, schema):
    view = schema.views["pull_statistic"]
    write = "execute w (array[{}]::bigint[], array[false], array['a'], array[1]::bigint[], array['b'], array[{}]::bigint[]);"
    steps = [write.format(position, observed) for position, observed in ((7, 70), (6, 5), (9, 1))]
    lines = server.sql(
        "projections",
        f"prepare w as {sql_views.upsert(view)}; {' '.join(steps)}"
        " select position, observed from pull_statistics; delete from pull_statistics;",
    )
    assert lines == ["9|76"]


def test_pages_follow_one_another_in_key_order(server, schema):
    view = schema.views["stock"]
    packs = ["a", "a-b", "a0", "b", "z9"]  # byte order, whatever the database's locale
    rows = ", ".join(f"(1, false, '{pack_key}', true, 1)" for pack_key in reversed(packs))
    lines = server.sql(
        "projections",
        f"insert into stocks values {rows}; prepare p as {sql_views.page(view)};"
        "execute p (null, 2); execute p ('a-b', 2); execute p ('b', 2); delete from stocks;",
    )
    assert [line.split("|")[2] for line in lines] == packs


def test_a_live_row_is_whole(server):
    with pytest.raises(AssertionError, match="wallets_whole"):
        server.sql("projections", f"insert into wallets values (1, false, '{PLAYER}', null, 0);")
    server.sql(
        "projections", f"insert into wallets values (1, true, '{PLAYER}', null, null); delete from wallets;"
    )


def test_row_logs_show_names(server, schema, protocol):
    view = schema.views["opening"]
    pulls = pack([["fox", 4, 1], ["owl", 1, 3]])
    server.sql(
        "projections",
        f"insert into openings values (9, false, '{PLAYER}', 1, 'starter', 1, 100, 0, null, 1, 1, {bytea(pulls)}, now());",
    )
    (line,) = server.sql("projections", "select pulls from opening_log;")
    assert json.loads(line) == [
        {"character": "fox", "rarity": "legendary", "copies": 1},
        {"character": "owl", "rarity": "common", "copies": 3},
    ]
    for view in schema.views.values():
        server.sql("projections", f"select * from {view.name}_log;")
