/* rebuild: tables made anew from the log, beside the live ones, and switched.
 *
 * The problem: new code gives other rows for old events, or a table is damaged; the game goes on meanwhile,
 * and nobody may see half a table.
 *
 * The design: the generated tables are made a second time in a schema of their own, `rebuild`, under their
 * own names, so that every generated statement works there with another search_path. The log is folded into
 * them page by page, the next page being read while this one is written (rebuild_fold.c); the goal is where
 * the live tables are, which moves on. When less than a page is left, one transaction locks the checkpoints -
 * batches of servers wait, commands are accepted all the same - folds the rest, puts the new tables in the
 * place of the old ones and gives them the live position and a new generation. Servers notice it (their next
 * batch is refused by GP001, or their look once a second), read the checkpoint, prepare anew, and tell their
 * clients to start over.
 *
 * Invariants: live tables are touched by the switch alone. Whatever ends the tool before leaves only the
 * schema `rebuild`, which the next run drops. One rebuild at a time (an advisory lock that goes with the
 * connection).
 *
 * Whoever reads the live tables for long (replay --compare) holds the switch up: it is tried again, for about
 * a minute. One projection alone can be rebuilt only if the others are made for this program too. */
#include "projection/rebuild.h"
#include "base/check.h"
#include "pg/pg_result.h"
#include "projection/rebuild_fold.h"
#include <stdio.h>
#include <string.h>

#define SWITCH_ATTEMPTS 60
#define SWITCH_PAUSE_MS 500
#define SWITCH_LAG_PAGES 2 /* more is left once the lock is held: let go, fold on */

struct rebuild {
    const struct rebuild_config *config;
    struct rebuild_fold fold;
    PGconn *control; /* blocking: locks, tables, the switch */
    struct arena arena;
    char fingerprint[PROJECT_FINGERPRINT_SIZE];
    uint64_t target;
    char *failure; /* 400 bytes, the caller's */
};

static enum err choose_views(struct rebuild *rebuild);
static enum err make_tables(struct rebuild *rebuild);
static enum err read_target(struct rebuild *rebuild);
static enum err try_switch(struct rebuild *rebuild, bool *ret_switched);

static enum err fail(struct rebuild *rebuild, enum err err, const char *what)
{
    snprintf(rebuild->failure, 400, "%s", what);
    return err;
}

static enum err run(struct rebuild *rebuild, const char *name)
{
    return blocking_run(rebuild->control, name, NULL, NULL, rebuild->failure);
}

/* Until the new tables are live, or something is wrong. */
static enum err fold_and_switch(struct rebuild *rebuild)
{
    enum err err = ERR_OK;
    int attempts = 0;
    for (bool switched = false; err == ERR_OK && !switched;) {
        err = read_target(rebuild);
        if (err == ERR_OK)
            err = rebuild_fold_to(&rebuild->fold, rebuild->target);
        if (err == ERR_OK)
            err = try_switch(rebuild, &switched);
        if (err == ERR_CONFLICT && ++attempts < SWITCH_ATTEMPTS) {
            rebuild_fold_pause(&rebuild->fold, SWITCH_PAUSE_MS);
            err = ERR_OK;
        }
    }
    return err;
}

enum err projections_rebuild(struct loop *loop, struct eventstore *store, const struct rebuild_config *config,
                             struct rebuild_progress *ret_progress, char ret_failure[400])
{
    struct rebuild rebuild = {.config = config, .failure = ret_failure};
    project_fingerprint(rebuild.fingerprint);
    arena_init(&rebuild.arena, 4096, 1 << 20);
    rebuild_fold_init(&rebuild.fold, loop, store, config, ret_failure);
    enum err err = choose_views(&rebuild);
    if (err == ERR_OK)
        err = blocking_connect(config->owner_dsn, &rebuild.control, ret_failure);
    if (err == ERR_OK)
        err = make_tables(&rebuild);
    if (err == ERR_OK)
        err = rebuild_fold_open(&rebuild.fold);
    if (err == ERR_OK)
        err = fold_and_switch(&rebuild);
    if (err == ERR_OK)
        *ret_progress = rebuild.fold.progress;
    rebuild_fold_release(&rebuild.fold);
    PQfinish(rebuild.control);
    arena_release(&rebuild.arena);
    return err;
}

static enum err choose_views(struct rebuild *rebuild)
{
    uint32_t count = 0;
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++) {
        bool chosen = rebuild->config->projection == NULL ||
                      strcmp(rebuild->config->projection, schema_views[view].projection) == 0;
        rebuild->fold.chosen[view] = chosen;
        count += chosen;
    }
    return count > 0 ? ERR_OK : fail(rebuild, ERR_MALFORMED, "there is no projection of this name");
}

/* ---- the tables beside ---- */

static enum err drop_unchosen(struct rebuild *rebuild)
{
    enum err err = ERR_OK;
    for (int view = 0; view < SCHEMA_VIEW_COUNT && err == ERR_OK; view++) {
        if (rebuild->fold.chosen[view])
            continue;
        struct pg_params params;
        pg_params_init(&params, &rebuild->arena);
        pg_param_text(&params, slice_text(schema_views[view].table));
        err = blocking_run(rebuild->control, "rebuild_drop", &params, NULL, rebuild->failure);
    }
    return err;
}

