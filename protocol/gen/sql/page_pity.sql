-- page_pity: $1 player, $2 pity_group to start after, or null, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, pity_group, draws
from pities
where player = $1::uuid and not deleted and (pity_group) > (coalesce($2::text, ''::text))
order by pity_group
limit $3::bigint;
