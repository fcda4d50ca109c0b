-- page_opening: $1 player, $2 opening to start after, or null, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, opening, pack, pack_version, cost_free, cost_paid, item, seed_number, first_nonce, pulls, opened_at
from openings
where player = $1::uuid and not deleted and (opening) > (coalesce($2::bigint, '-9223372036854775808'::bigint))
order by opening
limit $3::bigint;
