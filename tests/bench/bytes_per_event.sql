-- What an event costs on disk, from a log in use:  ./dev psql events -f tests/bench/bytes_per_event.sql
-- Table and index bytes are divided by all events; run it on a log of ten thousand events or more.
\echo 'Bytes an event, by relation'
select c.relname as relation,
       pg_size_pretty(pg_total_relation_size(c.oid)) as total,
       round(pg_relation_size(c.oid)::numeric / n.events, 1) as heap,
       round(pg_indexes_size(c.oid)::numeric / n.events, 1) as indexes,
       round(pg_total_relation_size(c.oid)::numeric / n.events, 1) as together
from pg_class c, (select greatest(count(*), 1) as events from events) n
where c.relkind = 'r' and c.relname in ('events', 'batches', 'streams', 'personal_keys', 'snapshots', 'writers')
order by pg_total_relation_size(c.oid) desc;

\echo 'Indexes of events'
select c.relname as index, round(pg_relation_size(c.oid)::numeric / n.events, 1) as bytes_an_event
from pg_index i join pg_class c on c.oid = i.indexrelid, (select greatest(count(*), 1) as events from events) n
where i.indrelid = 'events'::regclass
order by pg_relation_size(c.oid) desc;

\echo 'Payload, and rows as they lie in the heap, by type'
select coalesce(t.name, e.type::text) as type, count(*) as events, round(avg(length(e.data)), 1) as payload,
       round(avg(pg_column_size(e.*)), 1) as row
from events e left join protocol_events t on t.number = e.type
group by 1
order by 2 desc;
