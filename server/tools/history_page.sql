-- A range of the log. $1 after this position, $2 up to this one, $3 the types, null for all. Columns as in
-- eventstore_read, without the personal key, and the command's on every one of its events.
select e.position, s.kind, s.key, e.version, e.type, e.schema_version, e.recorded_at,
       c.command_id, c.causation_id, c.correlation_id, c.actor, c.digest, e.data, null::bytea
from events e
join streams s on s.stream = e.stream
left join lateral (
    select f.* from events f
    where f.position <= e.position and f.command_id is not null
    order by f.position desc
    limit 1) as c on true
where e.position > $1::bigint and e.position <= $2::bigint
  and ($3::smallint[] is null or e.type = any ($3::smallint[]))
order by e.position
