"""Races of the log, each as an order of steps on real connections.

A step that must wait runs in a thread of its own; the next step begins when PostgreSQL says that it waits (pg_locks),
never after some time. The log may hold anything already: streams, nodes and ids are new in every test.

    pytest tests/isolation      (a private PostgreSQL; or EVENT_STORE_OWNER_DSN and EVENT_STORE_DSN name a store)
"""

import concurrent.futures
import contextlib
import secrets
import struct
import time
import uuid

import psycopg
import pytest

import chain
from chain import event_digest

APPENDED, REFUSED, ORPHANED, FENCED = range(4)
PLAYER = 1

APPEND = """
    select outcome, first, last, recorded_at, since, known_commands, changed_streams, chain
    from append_batch(%(writer)s, %(seq)s, %(previous)s, %(read)s, %(digest)s,
        %(checked)s::bigint[], %(expected)s::int[],
        %(new)s::bigint[], %(kinds)s::smallint[], %(keys)s::bytea[],
        %(key_streams)s::bigint[], %(personal)s::bytea[],
        %(streams)s::bigint[], %(versions)s::int[], %(types)s::smallint[], %(schemas)s::smallint[],
        %(ids)s::uuid[], %(nulls)s::uuid[], %(nulls)s::uuid[], %(actors)s::uuid[], %(digests)s::bytea[],
        %(data)s::bytea[], %(first_ids)s::uuid[])"""


class Writer:
    """One node: its writer number, its connection, and the sequence of its batches."""

    def __init__(self, store):
        self.node = f"test-{secrets.token_hex(6)}"
        self.connection = psycopg.connect(store.dsn)
        self.take()

    def take(self):
        self.writer, self.read = self.connection.execute(
            "select writer, head_position from take_writer(%s)", [self.node]).fetchone()
        self.connection.commit()
        self.seq = self.previous = 0

    def append(self, *writes, reads=(), ids=None, read=None, personal=(), key=None):
        """Writes are (stream, version), each a command of its own. Leaves the transaction open."""
        self.seq += 1
        ids = ids or [uuid.uuid4() for _ in writes]
        expected = dict(reads)
        for stream, version in writes:
            expected.setdefault(stream, version - 1)
        new = [stream for stream, version in writes if version == 1]
        actor, data, digest = uuid.uuid4(), b"\x93\x01\x02\x03", bytes(16)
        rows = [(stream, version, 2, 1, (each, None, None, actor), digest, data)
                for (stream, version), each in zip(writes, ids)]
        row = self.connection.execute(APPEND, {
            "writer": self.writer, "seq": self.seq, "previous": self.previous,
            "read": self.read if read is None else read, "digest": event_digest(rows),
            "checked": list(expected), "expected": list(expected.values()),
            "new": new, "kinds": [PLAYER] * len(new), "keys": [key or struct.pack(">qq", 0, stream) for stream in new],
            "key_streams": [stream for stream, _ in personal], "personal": [value for _, value in personal],
            "streams": [stream for stream, _ in writes], "versions": [version for _, version in writes],
            "types": [2] * len(writes), "schemas": [1] * len(writes), "ids": ids, "nulls": [None] * len(writes),
            "actors": [actor] * len(writes), "digests": [digest] * len(writes), "data": [data] * len(writes),
            "first_ids": ids}).fetchone()
        if row[0] == APPENDED:
            self.previous = self.seq
        return row

    def now(self, *writes, **more):
        row = self.append(*writes, **more)
        self.connection.commit()
        return row

    def close(self):
        self.connection.close()


@pytest.fixture
def writers(store):
    made = []

    def make():
        made.append(Writer(store))
        return made[-1]
    yield make
    for each in made:
        each.close()


