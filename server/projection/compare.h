/* compare: `gachapon replay --compare`: the projections against a fold of the log, row by row. A tool of the
 * command line: it blocks, and holds every row in memory. */
#ifndef PROJECTION_COMPARE_H
#define PROJECTION_COMPARE_H

#include <stdio.h>
#include "projection/projection.h"

struct compare_report {
    uint64_t position;    /* the highest of the projections' checkpoints: the log was folded up to it */
    uint64_t events;      /* read from the log */
    uint64_t rows;        /* of the fold, tombstones too */
    uint64_t differences; /* rows that differ, are missing, or are too many */
};

/* Waits until `store` is ready (at most 10 s), reads the log through it, and the tables with a connection of
 * its own, as of one moment; runs `loop` meanwhile. Differences are lines on `out`, the first hundred.
 * Failures: ERR_AWAY, ERR_REFUSED one of the databases cannot be read; ERR_CONFLICT the tables are made for
 * another program or another log; ERR_INTEGRITY an event cannot be decoded; ERR_NOMEM. `ret_failure` says
 * what, without the password. */
MUST_CHECK enum err projections_compare(struct loop *loop, struct eventstore *store,
                                        const char *projections_dsn, FILE *out,
                                        struct compare_report *ret_report, char ret_failure[400]);

#endif
