/* blocking: libpq as it comes, for tools that have nothing else to do meanwhile. Statements are files here as
 * everywhere; failures come back in words, without the password (libpq's messages have none), and in one
 * line: libpq's first says it.
 *
 * A database that was never migrated, or by another release, shows when a statement does not find its table,
 * column or function. Nothing is asked beforehand: a tool of this release works on whatever database has
 * what it needs, also in a role that may read nothing else, and no tool can forget to ask. */
#include "pg/blocking.h"
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "base/sql.h"
#include "pg/pg_result.h"

#define OPTIONS_SIZE 2048

static void ignore_notice(void *ctx, const PGresult *result)
{
    (void)ctx, (void)result;
}

static enum err take_connection(PGconn *connection, PGconn **ret_connection, char *ret_failure)
{
    *ret_connection = connection;
    if (PQstatus(connection) != CONNECTION_OK) {
        snprintf(ret_failure, BLOCKING_FAILURE_SIZE, "cannot connect: %s", PQerrorMessage(connection));
        ret_failure[strcspn(ret_failure, "\n")] = '\0';
        return ERR_AWAY;
    }
    PQsetNoticeReceiver(connection, ignore_notice, NULL);
    return ERR_OK;
}

enum err blocking_connect(const char *dsn, PGconn **ret_connection, char ret_failure[BLOCKING_FAILURE_SIZE])
{
    return take_connection(PQconnectdb(dsn), ret_connection, ret_failure);
}

enum err blocking_connect_reader(const char *dsn, const char *name, const char *options,
                                 PGconn **ret_connection, char ret_failure[BLOCKING_FAILURE_SIZE])
{
    char given[OPTIONS_SIZE / 2] = "", all[OPTIONS_SIZE];
    const char *names[] = {"dbname",           "application_name", "options",
                           "connect_timeout",  "keepalives_idle",  "keepalives_interval",
                           "keepalives_count", "tcp_user_timeout", NULL};
    const char *values[] = {dsn, name, all, "10", "10", "5", "3", "30000", NULL};
    blocking_dsn_value(dsn, "options", given, sizeof given);
    check(snprintf(all, sizeof all, "%s %s", given, options) < (int)sizeof all);
    return take_connection(PQconnectdbParams(names, values, 1), ret_connection, ret_failure);
}

static enum err take_failure(const PGresult *result, const char *name, PGconn *connection, char *ret_failure)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQerrorMessage(connection);
    int first = (int)strcspn(message, "\n");
    if (pg_schema_differs(state))
        snprintf(ret_failure, BLOCKING_FAILURE_SIZE, "the database \"%.63s\" " PG_SCHEMA_ADVICE " (%s: %.*s)",
                 PQdb(connection), name, first, message);
    else
        snprintf(ret_failure, BLOCKING_FAILURE_SIZE, "%s: %.*s", name, first, message);
    return state != NULL && (strcmp(state, "55P03") == 0 || strcmp(state, "40001") == 0) ? ERR_CONFLICT
                                                                                         : ERR_REFUSED;
}

enum err blocking_run(PGconn *connection, const char *name, const struct pg_params *params,
                      PGresult **ret_result, char ret_failure[BLOCKING_FAILURE_SIZE])
{
    static const int binary[PG_PARAMS_MAX] = {[0 ... PG_PARAMS_MAX - 1] = 1};
    check(params == NULL || params->failure == ERR_OK);
    PGresult *result = PQexecParams(connection, sql_text(name), params == NULL ? 0 : (int)params->count, NULL,
                                    params == NULL ? NULL : params->values,
                                    params == NULL ? NULL : params->lengths, binary, 1);
    ExecStatusType status = PQresultStatus(result);
    enum err err = ERR_OK;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        err = take_failure(result, name, connection, ret_failure);
    if (err == ERR_OK && ret_result != NULL)
        *ret_result = result;
    else
        PQclear(result);
    return err;
}

enum err blocking_script(PGconn *connection, const char *name, char ret_failure[BLOCKING_FAILURE_SIZE])
{
    PGresult *result = PQexec(connection, sql_text(name));
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK;
    enum err err = done ? ERR_OK : take_failure(result, name, connection, ret_failure);
    PQclear(result);
    return err;
}

bool blocking_dsn_value(const char *dsn, const char *keyword, char *ret_value, size_t size)
{
    char *why = NULL;
    bool found = false;
    PQconninfoOption *options = PQconninfoParse(dsn, &why);
    for (PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++)
        if (strcmp(option->keyword, keyword) == 0 && option->val != NULL && strlen(option->val) < size) {
            strcpy(ret_value, option->val);
            found = true;
        }
    PQconninfoFree(options);
    PQfreemem(why);
    return found;
}
