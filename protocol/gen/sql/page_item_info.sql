-- page_item_info: $1 item to start after, or null, $2 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, item, name, description
from item_catalogue
where not deleted and (item) > (coalesce($1::text, ''::text))
order by item
limit $2::bigint;
