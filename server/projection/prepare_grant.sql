-- Lets the server's role use the tables. $1 its name.
select grant_read_models($1::text)
