/* eventstore_key: the end of a personal key.
 *
 * The problem: the log is never changed, and the law wants names gone. So personal fields lie in the log
 * sealed with a key of their stream, which lies in a table of its own; without it they read `erased`, for
 * every fold there ever will be, and the chain does not notice.
 *
 * It is deleted like anything is committed: the answer comes when the disk has it. Whoever asks has closed
 * the stream before (player_erased), since an event with a personal field could not be stored any more; a
 * node that still has the key in memory has no use for it. Snapshots are sealed with the same key. What
 * remains is backups: migrations/README.md. */
#include "base/check.h"
#include "eventstore/eventstore_internal.h"
#include <stdlib.h>

struct destruction {
    struct eventstore *store;
    destroy_done done;
    void *ctx;
};

static void on_destroyed(void *ctx, const struct pg_outcome *outcome);

void eventstore_destroy_key(struct eventstore *store, struct stream_ref stream, destroy_done done, void *ctx)
{
    static const struct pg_statement statement = {.name = "eventstore_destroy_key"};
    struct pg_params params;
    check_magic(store, EVENTSTORE_MAGIC);
    struct destruction *destruction = calloc(1, sizeof *destruction);
    check(destruction != NULL);
    *destruction = (struct destruction){.store = store, .done = done, .ctx = ctx};
    arena_reset(&store->params);
    pg_params_init(&params, &store->params);
    pg_param_i64(&params, (int64_t)stream_number(stream));
    pg_run(eventstore_pick_reader(store, false),
           &(struct pg_call){.statement = &statement, .params = &params}, 1, on_destroyed, destruction);
}

static void on_destroyed(void *ctx, const struct pg_outcome *outcome)
{
    struct destruction destruction = *(struct destruction *)ctx;
    free(ctx);
    check_magic(destruction.store, EVENTSTORE_MAGIC);
    if (outcome->err == ERR_REFUSED)
        eventstore_fail(destruction.store, "personal key: %s %.120s", outcome->sqlstate, outcome->message);
    destruction.done(destruction.ctx, outcome->err == ERR_OK ? ERR_OK : ERR_AWAY);
}
