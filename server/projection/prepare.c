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
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/sql.h"
#include "eventstore/migrate.h"
#include "gen/c/schema.h"
#include "pg/pg_params.h"
#include "pg/pg_result.h"
#include "projection/project.h"

struct prepare {
    PGconn *connection;
    struct arena arena;
    char *failure; /* 400 bytes, the caller's */
};

static enum err prepare_tables(struct prepare *prepare);
static enum err run_script(struct prepare *prepare, const char *name);
static enum err run(struct prepare *prepare, const char *name, const struct pg_params *params,
                    PGresult **ret_result);

static void ignore_notice(void *ctx, const PGresult *result)
{
    (void)ctx, (void)result;
}

static enum err connect_owner(struct prepare *prepare, const char *owner_dsn)
{
    prepare->connection = PQconnectdb(owner_dsn);
    if (PQstatus(prepare->connection) != CONNECTION_OK) {
        snprintf(prepare->failure, 400, "cannot connect as the owner: %s",
                 PQerrorMessage(prepare->connection));
        return ERR_AWAY;
    }
    PQsetNoticeReceiver(prepare->connection, ignore_notice, NULL);
    return ERR_OK;
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
    err = connect_owner(&prepare, owner_dsn);
    if (err == ERR_OK)
        err = run(&prepare, "migrate_begin", NULL, NULL);
    if (err == ERR_OK)
        err = run(&prepare, "prepare_lock", NULL, NULL);
    if (err == ERR_OK)
        err = prepare_tables(&prepare);
    if (err == ERR_OK)
        err = run_script(&prepare, "row_log"); /* views for people: they hold nothing, so anew each time */
    if (err == ERR_OK)
        err = run(&prepare, "prepare_grant", &role, NULL);
    if (err == ERR_OK)
        err = run(&prepare, "migrate_commit", NULL, NULL);
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

/* Runs the statements of NAME.sql: several, without parameters. */
static enum err run_script(struct prepare *prepare, const char *name)
{
    PGresult *result = PQexec(prepare->connection, sql_text(name));
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (done)
        return ERR_OK;
    snprintf(prepare->failure, 400, "%s: %s", name, PQerrorMessage(prepare->connection));
    return ERR_REFUSED;
}

static enum err make_tables(struct prepare *prepare, const struct pg_params *needs)
{
    enum err err = run(prepare, "prepare_drop", NULL, NULL);
    if (err == ERR_OK)
        err = run_script(prepare, "projections");
    if (err == ERR_OK)
        err = run(prepare, "prepare_record", needs, NULL);
    return err;
}

static enum err prepare_tables(struct prepare *prepare)
{
    struct pg_params needs;
    PGresult *result;
    describe(prepare, &needs);
    enum err err = run(prepare, "prepare_needed", &needs, &result);
    if (err != ERR_OK)
        return err;
    bool needed = pg_get_bool(result, 0, 0);
    PQclear(result);
    return needed ? make_tables(prepare, &needs) : ERR_OK;
}

/* Runs the statement of NAME.sql. `ret_result` may be NULL. */
static enum err run(struct prepare *prepare, const char *name, const struct pg_params *params,
                    PGresult **ret_result)
{
    static const int binary[PG_PARAMS_MAX] = {[0 ... PG_PARAMS_MAX - 1] = 1};
    check(params == NULL || params->failure == ERR_OK);
    PGresult *result = PQexecParams(
        prepare->connection, sql_text(name), params == NULL ? 0 : (int)params->count, NULL,
        params == NULL ? NULL : params->values, params == NULL ? NULL : params->lengths, binary, 1);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        PQclear(result);
        snprintf(prepare->failure, 400, "%s: %s", name, PQerrorMessage(prepare->connection));
        return ERR_REFUSED;
    }
    if (ret_result != NULL)
        *ret_result = result;
    else
        PQclear(result);
    return ERR_OK;
}
