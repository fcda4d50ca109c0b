-- Which log this is, where it ends and when that was, and what time it is there. No parameters.
select (select l.epoch from log l order by l.number desc limit 1), b.last, b.recorded_at, clock_timestamp()
from batches b
order by b.last desc, b.number desc
limit 1
