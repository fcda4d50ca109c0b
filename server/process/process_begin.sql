-- Follows a process from the log's beginning, if it was never followed. $1 process.
insert into processes (name, position) values ($1::text, 0) on conflict (name) do nothing
