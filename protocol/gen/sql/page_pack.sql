-- page_pack: $1 pack to start after, or null, $2 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, pack, version, name, status, price, ten_price, pity_group, hard_pity, pity_rarity, item, limited
from packs
where not deleted and (pack) > (coalesce($1::text, ''::text))
order by pack
limit $2::bigint;
