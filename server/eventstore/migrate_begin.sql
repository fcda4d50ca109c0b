-- Begins one file's transaction. No parameters.
begin
