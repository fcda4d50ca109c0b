"""gachapon verify: a log that is whole is called whole; whatever is changed in one is found, and located.

Each case changes a log as somebody with the owner's rights could (triggers off), asks the tool, and puts the rows
back. The last ones rewrite the chain as well: then only what was logged outside the database tells.
"""

import hashlib
import os
import pathlib
import re
import struct
import subprocess
import uuid

import psycopg
import pytest

import chain
from test_append_races import PLAYER, Writer

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("GACHAPON_BINARY", ROOT / "build/gachapon")).resolve()
TABLES = ("log", "writers", "streams", "events", "batches")
pytestmark = pytest.mark.skipif(not BINARY.exists(), reason=f"{BINARY} is not built")


def player():
    """(number, key) of a new player's stream, the number as the server makes it."""
    key = uuid.uuid4().bytes
    digest = hashlib.sha256(struct.pack(">h", PLAYER) + key).digest()
    return int.from_bytes(digest[:8], "big") >> 1, key


class Log:
    """A log of its own, with the tables' rows kept aside."""

    def __init__(self, store):
        self.store = store
        writers = [Writer(store), Writer(store)]
        self.streams = [player() for _ in range(6)]
        versions = dict.fromkeys((number for number, _ in self.streams), 0)
        for turn in range(40):
            writer = writers[turn % 7 == 0]
            number, key = self.streams[turn % 6]
            writes = [(number, versions[number] + step) for step in range(1, 2 + turn % 3)]
            versions[number] += len(writes)
            assert writer.now(*writes, read=0, key=key)[0] == 0
        for writer in writers:
            writer.take()
            writer.connection.close()
        self.owner = psycopg.connect(store.owner_dsn, autocommit=True)
        self.owner.execute("create schema kept")
        for table in TABLES:
            self.owner.execute(f"create table kept.{table} as table {table}")

    def one(self, sql, *values):
        return self.owner.execute(sql, values).fetchone()[0]

    def change(self, *statements):
        for table in TABLES:
            self.owner.execute(f"alter table {table} disable trigger append_only")
        for statement in statements:
            assert self.owner.execute(statement).rowcount > 0, statement

    def put_back(self):
        for table in TABLES:
            self.owner.execute(f"alter table {table} disable trigger append_only")
            self.owner.execute(f"truncate {table}")
            columns = "overriding system value" if table in ("log", "writers") else ""
            self.owner.execute(f"insert into {table} {columns} select * from kept.{table}")
            self.owner.execute(f"alter table {table} enable always trigger append_only")

    def verify(self, *arguments):
        done = subprocess.run([BINARY, "verify", *arguments], env={**os.environ, "EVENT_STORE_DSN": self.store.dsn},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300, check=False)
        return done.returncode, done.stdout + done.stderr

    def batch_of(self, position):
        return self.one("select number from batches where first <= %s and last >= %s", position, position)


@pytest.fixture(scope="module")
def shared(new_store):
    log = Log(new_store("verify"))
    yield log
    log.owner.close()


@pytest.fixture
def log(shared):
    yield shared
    shared.put_back()


def test_a_whole_log_is_called_whole(log):
    code, text = log.verify()
    events, batches = log.one("select count(*) from events"), log.one("select count(*) from batches")
    assert code == 0 and "the log is whole" in text
    assert f"{events} events in {batches} batches, up to position {events}" in text
    assert log.one("select encode(chain, 'hex') from batches order by number desc limit 1") in text
    chain.verify(log.owner)


