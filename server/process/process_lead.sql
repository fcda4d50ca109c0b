-- One node at a time works on the processes; the lock goes with the connection. $1 the lock's number.
select pg_try_advisory_lock($1::bigint)
