/* processes: `gachapon processes status`, a line for each process manager.
 *
 * Read from the event store, so that it can be had without a running server. `behind` counts events of all
 * types: a process stores its cursor when it met something that concerns it, or every 20,000 events. A timer
 * that is overdue by more than a few seconds means that no server runs, or that what it needs is away; then
 * it is tried again, and `/readyz` and the log (tag=process) of the node that leads say why.
 *
 * So that a monitor can ask: 1 when a timer has been due for over OVERDUE_S, longer than a node that died
 * keeps another from leading. Timers that came to nothing are no such: they were put off. */
#include "pg/pg_result.h"
#include "pg/blocking.h"
#include "tools/tools.h"
#include <inttypes.h>
#include <string.h>

#define OVERDUE_S 60

static int fail(const char *why)
{
    fprintf(stderr, "gachapon processes: %s\n", why);
    return 2;
}

int tool_processes(const struct config *config, int argc, char **argv)
{
    char why[400];
    PGconn *connection;
    PGresult *result;
    if (argc != 1 || strcmp(argv[0], "status") != 0)
        return fail("usage: gachapon processes status");
    if (config->event_store_dsn == NULL)
        return fail("set EVENT_STORE_DSN");
    enum err err = blocking_connect(config->event_store_dsn, &connection, why);
    if (err == ERR_OK)
        err = blocking_run(connection, "processes_status", NULL, &result, why);
    PQfinish(connection);
    if (err != ERR_OK)
        return fail(why);
    int status = 0;
    printf("%-14s %12s %10s %8s %8s %10s %10s\n", "process", "position", "behind", "timers", "due",
           "overdue s", "tried again");
    for (uint32_t row = 0; row < pg_rows(result); row++) {
        int64_t position = pg_get_i64(result, row, 1);
        printf("%-14.*s %12" PRId64 " %10" PRId64 " %8" PRId64 " %8" PRId64 " %10" PRId64 " %10" PRId64 "\n",
               SLICE_ARGS(pg_get_slice(result, row, 0)), position, pg_get_i64(result, row, 2) - position,
               pg_get_i64(result, row, 3), pg_get_i64(result, row, 4), pg_get_i64(result, row, 6),
               pg_get_i64(result, row, 5));
        status |= pg_get_i64(result, row, 6) > OVERDUE_S;
    }
    PQclear(result);
    return status;
}
