-- How far a list of Keycloak's events was followed; never back. $1 which, $2 until (Keycloak's unix milliseconds).
insert into followed as f (source, until_ms) values ($1::text, $2::bigint)
on conflict (source) do update set until_ms = greatest(f.until_ms, excluded.until_ms)
