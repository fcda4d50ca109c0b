/* migrate: applies SQL files in order, each in a transaction, and remembers which.
 *
 * The problem: the schema must be the same wherever the program runs, made by an owner role that the server
 * does not have, and a half-applied file must not exist. So: plain SQL files with numbers, built into the
 * binary; a table with the number and SHA-256 of each one applied, written in the transaction that applied
 * it; and a refusal to go on when the two do not fit - an applied file that was edited later, or a database
 * newer than the program.
 *
 * Views that are generated from the protocol change with every schema change and hold nothing: their files
 * have no number and are applied every time.
 *
 * The server's role is not known to the files: they say :"server_role" (as psql does, so that they can be run
 * with psql -v server_role=... too), which is replaced by the name as PQescapeIdentifier quotes it. Names
 * with control characters are refused, so that the placeholder is safe in a comment as well.
 *
 * Blocking libpq is fine here: this is a tool of the command line. */
#include "eventstore/migrate.h"
#include "base/check.h"
#include "base/sha256.h"
#include "pg/blocking.h"
#include "pg/pg_result.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACEHOLDER ":\"server_role\""
#define MIGRATE_LOCK INT64_C(0x6d69677261746521) /* "migrate!" */

struct migrate {
    PGconn *connection;
    struct arena arena;
    char *quoted_role;
    uint32_t applied; /* steps in the database */
    char *failure;    /* 400 bytes, the caller's */
};

static enum err quote_role(struct migrate *migrate, const char *server_role);
static enum err read_applied(struct migrate *migrate, const struct migration *migrations, size_t count);
static enum err apply_missing(struct migrate *migrate, const struct migration *migrations, size_t count);

enum err migrate_apply(const char *owner_dsn, const struct migration *migrations, size_t count,
                       const char *server_role, char ret_failure[400])
{
    struct migrate migrate = {.failure = ret_failure};
    arena_init(&migrate.arena, 4096, 1 << 20);
    enum err err = blocking_connect(owner_dsn, &migrate.connection, ret_failure);
    if (err == ERR_OK)
        err = quote_role(&migrate, server_role);
    if (err == ERR_OK)
        err = read_applied(&migrate, migrations, count);
    if (err == ERR_OK)
        err = apply_missing(&migrate, migrations, count);
    PQfreemem(migrate.quoted_role);
    PQfinish(migrate.connection); /* lets the lock go */
    arena_release(&migrate.arena);
    return err;
}

/* ---- talking to the database ---- */

__attribute__((format(printf, 3, 4))) static enum err fail(struct migrate *migrate, enum err err,
                                                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(migrate->failure, 400, format, arguments);
    va_end(arguments);
    migrate->failure[strcspn(migrate->failure, "\n")] = '\0'; /* libpq's first line says it */
    return err;
}

static enum err run(struct migrate *migrate, const char *name, const struct pg_params *params,
                    PGresult **ret_result)
{
    return blocking_run(migrate->connection, name, params, ret_result, migrate->failure);
}

static enum err quote_role(struct migrate *migrate, const char *server_role)
{
    size_t size = server_role == NULL ? 0 : strlen(server_role);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)server_role[i] < ' ')
            return fail(migrate, ERR_CONFIG, "the server's role has control characters in its name");
    if (size == 0)
        return fail(migrate, ERR_CONFIG, "the server's role has no name");
    migrate->quoted_role = PQescapeIdentifier(migrate->connection, server_role, size);
    if (migrate->quoted_role == NULL)
        return fail(migrate, ERR_CONFIG, "the server's role: %s", PQerrorMessage(migrate->connection));
    return ERR_OK;
}

/* ---- what is applied ---- */

/* The number of a step, 0 for a repeatable file. */
static uint32_t step_number(const struct migration *migration)
{
    size_t digits = strspn(migration->name, "0123456789");
    if (digits == 0 || migration->name[digits] != '_')
        return 0;
    return (uint32_t)strtoul(migration->name, NULL, 10);
}

static const struct migration *find_step(const struct migration *migrations, size_t count, uint32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (step_number(&migrations[i]) == number)
            return &migrations[i];
    return NULL;
}

/* Compares one applied step with the file of its number. */
static enum err compare(struct migrate *migrate, const struct migration *file, struct slice name,
                        struct slice digest)
{
    if (file == NULL)
        return fail(migrate, ERR_INTEGRITY,
                    "the database has %.*s, which this program does not know: it is newer", SLICE_ARGS(name));
    struct hash now = sha256(slice_text(file->sql));
    if (!slice_equal(digest, slice_of(now.bytes, sizeof now.bytes)))
        return fail(migrate, ERR_INTEGRITY, "%s was changed after it was applied", file->name);
    return ERR_OK;
}

