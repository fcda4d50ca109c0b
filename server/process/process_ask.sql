-- Timers that no event leaves, due at once, on the disk when it is answered. $1 process, $2 instances, $3 step.
with begun as (
    insert into processes (name, position) values ($1::text, 0) on conflict (name) do nothing
)
insert into timers (process, instance, step, due_at)
select distinct $1::text, n.instance, $3::smallint, clock_timestamp()
from unnest($2::uuid[]) as n (instance), set_config('synchronous_commit', 'on', true)
on conflict (process, instance, step) do update set due_at = excluded.due_at, attempts = 0
