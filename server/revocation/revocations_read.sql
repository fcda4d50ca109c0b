-- Revocations in order. $1 after this number, $2 at most so many, $3 none that is older than so many milliseconds.
select number, cause, kind, close_code, subject, sid, roles, at_ms,
       greatest(0, (extract(epoch from clock_timestamp() - noted_at) * 1000)::bigint)
from revocations
where number > $1::bigint and noted_at > clock_timestamp() - $3::bigint * interval '1 millisecond'
order by number
limit $2::bigint