static enum err make_tables(struct rebuild *rebuild)
{
    PGresult *result;
    enum err err = blocking_run(rebuild->control, "rebuild_claim", NULL, &result, rebuild->failure);
    if (err != ERR_OK)
        return err;
    bool claimed = pg_get_bool(result, 0, 0);
    PQclear(result);
    if (!claimed)
        return fail(rebuild, ERR_CONFLICT, "another rebuild is under way");
    err = blocking_script(rebuild->control, "rebuild_begin", rebuild->failure);
    if (err == ERR_OK)
        err = blocking_script(rebuild->control, "projections", rebuild->failure);
    if (err == ERR_OK)
        err = run(rebuild, "rebuild_path_back");
    return err == ERR_OK ? drop_unchosen(rebuild) : err;
}

/* ---- the goal ---- */

static bool is_chosen(const struct rebuild *rebuild, struct slice projection)
{
    return rebuild->config->projection == NULL ||
           slice_equal(slice_text(rebuild->config->projection), projection);
}

static enum err take_target(struct rebuild *rebuild, const PGresult *result)
{
    rebuild->target = 0;
    for (uint32_t row = 0; row < pg_rows(result); row++) {
        uint64_t position = (uint64_t)pg_get_i64(result, row, 1);
        if (!pg_is_null(result, row, 2) &&
            !uuid_equal(pg_get_uuid(result, row, 2), eventstore_epoch(rebuild->fold.store)))
            return fail(rebuild, ERR_CONFLICT,
                        "the tables are of another epoch of the log: start the server");
        if (!pg_get_bool(result, row, 3) && !is_chosen(rebuild, pg_get_slice(result, row, 0)))
            return fail(rebuild, ERR_CONFLICT,
                        "the other projections are made for another program: rebuild --all");
        if (position > rebuild->target)
            rebuild->target = position;
    }
    if (pg_rows(result) == 0)
        return fail(rebuild, ERR_CONFLICT, "there are no tables yet: gachapon migrate makes them");
    return ERR_OK;
}

/* Where the live tables are; also that the log is still theirs. */
static enum err read_target(struct rebuild *rebuild)
{
    struct pg_params params;
    PGresult *result;
    pg_params_init(&params, &rebuild->arena);
    pg_param_text(&params, slice_text(rebuild->fingerprint));
    enum err err = blocking_run(rebuild->control, "read_checkpoints", &params, &result, rebuild->failure);
    arena_reset(&rebuild->arena);
    if (err != ERR_OK)
        return err;
    err = take_target(rebuild, result);
    PQclear(result);
    return err;
}

/* ---- the switch ---- */

/* $1 fingerprint, $2 projections, $3 tables, $4 whether they are all, $5 position, $6 epoch. */
static enum err put_in_place(struct rebuild *rebuild)
{
    struct pg_params params;
    pg_params_init(&params, &rebuild->arena);
    pg_param_text(&params, slice_text(rebuild->fingerprint));
    pg_array_begin(&params, PG_TYPE_TEXT, SCHEMA_VIEW_COUNT);
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++) {
        bool seen = !rebuild->fold.chosen[view];
        for (int before = 0; before < view && !seen; before++)
            seen = strcmp(schema_views[before].projection, schema_views[view].projection) == 0;
        if (!seen)
            pg_array_slice(&params, slice_text(schema_views[view].projection));
    }
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_TEXT, SCHEMA_VIEW_COUNT);
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        if (rebuild->fold.chosen[view])
            pg_array_slice(&params, slice_text(schema_views[view].table));
    pg_array_end(&params);
    pg_param_bool(&params, rebuild->config->projection == NULL);
    pg_param_i64(&params, (int64_t)rebuild->target);
    pg_param_uuid(&params, eventstore_epoch(rebuild->fold.store));
    enum err err = blocking_run(rebuild->control, "rebuild_switch", &params, NULL, rebuild->failure);
    arena_reset(&rebuild->arena);
    if (err != ERR_OK)
        return err;
    pg_params_init(&params, &rebuild->arena);
    pg_param_text(&params, slice_text(rebuild->config->server_role));
    err = blocking_script(rebuild->control, "row_log", rebuild->failure);
    if (err == ERR_OK)
        err = blocking_run(rebuild->control, "prepare_grant", &params, NULL, rebuild->failure);
    return err;
}

static enum err try_switch(struct rebuild *rebuild, bool *ret_switched)
{
    uint64_t far = (uint64_t)rebuild->config->page_events * SWITCH_LAG_PAGES;
    enum err err = blocking_script(rebuild->control, "rebuild_lock", rebuild->failure);
    if (err == ERR_OK)
        err = read_target(rebuild);
    bool near = err == ERR_OK && rebuild->target - rebuild->fold.progress.position <= far;
    if (err == ERR_OK && rebuild->target < rebuild->fold.progress.position)
        err = fail(rebuild, ERR_REFUSED, "the live tables went back meanwhile: run it again");
    if (err == ERR_OK && near)
        err = rebuild_fold_to(&rebuild->fold, rebuild->target);
    if (err == ERR_OK && near)
        err = put_in_place(rebuild);
    if (err == ERR_OK && near) {
        *ret_switched = true;
        return run(rebuild, "migrate_commit");
    }
    char first[400];
    snprintf(first, sizeof first, "%s", rebuild->failure);
    enum err ended = run(rebuild, "rebuild_unlock");
    snprintf(rebuild->failure, 400, "%s", first); /* what came first is what matters */
    return err == ERR_OK ? ended : err;
}
