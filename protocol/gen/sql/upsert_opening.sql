-- upsert_opening: $1 position[], $2 deleted[], $3 player[], $4 opening[], $5 pack[], $6 pack_version[], $7 cost_free[], $8 cost_paid[], $9 item[], $10 seed_number[], $11 first_nonce[], $12 pulls[], $13 opened_at[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into openings ("position", deleted, player, opening, pack, pack_version, cost_free, cost_paid, item, seed_number, first_nonce, pulls, opened_at)
select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::bytea[], $13::timestamptz[])
on conflict (player, opening) do update set "position" = excluded."position", deleted = excluded.deleted, pack = excluded.pack, pack_version = excluded.pack_version, cost_free = excluded.cost_free, cost_paid = excluded.cost_paid, item = excluded.item, seed_number = excluded.seed_number, first_nonce = excluded.first_nonce, pulls = excluded.pulls, opened_at = excluded.opened_at
where openings."position" <= excluded."position";
