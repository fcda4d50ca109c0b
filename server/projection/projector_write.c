/* projector_write: one batch, one transaction.
 *
 * The group is  move_checkpoints, upsert of view, upsert of view, ...  in one pipeline with one sync: one
 * round trip and one transaction. The checkpoint goes first, so that whoever comes second waits at its rows,
 * is refused and has written nothing; the upserts behind it name each key once (the batch is folded) and
 * write only over older rows.
 *
 * The checkpoint keeps the log's chain at its position, which says whether the log is still the same one.
 * This node's own commits bring it along; else the log is asked before the batch goes out.
 *
 * After a refusal or a lost connection nobody guesses what happened: the projector begins again at the
 * checkpoint, which says whether the batch is there. If it is, what was not yet announced is read from the
 * log and announced without writing it: a batch that ends at or before `stored` only has to be told.
 *
 * A batch that was refused for what is in it, and not for the state of the database, goes to
 * projector_split.c. */
#include "projection/columns.h"
#include "projection/projector_internal.h"
#include <stdio.h>

#include <string.h>

static const struct pg_statement move_checkpoints = {.name = "move_checkpoints"};

static void on_chain(void *ctx, enum err err, const struct hash *chain);
static void send(struct projector *projector);
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
    projector->in_flight = true;
    projector->write_run = projector->run;
    if (projector_has_chain(projector, batch, &projector->chain, on_chain))
        send(projector);
}

bool projector_has_chain(struct projector *projector, struct row_batch *batch,
                         struct chain_question *question, chain_done done)
{
    if (batch->chain_at == batch->to)
        return true;
    eventstore_chain_of(projector->store, question, batch->to, done, projector);
    return false;
}

static void on_chain(void *ctx, enum err err, const struct hash *chain)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    check(projector->in_flight);
    loop_again(projector->loop);
    if (projector->write_run != projector->run || err != ERR_OK) {
        projector->in_flight = false;
        if (projector->write_run == projector->run)
            projector_restart(projector, "the log cannot be read");
        return;
    }
    projector->writing->chain_at = projector->writing->to;
    projector->writing->chain = *chain;
    send(projector);
}

static void send(struct projector *projector)
{
    struct pg_params params[SCHEMA_VIEW_COUNT + 1];
    struct pg_call calls[SCHEMA_VIEW_COUNT + 1];
    uint32_t count = projector_bind(projector, projector->live, projector->writing, params, calls);
    pg_run(projector->write, calls, count, on_written, projector);
    arena_reset(&projector->params);
}

uint32_t projector_bind(struct projector *projector, uint32_t tracks, const struct row_batch *batch,
                        struct pg_params *params, struct pg_call *calls)
{
    uint32_t count = 0;
    pg_params_init(&params[0], &projector->params);
    projector_bind_tracks(projector, &params[0], tracks);
    pg_param_i64(&params[0], (int64_t)batch->from);
    pg_param_i64(&params[0], (int64_t)batch->to);
    pg_param_uuid(&params[0], eventstore_epoch(projector->store));
    pg_param_i64(&params[0], (int64_t)projector->generation);
    check(batch->chain_at == batch->to);
    pg_param_bytea(&params[0], slice_of(batch->chain.bytes, sizeof batch->chain.bytes));
    calls[count] = (struct pg_call){&move_checkpoints, &params[0]};
    count++;
    uint32_t begins[SCHEMA_VIEW_COUNT + 1];
    const struct row **rows = fold_by_view(&batch->fold, &projector->params, begins);
    if (rows == NULL)
        params[0].failure = ERR_NOMEM; /* the group is refused */
    for (int view = 0; view < SCHEMA_VIEW_COUNT && rows != NULL; view++) {
        uint32_t found = begins[view + 1] - begins[view];
        if (found == 0 || (projector->tracks[projector->view_tracks[view]].bit & tracks) == 0)
            continue;
        pg_params_init(&params[count], &projector->params);
        columns_bind(&params[count], &schema_views[view], rows + begins[view], found);
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
        for (uint32_t i = 0; i < projector->track_count; i++)
            if ((projector->tracks[i].bit & projector->live) != 0)
                projector->tracks[i].stored = projector->stored;
        others_moved(projector);
        eventstore_hint_projected(projector->store, projector->stored);
        projector_announce(projector, projector->writing);
        row_batch_clear(projector->writing, projector->writing->to);
        return;
    }
    if (outcome->err == ERR_REFUSED && !pg_retryable(outcome) && strcmp(outcome->sqlstate, "GP001") != 0) {
        projector_split(projector, outcome);
        return;
    }
    if (strcmp(outcome->sqlstate, "GP001") == 0) {
        projector_overtaken(projector);
        return;
    }
    char reason[160];
    projector->counters.failures++;
    snprintf(reason, sizeof reason, "batch refused: %s %s %s", err_name(outcome->err), outcome->sqlstate,
             outcome->message);
    projector_restart(projector, reason);
}
