-- Keeps a snapshot, see put_snapshot in migrations/eventstore. $1 epoch of the log, $2 stream number, $3 version,
-- $4 schema version, $5 data.
select put_snapshot($1::uuid, $2::bigint, $3::int, $4::int, $5::bytea)
