/* prepare: the read models' tables follow the schema, without migrations of their own.
 *
 * The problem: a view may change with every release, and a migration for tables that the log can fill again
 * would be work for nothing. So: migrations/projections holds only the checkpoints; the tables are generated,
 * and when the fingerprint of what this program needs is not the one the tables were made for, all of them
 * are dropped and made again in one transaction, at checkpoint 0 and in a new generation. A server that is
 * running meanwhile sees its batch refused (GP001 or no such table), reads the checkpoint again and fills the
 * new tables.
 *
 * All projections share a fingerprint; one of them is made anew beside the live tables (rebuild.c).
 *
 * Blocking libpq is fine here: this is a tool of the command line. */
#include "projection/prepare.h"
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "eventstore/migrate.h"
#include "gen/c/schema.h"
#include "pg/blocking.h"
#include "pg/pg_result.h"
#include "projection/project.h"

struct prepare {
    PGconn *connection;
    struct arena arena;
    char *failure; /* 400 bytes, the caller's */
};

static enum err prepare_tables(struct prepare *prepare);

static enum err run(struct prepare *prepare, const char *name, const struct pg_params *params)
{
    return blocking_run(prepare->connection, name, params, NULL, prepare->failure);
}

enum err projections_prepare(const char *owner_dsn, const char *server_role, char ret_failure[400])
{
    enum err err = migrate_apply(owner_dsn, migrations_projections, migrations_projections_count, server_role,
                                 ret_failure);
    if (err != ERR_OK)
        return err;
    struct prepare prepare = {.failure = ret_failure};
    arena_init(&prepare.arena, 4096, 1 << 20);
    struct pg_params role;
    pg_params_init(&role, &prepare.arena);
    pg_param_text(&role, slice_text(server_role));
    err = blocking_connect(owner_dsn, &prepare.connection, ret_failure);
    if (err == ERR_OK)
        err = run(&prepare, "migrate_begin", NULL);
    if (err == ERR_OK)
        err = run(&prepare, "prepare_lock", NULL);
    if (err == ERR_OK)
        err = prepare_tables(&prepare);
    if (err == ERR_OK)
        err = blocking_script(prepare.connection, "row_log",
                              ret_failure); /* views for people: they hold nothing, so anew each time */
    if (err == ERR_OK)
        err = run(&prepare, "prepare_grant", &role);
    if (err == ERR_OK)
        err = run(&prepare, "migrate_commit", NULL);
    PQfinish(prepare.connection); /* after a failure the transaction ends with it */
    arena_release(&prepare.arena);
    return err;
}

/* ---- what this program needs ---- */

static bool projection_seen(size_t before, const char *projection)
{
    for (size_t i = 0; i < before; i++)
        if (strcmp(schema_views[i].projection, projection) == 0)
            return true;
    return false;
}

/* $1 fingerprint, $2 projections, $3 tables. */
static void describe(struct prepare *prepare, struct pg_params *params)
{
    char *fingerprint = arena_alloc(&prepare->arena, PROJECT_FINGERPRINT_SIZE);
    check(fingerprint != NULL);
    project_fingerprint(fingerprint);
    pg_params_init(params, &prepare->arena);
    pg_param_text(params, slice_text(fingerprint));
    pg_array_begin(params, PG_TYPE_TEXT, SCHEMA_VIEW_COUNT);
    for (size_t i = 0; i < SCHEMA_VIEW_COUNT; i++)
        if (!projection_seen(i, schema_views[i].projection))
            pg_array_slice(params, slice_text(schema_views[i].projection));
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_TEXT, SCHEMA_VIEW_COUNT);
    for (size_t i = 0; i < SCHEMA_VIEW_COUNT; i++)
        pg_array_slice(params, slice_text(schema_views[i].table));
    pg_array_end(params);
    check(params->failure == ERR_OK);
}

static enum err make_tables(struct prepare *prepare, const struct pg_params *needs)
{
    enum err err = run(prepare, "prepare_drop", NULL);
    if (err == ERR_OK)
        err = blocking_script(prepare->connection, "projections", prepare->failure);
    if (err == ERR_OK)
        err = run(prepare, "prepare_record", needs);
    return err;
}

static enum err prepare_tables(struct prepare *prepare)
{
    struct pg_params needs;
    PGresult *result;
    describe(prepare, &needs);
    enum err err = blocking_run(prepare->connection, "prepare_needed", &needs, &result, prepare->failure);
    if (err != ERR_OK)
        return err;
    bool needed = pg_get_bool(result, 0, 0);
    PQclear(result);
    return needed ? make_tables(prepare, &needs) : ERR_OK;
}
