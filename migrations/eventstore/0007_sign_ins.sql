-- 0007_sign_ins: each player's newest sign-in, for servers where a player may have one socket only (--single-session). Written
-- and followed by every node (server/revocation/sign_ins.c); not part of the log, not in the chain.
create sequence sign_in_numbers;
create table sign_ins (
    subject uuid primary key,
    number bigint not null default nextval('sign_in_numbers'), -- in the order in which they became visible: see the lock
    at_ms bigint not null, -- by the clock of the node where it was
    node text not null,
    noted_at timestamptz not null default clock_timestamp() -- this database's clock: rows go two days later
);
create index sign_ins_number on sign_ins (number);

revoke all on sign_ins from public;
grant select, insert, update, delete on sign_ins to :"server_role";
grant usage on sequence sign_in_numbers to :"server_role";
