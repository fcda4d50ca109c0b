-- A table that is not rebuilt. $1 its name.
select drop_rebuilt($1::text)
