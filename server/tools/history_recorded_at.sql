-- When an event was recorded. $1 its position.
select recorded_at from events where position = $1::bigint
