/* fake_views: the projections database from inside, for fake_views.c and fake_views_operator.c; the rest of
 * the simulation has database.h. */
#ifndef TESTS_SIM_FAKE_VIEWS_H
#define TESTS_SIM_FAKE_VIEWS_H

#include "database.h"

#define COLUMNS_MAX 16
#define VIEW_ROWS_MAX 4096

struct view_row {
    int64_t position;
    bool deleted;
    struct slice columns[COLUMNS_MAX]; /* absent: null */
};

struct table {
    struct view_row *rows;
    uint32_t count;
};

struct read_models {
    struct table tables[SCHEMA_VIEW_COUNT];
    int64_t positions[SCHEMA_VIEW_COUNT];   /* of each view's projection: the same for its other views */
    struct slice chains[SCHEMA_VIEW_COUNT]; /* likewise; absent: null */
    int64_t generation;
    struct uuid epoch; /* nil: nothing yet */
};

extern struct read_models views_now;
extern int64_t views_generations; /* counts: none comes twice, whatever is lost */

int64_t views_lowest(const struct read_models *models);
void views_upsert(int view, const struct wire_call *call);
void views_stand_at(int view, uint64_t position); /* the projection of this view */

#endif
