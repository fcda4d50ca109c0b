-- since_pity: $1 player, $2 position, $3 pity_group to start after, or null, $4 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, pity_group, draws
from pities
where player = $1::uuid and "position" > $2::bigint and (pity_group) > (coalesce($3::text, ''::text))
order by pity_group
limit $4::bigint;
