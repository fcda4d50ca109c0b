-- A timer came to nothing for now. $1 process, $2 instance, $3 step, $4 when it was due, $5 milliseconds until it is again.
update timers
set due_at = clock_timestamp() + $5::bigint * interval '1 millisecond', attempts = attempts + 1
where process = $1::text and instance = $2::uuid and step = $3::smallint and due_at = $4::timestamptz
