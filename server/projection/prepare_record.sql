-- Remembers the tables just made, all at position 0. $1 fingerprint, $2 projections, $3 tables.
select record_read_models($1::text, $2::text[], $3::text[])
