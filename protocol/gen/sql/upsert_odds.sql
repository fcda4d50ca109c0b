-- upsert_odds: $1 position[], $2 deleted[], $3 pack[], $4 character[], $5 rarity[], $6 numerator[], $7 denominator[], $8 version[], $9 rarity_weight[], $10 weight[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into pack_odds ("position", deleted, pack, "character", rarity, numerator, denominator, version, rarity_weight, weight)
select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::text[], $5::smallint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
on conflict (pack, "character") do update set "position" = excluded."position", deleted = excluded.deleted, rarity = excluded.rarity, numerator = excluded.numerator, denominator = excluded.denominator, version = excluded.version, rarity_weight = excluded.rarity_weight, weight = excluded.weight
where pack_odds."position" <= excluded."position";
