-- 0004_epoch: a log that goes on from an earlier position than it once had.

-- begin_epoch: to be called once after a restore or a failover that lost events, by the owner (`gachapon new-epoch`).
-- Positions that were told once will come again with other events; the new epoch is how projections, clients' marks and
-- servers that remember the old ones notice: they start over. Every writer is replaced, so that a server which still
-- runs is refused at its next batch, sees the epoch and stops. The chain goes on.
create function begin_epoch(out epoch uuid, out head_position bigint) language plpgsql
set search_path = public, pg_temp
as $$
declare
    head batches%rowtype;
    now_at timestamptz;
    taken bigint;
begin
    perform lock_log();
    select b.* into strict head from batches b order by b.last desc, b.number desc limit 1;
    insert into log default values returning log.epoch into epoch;
    insert into writers (node, replaces)
    select w.node, max(w.writer) from writers w group by w.node;
    insert into writers (node) values ('epoch ' || begin_epoch.epoch) returning writer into taken;

    -- A batch of nothing, so that no writer finds its own last batch at the head.
    now_at := greatest(clock_timestamp(), head.recorded_at);
    head_position := head.last;
    insert into batches (number, first, last, writer, seq, since, recorded_at, chain)
    values (head.number + 1, head.last + 1, head.last, taken, 0, head.last, now_at,
            batch_chain(head.chain, ''::bytea, head.number + 1, head.last + 1, head.last, taken, 0, now_at));
    delete from snapshots;
end
$$;

revoke all on function begin_epoch from public;
