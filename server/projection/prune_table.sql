-- Deletes tombstones, a stretch of the table's pages at a time. What stands in braces is replaced by its name, quoted.
-- $1 up to this position, $2 first page, $3 how many. How many rows went, and how many pages the table has.
with gone as (
    delete from {table}
    where ctid >= ('(' || $2::bigint || ',0)')::tid and ctid < ('(' || ($2::bigint + $3::bigint) || ',0)')::tid
          and deleted and position <= $1::bigint
    returning 1
)
select count(*)::bigint, (pg_relation_size('{table}') / current_setting('block_size')::bigint)::bigint from gone
