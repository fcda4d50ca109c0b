/* projector_catchup: reads the log, page by page, where the feed has a hole, at the start, and once a second
 * in case that nobody told of an event.
 *
 * A page's events are decoded with the personal keys the store gives along (an erased player's name reads
 * `erased`) and gathered like those of the feed; the next page is asked for while the rows of this one are
 * written. What cannot be decoded stops the projections in front of it, with the position in the log's line
 * and in the counters: commands go on, strong replies say where the views stand, and each second it is tried
 * again. */
#include "base/log.h"
#include "eventstore/event_decode.h"
#include "projection/projector_internal.h"
#include "wire/frame.h"
#include <inttypes.h>
#include <stdio.h>

static void on_page(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);
static bool gather_stored(struct projector *projector, const struct stored_event *stored);
static void get_stuck(struct projector *projector, const struct stored_event *stored, const char *where);

void projector_read_log(struct projector *projector)
{
    check(!projector->reading);
    projector->reading = true;
    projector->read_wanted = false;
    projector->read_run = projector->run;
    eventstore_read(projector->store, projector->gathering->to, projector->config.page_events, on_page,
                    projector);
}

static void on_page(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    projector->reading = false;
    loop_again(projector->loop);
    if (projector->read_run != projector->run)
        return;
    if (err != ERR_OK) { /* the poll asks again */
        log_warn("projection", "read_log=failed after=%" PRIu64 " err=%s reason=\"%s\"",
                 projector->gathering->to, err_name(err), eventstore_failure(projector->store));
        return;
    }
    bool whole = true;
    for (uint32_t i = 0; i < count && whole; i++) {
        projector_join_ahead(projector); /* exactly where it begins */
        whole = gather_stored(projector, &events[i]);
    }
    projector_join_ahead(projector);
    bool hole = projector->ahead->events > 0 && projector->ahead->from > projector->gathering->to;
    if (projector->stuck_at != projector->gathering->to + 1)
        projector->read_wanted = projector->read_wanted || more || !whole || hole;
}

/* False: no further, the rest of the page is read again later. */
static bool gather_stored(struct projector *projector, const struct stored_event *stored)
{
    struct event event;
    struct wire_fault fault;
    if (stored->position <= projector->gathering->to)
        return true; /* the feed was faster */
    bool decoded = event_decode(stored, &projector->decode, &event, &fault);
    bool gathered = decoded && projector_gather(projector, stored->position, &event, false) == GATHERED;
    arena_reset(&projector->decode);
    if (!decoded)
        get_stuck(projector, stored, fault.where);
    else if (projector->stuck_at == stored->position)
        projector->stuck_at = 0;
    return gathered;
}

static void get_stuck(struct projector *projector, const struct stored_event *stored, const char *where)
{
    projector->read_wanted = false;
    if (projector->stuck_at == stored->position)
        return; /* said already */
    projector->stuck_at = stored->position;
    projector->stuck_type = stored->type;
    snprintf(projector->stuck_reason, sizeof projector->stuck_reason, "%s", where);
    projector->counters.failures++;
    log_error("projection", "state=stuck position=%" PRIu64 " type=%u schema_version=%u reason=\"%s\"",
              stored->position, (unsigned)stored->type, (unsigned)stored->schema_version, where);
}
