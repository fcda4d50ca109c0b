-- Keeps revocations and returns the causes of those that were not known yet. $1 cause, $2 kind, $3 close code, $4 subject,
-- $5 sid, $6 roles, $7 when (Keycloak's unix milliseconds).
insert into revocations (cause, kind, close_code, subject, sid, roles, at_ms)
select r.cause, r.kind, r.close_code, r.subject, r.sid, r.roles, r.at_ms
from unnest($1::uuid[], $2::smallint[], $3::int[], $4::uuid[], $5::text[], $6::smallint[], $7::bigint[])
     as r (cause, kind, close_code, subject, sid, roles, at_ms)
on conflict (cause) do nothing
returning cause
