/* projector_checkpoint: where do the read models stand, and are they of this log?
 *
 * Read on every connection and after every doubt, because this database may have gone back (it commits
 * without waiting for its disk), may have been dropped and made anew, or moved on by another node:
 *
 *   made for another schema             wait for `gachapon migrate`, look again now and then
 *   of another epoch of the log         empty the tables: a new generation, checkpoint 0 (once the log has
 *                                       said again which epoch it is of: this node may be the one behind)
 *   at a position the log does not hold, or where its chain is another one
 *                                       likewise: the log was restored to an earlier time
 *   of another generation than before   statements are prepared anew; followers start over (notify)
 *   otherwise                           run from there
 *
 * Each projection has a row. Those at the highest position move on together; one that is behind them catches
 * up by itself. */
#include "base/log.h"
#include "projection/projector_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct pg_statement read_checkpoints = {.name = "read_checkpoints"};
static const struct pg_statement reset_projections = {.name = "reset_projections"};

static void on_checkpoint(void *ctx, const struct pg_outcome *outcome);
static bool read_tracks(struct projector *projector, const PGresult *result);
static void take_checkpoint(struct projector *projector, const PGresult *result);
static void verify(struct projector *projector);
static void on_verified(void *ctx, enum err err, const struct hash *chain);
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
    char reason[200];
    const char *trouble = pg_trouble(projector->write);
    projector->counters.failures++;
    snprintf(reason, sizeof reason, "%s: %s %s %s", question, err_name(outcome->err), outcome->sqlstate,
             trouble[0] != '\0' ? trouble : outcome->message);
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
    ask(projector, &(struct pg_call){&read_checkpoints, &params}, on_checkpoint);
}

static void on_checkpoint(void *ctx, const struct pg_outcome *outcome)
{
    struct projector *projector = ctx;
    if (!settle(projector, outcome, "checkpoint"))
        return;
    const PGresult *result = outcome->results[0];
    if (read_tracks(projector, result))
        take_checkpoint(projector, result);
    else
        projector_restart(projector, "the tables are not made for this program: gachapon migrate makes them");
}

/* Takes each projection's checkpoint. False: they are not the projections of this program. */
static bool read_tracks(struct projector *projector, const PGresult *result)
{
    uint32_t found = 0, rows = pg_rows(result);
    for (uint32_t i = 0; i < projector->track_count; i++) {
        struct track *track = &projector->tracks[i];
        for (uint32_t row = 0; row < rows; row++) {
            if (!slice_equal(pg_get_slice(result, row, 0), slice_text(track->name)) ||
                !pg_get_bool(result, row, 3))
                continue;
            track->stored = (uint64_t)pg_get_i64(result, row, 1);
            found++;
        }
    }
    return found == projector->track_count && rows == found;
}

/* False: one of them is of another epoch. */
static bool same_epoch(const struct projector *projector, const PGresult *result)
{
    for (uint32_t row = 0; row < pg_rows(result); row++)
        if (!pg_is_null(result, row, 2) &&
            !uuid_equal(pg_get_uuid(result, row, 2), eventstore_epoch(projector->store)))
            return false;
    return true;
}

/* The tables are of this generation: when it is a new one, nothing told before counts. */
static void take_generation(struct projector *projector, uint64_t generation)
{
    if (projector->generation == generation)
        return;
    if (projector->known) {
        pg_forget_statements(projector->write);
        for (uint32_t i = 0; i < projector->config.query_connections; i++)
            pg_forget_statements(projector->query[i]);
    }
    projector->anew = projector->generation != 0;
    projector->generation = generation;
    projector->horizon = 0;
    projector->known = false; /* the tables are others than those whose rows were told */
    for (uint32_t i = 0; i < projector->track_count; i++)
        projector->tracks[i].told = 0;
}

void projector_see_horizon(struct projector *projector, uint64_t horizon)
{
    if (horizon > projector->horizon)
        projector->horizon = horizon;
}

