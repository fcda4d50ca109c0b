-- The steps applied so far, in order. No parameters.
select number, name, sha256 from schema_migrations order by number
