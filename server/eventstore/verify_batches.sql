-- A page of batches in the order of the log. $1 and $2 last position and number to come after, $3 at most so many.
select number, first, last, writer, seq, recorded_at, chain
from batches
where (last, number) > ($1::bigint, $2::bigint)
order by last, number
limit $3::bigint
