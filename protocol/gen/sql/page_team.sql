-- page_team: $1 player, $2 team to start after, or null, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, team, name, members
from teams
where player = $1::uuid and not deleted and (team) > (coalesce($2::bigint, '-9223372036854775808'::bigint))
order by team
limit $3::bigint;
