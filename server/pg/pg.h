/* pg: one asynchronous PostgreSQL connection on the loop, used by eventstore and projection.
 *
 * A `struct pg` connects by itself, in the background, and again after a loss (back-off with jitter, for
 * ever). Work is given to it as groups of calls: the calls of a group go out in pipeline mode followed by one
 * sync, so a group is one transaction - all or nothing. Several groups may be in flight; they run and answer
 * in the order given. Nothing here blocks and no callback runs before the function that was given it has
 * returned. */
#ifndef PG_PG_H
#define PG_PG_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "loop/loop.h"
#include "pg/pg_params.h"
#include "pg/pg_result.h"

struct pg;

#define PG_CALLS_MAX 64       /* calls in a group */
#define PG_IN_FLIGHT_MAX 1024 /* groups in flight on one connection; one more is answered with ERR_FULL */
#define PG_STATEMENTS_MAX 128 /* different statements on one connection; one more aborts */

struct pg_config {
    const char *dsn;               /* URI or key=value; copied */
    const char *application_name;  /* seen in pg_stat_activity */
    uint32_t statement_timeout_ms; /* told to the server, also for locks; when the oldest group has no answer
                                      for twice as long, the connection counts as lost. 0: 5000 */
    bool synchronous_commit_off;   /* for data that the log can bring back */
    const char *options;           /* further `-c name=value`, space separated; NULL for none */
    /* What other connections send on channels that the owner listens on (by a statement of its own, on every
     * new connection); `payload` is borrowed. NULL: nobody is told. Runs with the ctx of on_state, never
     * inside a function of this header. A connection hears nothing of what it sent itself. */
    void (*on_notify)(void *ctx, const char *payload);
};

/* True: connected, groups are taken. False: lost. Never runs inside pg_open, pg_run or pg_disconnect. Runs
 * before the callbacks of the groups that were lost with the connection. */
typedef void (*pg_on_state)(void *ctx, bool ready);

/* Parses the DSN, resolves host names (this may block: call it at start) and begins to connect at the next
 * turn. NULL: `ret_failure` says in words (without the password) what is wrong with the configuration. */
struct pg *pg_open(struct loop *loop, const struct pg_config *config, pg_on_state on_state, void *ctx,
                   char ret_failure[200]);
/* Ends the connection; callbacks of groups in flight do not run any more. Not from inside a callback of this
 * pg. Accepts NULL. */
void pg_close(struct pg *pg);

/* One statement of the program. Static, compared by address. */
struct pg_statement {
    const char *name; /* unique on a connection; also the name of its .sql file */
    const char *sql;  /* NULL: sql_text(name) */
};

struct pg_call {
    const struct pg_statement *statement; /* prepared when a connection first sees it */
    const struct pg_params *params;       /* NULL: none */
};

struct pg_outcome {
    enum err err;     /* ERR_OK; ERR_REFUSED: an SQL error, nothing was changed; ERR_LOST: the connection died
                         with the outcome unknown; ERR_AWAY: was not sent; ERR_FULL: was not sent, too many in
                         flight; ERR_NOMEM: was not sent */
    char sqlstate[6]; /* for ERR_REFUSED, else empty */
    const char *message;      /* for the log only, never for a client; "" when there is none */
    PGresult *const *results; /* for ERR_OK: one per call, in binary; borrowed for the callback */
    uint32_t count;
};
typedef void (*pg_done)(void *ctx, const struct pg_outcome *outcome);

/* Runs a group. `calls` and all they refer to (but the statements) may go as soon as this returns. `done`
 * runs exactly once, after the sync's answer, and not before this returns. params->failure is reported as
 * ERR_NOMEM. */
void pg_run(struct pg *pg, const struct pg_call *calls, uint32_t count, pg_done done, void *ctx);

/* Statements are prepared anew on their next use: after tables were swapped. */
void pg_forget_statements(struct pg *pg);
/* Cuts the connection: what is in flight becomes ERR_LOST (from a later turn), then it connects again. `why`
 * is what pg_failure says until then. */
void pg_disconnect(struct pg *pg, const char *why);

bool pg_ready(const struct pg *pg);
uint32_t pg_in_flight(const struct pg *pg);
/* Why the last attempt or connection ended, for the log; "" when none has. */
const char *pg_failure(const struct pg *pg);
/* Why nothing useful can be asked now, for /readyz: it is not connected, or the database is not of this
 * release (the last refusal was one of pg_schema_differs, and nothing has succeeded since); "" otherwise. */
const char *pg_trouble(const struct pg *pg);
uint64_t pg_connects(const struct pg *pg); /* connections made so far */
/* Whether a refused group may succeed when it is sent again unchanged: serialization, deadlock, timeouts,
 * read-only (a failover), disk full, too many connections. */
bool pg_retryable(const struct pg_outcome *outcome);

#endif
