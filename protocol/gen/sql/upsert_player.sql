-- upsert_player: $1 position[], $2 deleted[], $3 player[], $4 display_name[], $5 status[], $6 registered_at[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into players ("position", deleted, player, display_name, status, registered_at)
select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::text[], $5::smallint[], $6::timestamptz[])
on conflict (player) do update set "position" = excluded."position", deleted = excluded.deleted, display_name = excluded.display_name, status = excluded.status, registered_at = excluded.registered_at
where players."position" <= excluded."position";
