/* projector_write: one batch, one transaction.
 *
 * The group is  move_checkpoint, upsert of view, upsert of view, ...  in one pipeline with one sync: one
 * round trip and one transaction. The checkpoint goes first, so that whoever comes second waits at its rows,
 * is refused and has written nothing; the upserts behind it name each key once (the batch is folded) and
 * write only over older rows.
 *
 * After a refusal or a lost connection nobody guesses what happened: the projector begins again at the
 * checkpoint, which says whether the batch is there. If it is, what was not yet announced is read from the
 * log and announced without writing it: a batch that ends at or before `stored` only has to be told. */
#include "projection/columns.h"
#include "projection/projector_internal.h"
#include <stdio.h>

static const struct pg_statement move_checkpoint = {.name = "move_checkpoint"};

static uint32_t bind_batch(struct projector *projector, const struct row_batch *batch,
                           struct pg_params *params, struct pg_call *calls);
static void on_written(void *ctx, const struct pg_outcome *outcome);

/* What gathers now is written; the other batch gathers behind it. */
static void swap(struct projector *projector)
{
    struct row_batch *empty = projector->writing;
    projector->writing = projector->gathering;
    projector->gathering = empty;
    row_batch_clear(empty, projector->writing->to);
    projector_join_ahead(projector);
}

void projector_write(struct projector *projector)
{
    check(!projector->in_flight && projector->gathering->events > 0);
    struct row_batch *batch = projector->gathering;
    swap(projector);
    if (batch->to <= projector->stored) {
        projector_announce(projector, batch);
        row_batch_clear(batch, batch->to);
        loop_again(projector->loop);
        return;
    }
    check(batch->from == projector->stored && batch->from == projector->position);
    struct pg_params params[SCHEMA_VIEW_COUNT + 1];
    struct pg_call calls[SCHEMA_VIEW_COUNT + 1];
    uint32_t count = bind_batch(projector, batch, params, calls);
    projector->in_flight = true;
    projector->write_run = projector->run;
    pg_run(projector->write, calls, count, on_written, projector);
    arena_reset(&projector->params);
}

static uint32_t bind_batch(struct projector *projector, const struct row_batch *batch,
                           struct pg_params *params, struct pg_call *calls)
{
    uint32_t count = 0;
    pg_params_init(&params[0], &projector->params);
    pg_param_i64(&params[0], (int64_t)batch->from);
    pg_param_i64(&params[0], (int64_t)batch->to);
    pg_param_uuid(&params[0], eventstore_epoch(projector->store));
    calls[count] = (struct pg_call){&move_checkpoint, &params[0]};
    count++;
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++) {
        pg_params_init(&params[count], &projector->params);
        if (!columns_bind(&params[count], &schema_views[view], batch->fold.rows, batch->fold.count))
            continue;
        calls[count] = (struct pg_call){&projector->statements[view].upsert, &params[count]};
        count++;
    }
    return count;
}

static void on_written(void *ctx, const struct pg_outcome *outcome)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    projector->in_flight = false;
    loop_again(projector->loop);
    if (projector->write_run != projector->run)
        return; /* begun again meanwhile: the checkpoint will say */
    if (outcome->err == ERR_OK) {
        projector->stored = projector->writing->to;
        projector_announce(projector, projector->writing);
        row_batch_clear(projector->writing, projector->writing->to);
        return;
    }
    char reason[160];
    projector->counters.failures++;
    snprintf(reason, sizeof reason, "batch refused: %s %s %s", err_name(outcome->err), outcome->sqlstate,
             outcome->message);
    projector_restart(projector, reason);
}
