-- Where the read models stand, a row a projection: name, position, epoch (null: nothing yet), whether its tables were
-- made for the fingerprint $1, the generation (the highest of all), and the log's chain at the position (null: not known).
select name, position, epoch, (fingerprint = $1::text)::boolean, (max(generation) over ())::bigint, chain
from projections
order by name
