-- Empties the read models: the log is another one. $1 the generation that was seen, $2 the log's epoch.
select reset_projections($1::bigint, $2::uuid)
