/* eventstore_resolve: after connecting - a writer number, then certainty about what was under way.
 *
 * The problem: a connection was lost while a batch was in flight. Its transaction may have committed, may
 * have been rolled back, or may still sit in the old backend, waiting for the lock, and commit a minute
 * later. Looking for its events is no proof of absence. So, in this order:
 *
 *   1. take_writer, under the same lock: a new number that replaces the old one, and an empty batch that
 * makes any attempt under the old number miss its comparison and find itself fenced. The old backend has now
 * either committed before, or never will.
 *   2. each unknown batch is looked up by (writer, seq) in `batches`: there is a row if and only if it
 * committed. (Not by command ids: they may be known from an earlier command, in a batch that was refused for
 * it.)
 *   3. found: answered as appended. Not found: sent again under the new number; its checks run anew.
 *
 * A second loss in the middle starts over; a slot keeps the (writer, seq) of its last attempt, older ones
 * were found absent after they had been fenced. The look-ups go out together with the state RESOLVING; READY
 * comes after the last.
 *
 * The log itself is checked as well: another epoch, a head before what was read already, or another chain
 * where one was seen (eventstore_proof.c) is a log that was restored or failed over to. Nothing in memory can
 * be trusted then; the store stays DIVERGED until the process starts again. */
#include "base/check.h"
#include "eventstore/eventstore_internal.h"

#define RETRY_MS 100
#define REFUSED_RETRY_MS 1000

static void on_writer(void *ctx, const struct pg_outcome *outcome);
static void resolve(struct eventstore *store);
static void on_found(void *ctx, const struct pg_outcome *outcome);

void eventstore_take_writer(struct eventstore *store)
{
    static const struct pg_statement statement = {.name = "eventstore_take_writer"};
    struct pg_params params, proof;
    struct pg_call calls[2] = {{.statement = &statement, .params = &params}};
    eventstore_set_state(store, EVENTSTORE_TAKING);
    store->writer = 0;
    store->taking_head = store->head;
    arena_reset(&store->params);
    pg_params_init(&params, &store->params);
    pg_param_text(&params, slice_text(store->node));
    pg_params_init(&proof, &store->params);
    calls[1] = eventstore_chain_call(store->proof_at, &proof);
    store->taking_asks = store->proof_at > 0;
    store->taking_proof = store->proof;
    pg_run(store->appender, calls, store->taking_asks ? 2 : 1, on_writer, store);
}

/* The database said no, or this program could not ask: later again. Losses are told by on_appender_state. */
static void refused(struct eventstore *store, const struct pg_outcome *outcome)
{
    if (outcome->err == ERR_LOST || outcome->err == ERR_AWAY)
        return;
    const char *trouble = pg_trouble(store->appender);
    if (trouble[0] != '\0')
        eventstore_fail(store, "%s", trouble);
    else
        eventstore_fail(store, "%s %s %.120s", err_name(outcome->err), outcome->sqlstate, outcome->message);
    if (strcmp(outcome->sqlstate, "25006") == 0) { /* a standby now: let the list of hosts find the primary */
        pg_disconnect(store->appender, store->failure);
        return;
    }
    eventstore_pause(store, pg_retryable(outcome) ? RETRY_MS : REFUSED_RETRY_MS);
}

static bool same_log(struct eventstore *store, struct uuid epoch, uint64_t position, const PGresult *proof)
{
    if (!store->opened)
        return true;
    if (!uuid_equal(epoch, store->epoch))
        eventstore_fail(store, "the event store is another log than before: start again");
    else if (position < store->taking_head)
        eventstore_fail(store, "the event store lost events after position %llu: start again",
                        (unsigned long long)position);
    else if (proof != NULL && !eventstore_proof_holds(&store->taking_proof, proof))
        eventstore_fail(store, "the event store is another log than before: it went back, and on from there");
    else
        return true;
    return false;
}

static void on_writer(void *ctx, const struct pg_outcome *outcome)
{
    struct eventstore *store = ctx;
    check_magic(store, EVENTSTORE_MAGIC);
    if (store->state != EVENTSTORE_TAKING)
        return; /* a loss was told before this answer */
    if (outcome->err != ERR_OK) {
        refused(store, outcome);
        return;
    }
    const PGresult *result = outcome->results[0];
    check(pg_rows(result) == 1);
    uint64_t position = (uint64_t)pg_get_i64(result, 0, 1);
    struct uuid epoch = pg_get_uuid(result, 0, 2);
    if (!same_log(store, epoch, position, store->taking_asks ? outcome->results[1] : NULL)) {
        eventstore_set_state(store, EVENTSTORE_DIVERGED);
        return;
    }
    store->writer = pg_get_i64(result, 0, 0);
    store->sent_seq = store->settled_seq = 0;
    if (!store->opened)
        store->known = store->known_wanted = position; /* nothing was read before */
    store->opened = true;
    store->epoch = epoch;
    eventstore_saw_position(store, position);
    eventstore_saw_chain(store, position, pg_get_slice(result, 0, 3));
    eventstore_set_state(store, EVENTSTORE_RESOLVING);
    eventstore_follow_to(store, position);
    resolve(store);
}

static void find(struct eventstore *store, struct slot *slot)
{
    static const struct pg_statement statement = {.name = "eventstore_find_batch"};
    struct pg_params params;
    slot->state = SLOT_FINDING;
    arena_reset(&store->params);
    pg_params_init(&params, &store->params);
    pg_param_i64(&params, slot->writer);
    pg_param_i64(&params, slot->seq);
    pg_run(store->appender, &(struct pg_call){.statement = &statement, .params = &params}, 1, on_found, slot);
}

/* Looks up what is unknown; when nothing is any more, goes on. */
static void resolve(struct eventstore *store)
{
    bool open = false;
    list_each(node, &store->order)
    {
        struct slot *slot = list_entry(node, struct slot, node);
        if (slot->state == SLOT_UNKNOWN)
            find(store, slot);
        open = open || slot->state == SLOT_FINDING;
    }
    if (open)
        return;
    store->failure[0] = '\0';
    eventstore_set_state(store, EVENTSTORE_READY);
    eventstore_send_queued(store);
}

static void on_found(void *ctx, const struct pg_outcome *outcome)
{
    struct slot *slot = ctx;
    struct eventstore *store = slot->store;
    check_magic(store, EVENTSTORE_MAGIC);
    if (slot->state == SLOT_ABANDONED) {
        eventstore_free_slot(slot);
    } else if (outcome->err != ERR_OK) {
        slot->state = SLOT_UNKNOWN;
        refused(store, outcome);
    } else if (pg_rows(outcome->results[0]) == 1) {
        const PGresult *result = outcome->results[0];
        eventstore_settle_appended(slot, (uint64_t)pg_get_i64(result, 0, 0),
                                   (uint64_t)pg_get_i64(result, 0, 1), pg_get_timestamp_us(result, 0, 2));
    } else {
        slot->state = SLOT_QUEUED;
    }
    if (store->state == EVENTSTORE_RESOLVING)
        resolve(store);
}
