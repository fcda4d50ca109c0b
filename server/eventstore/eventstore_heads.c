/* eventstore_heads: where streams stand, and which ids are known, as of one moment.
 *
 * What is accepted is checked by the append; what is rejected is not, and must not leave on the word of a
 * state that another node has made old. One statement for many rejections, point look-ups only, on a
 * connection for short reads. */
#include "base/check.h"
#include "eventstore/eventstore_internal.h"

static void on_heads(void *ctx, const struct pg_outcome *outcome);

void eventstore_heads(struct eventstore *store, struct heads_question *question, const struct uuid *ids,
                      uint32_t id_count, const uint64_t *streams, uint32_t stream_count, heads_done done,
                      void *ctx)
{
    static const struct pg_statement statement = {.name = "eventstore_heads"};
    struct pg_params params;
    check_magic(store, EVENTSTORE_MAGIC);
    *question = (struct heads_question){.store = store, .done = done, .ctx = ctx};
    arena_reset(&store->params);
    pg_params_init(&params, &store->params);
    pg_array_begin(&params, PG_TYPE_UUID, id_count);
    for (uint32_t i = 0; i < id_count; i++)
        pg_array_uuid(&params, ids[i]);
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_I64, stream_count);
    for (uint32_t i = 0; i < stream_count; i++)
        pg_array_i64(&params, (int64_t)streams[i]);
    pg_array_end(&params);
    store->counters.reads++;
    pg_run(eventstore_pick_reader(store, false),
           &(struct pg_call){.statement = &statement, .params = &params}, 1, on_heads, question);
}

static void on_heads(void *ctx, const struct pg_outcome *outcome)
{
    struct heads_question *question = ctx;
    struct eventstore *store = question->store;
    check_magic(store, EVENTSTORE_MAGIC);
    if (outcome->err != ERR_OK) {
        enum err err = outcome->err;
        if (err == ERR_REFUSED)
            eventstore_fail(store, "heads: %s %.120s", outcome->sqlstate, outcome->message);
        question->done(question->ctx, err == ERR_FULL || err == ERR_NOMEM ? err : ERR_AWAY, NULL);
        return;
    }
    const PGresult *result = outcome->results[0];
    struct pg_array known = pg_array_open(result, 0, 0), versions = pg_array_open(result, 0, 1);
    struct stream_heads heads = {.known_count = known.left, .version_count = versions.left};
    struct slice element;
    arena_reset(&store->results);
    struct uuid *ids = arena_array(&store->results, known.left + 1, sizeof *ids);
    uint32_t *numbers = arena_array(&store->results, versions.left + 1, sizeof *numbers);
    check(ids != NULL && numbers != NULL); /* bounded by the question, which was sent from a larger arena */
    heads.known = ids;
    heads.versions = numbers;
    while (pg_array_next(&known, &element))
        *ids++ = pg_slice_uuid(element);
    while (pg_array_next(&versions, &element))
        *numbers++ = (uint32_t)pg_slice_i64(element);
    question->done(question->ctx, ERR_OK, &heads);
}
