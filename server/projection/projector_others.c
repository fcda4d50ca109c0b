/* projector_others: other nodes keep the same tables at the end of the same log.
 *
 * The problem: every node sees every event, and each event is to be projected once. The checkpoint's
 * compare-and-set makes that exact, whoever tries; but if all tried at once, all but one would have worked
 * for nothing and begun again.
 *
 * The design: a node projects what it has committed itself, at once, and leaves another node's events to that
 * node for PATIENCE_MS. Where a batch begins decides whose it is; it may go on with anybody's events. When
 * the other one says that its batch is in the database (a hint), or once a second, the checkpoints are looked
 * at; if they have moved, what was gathered meanwhile is announced here without being written. If they have
 * not moved in time, the other one is gone or slow: this node writes, and goes on writing everybody's events
 * until it finds again that somebody else does. Whoever comes second at the compare-and-set begins again at
 * the checkpoint, without a pause the first time.
 *
 * Nothing here decides what is right: a wrong guess costs a refused batch, no more. */
#include "base/log.h"
#include "projection/projector_internal.h"

static const struct pg_statement look_checkpoints = {.name = "look_checkpoints"};

static void on_hint(void *ctx, uint64_t head, uint64_t projected);
static void on_look(void *ctx, const struct pg_outcome *outcome);
static void on_patience(void *ctx);

void others_init(struct projector *projector)
{
    loop_timer_init(&projector->patience, projector->loop, on_patience, projector);
    eventstore_on_hint(projector->store, on_hint, projector);
}

void others_release(struct projector *projector)
{
    loop_timer_stop(&projector->patience);
    eventstore_on_hint(projector->store, NULL, NULL);
}

static void on_hint(void *ctx, uint64_t head, uint64_t projected)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    if (projector->state != PROJECTOR_RUNNING)
        return;
    if (head > projector->gathering->to)
        projector->read_wanted = true;
    if (projected > projector->stored)
        projector_look(projector);
    loop_again(projector->loop);
}

/* ---- whose batch is it? ---- */

static void on_patience(void *ctx)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    loop_again(projector->loop); /* others_our_turn says what follows */
}

bool others_our_turn(struct projector *projector)
{
    const struct row_batch *batch = projector->gathering;
    if (!projector->others || batch->fed || batch->to <= projector->stored)
        return true;
    uint64_t now = loop_mono_ms(projector->loop);
    if (projector->patience_until_ms == 0) {
        projector->patience_until_ms = now + PATIENCE_MS;
        loop_timer_start(&projector->patience, PATIENCE_MS);
    }
    if (now < projector->patience_until_ms)
        return false;
    projector->others = false;
    return true;
}

void others_moved(struct projector *projector)
{
    projector->patience_until_ms = 0;
    loop_timer_stop(&projector->patience);
}

/* ---- where do the checkpoints stand? ---- */

void projector_look(struct projector *projector)
{
    struct pg_params params;
    if (projector->state != PROJECTOR_RUNNING)
        return;
    if (projector->looking) {
        projector->look_wanted = true;
        return;
    }
    projector->looking = true;
    projector->look_wanted = false;
    projector->look_run = projector->run;
    projector->look_live = projector->live;
    pg_params_init(&params, &projector->params);
    projector_bind_tracks(projector, &params, projector->live);
    pg_run(projector->query[0], &(struct pg_call){&look_checkpoints, &params}, 1, on_look, projector);
    arena_reset(&projector->params);
}

/* Another node has written up to `position`: what is gathered up to there is only told. A batch that goes on
 * beyond it cannot be divided: the log is read again. */
static void take_position(struct projector *projector, uint64_t position)
{
    projector->others = true;
    projector->stored = position;
    for (uint32_t i = 0; i < projector->track_count; i++)
        if ((projector->tracks[i].bit & projector->live) != 0)
            projector->tracks[i].stored = position;
    others_moved(projector);
    projector->read_wanted = true;
    if (projector->gathering->to > position)
        for (int i = 0; i < 3; i++)
            row_batch_clear(&projector->batches[i], projector->position);
    loop_again(projector->loop);
}

static void on_look(void *ctx, const struct pg_outcome *outcome)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    projector->looking = false;
    if (outcome->err != ERR_OK)
        return;
    const PGresult *result = outcome->results[0];
    uint64_t lowest = (uint64_t)pg_get_i64(result, 0, 0), highest = (uint64_t)pg_get_i64(result, 0, 1);
    uint64_t generation = (uint64_t)pg_get_i64(result, 0, 2);
    bool same = projector->look_run == projector->run && projector->look_live == projector->live &&
                generation == projector->generation && lowest == highest;
    projector_see_generation(projector, generation);
    if (generation == projector->generation)
        projector_see_horizon(projector, (uint64_t)pg_get_i64(result, 0, 3));
    if (projector->state != PROJECTOR_RUNNING)
        return;
    if (same && !projector->in_flight && lowest > projector->stored)
        take_position(projector, lowest);
    if (projector->look_wanted)
        projector_look(projector);
}

void projector_overtaken(struct projector *projector)
{
    bool first = projector->retry_ms == RETRY_FIRST_MS;
    projector->others = true;
    log_debug("projection", "overtaken=1 position=%" PRIu64, projector->position);
    projector->overtaken = true;
    projector_restart(projector, NULL);
    if (first)
        loop_timer_start(&projector->retry, 0);
}
