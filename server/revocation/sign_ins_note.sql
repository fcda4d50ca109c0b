-- The newest sign-in of each player. $1 subjects, each once, $2 when (by the node's clock, unix milliseconds), $3 the node.
insert into sign_ins as s (subject, at_ms, node)
select n.subject, n.at_ms, $3::text from unnest($1::uuid[], $2::bigint[]) as n (subject, at_ms)
on conflict (subject) do update
set number = excluded.number, at_ms = excluded.at_ms, node = excluded.node, noted_at = excluded.noted_at
where (s.at_ms, s.node) < (excluded.at_ms, excluded.node)
