-- since_pack: $1 position, $2 pack to start after, or null, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, pack, version, name, status, price, ten_price, pity_group, hard_pity, pity_rarity, item, limited
from packs
where "position" > $1::bigint and (pack) > (coalesce($2::text, ''::text))
order by pack
limit $3::bigint;
