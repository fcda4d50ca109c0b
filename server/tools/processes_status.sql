-- A line for each process: name, position, head of the log; its timers, how many are due, how many came to nothing at least
-- once, and for how many seconds the oldest has been due. No parameters.
select p.name, p.position,
       (select b.last from batches b order by b.last desc, b.number desc limit 1),
       count(t.instance),
       count(t.instance) filter (where t.due_at <= clock_timestamp()),
       count(t.instance) filter (where t.attempts > 0),
       coalesce(greatest(extract(epoch from clock_timestamp() - min(t.due_at)), 0), 0)::bigint
from processes p
left join timers t on t.process = p.name
group by p.name, p.position
order by p.name
