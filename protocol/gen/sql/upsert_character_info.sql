-- upsert_character_info: $1 position[], $2 deleted[], $3 character[], $4 name[], $5 rarity[], $6 description[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into character_catalogue ("position", deleted, "character", name, rarity, description)
select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::text[], $5::smallint[], $6::text[])
on conflict ("character") do update set "position" = excluded."position", deleted = excluded.deleted, name = excluded.name, rarity = excluded.rarity, description = excluded.description
where character_catalogue."position" <= excluded."position";
