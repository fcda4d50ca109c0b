-- All tables and the checkpoint as of one moment. No parameters.
begin transaction isolation level repeatable read, read only
