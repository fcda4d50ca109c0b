-- Where the log ends. No parameters.
select coalesce(max(position), 0)::bigint from events
