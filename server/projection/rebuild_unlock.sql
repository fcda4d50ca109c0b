-- Not now. No parameters.
rollback
