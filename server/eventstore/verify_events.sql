-- A page of events with what is to be held against each: where the stream's version before it stands, how many events
-- have its stream and version, how many have its command id, and whose number its stream's is. $1 after this position,
-- $2 at most so many.
select e.position, e.stream, e.recorded_at, e.version, e.type, e.schema_version,
       e.command_id, e.causation_id, e.correlation_id, e.actor, e.digest, e.data,
       (select max(p.position) from events p where p.stream = e.stream and p.version = e.version - 1),
       (select count(*) from events p where p.stream = e.stream and p.version = e.version),
       (select count(*) from events p where p.command_id = e.command_id),
       s.kind, s.key
from events e
left join streams s on s.stream = e.stream
where e.position > $1::bigint
order by e.position
limit $2::bigint
