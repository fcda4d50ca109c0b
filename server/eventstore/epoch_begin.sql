-- A new epoch, see begin_epoch in migrations/eventstore. No parameters.
select epoch, head_position from begin_epoch()
