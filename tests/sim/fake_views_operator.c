/* fake_views_operator: what an operator does with the projections database: drops it, and rebuilds tables
 * from the log as projection/rebuild.c does. */
#include "fake_views.h"
#include "oracle_states.h"
#include "projection/columns.h"
#include "projection/fold.h"
#include "projection/project.h"
#include <string.h>

void views_drop(void)
{
    trace("views: dropped at %d, made anew", (int)views_lowest(&views_now));
    for (int i = 0; i < SCHEMA_VIEW_COUNT; i++)
        views_now.tables[i].count = 0;
    memset(views_now.positions, 0, sizeof views_now.positions);
    memset(views_now.chains, 0, sizeof views_now.chains);
    views_now.generation = ++views_generations;
    views_now.epoch = (struct uuid){{0}};
    views_fsync();
}

static void fold_log(uint64_t until, struct fold *fold, struct arena *arena)
{
    fold_init(fold, arena);
    for (uint64_t at = 1; at <= until; at++) {
        struct event event;
        struct row_sink sink = {.arena = arena};
        states_decode(store_event(at), arena, &event);
        project(&event, &sink);
        for (uint32_t i = 0; i < sink.count; i++) {
            sink.rows[i].position = at;
            check(fold_add(fold, &sink.rows[i]) == ERR_OK);
        }
    }
}

/* As projection/rebuild.c: all tables or those of one projection, where the furthest of the live ones is. */
void views_rebuild(int one)
{
    struct arena arena;
    struct fold fold;
    struct pg_params params;
    struct wire_call call;
    uint64_t target = 0;
    if (!uuid_equal(views_now.epoch, store_epoch()))
        return; /* it says so and ends */
    struct slice chain = {0};
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        target = (uint64_t)views_now.positions[view] > target ? (uint64_t)views_now.positions[view] : target;
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        if ((uint64_t)views_now.positions[view] == target && views_now.chains[view].data != NULL)
            chain = views_now.chains[view];
    trace("views: %s rebuilt at %d", one < 0 ? "all" : schema_views[one].projection, (int)target);
    arena_init(&arena, 65536, 64u << 20);
    fold_log(target, &fold, &arena);
    uint32_t begins[SCHEMA_VIEW_COUNT + 1];
    const struct row **rows = fold_by_view(&fold, &arena, begins);
    check(rows != NULL);
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++) {
        if (one >= 0 && strcmp(schema_views[one].projection, schema_views[view].projection) != 0)
            continue;
        views_now.tables[view].count = 0;
        views_stand_at(view, target);
        views_now.chains[view] = chain;
        if (begins[view] == begins[view + 1])
            continue;
        pg_params_init(&params, &arena);
        columns_bind(&params, &schema_views[view], rows + begins[view], begins[view + 1] - begins[view]);
        wire_call_make(&call, "rebuild", &params);
        views_upsert(view, &call);
    }
    arena_release(&arena);
    views_now.generation = ++views_generations;
    views_fsync();
}
