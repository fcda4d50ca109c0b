-- page_character: $1 player, $2 character to start after, or null, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, "character", rarity, copies
from characters
where player = $1::uuid and not deleted and ("character") > (coalesce($2::text, ''::text))
order by "character"
limit $3::bigint;
