-- upsert_character: $1 position[], $2 deleted[], $3 player[], $4 character[], $5 rarity[], $6 copies[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into characters ("position", deleted, player, "character", rarity, copies)
select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::text[], $5::smallint[], $6::bigint[])
on conflict (player, "character") do update set "position" = excluded."position", deleted = excluded.deleted, rarity = excluded.rarity, copies = excluded.copies
where characters."position" <= excluded."position";
