"""The log's hash chain, made again from the rows: an implementation apart from the server's and the database's."""

import hashlib
import struct

POSTGRES_EPOCH_US = 946684800000000  # it counts microseconds from 2000


def event_digest(events):
    """As in server/eventstore/eventstore_batch.c; events are (stream, version, type, schema, ids or None, digest, data)."""
    sha = hashlib.sha256()
    for stream, version, kind, schema, ids, digest, data in events:
        sha.update(struct.pack(">qihhB", stream, version, kind, schema, ids is not None))
        if ids is not None:
            for each in ids:
                sha.update(each.bytes if each else bytes(16))
            sha.update(digest)
        sha.update(struct.pack(">i", len(data)) + data)
    return sha.digest()


def verify(connection, after=0):
    """Every batch behind number `after` holds the chain that its rows give; returns how many there were."""
    previous = connection.execute("select chain from batches where number = %s", [after]).fetchone()[0]
    batches = connection.execute("""
        select number, first, last, writer, seq, (extract(epoch from recorded_at) * 1000000)::bigint, chain
        from batches where number > %s order by number""", [after]).fetchall()
    for number, first, last, writer, seq, at_us, chain in batches:
        rows = connection.execute("""
            select stream, version, type, schema_version, command_id, causation_id, correlation_id, actor, digest, data
            from events where position between %s and %s order by position""", [first, last]).fetchall()
        digest = event_digest([(*row[:4], row[4:8] if row[4] else None, row[8], row[9]) for row in rows])
        made = hashlib.sha256(previous + (digest if rows else b"") + struct.pack(
            ">qqqqqq", number, first, last, writer, seq, at_us - POSTGRES_EPOCH_US)).digest()
        assert made == chain, f"batch {number}"
        previous = chain
    return len(batches)
