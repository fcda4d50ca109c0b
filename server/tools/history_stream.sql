-- A page of one stream. $1 stream number, $2 after this version, $3 at most so many. Columns as in history_page.
select e.position, s.kind, s.key, e.version, e.type, e.schema_version, e.recorded_at,
       c.command_id, c.causation_id, c.correlation_id, c.actor, c.digest, e.data, null::bytea
from events e
join streams s on s.stream = e.stream
left join lateral (
    select f.* from events f
    where f.position <= e.position and f.command_id is not null
    order by f.position desc
    limit 1) as c on true
where e.stream = $1::bigint and e.version > $2::int
order by e.version
limit $3::bigint
