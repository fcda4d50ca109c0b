-- Whether the tables have to be made anew. $1 fingerprint, $2 projections, $3 tables.
select read_models_differ($1::text, $2::text[], $3::text[])::boolean
