-- Where the read models stand, a row a projection: name, position, epoch (null: nothing yet), whether its tables were
-- made for the fingerprint $1, the generation (the highest of all), the log's chain at the position (null: not known), and the
-- horizon of tombstones (the highest of all).
select name, position, epoch, (fingerprint = $1::text)::boolean, (max(generation) over ())::bigint, chain,
       (max(horizon) over ())::bigint
from projections
order by name
