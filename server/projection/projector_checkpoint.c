/* projector_checkpoint: where do the read models stand, and are they of this log?
 *
 * Read on every connection and after every doubt, because this database may have gone back (it commits
 * without waiting for its disk), may have been dropped and made anew, or moved on by another node:
 *
 *   made for another schema             wait for `gachapon migrate`, look again now and then
 *   of another epoch of the log         empty the tables: a new generation, checkpoint 0
 *   at a position the log does not hold likewise: the log was restored to an earlier time
 *   of another generation than before   everything is announced again from the beginning
 *   otherwise                           run from there */
#include "base/log.h"
#include "projection/projector_internal.h"
#include <inttypes.h>
#include <stdio.h>

static const struct pg_statement read_checkpoint = {.name = "read_checkpoint"};
static const struct pg_statement reset_projections = {.name = "reset_projections"};

static void on_checkpoint(void *ctx, const struct pg_outcome *outcome);
static void take_checkpoint(struct projector *projector, const PGresult *result);
static void verify(struct projector *projector);
static void on_verified(void *ctx, enum err err, const struct stored_event *events, uint32_t count,
                        bool more);
static void reset(struct projector *projector);
static void on_reset(void *ctx, const struct pg_outcome *outcome);

/* Ends the wait for an answer. False: it is of an earlier run, or it was a failure and everything begins
 * again. */
static bool settle(struct projector *projector, const struct pg_outcome *outcome, const char *question)
{
    check_magic(projector, PROJECTOR_MAGIC);
    projector->asking = false;
    loop_again(projector->loop);
    if (projector->ask_run != projector->run)
        return false;
    if (outcome->err == ERR_OK)
        return true;
    char reason[160];
    projector->counters.failures++;
    snprintf(reason, sizeof reason, "%s: %s %s %s", question, err_name(outcome->err), outcome->sqlstate,
             outcome->message);
    projector_restart(projector, reason);
    return false;
}

static void ask(struct projector *projector, const struct pg_call *call, pg_done done)
{
    check(!projector->asking);
    projector->asking = true;
    projector->ask_run = projector->run;
    pg_run(projector->write, call, 1, done, projector);
    arena_reset(&projector->params);
}

void projector_read_checkpoint(struct projector *projector)
{
    struct pg_params params;
    projector_enter(projector, PROJECTOR_CHECKPOINT);
    pg_params_init(&params, &projector->params);
    pg_param_text(&params, slice_text(projector->fingerprint));
    ask(projector, &(struct pg_call){&read_checkpoint, &params}, on_checkpoint);
}

static void on_checkpoint(void *ctx, const struct pg_outcome *outcome)
{
    struct projector *projector = ctx;
    if (!settle(projector, outcome, "checkpoint"))
        return;
    const PGresult *result = outcome->results[0];
    if (pg_rows(result) != 1 || pg_get_i64(result, 0, 4) == 0 || !pg_get_bool(result, 0, 3))
        projector_restart(projector, "the tables are not made for this program: gachapon migrate makes them");
    else
        take_checkpoint(projector, result);
}

static void take_checkpoint(struct projector *projector, const PGresult *result)
{
    uint64_t generation = (uint64_t)pg_get_i64(result, 0, 1);
    bool fresh = pg_is_null(result, 0, 2);
    projector->stored = (uint64_t)pg_get_i64(result, 0, 0);
    if (projector->generation != generation) {
        projector->generation = generation;
        projector->told = 0;
        if (projector->known)
            projector->position = 0; /* the tables are others than those whose rows were told */
    }
    if (!fresh && !uuid_equal(pg_get_uuid(result, 0, 2), eventstore_epoch(projector->store)))
        reset(projector);
    else if (projector->stored > 0)
        verify(projector);
    else
        projector_run(projector);
}

static void verify(struct projector *projector)
{
    projector_enter(projector, PROJECTOR_VERIFY);
    projector->reading = true;
    projector->read_run = projector->run;
    eventstore_read(projector->store, projector->stored - 1, 1, on_verified, projector);
}

static void on_verified(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct projector *projector = ctx;
    (void)more;
    check_magic(projector, PROJECTOR_MAGIC);
    projector->reading = false;
    loop_again(projector->loop);
    if (projector->read_run != projector->run)
        return;
    if (err != ERR_OK)
        projector_restart(projector, "the log cannot be read");
    else if (count == 1 && events[0].position == projector->stored)
        projector_run(projector);
    else
        reset(projector);
}

static void reset(struct projector *projector)
{
    log_warn("projection", "state=reset stored=%" PRIu64 " reason=\"the log is another one\"",
             projector->stored);
    projector_enter(projector, PROJECTOR_RESET);
    struct pg_params params;
    pg_params_init(&params, &projector->params);
    pg_param_i64(&params, (int64_t)projector->generation);
    pg_param_uuid(&params, eventstore_epoch(projector->store));
    ask(projector, &(struct pg_call){&reset_projections, &params}, on_reset);
}

static void on_reset(void *ctx, const struct pg_outcome *outcome)
{
    struct projector *projector = ctx;
    if (settle(projector, outcome, "reset"))
        projector_restart(projector, "the tables were emptied");
}
