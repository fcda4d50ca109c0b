-- A new epoch, see begin_epoch in migrations/eventstore; whoever still runs on the log hears of it (eventstore_hint.c). No
-- parameters.
select b.epoch, b.head_position, pg_notify('gachapon_log', 'epoch') from begin_epoch() as b
