-- First statement of a batch: moves the checkpoints of its projections, all of them, or fails with GP001 to whoever comes
-- second (another node, or an attempt that was believed lost) and after a switch of tables: that batch is not applied at
-- all, so a delta is added once. A row that another batch holds is waited for and looked at again as it then is; a
-- generation changes under a lock of the table, which is waited for before anything is looked at.
-- $1 their names, $2 from, $3 to, $4 the log's epoch, $5 the generation that was seen,
-- $6 the log's chain at $3.
with moved as (
    update projections
    set position = $3::bigint, epoch = $4::uuid, chain = $6::bytea, failed_position = null, failed_type = null, failed_reason = null
    where name = any ($1::text[]) and position = $2::bigint and (epoch is null or epoch = $4::uuid)
          and $5::bigint = (select max(generation) from projections)
    returning 1
)
select refuse_batch($1::text[], $2::bigint) where (select count(*) from moved) <> cardinality($1::text[])
