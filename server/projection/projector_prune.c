/* projector_prune: tombstones do not stay for ever.
 *
 * The problem: a row that is gone stays as a tombstone, so that clients which come back hear of it. Nobody
 * comes back from a mark of a year ago, and what is deleted every day would fill the tables.
 *
 * The design: a horizon, `tombstones_keep` positions behind the projections. It is stored with the
 * checkpoints, and whoever comes back with a mark below it gets everything as a replacement (account.c; and
 * notify, of a page that was read with a horizon above the mark). Only an interval after it was raised - far
 * longer than a query takes - are the tombstones below it deleted, on a connection for queries, PRUNE_PAGES
 * pages of a table at a time with a pause in between: no index, no long transaction, no lock but of the rows
 * that go. Then the next horizon.
 *
 * Every node does it; twice is as good as once. Another generation of the tables ends it: they begin with the
 * horizon 0.
 *
 * When a view gets tombstones: its line in `views`. */
#include "projection/projector_internal.h"
#include "base/sql.h"
#include <string.h>

#define PRUNE_PAGES 1000 /* 8 MB of a table */
#define PRUNE_PAUSE_MS 50

static const enum view views[] = {VIEW_TEAM, VIEW_ODDS};
#define VIEWS (sizeof views / sizeof views[0])

static const struct pg_statement raise_horizon = {.name = "raise_horizon"};

static void on_timer(void *ctx);
static void raise_it(struct projector *projector);
static void on_raised(void *ctx, const struct pg_outcome *outcome);
static void delete_some(struct projector *projector);
static void on_deleted(void *ctx, const struct pg_outcome *outcome);

bool prune_covers(enum view view)
{
    for (size_t i = 0; i < VIEWS; i++)
        if (views[i] == view)
            return true;
    return false;
}

/* prune_table.sql with the name of the view's table in it. */
static void name_statement(struct arena *arena, enum view view, struct pg_statement *statement)
{
    static const char table[] = "{table}";
    const char *text = sql_text("prune_table"), *name = schema_view((int)view)->table;
    const char *first = strstr(text, table), *second = strstr(first + 1, table);
    /* the line on top speaks of braces, not of this word */
    check(first != NULL && second != NULL);
    statement->name = arena_printf(arena, "prune_%s", name);
    statement->sql = arena_printf(arena, "%.*s\"%s\"%.*s\"%s\"%s", (int)(first - text), text, name,
                                  (int)(second - first - (long)strlen(table)), first + strlen(table), name,
                                  second + strlen(table));
    check(statement->name != NULL && statement->sql != NULL);
}

void prune_init(struct projector *projector)
{
    check(VIEWS <= PRUNE_VIEWS_MAX);
    arena_init(&projector->prune.arena, 2048, 1 << 16);
    loop_timer_init(&projector->prune.timer, projector->loop, on_timer, projector);
    if (projector->config.prune_every_ms == 0)
        return;
    for (size_t i = 0; i < VIEWS; i++)
        name_statement(&projector->prune.arena, views[i], &projector->prune.statements[i]);
    loop_timer_start(&projector->prune.timer, projector->config.prune_every_ms);
}

void prune_release(struct projector *projector)
{
    loop_timer_stop(&projector->prune.timer);
    arena_release(&projector->prune.arena);
}

static void on_timer(void *ctx)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    if (projector->state != PROJECTOR_RUNNING)
        loop_timer_start(&projector->prune.timer, projector->config.prune_every_ms);
    else if (projector->prune.until != 0 && projector->prune.generation == projector->generation)
        delete_some(projector);
    else
        raise_it(projector);
}

/* By an eighth of what is kept at least: a table is not gone through for a handful of rows. */
static void raise_it(struct projector *projector)
{
    uint64_t keep = projector->config.tombstones_keep, lowest = projector_lowest(projector);
    uint64_t until = lowest > keep ? lowest - keep : 0;
    projector->prune.until = 0;
    if (until == 0 || until < projector->horizon + keep / 8) {
        loop_timer_start(&projector->prune.timer, projector->config.prune_every_ms);
        return;
    }
    struct pg_params params;
    projector->prune.until = until;
    projector->prune.generation = projector->generation;
    projector->prune.view = 0;
    projector->prune.page = 0;
    pg_params_init(&params, &projector->params);
    pg_param_i64(&params, (int64_t)until);
    pg_param_i64(&params, (int64_t)projector->generation);
    pg_run(projector->query[0], &(struct pg_call){&raise_horizon, &params}, 1, on_raised, projector);
    arena_reset(&projector->params);
}

static void on_raised(void *ctx, const struct pg_outcome *outcome)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    if (outcome->err != ERR_OK)
        projector->prune.until = 0; /* nobody knows whether it was: nothing is deleted */
    else
        projector_see_horizon(projector, projector->prune.until);
    loop_timer_start(&projector->prune.timer, projector->config.prune_every_ms);
}

static void delete_some(struct projector *projector)
{
    struct pg_params params;
    pg_params_init(&params, &projector->params);
    pg_param_i64(&params, (int64_t)projector->prune.until);
    pg_param_i64(&params, (int64_t)projector->prune.page);
    pg_param_i64(&params, PRUNE_PAGES);
    pg_run(projector->query[0],
           &(struct pg_call){&projector->prune.statements[projector->prune.view], &params}, 1, on_deleted,
           projector);
    arena_reset(&projector->params);
}

static void on_deleted(void *ctx, const struct pg_outcome *outcome)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    uint64_t pause_ms = outcome->err == ERR_OK ? PRUNE_PAUSE_MS : projector->config.prune_every_ms;
    if (outcome->err == ERR_OK) {
        projector->counters.pruned += (uint64_t)pg_get_i64(outcome->results[0], 0, 0);
        projector->prune.page += PRUNE_PAGES;
        if (projector->prune.page >= (uint64_t)pg_get_i64(outcome->results[0], 0, 1)) {
            projector->prune.page = 0;
            projector->prune.view++;
        }
    }
    if (projector->prune.view == VIEWS) {
        projector->prune.until = 0;
        pause_ms = projector->config.prune_every_ms;
    }
    loop_timer_start(&projector->prune.timer, pause_ms);
}
