-- 0002_append: the functions that write the log. They run as the log's owner and are all that the server's role may
-- execute; every one of them takes the same transaction-level lock first.
--
-- The order is decided under that lock: positions follow one another without a gap, and as the lock is let go only
-- after the transaction has become visible, they become visible in that order too.
-- Each check is a statement of its own: one that waited for the lock would still see the heads from before it. That
-- needs READ COMMITTED, where every statement looks anew; anything else is refused.

create function lock_log() returns void language plpgsql as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception using errcode = 'GC004', message = 'appending needs the isolation level read committed';
    end if;
    perform pg_advisory_xact_lock(7449344558610018158); -- "gachapon"
end
$$;

-- What makes a change to any batch, or to what it holds (through its digest), evident from there on.
create function batch_chain(p_before bytea, p_digest bytea, p_number bigint, p_first bigint, p_last bigint,
                            p_writer bigint, p_seq bigint, p_recorded_at timestamptz)
returns bytea language sql immutable parallel safe
return sha256(p_before || p_digest || int8send(p_number) || int8send(p_first) || int8send(p_last)
              || int8send(p_writer) || int8send(p_seq) || timestamptz_send(p_recorded_at));

-- append_batch: all of it or nothing.
--   p_writer, p_seq          who appends; seq goes up and is never used twice
--   p_previous_seq           the writer's batch before this one: must be its last in the log (0: taking the number)
--   p_read_position          the writer knows every event of others up to here
--   p_digest                 of the events as sent, see server/eventstore/eventstore_batch.c
--   p_checked, p_expected    streams that its commands read or wrote, with the versions they saw
--   p_new_*                  streams of which it holds version 1
--   p_key_*                  personal keys, stored with it
--   p_streams .. p_data      its events, in order; command columns are null but on a command's first event
--   p_first_ids              the command ids without the nulls
-- outcome 0 appended   first, last, recorded_at, chain, since
--         1 refused    known_commands are in the log already; changed_streams are not at the version expected
--         2 orphaned   the previous batch is not the writer's last one in the log
--         3 fenced     another writer replaces this one
-- A stream number taken by another stream is GC002, another personal key than the stored one GC003; both abort.
create function append_batch(
    p_writer bigint, p_seq bigint, p_previous_seq bigint, p_read_position bigint, p_digest bytea,
    p_checked bigint[], p_expected int[],
    p_new_streams bigint[], p_new_kinds smallint[], p_new_keys bytea[],
    p_key_streams bigint[], p_keys bytea[],
    p_streams bigint[], p_versions int[], p_types smallint[], p_schema_versions smallint[],
    p_command_ids uuid[], p_causation_ids uuid[], p_correlation_ids uuid[], p_actors uuid[], p_digests bytea[],
    p_data bytea[], p_first_ids uuid[],
    out outcome smallint, out first bigint, out last bigint, out recorded_at timestamptz, out chain bytea,
    out since bigint, out known_commands uuid[], out changed_streams bigint[])
language plpgsql security definer
set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_bitmapscan = off
as $$
declare
    head batches%rowtype;
