-- raw_checkpoint: $1 position.
update projections set position = $1::bigint;
