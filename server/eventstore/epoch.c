/* epoch: the one thing to do between restoring a log and starting servers on it.
 *
 * The problem: positions and versions that were told once - to projections, to clients' marks, to servers'
 * caches - come again after a restore with other events. Nobody can tell by the numbers alone once the log
 * has grown past them. The epoch says it: whoever remembers another one starts over (migrations/README.md).
 * It is begun by hand, since only the operator knows that a restore took place; begun without need, it costs
 * a rebuild of the read models and no more. */
#include "eventstore/epoch.h"
#include "pg/blocking.h"
#include "pg/pg_result.h"

enum err epoch_begin(const char *owner_dsn, struct uuid *ret_epoch, uint64_t *ret_position,
                     char ret_failure[400])
{
    PGconn *connection;
    PGresult *result = NULL;
    enum err err = blocking_connect(owner_dsn, &connection, ret_failure);
    if (err == ERR_OK)
        err = blocking_run(connection, "epoch_begin", NULL, &result, ret_failure);
    if (err == ERR_OK) {
        *ret_epoch = pg_get_uuid(result, 0, 0);
        *ret_position = (uint64_t)pg_get_i64(result, 0, 1);
    }
    PQclear(result);
    PQfinish(connection);
    return err;
}