static enum err read_applied(struct migrate *migrate, const struct migration *migrations, size_t count)
{
    uint32_t steps = 0;
    for (size_t i = 0; i < count; i++)
        steps += step_number(&migrations[i]) != 0;
    for (uint32_t number = 1; number <= steps; number++)
        check(find_step(migrations, count, number) != NULL); /* a gap or a number twice */

    struct pg_params params;
    pg_params_init(&params, &migrate->arena);
    pg_param_i64(&params, MIGRATE_LOCK);
    enum err err = run(migrate, "migrate_lock", &params, NULL);
    if (err == ERR_OK)
        err = run(migrate, "migrate_table", NULL, NULL);
    PGresult *applied = NULL;
    if (err == ERR_OK)
        err = run(migrate, "migrate_applied", NULL, &applied);
    if (err != ERR_OK)
        return err;
    migrate->applied = pg_rows(applied);
    for (uint32_t row = 0; row < migrate->applied && err == ERR_OK && steps > 0; row++) {
        uint32_t number = (uint32_t)pg_get_i32(applied, row, 0);
        if (number == row + 1)
            err = compare(migrate, find_step(migrations, count, number), pg_get_slice(applied, row, 1),
                          pg_get_slice(applied, row, 2));
        else
            err = fail(migrate, ERR_INTEGRITY, "schema_migrations lacks step %u: it was edited by hand",
                       (unsigned)row + 1);
    }
    PQclear(applied);
    return err;
}

/* ---- applying ---- */

char *migrate_substitute(const char *sql, const char *quoted)
{
    size_t size = strlen(sql) + 1, step = strlen(quoted);
    for (const char *at = strstr(sql, PLACEHOLDER); at != NULL; at = strstr(at + 1, PLACEHOLDER))
        size += step;
    char *text = malloc(size), *to = text;
    if (text == NULL)
        return NULL;
    for (const char *from = sql;;) {
        const char *next = strstr(from, PLACEHOLDER);
        size_t plain = next == NULL ? strlen(from) : (size_t)(next - from);
        memcpy(to, from, plain);
        to += plain;
        if (next == NULL)
            break;
        memcpy(to, quoted, step);
        to += step;
        from = next + strlen(PLACEHOLDER);
    }
    *to = '\0';
    check((size_t)(to - text) < size);
    return text;
}

static enum err run_file(struct migrate *migrate, const struct migration *migration)
{
    char *sql = migrate_substitute(migration->sql, migrate->quoted_role);
    if (sql == NULL)
        return fail(migrate, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    PGresult *result = PQexec(migrate->connection, sql);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    PQclear(result);
    free(sql);
    return ok ? ERR_OK
              : fail(migrate, ERR_REFUSED, "%s: %s", migration->name, PQerrorMessage(migrate->connection));
}

static enum err record(struct migrate *migrate, const struct migration *migration)
{
    struct pg_params params;
    struct hash digest = sha256(slice_text(migration->sql));
    pg_params_init(&params, &migrate->arena);
    pg_param_i32(&params, (int32_t)step_number(migration));
    pg_param_text(&params, slice_text(migration->name));
    pg_param_bytea(&params, slice_of(digest.bytes, sizeof digest.bytes));
    return run(migrate, "migrate_record", &params, NULL);
}

static enum err apply(struct migrate *migrate, const struct migration *migration)
{
    enum err err = run(migrate, "migrate_begin", NULL, NULL);
    if (err == ERR_OK)
        err = run_file(migrate, migration);
    if (err == ERR_OK && step_number(migration) != 0)
        err = record(migrate, migration);
    if (err == ERR_OK)
        err = run(migrate, "migrate_commit", NULL, NULL);
    return err; /* after a failure the connection is ended, and the transaction with it */
}

static enum err apply_missing(struct migrate *migrate, const struct migration *migrations, size_t count)
{
    enum err err = ERR_OK;
    for (uint32_t number = migrate->applied + 1; err == ERR_OK; number++) {
        const struct migration *step = find_step(migrations, count, number);
        if (step == NULL)
            break;
        err = apply(migrate, step);
    }
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        if (step_number(&migrations[i]) == 0)
            err = apply(migrate, &migrations[i]);
    return err;
}
