-- Sign-ins in order. $1 after this number, $2 at most so many.
select number, subject, at_ms, node from sign_ins where number > $1::bigint order by number limit $2::bigint
