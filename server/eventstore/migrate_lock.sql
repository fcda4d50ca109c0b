-- One migration at a time; let go when the connection ends. $1 the lock's number.
select pg_advisory_lock($1::bigint)
