-- upsert_stock: $1 position[], $2 deleted[], $3 pack[], $4 limited[], $5 remaining[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into stocks ("position", deleted, pack, limited, remaining)
select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::boolean[], $5::bigint[])
on conflict (pack) do update set "position" = excluded."position", deleted = excluded.deleted, limited = excluded.limited, remaining = excluded.remaining
where stocks."position" <= excluded."position";
