-- In front of a query's rows: the lowest position of the projections $1, the generation, and the horizon of tombstones.
select coalesce(min(position) filter (where name = any ($1::text[])), 0)::bigint,
       coalesce(max(generation), 0)::bigint,
       coalesce(max(horizon), 0)::bigint
from projections
