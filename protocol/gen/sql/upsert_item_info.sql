-- upsert_item_info: $1 position[], $2 deleted[], $3 item[], $4 name[], $5 description[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into item_catalogue ("position", deleted, item, name, description)
select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::text[], $5::text[])
on conflict (item) do update set "position" = excluded."position", deleted = excluded.deleted, name = excluded.name, description = excluded.description
where item_catalogue."position" <= excluded."position";
