-- A page of one stream. $1 stream number, $2 kind, $3 key (a number that belongs to another stream gives nothing),
-- $4 after this version, $5 at most so many. Columns as in eventstore_read, without kind and key.
select e.position, null::smallint, null::bytea, e.version, e.type, e.schema_version, e.recorded_at,
       e.command_id, e.causation_id, e.correlation_id, e.actor, e.digest, e.data,
       (select k.key from personal_keys k where k.stream = $1::bigint)
from events e
where e.stream = $1::bigint and e.version > $4::int
  and exists (select from streams s where s.stream = $1::bigint and s.kind = $2::smallint and s.key = $3::bytea)
order by e.version
limit $5::bigint
