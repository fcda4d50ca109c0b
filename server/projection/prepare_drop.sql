-- Drops the tables made before. No parameters.
select drop_read_models()
