-- since_item_info: $1 position, $2 item to start after, or null, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, item, name, description
from item_catalogue
where "position" > $1::bigint and (item) > (coalesce($2::text, ''::text))
order by item
limit $3::bigint;
