/* fold: rows, each key once, the newest of it. The projector folds a batch (an upsert may not name a key
 * twice) and notify conflates public rows with it. Memory is the arena's. */
#ifndef PROJECTION_FOLD_H
#define PROJECTION_FOLD_H

#include "gen/c/schema.h"
#include "projection/projection.h"

struct fold {
    struct arena *arena; /* borrowed */
    struct row *rows;    /* in the order in which their keys first came */
    uint32_t count, capacity;
    uint32_t *slots;     /* index into rows + 1; 0: empty */
    uint32_t slot_count; /* power of two, or 0 */
    uint32_t expected;   /* rows it had when it last had any: room for as many is made at once */
};

void fold_init(struct fold *fold, struct arena *arena);
/* Starts anew, after arena_reset. */
void fold_restart(struct fold *fold);
/* Copies `row` in, in the place of one with the same key unless that one is newer; a delta is added to it.
 * ERR_NOMEM: not added. */
MUST_CHECK enum err fold_add(struct fold *fold, const struct row *row);

/* Its rows by view: those of schema_views[i] are [ret_begins[i], ret_begins[i + 1]) of what is given, in the
 * order of the fold. In `arena`; they point into the fold. NULL: no memory. */
const struct row **fold_by_view(const struct fold *fold, struct arena *arena,
                                uint32_t ret_begins[SCHEMA_VIEW_COUNT + 1]);

#endif
