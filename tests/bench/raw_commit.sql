-- raw_commit: $1 any number. The smallest change there is, for the time that a commit takes.
insert into bench_commits (number) values ($1::bigint)
