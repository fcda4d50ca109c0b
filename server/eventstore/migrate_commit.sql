-- Ends one file's transaction. No parameters.
commit
