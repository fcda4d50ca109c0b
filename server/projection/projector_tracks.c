/* projector_tracks: the projections one by one: where each stands, and what is said of it.
 *
 * Views name the projection they belong to; the views of one projection share a checkpoint, a "track" here.
 *
 *   LIVE      moves with the others: one batch, one transaction, one checkpoint for all of them
 *   BEHIND    catches up alone, from its own checkpoint (projector_mend.c), and joins the others
 *   STOPPED   an event is refused by the database for this projection alone; tried again with back-off
 *
 * A set of tracks is a bit mask. The mark of an audience is the lowest position of the tracks with views that
 * are pushed to it, so a client is never told that it has what one of them does not hold yet; the others move
 * on, their rows are sent, and are sent again to whoever comes back with such a mark: a client applies rows
 * by key, newest wins.
 *
 * When you add a state: its name in `names`, and who leaves it. */
#include "base/log.h"
#include "projection/projector_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct pg_statement note_failure = {.name = "note_failure"};

static void note(struct projector *projector, const struct track *track);

void tracks_init(struct projector *projector)
{
    for (int i = 0; i < SCHEMA_VIEW_COUNT; i++) {
        const struct view_desc *view = &schema_views[i];
        uint32_t number = 0;
        while (number < projector->track_count &&
               strcmp(projector->tracks[number].name, view->projection) != 0)
            number++;
        if (number == projector->track_count) {
            check(number < PROJECTIONS_MAX);
            projector->tracks[projector->track_count++] =
                (struct track){.name = view->projection, .bit = 1u << number};
        }
        projector->view_tracks[i] = (uint8_t)number;
        if (view->push)
            projector->audience_tracks[view->audience] |= 1u << number;
    }
    for (uint32_t i = 0; i < projector->track_count; i++)
        track_enter(projector, &projector->tracks[i], PROJECTION_LIVE);
}

struct track *track_of_view(struct projector *projector, enum view view)
{
    return &projector->tracks[projector->view_tracks[schema_view((int)view) - schema_views]];
}

void track_enter(struct projector *projector, struct track *track, enum projection_state state)
{
    track->state = state;
    projector->live &= ~track->bit;
    if (state == PROJECTION_LIVE)
        projector->live |= track->bit;
    if (state != PROJECTION_STOPPED) {
        track->retry_ms = STOPPED_FIRST_MS;
        track->retry_at_ms = 0;
        track->failed_position = 0;
        track->reason[0] = '\0';
    }
    if (track->page == 0)
        track->page = projector->config.page_events;
}

void track_stop(struct projector *projector, struct track *track, uint64_t position, int type,
                const char *reason)
{
    bool again = track->state == PROJECTION_STOPPED && track->failed_position == position &&
                 strncmp(track->reason, reason, sizeof track->reason - 1) == 0;
    track_enter(projector, track, PROJECTION_STOPPED);
    track->retry_at_ms = loop_mono_ms(projector->loop) + track->retry_ms;
    track->retry_ms = track->retry_ms * 2 > STOPPED_MOST_MS ? STOPPED_MOST_MS : track->retry_ms * 2;
    if (again)
        return;
    track->failed_position = position;
    track->failed_type = type;
    snprintf(track->reason, sizeof track->reason, "%s", reason);
    const struct event_desc *event = schema_event(type);
    log_error("projection", "projection=%s state=stopped position=%" PRIu64 " type=%s reason=\"%s\"",
              track->name, position, event == NULL ? "unknown" : event->name, reason);
    note(projector, track);
}

/* For `gachapon projections status`, which reads the database: a help, no more. */
static void noted(void *ctx, const struct pg_outcome *outcome)
{
    (void)ctx, (void)outcome;
}

static void note(struct projector *projector, const struct track *track)
{
    struct pg_params params;
    pg_params_init(&params, &projector->params);
    pg_param_text(&params, slice_text(track->name));
    pg_param_i64(&params, (int64_t)track->stored);
    pg_param_i64(&params, (int64_t)track->failed_position);
    pg_param_i32(&params, track->failed_type);
    pg_param_text(&params, slice_text(track->reason));
    pg_run(projector->write, &(struct pg_call){&note_failure, &params}, 1, noted, projector);
    arena_reset(&projector->params);
}

/* ---- what is known of them ---- */

uint64_t tracks_position(const struct projector *projector, uint32_t tracks)
{
    uint64_t lowest = projector->known ? projector->position : 0;
    for (uint32_t i = 0; i < projector->track_count; i++)
        if ((projector->tracks[i].bit & tracks) != 0 && projector->tracks[i].position < lowest)
            lowest = projector->tracks[i].position;
    return lowest;
}

uint64_t tracks_told(const struct projector *projector, uint32_t tracks)
{
    uint64_t lowest = UINT64_MAX;
    for (uint32_t i = 0; i < projector->track_count; i++)
        if ((projector->tracks[i].bit & tracks) != 0 && projector->tracks[i].told < lowest)
            lowest = projector->tracks[i].told;
    return lowest;
}

bool tracks_behind(const struct projector *projector)
{
    for (uint32_t i = 0; i < projector->track_count; i++)
        if (projector->tracks[i].state == PROJECTION_BEHIND)
            return true;
    return false;
}

uint64_t projector_strong_position(const struct projector *projector)
{
    uint32_t tracks = 0;
    for (uint32_t i = 0; i < projector->track_count; i++)
        if (projector->tracks[i].state != PROJECTION_STOPPED)
            tracks |= projector->tracks[i].bit;
    return tracks_position(projector, tracks);
}

uint64_t projector_lowest(const struct projector *projector)
{
    return tracks_position(projector, UINT32_MAX);
}

uint32_t projector_count(const struct projector *projector)
{
    return projector->track_count;
}

struct projection_status projector_status(const struct projector *projector, uint32_t number)
{
    static const char *const names[PROJECTION_STATE_COUNT] = {"live", "behind", "stopped"};
    check(number < projector->track_count);
    const struct track *track = &projector->tracks[number];
    struct projection_status status = {.name = track->name,
                                       .state = names[track->state],
                                       .position = track->position,
                                       .failed_position = track->failed_position,
                                       .failed_type = track->failed_type,
                                       .reason = track->reason};
    if (projector->stuck_at != 0 && track->state == PROJECTION_LIVE) { /* an event that nobody can read */
        status.state = names[PROJECTION_STOPPED];
        status.failed_position = projector->stuck_at;
        status.failed_type = projector->stuck_type;
        status.reason = projector->stuck_reason;
    }
    return status;
}
