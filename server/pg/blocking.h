/* blocking: statements of the command line's tools on a connection of their own, one at a time. Never called
 * by the server. */
#ifndef PG_BLOCKING_H
#define PG_BLOCKING_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "base/err.h"
#include "pg/pg_params.h"

#define BLOCKING_FAILURE_SIZE 400

/* Connects, without notices. ERR_AWAY; the connection is to be finished in any case. */
MUST_CHECK enum err blocking_connect(const char *dsn, PGconn **ret_connection,
                                     char ret_failure[BLOCKING_FAILURE_SIZE]);
/* The same for a tool that only reads: `name` is seen in pg_stat_activity, `options` are -c settings of the
 * session, behind those of the DSN's own (where both set one, ours counts). A peer that is gone without a
 * word is noticed in half a minute. */
MUST_CHECK enum err blocking_connect_reader(const char *dsn, const char *name, const char *options,
                                            PGconn **ret_connection, char ret_failure[BLOCKING_FAILURE_SIZE]);
/* Runs the statement of NAME.sql, in binary; `params` may be NULL. `ret_result` may be NULL, else the caller
 * clears it. ERR_REFUSED: an error of SQL, or a lost connection; where the database lacks what the statement
 * is about, `ret_failure` names it and says to run migrate. ERR_CONFLICT: a lock was not to be had in time
 * (55P03, 40001). */
MUST_CHECK enum err blocking_run(PGconn *connection, const char *name, const struct pg_params *params,
                                 PGresult **ret_result, char ret_failure[BLOCKING_FAILURE_SIZE]);
/* Runs the statements of NAME.sql: several, without parameters. */
MUST_CHECK enum err blocking_script(PGconn *connection, const char *name,
                                    char ret_failure[BLOCKING_FAILURE_SIZE]);

/* What a DSN says of `keyword`, such as the user; false: nothing, or it does not fit. */
bool blocking_dsn_value(const char *dsn, const char *keyword, char *ret_value, size_t size);

#endif
