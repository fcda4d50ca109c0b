-- Remembers a step, in its own transaction. $1 number, $2 name, $3 SHA-256 of its file.
insert into schema_migrations (number, name, sha256) values ($1::int, $2::text, $3::bytea)
