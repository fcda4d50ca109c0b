-- What a page of the log asks for, and the step beyond it: both or neither, and only from where the page began.
-- $1 process, $2 from this position, $3 to this one; $4 instance and $5 step of timers to cancel; $6 instance, $7 step and
-- $8 due time of timers to set. No timer is named twice.
with moved as (
    update processes set position = $3::bigint where name = $1::text and position = $2::bigint returning name
), cancelled as (
    delete from timers t using unnest($4::uuid[], $5::smallint[]) as c (instance, step), moved m
    where t.process = m.name and t.instance = c.instance and t.step = c.step
), placed as (
    insert into timers (process, instance, step, due_at)
    select m.name, n.instance, n.step, n.due_at
    from moved m, unnest($6::uuid[], $7::smallint[], $8::timestamptz[]) as n (instance, step, due_at)
    on conflict (process, instance, step) do update set due_at = excluded.due_at, attempts = 0
)
select count(*) from moved
