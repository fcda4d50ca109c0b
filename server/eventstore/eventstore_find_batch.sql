-- Whether a batch whose answer was lost is in the log. $1 its writer (replaced by now), $2 its seq.
select first, last, recorded_at, since from batches where writer = $1::bigint and seq = $2::bigint
