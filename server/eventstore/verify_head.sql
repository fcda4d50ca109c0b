-- The head of the log, and its last event, as of one moment. No parameters.
select b.number, b.last, coalesce((select max(e.position) from events e), 0)
from batches b
order by b.last desc, b.number desc
limit 1