# What is changed -> (statements, position where it must be found, words). None: the last; 1: where that stream begins.
CHANGED_BYTE = "update events set data = set_byte(data, 2, get_byte(data, 2) # 1) where position = 20"
LAST = "(select max(last) from batches)"
CASES = {
    "a byte of data": ([CHANGED_BYTE], 20, "not what was chained"),
    "a type": (["update events set type = 3 where position = 20"], 20, "not what was chained"),
    "who did it": (["update events set actor = gen_random_uuid() where position = 20"], 20, "not what was chained"),
    "a command id": (["update events set command_id = gen_random_uuid() where position = 20"], 20, "not what was chained"),
    "a digest": (["update events set digest = decode(repeat('ab', 16), 'hex') where position = 20"], 20, "not what was"),
    "a time": (["update events set recorded_at = recorded_at - interval '1 s' where position = 20"], 20, "the time is not"),
    "an event is gone": (["delete from events where position = 20"], 20, "the event is missing"),
    "the last event is gone": ([f"delete from events where position = {LAST}"], None, "the event is missing"),
    "an event too many": ([f"insert into events select {LAST} + 1, stream, recorded_at, 900, type, schema_version, null, null,"
                           " null, null, null, data from events where position = 20"], "beyond", "lie beyond the last"),
    "two events change places": (["update events set position = -1 where position = 20",
                                  "update events set position = 20 where position = 21",
                                  "update events set position = 21 where position = -1"], 20, ""),
    "a version": (["update events set version = version + 500 where position = 20"], 20, "does not follow"),
    "another stream's number": (["update streams set key = decode(repeat('cd', 16), 'hex') where stream ="
                                 " (select stream from events where position = 20)"], 1, "not the hash"),
    "a stream is gone": (["delete from streams where stream = (select stream from events where position = 20)"], 1,
                         "not the hash"),
    "a command's columns": (["update events set digest = null where position = 20"], 20, "columns are not whole"),
    "a batch's writer": (["update batches set writer = 77 where first <= 20 and last >= 20"], 20, "not what was chained"),
    "a batch's time": (["update batches set recorded_at = recorded_at + interval '1 h' where first <= 20 and last >= 20"], 20,
                       "the time is not"),
    "a batch's chain": (["update batches set chain = sha256('x') where first <= 20 and last >= 20"], 20, "not what was"),
    "a chain that is none": (["update batches set chain = 'x' where first <= 20 and last >= 20"], 20, "is no hash"),
    "a batch is gone": (["delete from batches where first <= 20 and last >= 20"], 20, "the batch is missing"),
    "the beginning": (["update log set epoch = gen_random_uuid()"], 0, "does not begin"),
    "everything is gone": (["delete from batches"], 0, "no batch at all"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_found_and_located(log, name):
    statements, position, words = CASES[name]
    if position is None:
        position = log.one("select max(last) from batches")
    if position == "beyond":
        position = log.one("select max(last) + 1 from batches")
    first = position
    if position == 20:  # the chain tells the batch, not which of its events
        first = log.one("select first from batches where first <= 20 and last >= 20")
    if position == 1 and "stream" in statements[0]:  # where that stream begins
        first = position = log.one("select min(position) from events where stream = (select stream from events"
                                   " where position = 20)")
    batch = log.batch_of(position) if 0 < position <= log.one("select max(last) from batches") else None
    log.change(*statements)
    code, text = log.verify()
    assert code == 1 and words in text, text
    found = re.search(r"BROKEN at batch (\d+), position (\d+)", text)
    assert found, text
    assert first <= int(found[2]) <= position, text
    assert batch is None or int(found[1]) == batch, text


def rewrite_chain(log, after):
    """As one who knows how it is made."""
    log.change()
    previous = log.one("select chain from batches where number = %s", after)
    rows = log.owner.execute("""select number, first, last, writer, seq,
                                (extract(epoch from recorded_at) * 1000000)::bigint from batches where number > %s
                                order by number""", [after]).fetchall()
    for number, first, last, writer, seq, at_us in rows:
        events = log.owner.execute("""select stream, version, type, schema_version, command_id, causation_id, correlation_id,
                                      actor, digest, data from events where position between %s and %s order by position""",
                                   [first, last]).fetchall()
        digest = chain.event_digest([(*row[:4], row[4:8] if row[4] else None, row[8], row[9]) for row in events])
        previous = hashlib.sha256(previous + (digest if events else b"") + struct.pack(
            ">qqqqqq", number, first, last, writer, seq, at_us - chain.POSTGRES_EPOCH_US)).digest()
        log.owner.execute("update batches set chain = %s where number = %s", [previous, number])


def test_a_rewritten_chain_is_found_by_what_was_logged(log):
    lines = [f"{last}:{made}" for last, made in log.owner.execute(
        "select last, encode(chain, 'hex') from batches where last >= first and number % 4 = 0")]
    lines = [each for line in lines for each in ("--expect", line)]
    assert len(lines) >= 12
    assert log.verify(*lines)[0] == 0
    log.change(CHANGED_BYTE)
    rewrite_chain(log, log.batch_of(20) - 1)
    assert log.verify()[0] == 0, "whole in itself"
    code, text = log.verify(*lines)
    wanted = min(int(line.split(":")[0]) for line in lines[1::2] if int(line.split(":")[0]) >= 20)
    assert code == 1 and f"position {wanted}: the chain at this position is not the one that was logged" in text


def test_a_log_cut_short_is_found_by_what_was_logged(log):
    last, made = log.owner.execute(
        "select last, encode(chain, 'hex') from batches where last >= first order by number desc limit 1").fetchone()
    cut = log.batch_of(30)
    log.change(f"delete from events where position > (select last from batches where number = {cut})",
               f"delete from batches where number > {cut}")
    assert log.verify()[0] == 0
    code, text = log.verify("--expect", f"{last}:{made}")
    assert code == 1 and f"once went to position {last}" in text


@pytest.mark.parametrize("arguments", [["--expect"], ["--expect", "x"], ["--expect", "7:ab"], ["--what"]])
def test_wrong_usage(log, arguments):
    code, text = log.verify(*arguments)
    assert code == 2 and "usage" in text


def test_what_cannot_be_judged(log):
    environment = {**os.environ, "EVENT_STORE_DSN": "postgresql://nobody@127.0.0.1:1/nothing"}
    done = subprocess.run([BINARY, "verify"], env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2 and "cannot connect" in done.stderr


def test_a_new_epoch_keeps_the_chain(new_store):
    log = Log(new_store("verify_epoch"))
    environment = {**os.environ, "EVENT_STORE_OWNER_DSN": log.store.owner_dsn}
    writers = log.one("select count(*) from writers where writer not in (select replaces from writers where replaces > 0)")
    done = subprocess.run([BINARY, "new-epoch"], env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    head = log.one("select max(last) from batches")
    assert done.stdout == f"epoch {log.one('select epoch from log order by number desc limit 1')} begins behind position {head}\n"
    assert log.one("select count(*) from log") == 2 and writers >= 2
    assert log.verify()[0] == 0
    chain.verify(log.owner)
    number, key = log.streams[0]
    writer = Writer(log.store)
    version = log.one("select max(version) from events where stream = %s", number)
    assert writer.now((number, version + 1))[0] == 0
    assert log.verify()[0] == 0
    writer.close()
    log.owner.close()
