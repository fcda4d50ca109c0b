-- Tells every other node that there is something to read. No parameters.
select pg_notify('gachapon_sign_ins', '')