begin
    perform lock_log();
    select b.* into strict head from batches b order by b.last desc, b.number desc limit 1;

    known_commands := array(select e.command_id from events e where e.command_id = any (p_first_ids));
    -- Nobody else wrote since: this comparison is the usual case, and all of it.
    if head.writer <> p_writer or head.seq <> p_previous_seq or head.since > p_read_position then
        if exists (select from writers w where w.replaces = p_writer) then
            outcome := 3;
            return;
        end if;
        if p_previous_seq is distinct from (select max(b.seq) from batches b where b.writer = p_writer) then
            outcome := 2;
            return;
        end if;
        changed_streams := array(
            select c.stream from unnest(p_checked, p_expected) as c (stream, version)
            where c.version is distinct from coalesce(
                (select e.version from events e where e.stream = c.stream order by e.version desc limit 1), 0));
    end if;
    if known_commands <> '{}' or changed_streams <> '{}' then
        outcome := 1;
        return;
    end if;

    outcome := 0;
    first := head.last + 1;
    last := head.last + cardinality(p_streams);
    recorded_at := greatest(clock_timestamp(), head.recorded_at);
    since := case when head.writer = p_writer then head.since else head.last end;
    chain := batch_chain(head.chain, p_digest, head.number + 1, first, last, p_writer, p_seq, recorded_at);

    if p_new_streams <> '{}' then
        perform add_streams(p_new_streams, p_new_kinds, p_new_keys);
    end if;
    if p_key_streams <> '{}' then
        perform add_personal_keys(p_key_streams, p_keys);
    end if;
    insert into events (position, stream, recorded_at, version, type, schema_version,
                        command_id, causation_id, correlation_id, actor, digest, data)
    select head.last + n.ordinal, n.stream, append_batch.recorded_at, n.version, n.type, n.schema_version,
           n.command_id, n.causation_id, n.correlation_id, n.actor, n.digest, n.data
    from unnest(p_streams, p_versions, p_types, p_schema_versions,
                p_command_ids, p_causation_ids, p_correlation_ids, p_actors, p_digests, p_data)
         with ordinality as n (stream, version, type, schema_version,
                               command_id, causation_id, correlation_id, actor, digest, data, ordinal);
    insert into batches (number, first, last, writer, seq, since, recorded_at, chain)
    values (head.number + 1, append_batch.first, append_batch.last, p_writer, p_seq, append_batch.since,
            append_batch.recorded_at, append_batch.chain);
end
$$;

create function add_streams(p_streams bigint[], p_kinds smallint[], p_keys bytea[]) returns void language plpgsql as $$
declare
    wrong bigint;
begin
    select s.stream into wrong from unnest(p_streams, p_kinds, p_keys) as n (stream, kind, key)
    join streams s on s.stream = n.stream where (s.kind, s.key) is distinct from (n.kind, n.key) limit 1;
    if found then
        raise exception using errcode = 'GC002', message = format('stream number %s belongs to another stream', wrong);
    end if;
    insert into streams (stream, kind, key) select * from unnest(p_streams, p_kinds, p_keys);
end
$$;

create function add_personal_keys(p_streams bigint[], p_keys bytea[]) returns void language plpgsql as $$
declare
    wrong bigint;
begin
    insert into personal_keys (stream, key) select * from unnest(p_streams, p_keys) on conflict (stream) do nothing;
    select k.stream into wrong from unnest(p_streams, p_keys) as n (stream, key)
    join personal_keys k on k.stream = n.stream where k.key <> n.key limit 1;
    if found then
        raise exception using errcode = 'GC003', message = format('stream %s has another personal key', wrong);
    end if;
end
$$;

-- take_writer: a new number for a node, in place of its last one. The empty batch makes the old one miss the comparison
-- in append_batch, where it then finds that it was replaced: whatever it still had under way comes to nothing.
create function take_writer(p_node text, out writer bigint, out head_position bigint, out chain bytea, out epoch uuid)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    head batches%rowtype;
    now_at timestamptz;
begin
    perform lock_log();
    select b.* into strict head from batches b order by b.last desc, b.number desc limit 1;
    insert into writers (node, replaces)
    values (p_node, (select w.writer from writers w where w.node = p_node order by w.writer desc limit 1))
    returning writers.writer into writer;

    now_at := greatest(clock_timestamp(), head.recorded_at);
    head_position := head.last;
    chain := batch_chain(head.chain, ''::bytea, head.number + 1, head.last + 1, head.last, writer, 0, now_at);
    epoch := (select l.epoch from log l order by l.number desc limit 1);
    insert into batches (number, first, last, writer, seq, since, recorded_at, chain)
    values (head.number + 1, head.last + 1, head.last, take_writer.writer, 0, head.last, now_at, take_writer.chain);
end
$$;
-- A node's last number; there is one row a start or lost connection.
create index writers_node on writers (node, writer);

revoke all on all functions in schema public from public;
grant execute on function append_batch to :"server_role";
grant execute on function take_writer to :"server_role";
