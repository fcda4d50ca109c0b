-- The events of some types in a range of the log. $1 after this position, $2 up to this one, $3 the types. Columns as in
-- eventstore_read.
select e.position, s.kind, s.key, e.version, e.type, e.schema_version, e.recorded_at,
       e.command_id, e.causation_id, e.correlation_id, e.actor, e.digest, e.data, k.key
from events e
join streams s on s.stream = e.stream
left join personal_keys k on k.stream = e.stream
where e.position > $1::bigint and e.position <= $2::bigint and e.type = any ($3::smallint[])
order by e.position
