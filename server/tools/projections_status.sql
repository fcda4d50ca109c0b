-- A line for each projection: name, position, generation, and the event it cannot take (null: none). No parameters.
select name, position, generation, failed_position, failed_type, failed_reason
from projections
order by name
