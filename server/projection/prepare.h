/* prepare: makes the projections database ready for this program. A tool of the command line: it connects by
 * itself, as the owner, and blocks. Never called by the server. */
#ifndef PROJECTION_PREPARE_H
#define PROJECTION_PREPARE_H

#include "base/err.h"

/* Applies migrations/projections, then makes the read models' tables where they are missing or were made for
 * another schema (then they are dropped first, all in one transaction, with a new generation and checkpoint
 * 0: the server fills them from the log), and grants them to `server_role`. May run while a server is
 * running. Failures are those of migrate_apply; `ret_failure` says what failed, without the password. */
MUST_CHECK enum err projections_prepare(const char *owner_dsn, const char *server_role,
                                        char ret_failure[400]);

#endif
