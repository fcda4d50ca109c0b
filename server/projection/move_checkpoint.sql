-- First statement of a batch: moves the checkpoint or fails with GP001. $1 from, $2 to, $3 the log's epoch.
select move_checkpoint($1::bigint, $2::bigint, $3::uuid)
