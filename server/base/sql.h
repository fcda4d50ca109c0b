/* sql: the text of every .sql file of the server, built in. One statement a file, named as the C function
 * that runs it. */
#ifndef BASE_SQL_H
#define BASE_SQL_H

#include <stddef.h>

struct sql_file {
    const char *name; /* file name without .sql */
    const char *text;
};
extern const struct sql_file sql_files[];
extern const size_t sql_files_count;

/* The text of NAME.sql, static memory; aborts when there is no such file (a bug). */
const char *sql_text(const char *name);

#endif
