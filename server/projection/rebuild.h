/* rebuild: `gachapon projections rebuild`: a projection, or all, made anew from the log beside the live
 * tables, which then are switched in one transaction. A tool of the command line: it blocks, but for `loop`,
 * which it runs. */
#ifndef PROJECTION_REBUILD_H
#define PROJECTION_REBUILD_H

#include "projection/projection.h"

struct rebuild_progress {
    uint64_t position,
        target;    /* the new tables hold the log up to `position`; the live ones up to `target` */
    uint64_t rows; /* written so far */
    uint64_t elapsed_ms;
};

struct rebuild_config {
    const char *owner_dsn;   /* of the projections database, in the role that owns it */
    const char *server_role; /* is granted the new tables */
    const char *projection;  /* NULL: all of them */
    uint32_t page_events;    /* events of one transaction */
    void (*progress)(void *ctx, const struct rebuild_progress *progress); /* after each, or NULL */
    void *ctx;
};

/* Waits until `store` is ready (at most 10 s), folds the log up to where the live tables are, and switches. A
 * server may go on meanwhile; it sees the new generation. Failures leave the live tables as they were:
 * ERR_AWAY a database cannot be read; ERR_CONFLICT another rebuild is under way, the log is another one, or
 * somebody reads the tables for too long; ERR_INTEGRITY an event cannot be decoded; ERR_MALFORMED no such
 * projection; ERR_REFUSED the database says no; ERR_NOMEM. `ret_failure` says what, without the password. */
MUST_CHECK enum err projections_rebuild(struct loop *loop, struct eventstore *store,
                                        const struct rebuild_config *config,
                                        struct rebuild_progress *ret_progress, char ret_failure[400]);

#endif
