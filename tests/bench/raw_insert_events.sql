-- raw_insert_events: $1 first position - 1; $2 stream[], $3 version[], $4 command id[], $5 actor[], $6 digest[], $7 data[].
insert into events (position, stream, recorded_at, version, type, schema_version, command_id, causation_id,
                    correlation_id, actor, digest, data)
select $1::bigint + n.ordinal, n.stream, now(), n.version, 2, 1, n.id, n.id, n.id, n.actor, n.digest, n.data
from unnest($2::bigint[], $3::int[], $4::uuid[], $5::uuid[], $6::bytea[], $7::bytea[])
     with ordinality as n (stream, version, id, actor, digest, data, ordinal);
