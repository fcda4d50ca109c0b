-- since_character: $1 player, $2 position, $3 character to start after, or null, $4 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, "character", rarity, copies
from characters
where player = $1::uuid and "position" > $2::bigint and ("character") > (coalesce($3::text, ''::text))
order by "character"
limit $4::bigint;
