-- 0003_snapshots: states beside the log, so that a load does not fold a stream from its first event. Disposable: rows may
-- go at any time (`truncate snapshots`), come back by themselves, and are not part of the chain.
create table snapshots (
    stream bigint primary key,
    version int not null, -- of the last event in it
    schema_version int not null, -- SNAPSHOT_VERSION of the program that made it; others do not read it
    data bytea not null -- msgpack as protocol/schema/states.yaml says, personal texts sealed with the stream's key
);

-- put_snapshot: keeps one, if the log is the caller's and holds the event it ends with; true when it did. One that is
-- newer stays. Nobody waits for the disk: after a crash an older one is as good.
create function put_snapshot(p_epoch uuid, p_stream bigint, p_version int, p_schema_version int, p_data bytea)
returns boolean language plpgsql security definer
set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
    if p_epoch is distinct from (select l.epoch from log l order by l.number desc limit 1)
       or not exists (select from events e where e.stream = p_stream and e.version = p_version) then
        return false;
    end if;
    perform set_config('synchronous_commit', 'off', true);
    insert into snapshots as s (stream, version, schema_version, data)
    values (p_stream, p_version, p_schema_version, p_data)
    on conflict (stream) do update
    set version = excluded.version, schema_version = excluded.schema_version, data = excluded.data
    where s.schema_version <> excluded.schema_version or s.version <= excluded.version;
    return found;
end
$$;

revoke all on function put_snapshot from public;
grant select on snapshots to :"server_role";
grant execute on function put_snapshot to :"server_role";
