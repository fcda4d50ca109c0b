-- 0005_horizon: tombstones up to `horizon` may be gone: whoever has only what is older gets the whole view. It is raised
-- some time before anything is deleted (server/projection/projector_prune.c), and begins anew with other tables.

alter table projections add column horizon bigint not null default 0;

create function forget_horizon() returns trigger language plpgsql as $$
begin
    if new.generation is distinct from old.generation then
        new.horizon := 0;
    end if;
    return new;
end
$$;
create trigger forget_horizon before update of generation on projections
    for each row execute function forget_horizon();

revoke execute on function forget_horizon from public;
grant update (horizon) on projections to :"server_role";
