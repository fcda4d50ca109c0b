-- The chain of the batch that holds a position (0: of the log's beginning). $1 the position. No row: the log ends before it.
select chain from batches where last >= $1::bigint order by last, number limit 1
