-- upsert_pull_statistic: $1 position[], $2 deleted[], $3 pack[], $4 version[], $5 character[], $6 observed[].
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
insert into pull_statistics ("position", deleted, pack, version, "character", observed)
select * from unnest($1::bigint[], $2::boolean[], $3::text[], $4::bigint[], $5::text[], $6::bigint[])
on conflict (pack, version, "character") do update set "position" = greatest(pull_statistics."position", excluded."position"), deleted = excluded.deleted, observed = pull_statistics.observed + excluded.observed;
