-- The new tables become the live ones. $1 fingerprint, $2 projections, $3 tables, $4 whether they are all there are,
-- $5 position they hold, $6 the log's epoch.
select switch_read_models($1::text, $2::text[], $3::text[], $4::boolean, $5::bigint, $6::uuid)
