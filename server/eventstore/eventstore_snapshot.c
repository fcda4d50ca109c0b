/* eventstore_snapshot: states beside the log.
 *
 * The problem: a player who opens packs for years has a stream of a hundred thousand events, and reading them
 * all before a decision would make old players slow players. So a state is kept now and then, and a load is
 * the last one kept and the events behind it (eventstore_load_state, in eventstore_read.c): as short for the
 * millionth event as for the thousandth.
 *
 * A snapshot is a cache that happens to lie in the database. It is never the truth: dropping the table costs
 * time only, the chain does not cover it, and nothing waits for its disk. What must never happen is that one
 * holds what the log does not. So: whoever keeps one gives a state whose events have all committed
 * (server/request/snapshots.c); put_snapshot looks again that the log holds that version and is the log this
 * node opened; a load takes none that is ahead of the log; and a store that is not READY, and so may be about
 * to learn that its log is another one, keeps none. */
#include "base/check.h"
#include "eventstore/eventstore_internal.h"

static void on_saved(void *ctx, const struct pg_outcome *outcome);

void eventstore_save_snapshot(struct eventstore *store, struct stream_ref stream, uint32_t version,
                              int32_t snapshot_schema, struct slice data, save_done done, void *ctx)
{
    static const struct pg_statement statement = {.name = "eventstore_save_snapshot"};
    struct pg_params params;
    check_magic(store, EVENTSTORE_MAGIC);
    check(version > 0 && done != NULL && store->save_done == NULL);
    store->save_done = done;
    store->save_ctx = ctx;
    arena_reset(&store->params);
    pg_params_init(&params, &store->params);
    /* Of no log: refused by the function, so that there is one way to answer. */
    pg_param_uuid(&params, store->state == EVENTSTORE_READY ? store->epoch : (struct uuid){{0}});
    pg_param_i64(&params, (int64_t)stream_number(stream));
    pg_param_i32(&params, (int32_t)version);
    pg_param_i32(&params, snapshot_schema);
    pg_param_bytea(&params, data);
    pg_run(eventstore_pick_reader(store, false),
           &(struct pg_call){.statement = &statement, .params = &params}, 1, on_saved, store);
}

static void on_saved(void *ctx, const struct pg_outcome *outcome)
{
    struct eventstore *store = ctx;
    check_magic(store, EVENTSTORE_MAGIC);
    save_done done = store->save_done;
    store->save_done = NULL;
    bool kept = outcome->err == ERR_OK && pg_get_bool(outcome->results[0], 0, 0);
    if (outcome->err == ERR_REFUSED)
        eventstore_fail(store, "snapshot: %s %.120s", outcome->sqlstate, outcome->message);
    store->counters.snapshots += kept;
    done(store->save_ctx, kept);
}
