-- 0003_move_checkpoints: the first statement of a batch is plain SQL (server/projection/move_checkpoints.sql); the function
-- that did it cost a third of a small batch's time. What is left of it is the refusal.
drop function move_checkpoints(text[], bigint, bigint, uuid, bigint);

create function refuse_batch(names text[], from_position bigint) returns void
    language plpgsql volatile
    set search_path = public, pg_temp
    as $$
begin
    raise exception 'the checkpoints of % are not at %', names, from_position using errcode = 'GP001';
end
$$;

revoke execute on function refuse_batch from public;
grant execute on function refuse_batch to :"server_role";
