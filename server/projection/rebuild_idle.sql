-- A page without rows. No parameters.
select 1
