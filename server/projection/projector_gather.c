/* projector_gather: events become folded rows, in order.
 *
 * The problem: events of the feed and of the log arrive interleaved - a page that was asked for before a
 * commit comes after that commit's feed - and must make one sequence in which each position is there once. So
 * there is one tail. An event at the tail is gathered; one behind it is known already; one beyond it shows a
 * hole.
 *
 * Under steady load a log that is read page by page would never catch up with a feed whose events are thrown
 * away while each page is on its way. So what comes after a hole is kept in a third batch, `ahead`, which
 * joins once the pages have reached it, exactly where it begins: a delta must not be added twice. It is
 * bounded; when it is full it starts anew, and the log is read a bit further.
 *
 * A batch is either new to the database or stored there already (another node was first), never both: it ends
 * at `stored`.
 *
 * Rows are projected into a scratch arena first and copied into the batch row by row. If memory ends in the
 * middle of an event, the whole batch is let go - it could hold half an event - and the log is read again. */
#include "projection/projector_internal.h"

void row_batch_init(struct row_batch *batch)
{
    *batch = (struct row_batch){0};
    arena_init(&batch->arena, BATCH_CHUNK_BYTES, BATCH_BYTES_MAX);
    fold_init(&batch->fold, &batch->arena);
}

void row_batch_release(struct row_batch *batch)
{
    arena_release(&batch->arena);
}

void row_batch_clear(struct row_batch *batch, uint64_t from)
{
    arena_reset(&batch->arena);
    fold_restart(&batch->fold);
    batch->from = batch->to = from;
    batch->events = 0;
    batch->fed = false;
    batch->chain_at = UINT64_MAX;
}

bool row_batch_add(struct projector *projector, struct row_batch *batch, const struct event *event,
                   uint32_t tracks)
{
    struct row_sink sink = {.arena = &projector->scratch};
    project(event, &sink);
    enum err err = sink.failure;
    for (uint32_t i = 0; i < sink.count && err == ERR_OK; i++) {
        sink.rows[i].position = batch->to + 1;
        check(!sink.rows[i].deleted || prune_covers(sink.rows[i].view));
        if ((track_of_view(projector, sink.rows[i].view)->bit & tracks) != 0)
            err = fold_add(&batch->fold, &sink.rows[i]);
    }
    arena_reset(&projector->scratch);
    if (err != ERR_OK)
        return false;
    batch->to++;
    batch->events++;
    return true;
}

static bool is_full(const struct row_batch *batch, uint32_t events_max)
{
    return batch->events >= events_max || batch->fold.count >= BATCH_ROWS_SOFT_MAX;
}

/* Whether the batch ends before `position`, because all it holds is stored and this is not. */
static bool ends_before(const struct projector *projector, const struct row_batch *batch, uint64_t position)
{
    return batch->from < projector->stored && position > projector->stored;
}

enum gathered projector_gather(struct projector *projector, uint64_t position, const struct event *event,
                               bool fed)
{
    struct row_batch *batch = projector->gathering;
    if (position <= batch->to)
        return GATHERED;
    if (position > batch->to + 1)
        return GATHER_HOLE;
    if (is_full(batch, BATCH_EVENTS_MAX) || ends_before(projector, batch, position))
        return GATHER_LATER;
    if (!row_batch_add(projector, batch, event, UINT32_MAX)) {
        row_batch_clear(batch, batch->from);
        projector->read_wanted = true;
        return GATHER_LATER;
    }
    if (batch->events == 1)
        batch->fed = fed;
    return GATHERED;
}

void projector_keep_ahead(struct projector *projector, uint64_t position, const struct event *event)
{
    struct row_batch *ahead = projector->ahead;
    if (ahead->events == 0 || position != ahead->to + 1 || is_full(ahead, AHEAD_EVENTS_MAX))
        row_batch_clear(ahead, position - 1);
    if (!row_batch_add(projector, ahead, event, UINT32_MAX))
        row_batch_clear(ahead, position - 1);
}

/* Copies the rows of `ahead`, which begins where the batch ends. False: out of memory, the batch is spoilt.
 */
static bool take_rows(struct row_batch *batch, const struct row_batch *ahead)
{
    for (uint32_t i = 0; i < ahead->fold.count; i++)
        if (fold_add(&batch->fold, &ahead->fold.rows[i]) != ERR_OK)
            return false;
    if (batch->events == 0)
        batch->fed = true; /* only what was fed is kept ahead */
    batch->events += (uint32_t)(ahead->to - batch->to);
    batch->to = ahead->to;
    batch->chain_at = ahead->chain_at;
    batch->chain = ahead->chain;
    return true;
}

void projector_join_ahead(struct projector *projector)
{
    struct row_batch *batch = projector->gathering, *ahead = projector->ahead;
    if (ahead->events == 0 || ahead->from > batch->to)
        return;
    if (ahead->from < batch->to) { /* its folded rows cannot be divided: what is left is read from the log */
        projector->read_wanted = true;
    } else {
        if (is_full(batch, BATCH_EVENTS_MAX) || ends_before(projector, batch, ahead->to))
            return; /* it keeps */
        if (!take_rows(batch, ahead)) {
            row_batch_clear(batch, batch->from);
            projector->read_wanted = true;
        }
    }
    row_batch_clear(ahead, batch->to);
}
