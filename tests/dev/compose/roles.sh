#!/bin/sh
# Run once by the PostgreSQL image in an empty data folder: the two roles and the database of one store, as
# tests/integration/harness/system.py makes them for ./dev run. STORE is gachapon_events or gachapon_projections.
set -eu
psql -v ON_ERROR_STOP=1 -v store="$STORE" -v owner="${STORE}_owner" -v owner_password="$OWNER_PASSWORD" \
    -v server_password="$SERVER_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
create role :"owner" login password :'owner_password';
create role :"store" login password :'server_password';
create database :"store" owner :"owner";
revoke all on database :"store" from public;
grant connect on database :"store" to :"owner", :"store";
SQL
