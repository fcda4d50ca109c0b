-- 0001_log: the log and its guards. Rows of these tables are written by the functions of 0002 only; nobody, the owner
-- included, updates, deletes or truncates them (triggers), and the server's role is not granted more than reading.
-- :"server_role" is the role the server signs in as; migrate puts it in, quoted.

-- Which log this is. A log that was restored or failed over gets a further row: the last one counts.
create table log (
    number bigint generated always as identity primary key,
    epoch uuid not null default gen_random_uuid(),
    created_at timestamptz not null default clock_timestamp()
);

-- Every start of a node and every lost connection takes a new number, which fences the one it replaces.
create table writers (
    writer bigint generated always as identity primary key,
    replaces bigint unique,
    taken_at timestamptz not null default clock_timestamp(),
    node text not null
);

-- A stream's number is made of its kind and key (see stream_number in the server); this row is the proof.
create table streams (
    stream bigint primary key,
    kind smallint not null,
    key bytea not null,
    unique (kind, key)
);

-- Columns from wide to narrow: no padding. Command columns are null but on a command's first event, and there causation
-- and correlation are null when they are the command's own id.
create table events (
    position bigint not null,
    stream bigint not null,
    recorded_at timestamptz not null,
    version int not null,
    type smallint not null,
    schema_version smallint not null,
    command_id uuid,
    causation_id uuid,
    correlation_id uuid,
    actor uuid,
    digest bytea,
    data bytea not null,
    constraint events_position primary key (position),
    constraint events_stream_version unique (stream, version)
);
-- An id that is known is refused by append_batch, with its name; this is the last guard.
create unique index events_command_id on events (command_id) where command_id is not null;

-- One row per append. Ordered by (last, number): an empty batch (a writer's first) shares `last` with the one before.
-- since: every event after it up to `last` was written by this writer, without anyone in between.
-- chain: sha256(chain before, digest of the events, number, first, last, writer, seq, recorded_at), see append_batch.
create table batches (
    number bigint not null,
    first bigint not null,
    last bigint not null,
    writer bigint not null,
    seq bigint not null,
    since bigint not null,
    recorded_at timestamptz not null,
    chain bytea not null,
    constraint batches_last primary key (last, number),
    constraint batches_seq unique (writer, seq),
    check (last >= first - 1)
);

-- The only rows that may go: erasing a player destroys the key of the stream.
create table personal_keys (
    stream bigint primary key,
    key bytea not null
);

-- The log begins: an epoch, and a batch of nothing, so that there is always a head.
with epoch as (insert into log default values returning epoch, created_at)
insert into batches (number, first, last, writer, seq, since, recorded_at, chain)
select 0, 1, 0, 0, 0, 0, created_at, sha256(uuid_send(epoch)) from epoch;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'GC001', message = format('%s of %I: the log is append-only', tg_op, tg_table_name);
end
$$;

create trigger append_only before update or delete or truncate on log
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on writers
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on streams
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on events
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on batches
    for each statement execute function refuse_change();
-- always: also where session_replication_role = replica switches ordinary triggers off.
alter table log enable always trigger append_only;
alter table writers enable always trigger append_only;
alter table streams enable always trigger append_only;
alter table events enable always trigger append_only;
alter table batches enable always trigger append_only;

revoke all on all tables in schema public from public;
grant usage on schema public to :"server_role";
grant select on log, writers, streams, events, batches, personal_keys to :"server_role";
grant delete on personal_keys to :"server_role";
