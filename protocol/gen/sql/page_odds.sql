-- page_odds: $1 pack to start after, or null, $2 character to start after, or null, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, pack, "character", rarity, numerator, denominator, version, rarity_weight, weight
from pack_odds
where not deleted and (pack, "character") > (coalesce($1::text, ''::text), coalesce($2::text, ''::text))
order by pack, "character"
limit $3::bigint;