@pytest.fixture
def observer(store):
    with psycopg.connect(store.dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def aside(store):
    """Runs a step that will wait; returns its future once PostgreSQL says that the connection waits for a lock."""
    pool = concurrent.futures.ThreadPoolExecutor(4)
    waiting = []

    def run(connection, step, *arguments, **more):
        waiting.append(connection)
        future = pool.submit(step, *arguments, **more)
        with psycopg.connect(store.dsn, autocommit=True) as look:
            deadline = time.monotonic() + 60
            while not look.execute("select 1 from pg_locks where pid = %s and not granted",
                                   [connection.info.backend_pid]).fetchone():
                assert not future.done(), f"did not wait: {future.result()}"
                assert time.monotonic() < deadline, "did not wait within a minute"
        return future
    yield run
    for connection in waiting:  # a test that failed may have left one
        connection.cancel()
    pool.shutdown()


def stream():
    return secrets.randbits(62) + 1


def test_two_appenders_one_stream_the_second_sees_the_first(writers, aside):
    """Interleaving 3: B waited for the lock, so its look at the heads must come after, or it sees the old ones."""
    a, b, x = writers(), writers(), stream()
    assert a.append((x, 1))[0] == APPENDED          # A holds the lock, uncommitted
    waiting = aside(b.connection, b.append, (x, 1))  # B waits
    a.connection.commit()
    row = waiting.result(20)
    assert row[0] == REFUSED and row[6] == [x]
    b.connection.commit()
    assert b.now((x, 2))[0] == APPENDED


def test_two_appenders_one_command_id(writers, aside):
    a, b, x, y, command = writers(), writers(), stream(), stream(), uuid.uuid4()
    a.append((x, 1), ids=[command])
    waiting = aside(b.connection, b.append, (y, 1), ids=[command])
    a.connection.commit()
    row = waiting.result(20)
    assert row[0] == REFUSED and row[5] == [command]
    b.connection.commit()


def test_first_rolls_back_second_takes_its_positions(writers, aside):
    a, b, x = writers(), writers(), stream()
    first = a.append((x, 1), (x, 2))[1]
    waiting = aside(b.connection, b.append, (x, 1))
    a.connection.rollback()
    row = waiting.result(20)
    assert row[0] == APPENDED and row[1] == first
    b.connection.commit()


@pytest.mark.parametrize("commits", ["before", "after"])
def test_reader_between_two_appenders_never_sees_a_hole(writers, aside, observer, commits):
    """Interleaving 15: position > p, read at every step, only ever grows at its end."""
    a, b = writers(), writers()
    start = observer.execute("select max(last) from batches").fetchone()[0]

    def seen():
        return [row[0] for row in
                observer.execute("select position from events where position > %s order by position", [start])]
    a.append((stream(), 1), (stream(), 1))
    assert seen() == []
    waiting = aside(b.connection, b.append, (stream(), 1))
    assert seen() == []
    if commits == "before":
        a.connection.commit()
        assert seen() == [start + 1, start + 2]
        waiting.result(20)
        assert seen() == [start + 1, start + 2]
        b.connection.commit()
    else:
        a.connection.commit()
        waiting.result(20)
        b.connection.commit()
    assert seen() == [start + 1, start + 2, start + 3]


def test_what_was_only_read_is_checked_even_when_the_head_is_ones_own(writers):
    """Interleaving 2: B retires X; A, which does not know, writes Y twice having read X. The second time the head of the
    log is A's own batch, and one comparison would let it pass."""
    a, b, x, y = writers(), writers(), stream(), stream()
    assert a.now((x, 1))[0] == APPENDED
    known = a.read
    assert b.now((x, 2), read=0)[0] == APPENDED
    assert a.now((y, 1), read=known)[0] == APPENDED                    # did not read X
    row = a.now((y, 2), reads=[(x, 1)], read=known)
    assert row[0] == REFUSED and row[6] == [x]
    row = a.now((y, 2), reads=[(x, 2)], read=known)                    # decided anew
    assert row[0] == APPENDED
    again = a.now((y, 3), reads=[(x, 2)], read=row[4])                 # has read up to `since`: one comparison
    assert again[0] == APPENDED and again[4] == row[4]                 # which stays while nobody else writes


def test_old_attempt_before_the_new_number_is_in_the_log(store, writers, aside, observer):
    """Interleaving 6: connection lost while the batch waits; the old backend gets the lock first."""
    holder, node, x, command = writers(), writers(), stream(), uuid.uuid4()
    old = node.writer
    holder.append((stream(), 1))
    attempt = aside(node.connection, node.now, (x, 1), ids=[command])
    with psycopg.connect(store.dsn) as fresh:
        taking = aside(fresh, lambda: fresh.execute("select head_position from take_writer(%s)", [node.node]).fetchone())
        holder.connection.commit()
        assert attempt.result(20)[0] == APPENDED
        head = taking.result(20)[0]
        fresh.commit()
    first, last = observer.execute("select first, last from batches where writer = %s and seq = 1", [old]).fetchone()
    assert first == last <= head


def test_old_attempt_after_the_new_number_is_fenced(store, writers, aside, observer):
    """Interleaving 6, the other order: looked up as absent, so it must never come."""
    holder, node, x, command = writers(), writers(), stream(), uuid.uuid4()
    old = node.writer
    holder.append((stream(), 1))
    with psycopg.connect(store.dsn) as fresh:
        taking = aside(fresh, lambda: fresh.execute("select writer from take_writer(%s)", [node.node]).fetchone())
        attempt = aside(node.connection, node.now, (x, 1), ids=[command])
        holder.connection.commit()
        assert taking.result(20)[0] > old
        assert observer.execute("select 1 from batches where writer = %s and seq = 1", [old]).fetchone() is None
        fresh.commit()
    assert attempt.result(20)[0] == FENCED
    assert observer.execute("select 1 from events where command_id = %s", [command]).fetchone() is None


def test_batch_behind_a_refused_one_is_orphaned(writers):
    """Interleaving 1: batch 1 is refused, batch 2, decided on it, must not commit."""
    a, b, x = writers(), writers(), stream()
    a.now((x, 1))
    b.now((x, 2), read=0)
    assert a.append((x, 2), read=a.read)[0] == REFUSED
    a.previous = a.seq                              # sent before the refusal was known
    assert a.now((x, 3))[0] == ORPHANED
    a.previous = 1
    assert a.now((x, 3), read=0)[0] == APPENDED


def test_a_predecessor_is_used_once(writers):
    a, x = writers(), stream()
    a.now((x, 1))
    a.previous = 0
    assert a.now((x, 2))[0] == ORPHANED


def test_recorded_at_never_goes_back_and_positions_have_no_gap(writers, observer):
    a, b = writers(), writers()
    for _ in range(20):
        a.now((stream(), 1), read=0)
        b.now((stream(), 1), (stream(), 1), read=0)
    assert observer.execute("""
        select count(*) from (
            select first - lag(last) over w as step, recorded_at < lag(recorded_at) over w as back
            from batches window w as (order by number)) as b
        where step <> 1 or back""").fetchone() == (0,)
    assert observer.execute("select count(*) = max(position) from events").fetchone() == (True,)


def test_chain_is_what_the_rows_say(writers, observer):
    a = writers()
    start = observer.execute("select max(number) from batches").fetchone()[0]
    x = stream()
    a.now((x, 1), (x, 2))
    a.now((x, 3), (stream(), 1))
    chain.verify(observer, start)


@contextlib.contextmanager
def refuses(sqlstate):
    with pytest.raises(psycopg.Error) as caught:
        yield
    assert caught.value.sqlstate == sqlstate


def test_a_stream_number_belongs_to_one_stream(writers):
    a, x = writers(), stream()
    with a.connection.transaction():
        a.append((x, 1), key=b"one")
    # Another stream of the same number cannot exist at version 1 either: the head says so, and names it.
    assert a.now((x, 1), key=b"other", read=-1)[0] == REFUSED
    with refuses("GC002"):
        a.now((x, 1), key=b"other")
    a.connection.rollback()


def test_a_personal_key_stays_until_it_is_destroyed(writers, observer):
    a, x, key = writers(), stream(), secrets.token_bytes(32)
    a.now((x, 1), personal=[(x, key)])
    a.now((x, 2), personal=[(x, key)])
    with refuses("GC003"):
        a.now((x, 3), personal=[(x, secrets.token_bytes(32))])
    a.connection.rollback()
    assert observer.execute("delete from personal_keys where stream = %s", [x]).rowcount == 1
    with refuses("42501"):
        observer.execute("update personal_keys set key = ''")
    assert a.now((x, 3))[0] == APPENDED


@pytest.mark.parametrize("level", [psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.SERIALIZABLE])
def test_other_isolation_levels_are_refused(writers, level):
    a = writers()
    a.connection.isolation_level = level
    with refuses("GC004"):
        a.now((stream(), 1))
