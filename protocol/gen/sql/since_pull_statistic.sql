-- since_pull_statistic: $1 position, $2 pack to start after, or null, $3 version to start after, or null, $4 character to start after, or null, $5 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, pack, version, "character", observed
from pull_statistics
where "position" > $1::bigint and (pack, version, "character") > (coalesce($2::text, ''::text), coalesce($3::bigint, '-9223372036854775808'::bigint), coalesce($4::text, ''::text))
order by pack, version, "character"
limit $5::bigint;
