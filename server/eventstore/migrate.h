/* migrate: brings a database's schema up to what this program was built with. For both databases.
 *
 * A tool of the command line: it connects by itself, as the owner, and blocks. Never called by the server. */
#ifndef EVENTSTORE_MIGRATE_H
#define EVENTSTORE_MIGRATE_H

#include <stddef.h>
#include "base/err.h"

/* One .sql file. A name that begins with digits and '_' (0001_log) is a step: applied once, in order,
 * remembered with its SHA-256. Any other name (event_log) is repeatable: applied every time, after the steps.
 */
struct migration {
    const char *name;
    const char *sql;
};

/* Built in from migrations/, in the order of their names. */
extern const struct migration migrations_eventstore[];
extern const size_t migrations_eventstore_count;
extern const struct migration migrations_projections[];
extern const size_t migrations_projections_count;

/* Applies what is missing, each file in a transaction of its own; :"server_role" in a file becomes that
 * role's name, quoted. Two at a time wait for each other. May be called again with further repeatable files
 * only. ERR_AWAY: cannot connect; ERR_CONFIG: a bad role name; ERR_INTEGRITY: an applied step has changed
 * since, or the database has steps this program does not know; ERR_REFUSED: a file failed and changed nothing
 * (those before it stay applied). `ret_failure` says which and why, without the password. */
MUST_CHECK enum err migrate_apply(const char *owner_dsn, const struct migration *migrations, size_t count,
                                  const char *server_role, char ret_failure[400]);

/* The text with every :"server_role" replaced by `quoted`. Caller frees; NULL when out of memory. */
char *migrate_substitute(const char *sql, const char *quoted);

#endif
