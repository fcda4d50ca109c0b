-- A state: its snapshot, if there is one that this program reads, and a page of the events behind it. $1 stream number,
-- $2 kind, $3 key (a number that belongs to another stream gives nothing), $4 schema version of the snapshot, $5 at most
-- so many events. Columns as in eventstore_load; the snapshot is the row in front, with position 0.
-- One that is ahead of the log (which was restored without it) is not read.
with snapshot as materialized (
    select s.version, s.data
    from snapshots s
    where s.stream = $1::bigint and s.schema_version = $4::int
      and exists (select from events e where e.stream = s.stream and e.version = s.version)
      and exists (select from streams n where n.stream = $1::bigint and n.kind = $2::smallint and n.key = $3::bytea)
)
(
    select 0::bigint, null::smallint, null::bytea, s.version, 0::smallint, 0::smallint, null::timestamptz,
           null::uuid, null::uuid, null::uuid, null::uuid, null::bytea, s.data,
           (select k.key from personal_keys k where k.stream = $1::bigint)
    from snapshot s
)
union all
(
    select e.position, null::smallint, null::bytea, e.version, e.type, e.schema_version, e.recorded_at,
           e.command_id, e.causation_id, e.correlation_id, e.actor, e.digest, e.data,
           (select k.key from personal_keys k where k.stream = $1::bigint)
    from events e
    where e.stream = $1::bigint and e.version > coalesce((select s.version from snapshot s), 0)
      and exists (select from streams n where n.stream = $1::bigint and n.kind = $2::smallint and n.key = $3::bytea)
    order by e.version
    limit $5::bigint
)
order by 4
