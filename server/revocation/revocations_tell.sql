-- Tells every other node that there is something to read, or who has signed in here. $1 the words, see revocations.c.
select pg_notify('gachapon_revocations', word) from unnest($1::text[]) as w (word)
