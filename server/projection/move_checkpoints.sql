-- First statement of a batch: moves the checkpoints of its projections or fails with GP001.
-- $1 their names, $2 from, $3 to, $4 the log's epoch, $5 the generation that was seen.
select move_checkpoints($1::text[], $2::bigint, $3::bigint, $4::uuid, $5::bigint)
