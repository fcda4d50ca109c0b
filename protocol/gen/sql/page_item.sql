-- page_item: $1 player, $2 item to start after, or null, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, item, count
from items
where player = $1::uuid and not deleted and (item) > (coalesce($2::text, ''::text))
order by item
limit $3::bigint;
