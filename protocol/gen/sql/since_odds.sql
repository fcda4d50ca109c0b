-- since_odds: $1 position, $2 pack to start after, or null, $3 character to start after, or null, $4 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, pack, "character", rarity, numerator, denominator, version, rarity_weight, weight
from pack_odds
where "position" > $1::bigint and (pack, "character") > (coalesce($2::text, ''::text), coalesce($3::text, ''::text))
order by pack, "character"
limit $4::bigint;
