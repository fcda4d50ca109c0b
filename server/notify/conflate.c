/* conflate: public rows, to everyone who follows, the newest of each and not more often than FLUSH_EVERY_MS.
 *
 * The stock of a pack that everybody opens changes a thousand times a second, and ten thousand sockets would
 * be told each time. So public rows wait in a fold - one row a key, the newest - and a timer sends what is
 * there, encoded once for all. The first change after a quiet time leaves at once.
 *
 * The public mark moves with the flush, or at once while nothing waits. If the fold runs out of memory,
 * everyone is caught up from the projections instead. */
#include "notify/notify_internal.h"
#include "wire/frame.h"
#include <stdlib.h>

static void on_flush(void *ctx);

void conflate_init(struct notify *notify)
{
    arena_init(&notify->pending_arena, 16384, PUBLIC_PENDING_BYTES_MAX);
    fold_init(&notify->pending, &notify->pending_arena);
    loop_timer_init(&notify->flush, notify->loop, on_flush, notify);
}

void conflate_release(struct notify *notify)
{
    loop_timer_stop(&notify->flush);
    arena_release(&notify->pending_arena);
}

static void forget_pending(struct notify *notify)
{
    arena_reset(&notify->pending_arena);
    fold_restart(&notify->pending);
    notify->public_mark = notify->public_position;
}

void conflate_public(struct notify *notify, const struct projected *projected)
{
    for (uint32_t i = 0; i < projected->count; i++) {
        const struct view_desc *view = schema_view((int)projected->rows[i].view);
        if (!view->push || view->audience != AUDIENCE_PUBLIC)
            continue;
        notify->public_changes++; /* ends the snapshots */
        if (fold_add(&notify->pending, &projected->rows[i]) == ERR_OK)
            continue;
        followers_collapse(notify, AUDIENCE_PUBLIC, notify->public_mark);
        forget_pending(notify);
        return; /* what is left of this batch is newer than the mark they have */
    }
    if (notify->pending.count == 0) {
        notify->public_mark = notify->public_position;
    } else if (!loop_timer_running(&notify->flush)) {
        uint64_t now = loop_mono_ms(notify->loop), due = notify->flushed_at_ms + FLUSH_EVERY_MS;
        loop_timer_start(&notify->flush, due > now ? due - now : 0);
    }
}

static int compare_views(const void *a, const void *b)
{
    const struct row *const *left = a, *const *right = b;
    if ((*left)->view != (*right)->view)
        return (*left)->view < (*right)->view ? -1 : 1;
    return *left < *right ? -1 : *left > *right;
}

/* One message's worth of rows, to everyone. */
static void send_public(struct notify *notify, const struct row *const *rows, uint32_t count, uint64_t mark)
{
    enum err err = ERR_OK;
    changes_clear(&notify->changes);
    for (uint32_t from = 0, to; from < count && err == ERR_OK; from = to) {
        for (to = from + 1; to < count && rows[to]->view == rows[from]->view; to++)
            ;
        err = changes_add_rows(&notify->changes, &rows[from], to - from);
    }
    struct live_message message = {.audience = AUDIENCE_PUBLIC,
                                   .changes = err == ERR_OK ? &notify->changes : NULL,
                                   .mark = mark,
                                   .had = notify->public_mark};
    for (int state = 0; state < FOLLOWER_STATE_COUNT; state++)
        list_each(node, &notify->states[state])
            follower_feed(notify, list_entry(node, struct follower, state_node), &message);
    live_message_release(&message);
    notify->counters.rows_public += count;
}

static void on_flush(void *ctx)
{
    struct notify *notify = ctx;
    check_magic(notify, NOTIFY_MAGIC);
    uint32_t count = notify->pending.count;
    notify->flushed_at_ms = loop_mono_ms(notify->loop);
    const struct row **rows = arena_array(&notify->turn, count, sizeof *rows);
    if (rows == NULL) {
        followers_collapse(notify, AUDIENCE_PUBLIC, notify->public_mark);
    } else {
        for (uint32_t i = 0; i < count; i++)
            rows[i] = &notify->pending.rows[i];
        qsort(rows, count, sizeof *rows, compare_views);
        for (uint32_t from = 0; from < count; from += MESSAGE_ROWS_MAX) {
            bool last = count - from <= MESSAGE_ROWS_MAX;
            send_public(notify, &rows[from], last ? count - from : MESSAGE_ROWS_MAX,
                        last ? notify->public_position : 0);
        }
        arena_reset(&notify->turn);
    }
    forget_pending(notify);
    catch_ups_start(notify);
}
