-- since_stock: $1 position, $2 pack to start after, or null, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, pack, limited, remaining
from stocks
where "position" > $1::bigint and (pack) > (coalesce($2::text, ''::text))
order by pack
limit $3::bigint;
