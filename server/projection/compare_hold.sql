-- Keeps the tables from being switched meanwhile. No parameters.
select hold_read_models()
