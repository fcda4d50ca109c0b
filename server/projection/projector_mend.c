/* projector_mend: a projection that is not where the others are - it was stopped, or its tables are newer -
 * catches up alone and joins them.
 *
 * One at a time, on the same connection: a page of the log from its own checkpoint, its rows alone, one
 * transaction with its checkpoint alone, announced like any other. What another node wrote of it is only
 * announced.
 *
 * A refused batch is tried again with half as many events, until one event is refused alone: that is the
 * guilty one. The projection stands still in front of it (STOPPED) and tries again with back-off; once the
 * cause is gone its batches grow again.
 *
 * The others go on all the time, so a projection could follow them for ever one batch behind. When its page
 * reaches to where they are, they are held - no new batch of theirs - for the one or two small batches that
 * are left; then it is LIVE again. They are let go as soon as it joins, fails, or everything begins again;
 * what another node wrote of them is announced all the same (else both would wait for each other). */
#include "base/log.h"
#include "eventstore/event_decode.h"
#include "projection/projector_internal.h"
#include "wire/frame.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool joins(const struct projector *projector, const struct track *track);
static void join(struct projector *projector, struct track *track);
static void read_page(struct projector *projector, struct track *track);
static void on_page(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);
static void gather_page(struct projector *projector, const struct stored_event *events, uint32_t count);
static void on_chain(void *ctx, enum err err, const struct hash *chain);
static void write_batch(struct projector *projector);
static void on_written(void *ctx, const struct pg_outcome *outcome);
static void refused(struct projector *projector, const struct pg_outcome *outcome);

/* The next in turn that has something to do now, or NULL. */
static struct track *next_track(struct projector *projector)
{
    uint64_t now = loop_mono_ms(projector->loop);
    uint32_t last =
        projector->mended_last == NULL ? 0 : (uint32_t)(projector->mended_last - projector->tracks);
    for (uint32_t i = 1; i <= projector->track_count; i++) {
        struct track *track = &projector->tracks[(last + i) % projector->track_count];
        if (track->state != PROJECTION_LIVE && track->retry_at_ms <= now)
            return track;
    }
    return NULL;
}

void projector_mend(struct projector *projector)
{
    if (projector->mend.track != NULL)
        return;
    struct track *track = next_track(projector);
    if (track == NULL)
        return;
    projector->mended_last = track;
    if (joins(projector, track))
        join(projector, track);
    else if (track->position < projector->position)
        read_page(projector, track);
}

void projector_mend_forget(struct projector *projector)
{
    projector->held = false;
    if (projector->mend.track == NULL)
        row_batch_clear(&projector->mend.batch, 0);
}

static bool joins(const struct projector *projector, const struct track *track)
{
    return !projector->in_flight && track->stored == projector->stored &&
           track->position == projector->position;
}

static void join(struct projector *projector, struct track *track)
{
    log_info("projection", "projection=%s state=live position=%" PRIu64, track->name, track->position);
    track_enter(projector, track, PROJECTION_LIVE);
    track->page = projector->config.page_events;
    projector->held = false;
    loop_again(projector->loop);
}

static void read_page(struct projector *projector, struct track *track)
{
    projector->mend.track = track;
    projector->mend.run = projector->run;
    projector->held =
        track->state == PROJECTION_BEHIND && projector->position - track->position <= track->page;
    eventstore_read(projector->store, track->position, track->page, on_page, projector);
}

static void on_page(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct projector *projector = ctx;
    (void)more;
    check_magic(projector, PROJECTOR_MAGIC);
    loop_again(projector->loop);
    if (projector->mend.run != projector->run || err != ERR_OK) {
        if (err != ERR_OK)
            projector->mend.track->retry_at_ms = loop_mono_ms(projector->loop) + STOPPED_FIRST_MS;
        projector->mend.track = NULL;
        projector_mend_forget(projector);
        return;
    }
    gather_page(projector, events, count);
    struct track *track = projector->mend.track;
    struct row_batch *batch = &projector->mend.batch;
    if (track == NULL || batch->events == 0) {
        if (track != NULL)
            track->retry_at_ms = loop_mono_ms(projector->loop) + STOPPED_FIRST_MS;
        projector->mend.track = NULL;
        projector_mend_forget(projector);
    } else if (batch->to <= track->stored) {
        projector->mend.track = NULL;
        projector_announce_track(projector, track, batch);
    } else if (projector_has_chain(projector, batch, &projector->mend.chain, on_chain)) {
        write_batch(projector);
    }
}

