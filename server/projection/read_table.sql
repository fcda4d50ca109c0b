-- A whole table, for `replay --compare`. {columns} and {table} are replaced by names of the schema, quoted.
select {columns} from {table}
