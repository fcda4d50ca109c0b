-- 0002_checkpoints_apart: each projection has its own checkpoint and can stop alone; a rebuild switches tables.

-- Why a projection stands still: the event it cannot take. Null while it moves.
alter table projections add column failed_position bigint;
alter table projections add column failed_type integer;
alter table projections add column failed_reason text;
grant update (failed_position, failed_type, failed_reason) on projections to :"server_role";

drop function move_checkpoint(bigint, bigint, uuid);

-- Moves the checkpoints of `names`, all of them or none, as the first statement of a batch's transaction: to whoever
-- comes second (another node, or an attempt that was believed lost) and after a switch of tables it says GP001, and
-- that batch is not applied at all: so a delta is added once. What is checked is read by a statement of its own: the
-- one that waited for the lock still sees what was there before.
create function move_checkpoints(names text[], from_position bigint, to_position bigint, log_epoch uuid,
                                 expected_generation bigint) returns void
    language plpgsql
    set search_path = public, pg_temp
    as $$
begin
    perform 1 from projections where name = any (names) order by name for update;
    if (select max(generation) from projections) is distinct from expected_generation
        or (select count(*) from projections
            where name = any (names) and position = from_position and (epoch is null or epoch = log_epoch))
           <> cardinality(names)
    then
        raise exception 'the checkpoints of % are not at %', names, from_position using errcode = 'GP001';
    end if;
    update projections
    set position = to_position, epoch = log_epoch, failed_position = null, failed_type = null, failed_reason = null
    where name = any (names);
end
$$;

-- Empties the read models for another log (as in 0001), and forgets why one of them stood still.
create or replace function reset_projections(expected_generation bigint, log_epoch uuid) returns void
    language plpgsql security definer
    set search_path = public, pg_temp
    as $$
declare
    model text;
    new_generation bigint;
begin
    lock table projections in exclusive mode;
    if (select max(generation) from projections) is distinct from expected_generation then
        return;
    end if;
    for model in select name from read_models order by name loop
        execute format('truncate table %I', model);
    end loop;
    new_generation := next_generation();
    update projections
    set position = 0, generation = new_generation, epoch = log_epoch, chain = null, failed_position = null,
        failed_type = null, failed_reason = null;
end
$$;

-- Keeps the tables from being switched until the transaction ends, for whoever reads them for long. A lock looks names
-- up as they are now, a query as its snapshot has them: where they differ, a switch came between, and one tries again.
create function hold_read_models() returns void
    language plpgsql
    set search_path = public, pg_temp
    as $$
declare
    model text;
begin
    for model in select name from read_models order by name loop
        execute format('lock table %I in access share mode', model);
        if to_regclass(format('public.%I', model))::oid is distinct from
            (select oid from pg_class where relname = model and relnamespace = 'public'::regnamespace)
        then
            raise exception 'the tables were switched just now' using errcode = '40001';
        end if;
    end loop;
end
$$;

-- ---- for `projections rebuild`, as the owner ----

-- Puts the tables of the schema `rebuild` in the place of the live ones, all of them or, for named projections, those.
-- The caller holds the lock on `projections`, so no batch is under way, and nobody sees anything between.
create function switch_read_models(new_fingerprint text, names text[], tables text[], complete boolean,
                                   new_position bigint, log_epoch uuid) returns void
    language plpgsql
    set search_path = public, pg_temp
    as $$
declare
    model text;
    new_generation bigint := next_generation();
begin
    set local client_min_messages = warning;
    if complete then
        for model in select name from read_models where name <> all (tables) order by name loop
            execute format('drop table if exists public.%I cascade', model);
        end loop;
        delete from read_models where name <> all (tables);
        delete from projections where name <> all (names);
    end if;
    foreach model in array tables loop
        execute format('drop table if exists public.%I cascade', model);
        execute format('alter table rebuild.%I set schema public', model);
        insert into read_models (name) values (model) on conflict do nothing;
    end loop;
    insert into projections (name, position, generation, fingerprint, epoch)
        select n, new_position, new_generation, new_fingerprint, log_epoch from unnest(names) as n
    on conflict (name) do update
        set position = excluded.position, generation = excluded.generation, fingerprint = excluded.fingerprint,
            epoch = excluded.epoch, chain = null, failed_position = null, failed_type = null, failed_reason = null;
end
$$;

-- A table of the schema `rebuild` that is not wanted.
create function drop_rebuilt(model text) returns void
    language plpgsql
    set search_path = public, pg_temp
    as $$
begin
    execute format('drop table rebuild.%I', model);
end
$$;

revoke execute on function drop_rebuilt from public;
revoke execute on function move_checkpoints, hold_read_models, switch_read_models from public;
grant execute on function move_checkpoints, hold_read_models to :"server_role";
grant select on read_models to :"server_role";
