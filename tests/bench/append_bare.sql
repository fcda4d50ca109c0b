-- The ceiling of append_batch: the same rows into a table with the same indexes, and nothing else. Parameters as there.
insert into bench_events (position, stream, recorded_at, version, type, schema_version,
                          command_id, causation_id, correlation_id, actor, digest, data)
select $1::bigint + n.ordinal, n.stream, clock_timestamp(), n.version, n.type, n.schema_version,
       n.command_id, n.causation_id, n.correlation_id, n.actor, n.digest, n.data
from unnest($2::bigint[], $3::int[], $4::smallint[], $5::smallint[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[],
            $10::bytea[], $11::bytea[])
     with ordinality as n (stream, version, type, schema_version, command_id, causation_id, correlation_id, actor,
                           digest, data, ordinal)
