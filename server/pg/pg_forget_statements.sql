-- Forgets every prepared statement of this connection. No parameters.
deallocate all
