-- Says why a projection stands still, unless it has moved on. $1 its name, $2 the position it stands at, $3 the event's
-- position, $4 its type, $5 the reason.
update projections set failed_position = $3::bigint, failed_type = $4::integer, failed_reason = $5::text
where name = $1::text and position = $2::bigint
