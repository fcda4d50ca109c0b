-- upsert_pity: $1 position[], $2 deleted[], $3 player[], $4 pity_group[], $5 draws[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into pities ("position", deleted, player, pity_group, draws)
select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::text[], $5::bigint[])
on conflict (player, pity_group) do update set "position" = excluded."position", deleted = excluded.deleted, draws = excluded.draws
where pities."position" <= excluded."position";
