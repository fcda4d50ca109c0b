-- Whether another node moved the projections $1: the lowest and the highest of their positions, the
-- generation, and the horizon of tombstones.
select coalesce(min(position) filter (where name = any ($1::text[])), 0)::bigint,
       coalesce(max(position) filter (where name = any ($1::text[])), 0)::bigint,
       coalesce(max(generation), 0)::bigint,
       coalesce(max(horizon), 0)::bigint
from projections
