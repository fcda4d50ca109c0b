-- 0004_chain: a checkpoint keeps the log's chain at its position (`projections.chain`), so that a log which was restored and
-- has grown past it is known for another one. Batches write it (server/projection/move_checkpoints.sql).

-- As in 0002; the new checkpoints take over the chain of the live ones at the same position.
create or replace function switch_read_models(new_fingerprint text, names text[], tables text[], complete boolean,
                                              new_position bigint, log_epoch uuid) returns void
    language plpgsql
    set search_path = public, pg_temp
    as $$
declare
    model text;
    new_generation bigint := next_generation();
    new_chain bytea := (select p.chain from projections p
                        where p.position = new_position and p.epoch = log_epoch and p.chain is not null limit 1);
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
    insert into projections (name, position, generation, fingerprint, epoch, chain)
        select n, new_position, new_generation, new_fingerprint, log_epoch, new_chain from unnest(names) as n
    on conflict (name) do update
        set position = excluded.position, generation = excluded.generation, fingerprint = excluded.fingerprint,
            epoch = excluded.epoch, chain = excluded.chain, failed_position = null, failed_type = null,
            failed_reason = null;
end
$$;
