/* verify: is the log whole? Makes the chain again from the rows, and looks at everything that the log
 * promises about itself. A tool of the command line: it connects by itself, reads only, and blocks. */
#ifndef EVENTSTORE_VERIFY_H
#define EVENTSTORE_VERIFY_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/sha256.h"

/* A line that a server logged: after the batch that ends at `position`, the chain was this. */
struct verify_expected {
    uint64_t position;
    struct hash chain;
};

struct verify_report {
    uint64_t batches, events; /* found good */
    uint64_t position;        /* of the last good batch's end */
    struct hash chain;        /* there */
    bool broken;              /* the rest says where first */
    uint64_t broken_batch, broken_position;
    char what[200];
};

/* Called now and then with the position reached and the one to reach. */
typedef void (*verify_progress)(void *ctx, uint64_t position, uint64_t head);

/* Judges the log from its beginning to the head it has now. Memory does not grow with the log. ERR_OK:
 * judged, see the report. ERR_AWAY, ERR_REFUSED, ERR_NOMEM: could not be judged; `ret_failure` says why,
 * without the password. */
MUST_CHECK enum err verify_log(const char *dsn, const struct verify_expected *expected,
                               uint32_t expected_count, verify_progress progress, void *ctx,
                               struct verify_report *ret_report, char ret_failure[400]);

#endif
