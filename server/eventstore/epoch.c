/* epoch: the one thing to do between restoring a log and starting servers on it.
 *
 * The problem: positions and versions that were told once - to projections, to clients' marks, to servers'
 * caches - come again after a restore with other events. Nobody can tell by the numbers alone once the log
 * has grown past them. The epoch says it: whoever remembers another one starts over (migrations/README.md).
 * It is begun by hand, since only the operator knows that a restore took place; begun without need, it costs
 * a rebuild of the read models and no more. */
#include "eventstore/epoch.h"
#include "base/sql.h"
#include "pg/pg_result.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

enum err epoch_begin(const char *owner_dsn, struct uuid *ret_epoch, uint64_t *ret_position,
                     char ret_failure[400])
{
    enum err err = ERR_OK;
    PGresult *result = NULL;
    PGconn *connection = PQconnectdb(owner_dsn);
    if (PQstatus(connection) != CONNECTION_OK) {
        err = ERR_AWAY;
    } else {
        result = PQexecParams(connection, sql_text("epoch_begin"), 0, NULL, NULL, NULL, NULL, 1);
        if (PQresultStatus(result) != PGRES_TUPLES_OK)
            err = ERR_REFUSED;
    }
    if (err == ERR_OK) {
        *ret_epoch = pg_get_uuid(result, 0, 0);
        *ret_position = (uint64_t)pg_get_i64(result, 0, 1);
    } else {
        snprintf(ret_failure, 400, "%s", PQerrorMessage(connection));
        ret_failure[strcspn(ret_failure, "\n")] = '\0'; /* libpq's first line says it */
    }
    PQclear(result);
    PQfinish(connection);
    return err;
}
