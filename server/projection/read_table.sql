-- A whole table, for `replay --compare`. What stands in braces is replaced by names of the schema, quoted.
select {columns} from {table}
