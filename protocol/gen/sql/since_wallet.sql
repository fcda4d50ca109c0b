-- since_wallet: $1 player, $2 position, $3 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, player, free, paid
from wallets
where player = $1::uuid and "position" > $2::bigint
limit $3::bigint;
