-- upsert_proof: $1 position[], $2 deleted[], $3 player[], $4 seed_number[], $5 seed_hash[], $6 next_seed_hash[], $7 client_seed[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into proofs ("position", deleted, player, seed_number, seed_hash, next_seed_hash, client_seed)
select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::bigint[], $5::bytea[], $6::bytea[], $7::text[])
on conflict (player) do update set "position" = excluded."position", deleted = excluded.deleted, seed_number = excluded.seed_number, seed_hash = excluded.seed_hash, next_seed_hash = excluded.next_seed_hash, client_seed = excluded.client_seed
where proofs."position" <= excluded."position";
