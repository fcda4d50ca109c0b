-- The events of one command: from the one with its id up to the next one with another. $1 the id, $2 most events a command
-- has. Columns as in history_page.
select e.position, s.kind, s.key, e.version, e.type, e.schema_version, e.recorded_at,
       first.command_id, first.causation_id, first.correlation_id, first.actor, first.digest, e.data, null::bytea
from (select f.* from events f where f.command_id = $1::uuid) as first
cross join lateral (
    select n.*, count(n.command_id) over (order by n.position) as command
    from events n
    where n.position >= first.position and n.position < first.position + $2::bigint) as e
join streams s on s.stream = e.stream
where e.command = 1
order by e.position
