-- upsert_odds: $1 position[], $2 deleted[], $3 pack[], $4 character[], $5 rarity[], $6 numerator[], $7 denominator[], $8 version[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into pack_odds ("position", deleted, pack, "character", rarity, numerator, denominator, version)
select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::text[], $5::smallint[], $6::bigint[], $7::bigint[], $8::bigint[])
on conflict (pack, "character") do update set "position" = excluded."position", deleted = excluded.deleted, rarity = excluded.rarity, numerator = excluded.numerator, denominator = excluded.denominator, version = excluded.version
where pack_odds."position" <= excluded."position";
