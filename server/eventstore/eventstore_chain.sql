-- The log's epoch, and the chain of the batch that holds a position (0: of the log's beginning; null: the log ends before it).
-- $1 the position.
select (select b.chain from batches b where b.last >= $1::bigint order by b.last, b.number limit 1), l.epoch
from log l
order by l.number desc
limit 1
