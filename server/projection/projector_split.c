/* projector_split: a batch that the database refused, written again projection by projection, so that only
 * the guilty one stops.
 *
 * Each projection gets a group of its own - its checkpoint and its rows - and all go out at once. Those that
 * pass move on together, and their rows are announced; those that do not leave the others (BEHIND, with half
 * the page), and projector_mend.c finds the event. If none passes, or if any answer leaves doubt, it is the
 * database and not a projection: the projector begins again at the checkpoint.
 *
 * It is the same batch, so that a projection that passes is where it would have been. */
#include "base/log.h"
#include "projection/projector_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void on_part(void *ctx, const struct pg_outcome *outcome);
static void finish(struct projector *projector);

void projector_split(struct projector *projector, const struct pg_outcome *outcome)
{
    struct pg_params params[SCHEMA_VIEW_COUNT + 1];
    struct pg_call calls[SCHEMA_VIEW_COUNT + 1];
    log_warn("projection", "batch=refused from=%" PRIu64 " to=%" PRIu64 " sqlstate=%s reason=\"%s\"",
             projector->writing->from, projector->writing->to, outcome->sqlstate, outcome->message);
    memset(&projector->split, 0, sizeof projector->split);
    projector->in_flight = true;
    projector->write_run = projector->run;
    for (uint32_t i = 0; i < projector->track_count; i++) {
        uint32_t bit = projector->tracks[i].bit;
        if ((projector->live & bit) == 0)
            continue;
        projector->split.waiting |= bit;
        uint32_t count = projector_bind(projector, bit, projector->writing, params, calls);
        pg_run(projector->write, calls, count, on_part, projector);
        arena_reset(&projector->params);
    }
}

/* Answers come in the order in which they were asked. */
static void on_part(void *ctx, const struct pg_outcome *outcome)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    check(projector->split.waiting != 0);
    int number = __builtin_ctz(projector->split.waiting);
    uint32_t bit = 1u << number;
    projector->split.waiting &= ~bit;
    if (outcome->err == ERR_OK) {
        projector->split.passed |= bit;
    } else {
        projector->split.failed |= bit;
        projector->split.doubtful |=
            outcome->err != ERR_REFUSED || pg_retryable(outcome) || strcmp(outcome->sqlstate, "GP001") == 0;
        snprintf(projector->split.reasons[number], sizeof projector->split.reasons[0], "%s %s",
                 outcome->sqlstate, outcome->message);
    }
    if (projector->split.waiting == 0)
        finish(projector);
}

static void leave_others(struct projector *projector, struct track *track, const char *reason)
{
    const struct row_batch *batch = projector->writing;
    track_enter(projector, track, PROJECTION_BEHIND);
    track->page = batch->events > 1 ? batch->events / 2 : 1;
    log_warn("projection", "projection=%s state=behind position=%" PRIu64 " reason=\"%s\"", track->name,
             track->position, reason);
}

static void finish(struct projector *projector)
{
    projector->in_flight = false;
    loop_again(projector->loop);
    if (projector->write_run != projector->run)
        return; /* begun again meanwhile */
    projector->counters.failures++;
    if (projector->split.doubtful || projector->split.passed == 0) {
        projector_restart(projector, projector->split.reasons[__builtin_ctz(projector->split.failed)]);
        return;
    }
    for (uint32_t i = 0; i < projector->track_count; i++) {
        struct track *track = &projector->tracks[i];
        if ((track->bit & projector->split.failed) != 0)
            leave_others(projector, track, projector->split.reasons[i]);
        else if ((track->bit & projector->split.passed) != 0)
            track->stored = projector->writing->to;
    }
    projector->stored = projector->writing->to;
    eventstore_hint_projected(projector->store, projector->stored);
    projector_announce(projector, projector->writing);
    row_batch_clear(projector->writing, projector->writing->to);
}
