/* rebuild_fold: the log into the tables of the schema `rebuild`, page by page. Part of rebuild.c. */
#ifndef PROJECTION_REBUILD_FOLD_H
#define PROJECTION_REBUILD_FOLD_H

#include "gen/c/schema.h"
#include "pg/pg.h"
#include "pg/blocking.h"
#include "projection/fold.h"
#include "projection/project.h"
#include "projection/rebuild.h"

/* Folded rows of the events from+1 to `to`. */
struct rebuild_page {
    struct arena arena;
    struct fold fold;
    uint64_t to;
    uint32_t events;
};

struct rebuild_fold {
    struct loop *loop;
    struct eventstore *store;
    const struct rebuild_config *config;
    bool chosen[SCHEMA_VIEW_COUNT];
    struct pg_statement upserts[SCHEMA_VIEW_COUNT];
    struct pg *write;
    struct rebuild_page pages[2], *filling, *writing;
    struct arena scratch, params;
    uint64_t read_to, target;
    bool reading, in_flight, connected;
    struct loop_timer timer;
    uint64_t since_ms, until_ms;
    struct rebuild_progress progress;
    enum err err;
    char *failure; /* 400 bytes, the caller's */
};

void rebuild_fold_init(struct rebuild_fold *fold, struct loop *loop, struct eventstore *store,
                       const struct rebuild_config *config, char *failure);
void rebuild_fold_release(struct rebuild_fold *fold);
/* Connects, and waits for the store. */
MUST_CHECK enum err rebuild_fold_open(struct rebuild_fold *fold);
/* Until the new tables hold every event up to `target`. */
MUST_CHECK enum err rebuild_fold_to(struct rebuild_fold *fold, uint64_t target);
/* Lets time go by, with the loop running. */
void rebuild_fold_pause(struct rebuild_fold *fold, uint32_t ms);

#endif
