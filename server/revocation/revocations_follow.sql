-- How far the admin events were followed; never back. $1 until (Keycloak's unix milliseconds).
insert into followed as f (source, until_ms) values ('admin-events', $1::bigint)
on conflict (source) do update set until_ms = greatest(f.until_ms, excluded.until_ms)
