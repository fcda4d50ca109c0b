/* eventstore_proof: is this the log that was read before?
 *
 * The problem: a log that was restored, or that a failover cut short, goes on from an earlier position and
 * grows past where it once was. Its positions then hold other events under the same numbers, and whoever
 * remembers the old ones - tables, states in memory - would not notice by number.
 *
 * The chain tells them apart: the chain of the batch that holds a position is a hash of all that is before
 * it. So who keeps a position keeps that chain with it, and asks again when connections were lost. This node
 * keeps the newest pair that it has seen; where nobody has to ask is where its own batch ends.
 *
 * The epoch comes with each answer. Where it is not the one that this node took its writer number in, the
 * answer is about another log than the one it lives in: nobody is told anything by it (tables of the new
 * epoch would be emptied for the old one), the append connection is made anew and finds out. */
#include "base/check.h"
#include "eventstore/eventstore_internal.h"

static const struct pg_statement chain_statement = {.name = "eventstore_chain"};

static void on_chain(void *ctx, const struct pg_outcome *outcome);

void eventstore_keep_proof(struct eventstore *store, uint64_t position, struct slice chain)
{
    check(chain.size == sizeof store->proof.bytes);
    if (position < store->proof_at)
        return;
    store->proof_at = position;
    memcpy(store->proof.bytes, chain.data, chain.size);
}

bool eventstore_proof(const struct eventstore *store, uint64_t position, struct hash *ret_chain)
{
    if (store->proof_at != position || position == 0)
        return false;
    *ret_chain = store->proof;
    return true;
}

struct pg_call eventstore_chain_call(uint64_t position, struct pg_params *params)
{
    pg_param_i64(params, (int64_t)position);
    return (struct pg_call){&chain_statement, params};
}

void eventstore_doubt(struct eventstore *store)
{
    if (pg_ready(store->appender))
        pg_disconnect(store->appender, "is this still the log of before?");
}

bool eventstore_proof_holds(const struct hash *proof, const PGresult *result)
{
    return pg_rows(result) == 1 &&
           slice_equal(pg_get_slice(result, 0, 0), slice_of(proof->bytes, sizeof proof->bytes));
}

void eventstore_chain_of(struct eventstore *store, struct chain_question *question, uint64_t position,
                         chain_done done, void *ctx)
{
    struct pg_params params;
    check_magic(store, EVENTSTORE_MAGIC);
    *question = (struct chain_question){.store = store, .position = position, .done = done, .ctx = ctx};
    arena_reset(&store->params);
    pg_params_init(&params, &store->params);
    struct pg_call call = eventstore_chain_call(position, &params);
    store->counters.reads++;
    pg_run(eventstore_pick_reader(store, true), &call, 1, on_chain, question);
}

static void on_chain(void *ctx, const struct pg_outcome *outcome)
{
    struct chain_question *question = ctx;
    struct eventstore *store = question->store;
    struct hash chain = {{0}};
    check_magic(store, EVENTSTORE_MAGIC);
    enum err err = outcome->err;
    if (err == ERR_REFUSED)
        eventstore_fail(store, "chain: %s %.120s", outcome->sqlstate, outcome->message);
    if (err == ERR_OK && store->opened && !uuid_equal(pg_get_uuid(outcome->results[0], 0, 1), store->epoch)) {
        eventstore_doubt(store);
        err = ERR_AWAY;
    } else if (err == ERR_OK && pg_is_null(outcome->results[0], 0, 0)) {
        err = ERR_NOT_FOUND;
    } else if (err == ERR_OK) {
        eventstore_keep_proof(store, question->position, pg_get_slice(outcome->results[0], 0, 0));
        memcpy(chain.bytes, pg_get_slice(outcome->results[0], 0, 0).data, sizeof chain.bytes);
    } else if (err != ERR_FULL && err != ERR_NOMEM) {
        err = ERR_AWAY;
    }
    question->done(question->ctx, err, err == ERR_OK ? &chain : NULL);
}
