-- How far the admin events were followed; no row: never. No parameters.
select until_ms from followed where source = 'admin-events'
