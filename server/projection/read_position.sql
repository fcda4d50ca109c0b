-- In front of a query's rows: the lowest position of the projections $1, and the generation.
select coalesce(min(position) filter (where name = any ($1::text[])), 0)::bigint,
       coalesce(max(generation), 0)::bigint
from projections
