-- A timer is done with, unless it was set anew meanwhile. $1 process, $2 instance, $3 step, $4 when it was due.
delete from timers
where process = $1::text and instance = $2::uuid and step = $3::smallint and due_at = $4::timestamptz
