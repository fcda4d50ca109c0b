-- Where the table ends. No parameters.
select coalesce(max(number), 0) from sign_ins
