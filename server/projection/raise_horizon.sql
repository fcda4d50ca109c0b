-- From now on nobody goes on from a mark below $1, if the tables are still of the generation $2.
update projections set horizon = $1::bigint
where horizon < $1::bigint and (select max(generation) from projections) = $2::bigint
