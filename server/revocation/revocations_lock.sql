-- One node notes at a time, so that numbers become visible in their order. $1 the lock's number.
select pg_advisory_xact_lock($1::bigint)
