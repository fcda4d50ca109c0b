-- upsert_pack: $1 position[], $2 deleted[], $3 pack[], $4 version[], $5 name[], $6 status[], $7 price[], $8 ten_price[], $9 pity_group[], $10 hard_pity[], $11 pity_rarity[], $12 item[], $13 limited[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into packs ("position", deleted, pack, version, name, status, price, ten_price, pity_group, hard_pity, pity_rarity, item, limited)
select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::bigint[], $5::text[], $6::smallint[], $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::smallint[], $12::text[], $13::boolean[])
on conflict (pack) do update set "position" = excluded."position", deleted = excluded.deleted, version = excluded.version, name = excluded.name, status = excluded.status, price = excluded.price, ten_price = excluded.ten_price, pity_group = excluded.pity_group, hard_pity = excluded.hard_pity, pity_rarity = excluded.pity_rarity, item = excluded.item, limited = excluded.limited
where packs."position" <= excluded."position";
