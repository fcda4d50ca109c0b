-- page_stock: $1 pack to start after, or null, $2 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, pack, limited, remaining
from stocks
where not deleted and (pack) > (coalesce($1::text, ''::text))
order by pack
limit $2::bigint;