void projector_bind_tracks(const struct projector *projector, struct pg_params *params, uint32_t tracks)
{
    pg_array_begin(params, PG_TYPE_TEXT, projector->track_count);
    for (uint32_t i = 0; i < projector->track_count; i++)
        if ((projector->tracks[i].bit & tracks) != 0)
            pg_array_slice(params, slice_text(projector->tracks[i].name));
    pg_array_end(params);
}

void projector_see_generation(struct projector *projector, uint64_t generation)
{
    bool settled = projector->state == PROJECTOR_RUNNING || projector->state == PROJECTOR_AWAY;
    if (!settled || generation <= projector->generation)
        return; /* they only rise: an older answer was on its way for a while; or the checkpoint will say it
                 */
    take_generation(projector, generation);
    if (projector->state == PROJECTOR_RUNNING)
        projector_restart(projector, "the tables were switched");
}

/* What the checkpoint says of the log: the chain at the highest position; that of a lower one follows from
 * it. */
static void read_chain(struct projector *projector, const PGresult *result)
{
    projector->has_stored_chain = false;
    for (uint32_t row = 0; row < pg_rows(result); row++) {
        struct slice chain = pg_get_slice(result, row, 5);
        if ((uint64_t)pg_get_i64(result, row, 1) != projector->stored ||
            chain.size != sizeof projector->stored_chain.bytes)
            continue;
        memcpy(projector->stored_chain.bytes, chain.data, chain.size);
        projector->has_stored_chain = true;
    }
}

/* Who is with the others, and who is not. */
static void place_tracks(struct projector *projector)
{
    projector->stored = 0;
    for (uint32_t i = 0; i < projector->track_count; i++)
        if (projector->tracks[i].stored > projector->stored)
            projector->stored = projector->tracks[i].stored;
    if (!projector->known || projector->stored < projector->position)
        projector->position = projector->stored; /* new here, or the database went back */
    for (uint32_t i = 0; i < projector->track_count; i++) {
        struct track *track = &projector->tracks[i];
        bool still = track->failed_position == track->stored + 1;
        if (!projector->known || track->stored < track->position)
            track->position = track->stored;
        if (track->position > track->told)
            track->told =
                track->position; /* it is not announced here any more: a page that lacks it has to wait */
        if (track->stored == projector->stored && track->position == projector->position)
            track_enter(projector, track, PROJECTION_LIVE);
        else if (track->state != PROJECTION_BEHIND && !(track->state == PROJECTION_STOPPED && still))
            track_enter(projector, track, PROJECTION_BEHIND);
    }
}

static void take_checkpoint(struct projector *projector, const PGresult *result)
{
    take_generation(projector, (uint64_t)pg_get_i64(result, 0, 4));
    place_tracks(projector);
    read_chain(projector, result);
    projector_see_horizon(projector, (uint64_t)pg_get_i64(result, 0, 6));
    projector->other_epoch = !same_epoch(projector, result);
    if (projector->other_epoch || projector->stored > 0)
        verify(projector);
    else
        projector_run(projector);
}

static void verify(struct projector *projector)
{
    projector_enter(projector, PROJECTOR_VERIFY);
    projector->reading = true;
    projector->read_run = projector->run;
    eventstore_chain_of(projector->store, &projector->chain, projector->stored, on_verified, projector);
}

static void on_verified(void *ctx, enum err err, const struct hash *chain)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    projector->reading = false;
    loop_again(projector->loop);
    if (projector->read_run != projector->run)
        return;
    bool other = projector->other_epoch || err == ERR_NOT_FOUND ||
                 (err == ERR_OK && projector->has_stored_chain &&
                  memcmp(chain->bytes, projector->stored_chain.bytes, sizeof chain->bytes) != 0);
    if (other && (err == ERR_OK || err == ERR_NOT_FOUND))
        reset(projector);
    else if (err == ERR_OK)
        projector_run(projector);
    else
        projector_restart(projector, "the log cannot be read");
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
