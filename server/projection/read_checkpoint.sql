-- Where the read models stand: the lowest position of all projections, generation, epoch (null: nothing yet), whether
-- all tables were made for the fingerprint $1, and how many projections there are.
select coalesce(min(position), 0)::bigint, coalesce(max(generation), 0)::bigint, min(epoch::text)::uuid,
       coalesce(bool_and(fingerprint = $1::text), false)::boolean, count(*)::bigint
from projections
