-- since_item: $1 player, $2 position, $3 item to start after, or null, $4 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, item, count
from items
where player = $1::uuid and "position" > $2::bigint and (item) > (coalesce($3::text, ''::text))
order by item
limit $4::bigint;
