-- since_team: $1 player, $2 position, $3 team to start after, or null, $4 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, team, name, members
from teams
where player = $1::uuid and "position" > $2::bigint and (team) > (coalesce($3::bigint, '-9223372036854775808'::bigint))
order by team
limit $4::bigint;
