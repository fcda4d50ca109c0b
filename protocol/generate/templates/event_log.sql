-- What happened, as a person reads it: one row an event, fields by their names, in the order of the log.
--     select * from event_log where key = '<player>' order by position;
--     select position, type, data ->> 'pack' from event_log where type = 'pack_opened';
create view event_log with (security_invoker = true) as
select e.position,
       k.name as stream,
       case k.key
           when 'uuid' then encode(s.key, 'hex')::uuid::text
           when 'slug' then convert_from(s.key, 'UTF8')
           else ''
       end as key,
       e.version,
       coalesce(t.name, 'event ' || e.type) as type,
       e.recorded_at,
       e.command_id,
       e.actor,
       protocol_payload(
           'struct',
           'event_' || t.name || case when e.schema_version < t.version then '_v' || e.schema_version else '' end,
           e.data
       ) as data
from events e
join streams s on s.stream = e.stream
left join protocol_streams k on k.number = s.kind
left join protocol_events t on t.number = e.type;

comment on view event_log is 'The log with field names, enum names and readable ids and times; personal texts stay hidden.';
grant select on event_log, protocol_enums, protocol_fields, protocol_streams, protocol_events to public;
