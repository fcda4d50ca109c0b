-- page_pull_statistic: $1 pack to start after, or null, $2 version to start after, or null, $3 character to start after, or null, $4 most rows.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
select "position", deleted, pack, version, "character", observed
from pull_statistics
where not deleted and (pack, version, "character") > (coalesce($1::text, ''::text), coalesce($2::bigint, '-9223372036854775808'::bigint), coalesce($3::text, ''::text))
order by pack, version, "character"
limit $4::bigint;
