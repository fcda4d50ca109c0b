-- Where applied steps are remembered. No parameters.
create table if not exists schema_migrations (
    number int primary key,
    name text not null,
    sha256 bytea not null,
    applied_at timestamptz not null default clock_timestamp()
)
