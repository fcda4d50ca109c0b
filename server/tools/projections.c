/* projections: where each read model stands, and making one anew.
 *
 *   gachapon projections status             a line for each: position, lag, what it cannot take
 *   gachapon projections rebuild NAME       one of them, or --all, beside the live tables, then switched
 *
 * The status is read from the databases, so that it can be had without a running server; a server writes the
 * reason there when a projection stops. The rebuild signs in as the owner of the projections database, as
 * migrate does; it reads the log under a node name of its own, so that it fences nobody. */
#include "gen/c/schema.h"
#include "pg/blocking.h"
#include "pg/pg_result.h"
#include "projection/rebuild.h"
#include "tools/progress.h"
#include "tools/tools.h"
#include <inttypes.h>
#include <string.h>

#define PAGE_EVENTS 5000

static int fail(const char *why)
{
    fprintf(stderr, "gachapon projections: %s\n", why);
    return 2;
}

/* ---- status ---- */

static void print_status(const PGresult *result, uint64_t head)
{
    printf("%-14s %-8s %12s %10s  %s\n", "projection", "state", "position", "behind", "cannot take");
    for (uint32_t row = 0; row < pg_rows(result); row++) {
        uint64_t position = (uint64_t)pg_get_i64(result, row, 1);
        uint64_t behind = head > position ? head - position : 0;
        bool stopped = !pg_is_null(result, row, 3);
        struct slice name = pg_get_slice(result, row, 0);
        printf("%-14.*s %-8s %12" PRIu64 " %10" PRIu64 "  ", SLICE_ARGS(name),
               stopped      ? "stopped"
               : behind > 0 ? "behind"
                            : "live",
               position, behind);
        if (stopped) {
            const struct event_desc *event = schema_event(pg_get_i32(result, row, 4));
            struct slice reason = pg_get_slice(result, row, 5);
            printf("%" PRIu64 " %s: %.*s", (uint64_t)pg_get_i64(result, row, 3),
                   event == NULL ? "unknown" : event->name, SLICE_ARGS(reason));
        }
        printf("\n");
    }
}

/* One statement on a connection of its own. */
static enum err ask(const char *dsn, const char *name, PGresult **ret_result, char why[400])
{
    PGconn *connection;
    enum err err = blocking_connect(dsn, &connection, why);
    if (err == ERR_OK)
        err = blocking_run(connection, name, NULL, ret_result, why);
    PQfinish(connection);
    return err;
}

static int status(const struct config *config)
{
    char why[400];
    PGresult *result;
    if (ask(config->event_store_dsn, "projections_head", &result, why) != ERR_OK)
        return fail(why);
    uint64_t head = (uint64_t)pg_get_i64(result, 0, 0);
    PQclear(result);
    if (ask(config->projections_dsn, "projections_status", &result, why) != ERR_OK)
        return fail(why);
    print_status(result, head);
    int code = 0;
    for (uint32_t row = 0; row < pg_rows(result); row++)
        code |= !pg_is_null(result, row, 3);
    PQclear(result);
    return code;
}

/* ---- rebuild ---- */

static void on_progress(void *ctx, const struct rebuild_progress *progress)
{
    progress_show(ctx, progress->position, progress->target);
}

static int rebuild(const struct config *config, const char *projection)
{
    char why[400], role[64];
    struct progress display;
    struct rebuild_progress progress = {0};
    if (!blocking_dsn_value(config->projections_dsn, "user", role, sizeof role))
        return fail("PROJECTIONS_DSN names no user; the rebuild grants that user what the server needs");
    struct rebuild_config rebuild = {.owner_dsn = config->projections_owner_dsn,
                                     .server_role = role,
                                     .projection = projection,
                                     .page_events = PAGE_EVENTS,
                                     .progress = on_progress,
                                     .ctx = &display};
    struct eventstore_config read = {.dsn = config->event_store_dsn,
                                     .node = "rebuild",
                                     .read_connections = 1,
                                     .statement_timeout_ms = 60000,
                                     .append_deadline_ms = 10000};
    struct loop *loop = loop_new();
    struct eventstore *store = loop == NULL ? NULL : eventstore_open(loop, &read, why);
    enum err err = ERR_AWAY;
    progress_begin(&display, "events", 0);
    if (store != NULL)
        err = projections_rebuild(loop, store, &rebuild, &progress, why);
    progress_end(&display);
    eventstore_close(store);
    loop_free(loop);
    if (err != ERR_OK)
        return fail(why);
    printf("%s rebuilt: %" PRIu64 " events, %" PRIu64 " rows in %.1f s; switched at %" PRIu64 "\n",
           projection == NULL ? "all projections" : projection, progress.position, progress.rows,
           (double)progress.elapsed_ms / 1000.0, progress.position);
    return 0;
}

int tool_projections(const struct config *config, int argc, char **argv)
{
    bool asks_status = argc == 1 && strcmp(argv[0], "status") == 0;
    bool asks_rebuild = argc == 2 && strcmp(argv[0], "rebuild") == 0;
    if (!asks_status && !asks_rebuild) {
        fprintf(stderr,
                "usage: gachapon projections status\n       gachapon projections rebuild NAME | --all\n");
        return 2;
    }
    if (config->event_store_dsn == NULL || config->projections_dsn == NULL)
        return fail("set EVENT_STORE_DSN and PROJECTIONS_DSN");
    if (asks_status)
        return status(config);
    if (config->projections_owner_dsn == NULL)
        return fail("set PROJECTIONS_OWNER_DSN: the tables are made by their owner");
    return rebuild(config, strcmp(argv[1], "--all") == 0 ? NULL : argv[1]);
}
