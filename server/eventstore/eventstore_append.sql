-- Appends a batch, see append_batch in migrations/eventstore.
-- $1 writer, $2 seq, $3 previous seq, $4 read position, $5 digest of the events as sent
-- $6 streams read or written, $7 their expected versions
-- $8 new streams, $9 their kinds, $10 their keys;  $11 streams with a new personal key, $12 the keys
-- $13 stream, $14 version, $15 type, $16 schema version of each event, in order
-- $17 command id, $18 causation, $19 correlation, $20 actor, $21 digest: null but on a command's first event
-- $22 data of each event;  $23 the command ids without the nulls
select outcome, first, last, recorded_at, since, known_commands, changed_streams, chain
from append_batch($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bytea, $6::bigint[], $7::int[],
                  $8::bigint[], $9::smallint[], $10::bytea[], $11::bigint[], $12::bytea[],
                  $13::bigint[], $14::int[], $15::smallint[], $16::smallint[],
                  $17::uuid[], $18::uuid[], $19::uuid[], $20::uuid[], $21::bytea[], $22::bytea[], $23::uuid[])
