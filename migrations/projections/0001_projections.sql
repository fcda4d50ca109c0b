-- 0001_projections: the checkpoints and what keeps them. The read models' own tables are not here: they are generated
-- from the protocol (protocol/gen/sql/projections.sql), made by `migrate`, and made anew whenever their shape changes:
-- nothing in this database is the only copy of anything.
-- :"server_role" is the role the server signs in as; migrate puts it in, quoted.

-- One row a projection. `position`: the read models hold every event of the log up to it. `generation` is new whenever
-- tables are emptied or made anew, and comes from the clock, so that a database that was dropped does not repeat one.
-- `fingerprint` says what the tables were made for. `epoch` is the log's, null before the first event; `chain` is for
-- the log's chain hash at `position`. The row moves with every batch: little of each page is filled, so that it moves
-- within its page.
create table projections (
    name text collate "C" primary key,
    position bigint not null default 0 check (position >= 0),
    generation bigint not null,
    fingerprint text not null,
    epoch uuid,
    chain bytea
) with (fillfactor = 20);

-- The tables that `migrate` made, so that it drops and empties these and no others.
create table read_models (
    name text collate "C" primary key
);

-- A generation higher than any before.
create function next_generation() returns bigint
    language sql volatile
    set search_path = public, pg_temp
    as $$
    select greatest(coalesce(max(generation), 0) + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)
    from projections
$$;

-- Moves the checkpoint, as the first statement of a batch's transaction: to whoever comes second (another node, or an
-- attempt that was believed lost) it says GP001, and that batch is not applied at all. A projection that was ahead of
-- the others stays where it is: rows are written only over older ones.
create function move_checkpoint(from_position bigint, to_position bigint, log_epoch uuid) returns void
    language plpgsql
    set search_path = public, pg_temp
    as $$
begin
    perform 1 from projections where position = from_position and (epoch is null or epoch = log_epoch) for update;
    if not found or exists (select 1 from projections where position < from_position) then
        raise exception 'the checkpoint is not at %', from_position using errcode = 'GP001';
    end if;
    update projections set position = to_position, epoch = log_epoch where position < to_position;
end
$$;

-- Empties the read models for another log. Does nothing when another node did it (the generation has changed). The
-- server may not truncate, so this runs with its owner's rights.
create function reset_projections(expected_generation bigint, log_epoch uuid) returns void
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
    update projections set position = 0, generation = new_generation, epoch = log_epoch, chain = null;
end
$$;

-- ---- for `migrate`, as the owner ----

-- Whether the tables are not what this program needs.
create function read_models_differ(wanted_fingerprint text, wanted_projections text[], wanted_tables text[])
    returns boolean
    language sql stable
    set search_path = public, pg_temp
    as $$
    select (select array_agg(name order by name) from projections)
               is distinct from (select array_agg(name collate "C" order by name collate "C") from unnest(wanted_projections) as w (name))
        or exists (select 1 from projections where fingerprint <> wanted_fingerprint)
        or exists (select 1 from unnest(wanted_tables) as w (name)
                   where w.name not in (select tablename::text from pg_tables where schemaname = 'public'))
$$;

-- Drops what was made before; what depends on it (views for people) goes too.
create function drop_read_models() returns void
    language plpgsql
    set search_path = public, pg_temp
    as $$
declare
    model text;
begin
    set local client_min_messages = warning;
    for model in select name from read_models order by name loop
        execute format('drop table if exists %I cascade', model);
    end loop;
    delete from read_models;
end
$$;

-- Remembers what was made; everything starts from the beginning of the log, in a new generation.
create function record_read_models(new_fingerprint text, new_projections text[], new_tables text[]) returns void
    language plpgsql
    set search_path = public, pg_temp
    as $$
declare
    new_generation bigint := next_generation();
begin
    insert into read_models (name) select unnest(new_tables);
    delete from projections;
    insert into projections (name, generation, fingerprint)
        select unnest(new_projections), new_generation, new_fingerprint;
end
$$;

-- What the server's role may do with the tables.
create function grant_read_models(server_role text) returns void
    language plpgsql
    set search_path = public, pg_temp
    as $$
declare
    model text;
begin
    for model in select name from read_models order by name loop
        execute format('grant select, insert, update, delete on %I to %I', model, server_role);
    end loop;
end
$$;

revoke execute on function next_generation, move_checkpoint, reset_projections, read_models_differ, drop_read_models,
    record_read_models, grant_read_models from public;
grant usage on schema public to :"server_role";
grant select, update (position, epoch, chain) on projections to :"server_role";
grant execute on function move_checkpoint, reset_projections to :"server_role";
