-- Forgets what concerns no token any more. $1 older than so many milliseconds.
delete from revocations where noted_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
