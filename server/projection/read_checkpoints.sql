-- Where the read models stand, a row a projection: name, position, epoch (null: nothing yet), whether its tables were
-- made for the fingerprint $1, and the generation (the highest of all).
select name, position, epoch, (fingerprint = $1::text)::boolean, (max(generation) over ())::bigint
from projections
order by name
