-- upsert_item: $1 position[], $2 deleted[], $3 player[], $4 item[], $5 count[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into items ("position", deleted, player, item, count)
select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::text[], $5::bigint[])
on conflict (player, item) do update set "position" = excluded."position", deleted = excluded.deleted, count = excluded.count
where items."position" <= excluded."position";
