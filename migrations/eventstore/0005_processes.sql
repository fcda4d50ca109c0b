-- 0005_processes: how far each process manager has followed the log, and what it has still to do. Derived from the log by
-- server/process: not part of it, not in the chain. A row that goes back with a crash (nobody waits for the disk) comes
-- again from the log; to begin anew, `delete from processes` (timers that are met twice have no second effect).
create table processes (
    name text primary key,
    position bigint not null -- every event up to here has left its timers
);

-- Set when an event asks for something to be done, at once or by a deadline; gone once it was done.
create table timers (
    process text not null references processes on delete cascade,
    instance uuid not null,
    step smallint not null,
    due_at timestamptz not null,
    attempts int not null default 0, -- that came to nothing; the next one is at due_at
    primary key (process, instance, step)
);
create index timers_due on timers (process, due_at);

revoke all on processes, timers from public;
grant select, insert, update, delete on processes, timers to :"server_role";
