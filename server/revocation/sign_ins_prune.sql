-- Forgets who has signed in long ago. $1 older than so many milliseconds.
delete from sign_ins where noted_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