/* What the batch may reach to: not beyond the others, and either all of it stored already or nothing. */
static uint64_t batch_end(const struct projector *projector, const struct track *track)
{
    return track->position < track->stored && track->stored < projector->position ? track->stored
                                                                                  : projector->position;
}

static void gather_page(struct projector *projector, const struct stored_event *events, uint32_t count)
{
    struct track *track = projector->mend.track;
    struct row_batch *batch = &projector->mend.batch;
    uint64_t end = batch_end(projector, track);
    row_batch_clear(batch, track->position);
    for (uint32_t i = 0; i < count && events[i].position <= end; i++) {
        struct event event;
        struct wire_fault fault;
        bool decoded = event_decode(&events[i], &projector->decode, &event, &fault);
        bool added = decoded && row_batch_add(projector, batch, &event, track->bit);
        arena_reset(&projector->decode);
        if (i == 0)
            projector->mend.first_type = events[i].type;
        if (!decoded && batch->events == 0) {
            track_stop(projector, track, events[i].position, events[i].type, fault.where);
            projector->mend.track = NULL;
        } else if (decoded && !added) { /* half an event is in it */
            row_batch_clear(batch, track->position);
            track->page = track->page > 1 ? track->page / 2 : 1;
        }
        if (!added)
            return;
    }
}

static void on_chain(void *ctx, enum err err, const struct hash *chain)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    struct row_batch *batch = &projector->mend.batch;
    loop_again(projector->loop);
    if (projector->mend.run == projector->run && err == ERR_OK) {
        batch->chain_at = batch->to;
        batch->chain = *chain;
        write_batch(projector);
        return;
    }
    if (err != ERR_OK)
        projector->mend.track->retry_at_ms = loop_mono_ms(projector->loop) + STOPPED_FIRST_MS;
    projector->mend.track = NULL;
    projector_mend_forget(projector);
}

static void write_batch(struct projector *projector)
{
    struct pg_params params[SCHEMA_VIEW_COUNT + 1];
    struct pg_call calls[SCHEMA_VIEW_COUNT + 1];
    struct track *track = projector->mend.track;
    check(projector->mend.batch.from == track->stored);
    uint32_t count = projector_bind(projector, track->bit, &projector->mend.batch, params, calls);
    pg_run(projector->write, calls, count, on_written, projector);
    arena_reset(&projector->params);
}

static void on_written(void *ctx, const struct pg_outcome *outcome)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    struct track *track = projector->mend.track;
    struct row_batch *batch = &projector->mend.batch;
    loop_again(projector->loop);
    projector->mend.track = NULL;
    if (projector->mend.run != projector->run) {
        projector_mend_forget(projector);
    } else if (outcome->err != ERR_OK) {
        projector->mend.track = track;
        refused(projector, outcome);
    } else {
        if (track->state == PROJECTION_STOPPED)
            track_enter(projector, track, PROJECTION_BEHIND);
        track->stored = batch->to;
        track->page =
            track->page * 2 > projector->config.page_events ? projector->config.page_events : track->page * 2;
        projector_announce_track(projector, track, batch);
    }
}

static void refused(struct projector *projector, const struct pg_outcome *outcome)
{
    struct track *track = projector->mend.track;
    const struct row_batch *batch = &projector->mend.batch;
    char reason[160];
    projector->mend.track = NULL;
    projector->held = false;
    projector->counters.failures++;
    snprintf(reason, sizeof reason, "%s %s", outcome->sqlstate, outcome->message);
    if (strcmp(outcome->sqlstate, "GP001") == 0) {
        track->retry_at_ms = loop_mono_ms(projector->loop) + STOPPED_FIRST_MS; /* another node is at it */
        projector_overtaken(projector);
    } else if (outcome->err != ERR_REFUSED || pg_retryable(outcome)) {
        track->retry_at_ms = loop_mono_ms(projector->loop) + STOPPED_FIRST_MS;
        projector_restart(projector, reason);
    } else if (batch->events > 1) {
        track->page = batch->events / 2;
    } else {
        track_stop(projector, track, batch->to, projector->mend.first_type, reason);
        track->page = 1;
    }
}
