-- page_character_info: $1 character to start after, or null, $2 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, "character", name, rarity, description
from character_catalogue
where not deleted and ("character") > (coalesce($1::text, ''::text))
order by "character"
limit $2::bigint;
