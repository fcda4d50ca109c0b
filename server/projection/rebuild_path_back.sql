-- Statements mean the live tables again. No parameters.
reset search_path
