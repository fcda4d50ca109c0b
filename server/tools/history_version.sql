-- The last event of a stream that is not behind a version. $1 stream number, $2 the version.
select version, position
from events
where stream = $1::bigint and version <= $2::int
order by version desc
limit 1
