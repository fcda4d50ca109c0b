/* replay: are the projections what the log says? `--compare` folds the whole log in memory, up to the
 * projections' checkpoint, and compares row by row with the tables as of one moment; the server may go on
 * meanwhile. It reads under a node name of its own, so that it fences nobody. */
#include "projection/compare.h"
#include "tools/tools.h"
#include <inttypes.h>
#include <string.h>

static int compare(const struct config *config)
{
    char why[400];
    struct loop *loop = loop_new();
    struct eventstore_config read = {.dsn = config->event_store_dsn,
                                     .node = "replay",
                                     .read_connections = 1,
                                     .statement_timeout_ms = 60000,
                                     .append_deadline_ms = 10000};
    struct eventstore *store = loop == NULL ? NULL : eventstore_open(loop, &read, why);
    struct compare_report report;
    if (store == NULL) {
        fprintf(stderr, "gachapon replay: event store: %s\n", loop == NULL ? "libev gives no loop" : why);
        loop_free(loop);
        return 2;
    }
    enum err err = projections_compare(loop, store, config->projections_dsn, stdout, &report, why);
    eventstore_close(store);
    loop_free(loop);
    if (err != ERR_OK) {
        fprintf(stderr, "gachapon replay: %s\n", why);
        return 2;
    }
    printf("position %" PRIu64 ": %" PRIu64 " events fold to %" PRIu64 " rows, %" PRIu64 " differences\n",
           report.position, report.events, report.rows, report.differences);
    return report.differences == 0 ? 0 : 1;
}

int tool_replay(const struct config *config, int argc, char **argv)
{
    if (argc != 1 || strcmp(argv[0], "--compare") != 0) {
        fprintf(stderr, "usage: gachapon replay --compare\n");
        return 2;
    }
    if (config->event_store_dsn == NULL || config->projections_dsn == NULL) {
        fprintf(stderr, "gachapon replay: set EVENT_STORE_DSN and PROJECTIONS_DSN\n");
        return 2;
    }
    return compare(config);
}
