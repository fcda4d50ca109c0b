-- An empty schema beside the live tables, where the generated script then makes them a second time. No parameters.
set client_min_messages = warning;
drop schema if exists rebuild cascade;
create schema rebuild;
set search_path = rebuild
