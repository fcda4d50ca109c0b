/* wait: who waits until the projections hold a position.
 *
 * A list and one timer for the nearest deadline; callbacks run from the announcement of rows, from the end of
 * a turn (when the position was reached already) or from the timer, never from projector_wait itself. Their
 * number is bounded by the requests in the process. A callback may wait again: the list is taken apart first.
 */
#include "projection/projector_internal.h"
#include <stdlib.h>

static void tell(struct projector_waiter *waiter, enum err err)
{
    list_remove(&waiter->node);
    waiter->reached(waiter->ctx, err);
    free(waiter);
}

void projector_wait(struct projector *projector, uint64_t position, uint32_t deadline_ms,
                    projector_reached reached, void *ctx)
{
    waiters_add(projector, 0, position, deadline_ms, reached, ctx);
}

void projector_wait_view(struct projector *projector, enum view view, uint64_t position, uint32_t deadline_ms,
                         projector_reached reached, void *ctx)
{
    check_magic(projector, PROJECTOR_MAGIC);
    waiters_add(projector, track_of_view(projector, view)->bit, position, deadline_ms, reached, ctx);
}

void projector_wait_known(struct projector *projector, uint32_t deadline_ms, projector_reached reached,
                          void *ctx)
{
    waiters_add(projector, 0, 0, deadline_ms, reached, ctx)->until_known = true;
}

struct projector_waiter *waiters_add(struct projector *projector, uint32_t tracks, uint64_t position,
                                     uint32_t deadline_ms, projector_reached reached, void *ctx)
{
    check_magic(projector, PROJECTOR_MAGIC);
    struct projector_waiter *waiter = calloc(1, sizeof *waiter);
    check(waiter != NULL);
    waiter->tracks = tracks;
    waiter->position = position;
    waiter->until_ms = loop_mono_ms(projector->loop) + deadline_ms;
    waiter->reached = reached;
    waiter->ctx = ctx;
    list_append(&projector->waiters, &waiter->node);
    if (position <= tracks_position(projector, tracks))
        loop_again(projector->loop); /* told at the end of this turn or of the next */
    if (!loop_timer_running(&projector->deadlines) || waiter->until_ms < projector->deadline_at_ms) {
        projector->deadline_at_ms = waiter->until_ms;
        loop_timer_start(&projector->deadlines, deadline_ms);
    }
    return waiter;
}

void waiters_resolve(struct projector *projector)
{
    struct list_node due;
    list_init(&due);
    list_each(node, &projector->waiters)
    {
        struct projector_waiter *waiter = list_entry(node, struct projector_waiter, node);
        if (waiter->until_known ? !projector->known
                                : waiter->position > tracks_position(projector, waiter->tracks))
            continue;
        list_remove(node);
        list_append(&due, node);
    }
    while (!list_empty(&due))
        tell(list_entry(due.next, struct projector_waiter, node), ERR_OK);
}

/* Tells who has waited long enough, and sets the timer to the next. */
void waiters_deadline(void *ctx)
{
    struct projector *projector = ctx;
    check_magic(projector, PROJECTOR_MAGIC);
    uint64_t now = loop_mono_ms(projector->loop), next = UINT64_MAX;
    struct list_node due;
    list_init(&due);
    list_each(node, &projector->waiters)
    {
        struct projector_waiter *waiter = list_entry(node, struct projector_waiter, node);
        if (waiter->until_ms <= now) {
            list_remove(node);
            list_append(&due, node);
        } else if (waiter->until_ms < next) {
            next = waiter->until_ms;
        }
    }
    if (next != UINT64_MAX) {
        projector->deadline_at_ms = next;
        loop_timer_start(&projector->deadlines, next - now);
    }
    while (!list_empty(&due))
        tell(list_entry(due.next, struct projector_waiter, node), ERR_TIMEOUT);
}

void waiters_free(struct projector *projector)
{
    list_each(node, &projector->waiters)
    {
        list_remove(node);
        free(list_entry(node, struct projector_waiter, node));
    }
}
