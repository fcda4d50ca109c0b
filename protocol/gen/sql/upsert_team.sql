-- upsert_team: $1 position[], $2 deleted[], $3 player[], $4 team[], $5 name[], $6 members[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into teams ("position", deleted, player, team, name, members)
select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::bigint[], $5::text[], $6::bytea[])
on conflict (player, team) do update set "position" = excluded."position", deleted = excluded.deleted, name = excluded.name, members = excluded.members
where teams."position" <= excluded."position";
