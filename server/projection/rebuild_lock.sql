-- From here on the batches of servers wait; whoever reads a table for long is waited for a second. No parameters.
begin;
set local lock_timeout = '1s';
lock table projections in exclusive mode
