-- In front of a query's rows: the lowest position of all projections, and the generation. No parameters.
select coalesce(min(position), 0)::bigint, coalesce(max(generation), 0)::bigint
from projections
