-- since_character_info: $1 position, $2 character to start after, or null, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, "character", name, rarity, description
from character_catalogue
where "position" > $1::bigint and ("character") > (coalesce($2::text, ''::text))
order by "character"
limit $3::bigint;
