"""Reads both databases as an auditor would: the log as it is stored, the projections as the rows that clients get.

Nothing of the server is used. Personal texts are opened with libsodium, which the server's libraries include.
"""

import contextlib
import ctypes
import ctypes.util
import datetime
import uuid

import psycopg

from .client import KEYS, protocol

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def log(settings):
    """Every event in order: position, stream (kind, key), version, type, command_id, actor, data by names."""
    with psycopg.connect(settings.event_store_owner_dsn) as connection:
        keys = dict(connection.execute("select stream, key from personal_keys").fetchall())
        rows = connection.execute(
            "select e.position, e.stream, s.kind, s.key, e.version, e.type, e.command_id, e.actor, e.data"
            " from events e join streams s on s.stream = e.stream order by e.position").fetchall()
    events = []
    for position, stream, kind, key, version, number, command_id, actor, data in rows:
        name = protocol.EVENT_NAMES[number]
        named = protocol.decode_event(name, data)
        for field in protocol.STRUCTS[f"event_{name}"]:
            if field.personal:
                named[field.name] = unseal(named[field.name], keys.get(stream))
        events.append({"position": position, "stream": (kind, bytes(key)), "version": version, "type": name,
                       "command_id": command_id, "actor": actor, "data": named})
    return events


def head(settings):
    """The position of the newest event."""
    with psycopg.connect(settings.event_store_owner_dsn) as connection:
        return connection.execute("select coalesce(max(position), 0) from events").fetchone()[0]


def commands_of(settings, actor, after=0):
    """The positions of this actor's commands (of their first events) behind `after`. The log's head would count what others
    do on a shared server, and what its processes do by themselves."""
    with psycopg.connect(settings.event_store_owner_dsn) as connection:
        return [position for (position,) in connection.execute(
            "select position from events where actor = %s and position > %s order by position", [actor, after]).fetchall()]


@contextlib.contextmanager
def appends_held(settings):
    """No batch is appended meanwhile: this holds the store's own lock. Gives a function that says whether an append waits."""
    with psycopg.connect(settings.event_store_superuser_dsn) as holder:
        holder.execute("select pg_advisory_xact_lock(7449344558610018158)")

        def one_waits():
            return holder.execute("select count(*) from pg_locks l join pg_database d on d.oid = l.database where"
                                  " locktype = 'advisory' and not granted and datname = current_database()").fetchone()[0] > 0

        yield one_waits
        holder.rollback()


def command_events(settings, command_ids):
    """command id -> the positions of first events that carry it."""
    with psycopg.connect(settings.event_store_owner_dsn) as connection:
        rows = connection.execute("select command_id, position from events where command_id = any(%s)",
                                  [list(command_ids)]).fetchall()
    found = {}
    for command_id, position in rows:
        found.setdefault(command_id, []).append(position)
    return found


def projections(settings):
    """view -> key -> row, tombstones too, as a client's replica holds them; and histories."""
    with psycopg.connect(settings.projections_owner_dsn) as connection:
        return {view: _table(connection, view) for view in protocol.VIEWS}


def dump(settings):
    """table -> its rows as `COPY ... TO` writes them, sorted."""
    tables = {}
    with psycopg.connect(settings.projections_owner_dsn) as connection:
        for table in protocol.TABLES.values():
            with connection.cursor().copy(f"copy {table} to stdout") as copy:
                tables[table] = sorted(b"".join(bytes(part) for part in copy).splitlines())
    return tables


def _table(connection, view):
    fields = protocol.STRUCTS[f"row_{view}"]
    columns = ", ".join(f'"{field.name}"' for field in fields)
    rows = {}
    for position, deleted, *values in connection.execute(
            f'select position, deleted, {columns} from {protocol.TABLES[view]}').fetchall():
        row = {"position": position, "deleted": deleted}
        row.update((field.name, _value(field, value)) for field, value in zip(fields, values))
        rows[tuple(row[name] for name in KEYS[view])] = row
    return rows


def _value(field, value):
    if value is None:
        return None
    if field.kind == "time":
        return (value - EPOCH) // datetime.timedelta(milliseconds=1)
    if field.kind == "enum":
        return protocol.ENUM_NAMES[field.type][value]
    if field.kind == "list":
        (entries,) = protocol.unpack_all(bytes(value))
        return protocol.field_from_wire(field, entries)
    if field.kind in ("hash", "bytes"):
        return bytes(value)
    return str(value) if isinstance(value, uuid.UUID) else value


def unseal(sealed, key):
    """A personal text: nonce[24] and a secretbox under the player's key; "erased" without the key."""
    if not isinstance(sealed, bytes) or key is None:
        return "erased"
    plain = ctypes.create_string_buffer(len(sealed) - 40)
    opened = _sodium().crypto_secretbox_open_easy(plain, sealed[24:], ctypes.c_ulonglong(len(sealed) - 24), sealed[:24],
                                                  bytes(key))
    assert opened == 0, "a personal text does not open under its player's key"
    return plain.raw.decode()


_library = None


def _sodium():
    global _library
    if _library is None:
        _library = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
    return _library


def same(left, right, what=""):
    """Asserts that two view -> key -> row hold the same; of a tombstone only its key and position count."""
    left, right = _plain(left), _plain(right)
    for view in sorted(set(left) | set(right)):
        a, b = left.get(view, {}), right.get(view, {})
        differing = [key for key in sorted(set(a) | set(b), key=str) if a.get(key) != b.get(key)]
        assert not differing, (f"{what}{view}: {len(differing)} of {len(set(a) | set(b))} rows differ, first {differing[0]}:\n"
                               f"  {a.get(differing[0])}\n  {b.get(differing[0])}")


def of_player(rows, player):
    """The part of view -> key -> row that is this player's own, pushed views only (as a replica has it), live rows."""
    return {view: {key: row for key, row in rows[view].items() if key[0] == player and not row["deleted"]}
            for view in rows if KEYS[view][0] == "player" and view != "opening"}


def public(rows):
    """The part that everyone is told, live rows."""
    return {view: {key: row for key, row in rows[view].items() if not row["deleted"]}
            for view in rows if KEYS[view][0] != "player" and view != "pull_statistic"}


def _plain(rows):
    plain = {}
    for view, of_view in rows.items():
        plain[view] = {key: {"position": row["position"], "deleted": True} if row["deleted"] else row
                       for key, row in of_view.items()}
        if not plain[view]:
            del plain[view]
    return plain
