/* new-epoch: to be run once, as the owner, after the event store was restored or failed over with events
 * lost, and before servers start on it. Read models, clients' marks and servers' caches of the log as it was
 * start over; the log itself and its chain go on. migrations/README.md has the order of a restore. */
#include "eventstore/epoch.h"
#include "tools/tools.h"
#include <inttypes.h>

int tool_new_epoch(const struct config *config, int argc, char **argv)
{
    struct uuid epoch;
    uint64_t position;
    char why[400], text[UUID_TEXT_SIZE];
    if (argc > 0) {
        fprintf(stderr, "gachapon new-epoch: %s is not an option\n", argv[0]);
        return 2;
    }
    if (config->event_store_owner_dsn == NULL) {
        fprintf(stderr, "gachapon new-epoch: set EVENT_STORE_OWNER_DSN\n");
        return 2;
    }
    if (epoch_begin(config->event_store_owner_dsn, &epoch, &position, why) != ERR_OK) {
        fprintf(stderr, "gachapon new-epoch: %s\n", why);
        return 1;
    }
    printf("epoch %s begins behind position %" PRIu64 "\n", uuid_format(epoch, text), position);
    return 0;
}
