-- Tells every other connection that listens. $1 the hint, see eventstore_hint.c.
select pg_notify('gachapon_log', $1::text)
