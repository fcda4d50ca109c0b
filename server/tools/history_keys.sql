-- The personal keys of some streams, those that were not destroyed, by stream. $1 the streams' numbers.
select stream, key from personal_keys where stream = any ($1::bigint[]) order by stream
