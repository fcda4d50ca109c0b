/* migrate: both databases to this version's schema, in the role that owns them.
 *
 * The event store's steps are applied once and in order; its readable view is made anew every time. The
 * projections are disposable: their tables are generated, and made anew (empty, under a new generation) when
 * their fingerprint is not the one this program was built with; the server then fills them from the log. Safe
 * to run twice and side by side. */
#include "base/sql.h"
#include "eventstore/migrate.h"
#include "projection/prepare.h"
#include "pg/blocking.h"
#include "tools/tools.h"

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "gachapon migrate: %s: %s\n", what, why);
    return 1;
}

static int migrate_eventstore(const struct config *config)
{
    char why[400], role[64];
    if (!blocking_dsn_value(config->event_store_dsn, "user", role, sizeof role))
        return fail("EVENT_STORE_DSN", "names no user; migrate grants that user what the server needs");
    if (migrate_apply(config->event_store_owner_dsn, migrations_eventstore, migrations_eventstore_count, role,
                      why) != ERR_OK)
        return fail("event store", why);
    const struct migration view = {"event_log", sql_text("event_log")};
    if (migrate_apply(config->event_store_owner_dsn, &view, 1, role, why) != ERR_OK)
        return fail("event store", why);
    printf("event store: up to date (%zu steps)\n", migrations_eventstore_count);
    return 0;
}

static int migrate_projections(const struct config *config)
{
    char why[400], role[64];
    if (!blocking_dsn_value(config->projections_dsn, "user", role, sizeof role))
        return fail("PROJECTIONS_DSN", "names no user; migrate grants that user what the server needs");
    if (migrate_apply(config->projections_owner_dsn, migrations_projections, migrations_projections_count,
                      role, why) != ERR_OK)
        return fail("projections", why);
    if (projections_prepare(config->projections_owner_dsn, role, why) != ERR_OK)
        return fail("projections", why);
    printf("projections: up to date\n");
    return 0;
}

int tool_migrate(const struct config *config, int argc, char **argv)
{
    if (argc > 0) {
        fprintf(stderr, "gachapon migrate: %s is not an option\n", argv[0]);
        return 2;
    }
    if (config->event_store_owner_dsn == NULL || config->projections_owner_dsn == NULL ||
        config->event_store_dsn == NULL || config->projections_dsn == NULL) {
        fprintf(stderr,
                "gachapon migrate: set EVENT_STORE_OWNER_DSN, PROJECTIONS_OWNER_DSN, EVENT_STORE_DSN and "
                "PROJECTIONS_DSN\n");
        return 2;
    }
    int status = migrate_eventstore(config);
    return status != 0 ? status : migrate_projections(config);
}
