-- The epoch that the log began with: the chain of its first batch is made of it. No parameters.
select epoch from log order by number limit 1
