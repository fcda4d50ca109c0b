/* epoch: begins a new one, after the log was restored to an earlier position or lost events in a failover. A
 * tool of the command line: it connects by itself, as the owner, and blocks. */
#ifndef EVENTSTORE_EPOCH_H
#define EVENTSTORE_EPOCH_H

#include "base/err.h"
#include "base/uuid.h"

/* ERR_AWAY: cannot connect. ERR_REFUSED: nothing was changed. `ret_failure` says why, without the password.
 */
MUST_CHECK enum err epoch_begin(const char *owner_dsn, struct uuid *ret_epoch, uint64_t *ret_position,
                                char ret_failure[400]);

#endif
