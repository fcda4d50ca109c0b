-- upsert_wallet: $1 position[], $2 deleted[], $3 player[], $4 free[], $5 paid[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into wallets ("position", deleted, player, free, paid)
select * from unnest($1::bigint[], $2::boolean[], $3::uuid[], $4::bigint[], $5::bigint[])
on conflict (player) do update set "position" = excluded."position", deleted = excluded.deleted, free = excluded.free, paid = excluded.paid
where wallets."position" <= excluded."position";
