-- Where a process stands, where the log ends, and what is due: a row each, one with nulls when nothing is. $1 process,
-- $2 at most so many. Nothing at all: the process was never followed.
select p.position,
       (select b.last from batches b order by b.last desc, b.number desc limit 1),
       t.instance, t.step, t.due_at, t.attempts
from processes p
left join lateral (
    select d.instance, d.step, d.due_at, d.attempts
    from timers d
    where d.process = p.name and d.due_at <= clock_timestamp()
    order by d.due_at
    limit $2::bigint) as t on true
where p.name = $1::text
