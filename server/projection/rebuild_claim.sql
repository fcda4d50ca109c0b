-- One rebuild at a time; goes with the connection. No parameters.
select pg_try_advisory_lock(hashtext('gachapon projections rebuild'))
