-- All events of these commands: from the one with the id up to the next one with another. $1 command ids, $2 most
-- events a command has. Columns as in eventstore_read.
select e.position, s.kind, s.key, e.version, e.type, e.schema_version, e.recorded_at,
       e.command_id, e.causation_id, e.correlation_id, e.actor, e.digest, e.data, k.key
from (select f.position from events f where f.command_id = any ($1::uuid[])) as first
cross join lateral (
    select n.*, count(n.command_id) over (order by n.position) as command
    from events n
    where n.position >= first.position and n.position < first.position + $2::bigint) as e
join streams s on s.stream = e.stream
left join personal_keys k on k.stream = e.stream
where e.command = 1
order by e.position
