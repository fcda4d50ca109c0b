-- 0006_revocations: what Keycloak took back, for as long as a token may live that it concerns, and how far its admin events
-- were followed. Written and followed by every node (server/revocation); not part of the log, not in the chain.
create table revocations (
    number bigint generated always as identity primary key, -- in the order in which they became visible: see the lock
    cause uuid not null unique, -- what it was learnt from; the `jti` of a logout token, which is taken once
    kind smallint not null, -- enum revocation_kind
    close_code int not null, -- what sockets are closed with
    subject uuid, -- null: a session, or everybody
    sid text, -- a session of Keycloak's
    roles smallint not null,
    at_ms bigint not null, -- Keycloak's clock: tokens issued before it are refused
    noted_at timestamptz not null default clock_timestamp() -- this database's clock: rows go two days later
);
create index revocations_noted on revocations (noted_at);

create table followed (
    source text primary key, -- 'admin-events'
    until_ms bigint not null -- everything up to here has left its revocations
);

revoke all on revocations, followed from public;
grant select, insert, delete on revocations to :"server_role";
grant select, insert, update on followed to :"server_role";
