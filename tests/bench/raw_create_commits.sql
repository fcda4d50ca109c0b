-- raw_create_commits: a table for bare commits.
create table if not exists bench_commits (number bigint not null)
