-- since_proof: $1 player, $2 position, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, seed_number, seed_hash, next_seed_hash, client_seed
from proofs
where player = $1::uuid and "position" > $2::bigint
limit $3::bigint;
