/* catchup: from a mark to live, for who comes back, who fell behind and who is new.
 *
 * A pass goes over the pushed views of one audience on the projections' query connections, a page of each in
 * one round trip, then whatever is longer than a page; public rows come from a snapshot where there is one
 * (snapshots.c):
 * rows newer than the mark, or all of them when the client starts over. Tombstones too, always: a row that
 * was sent live meanwhile, or will be by a node that hears of it late, may be gone by then. The checkpoint
 * that comes with the first page is the mark told with the last message of the pass. The follower was
 * registered before the first query was sent, so a batch that committed after that checkpoint was handed to
 * it live: nothing lies between.
 *
 * Passes follow one another - own rows, then public ones, then again whichever missed a live row meanwhile,
 * from the mark reached - until nothing is missing. Each is shorter than the one before, so a slow reader
 * gets there.
 *
 * Pages are packed into messages of about CATCH_UP_MESSAGE_BYTES. What does not fit in the follower's queue
 * is not kept: the place goes to the next in line, and the pass goes on behind the last message that fitted
 * once the queue has drained. CATCH_UPS_MAX run at once. A follower may go away at any time: an answer finds
 * it by the session's id, and only if it still holds the place the answer is for. */
#include "notify/notify_internal.h"

static void on_retry(void *ctx);
static void start(struct notify *notify, struct follower *follower);
static void run_pass(struct notify *notify, struct catch_up *catch_up, struct follower *follower);
static void serve_snapshot(struct notify *notify, struct catch_up *catch_up, struct follower *follower,
                           const struct public_snapshot *snapshot);
static void begin_pass(struct follower *follower, enum audience audience);
static void ask(struct notify *notify, struct catch_up *catch_up, struct follower *follower);
static void on_rows(void *ctx, enum err err, const struct view_page *pages);
static enum err take_pages(struct notify *notify, struct catch_up *catch_up, struct follower *follower,
                           const struct view_page *pages);
static enum err take_page(struct catch_up *catch_up, const struct view_page *page);
static enum err flush(struct notify *notify, struct catch_up *catch_up, struct follower *follower);
static void end_pass(struct notify *notify, struct catch_up *catch_up, struct follower *follower);
static void too_old(struct notify *notify, struct follower *follower);
static void leave(struct notify *notify, struct follower *follower, enum follower_state state);

void catch_ups_init(struct notify *notify)
{
    loop_timer_init(&notify->retry, notify->loop, on_retry, notify);
    for (int i = 0; i < CATCH_UPS_MAX; i++) {
        notify->catch_ups[i].notify = notify;
        changes_init(&notify->catch_ups[i].changes);
    }
}

void catch_ups_release(struct notify *notify)
{
    loop_timer_stop(&notify->retry);
    snapshots_release(notify);
    for (int i = 0; i < CATCH_UPS_MAX; i++)
        changes_release(&notify->catch_ups[i].changes);
}

/* ---- places ---- */

void catch_up_queue(struct notify *notify, struct follower *follower)
{
    follower_enter(notify, follower, FOLLOWER_QUEUED);
    catch_ups_start(notify);
}

void catch_ups_start(struct notify *notify)
{
    if (notify->starting)
        return; /* a catch-up that ended at once, from a snapshot: the loop below goes on */
    notify->starting = true;
    while (notify->running < CATCH_UPS_MAX && !list_empty(&notify->states[FOLLOWER_QUEUED]) &&
           !loop_timer_running(&notify->retry))
        start(notify, list_entry(notify->states[FOLLOWER_QUEUED].next, struct follower, state_node));
    notify->starting = false;
}

static void on_retry(void *ctx)
{
    struct notify *notify = ctx;
    check_magic(notify, NOTIFY_MAGIC);
    catch_ups_start(notify);
}

/* The place stays taken until the answer that is on its way has come. */
void catch_up_abandon(struct notify *notify, struct follower *follower)
{
    (void)notify;
    if (follower->running != NULL)
        check(follower->running->session_id == follower->session_id);
    follower->running = NULL;
}

/* ---- a pass ---- */

static void start(struct notify *notify, struct follower *follower)
{
    struct catch_up *catch_up = notify->catch_ups;
    while (catch_up->session_id != 0)
        catch_up++;
    check(catch_up < notify->catch_ups + CATCH_UPS_MAX);
    follower_enter(notify, follower, FOLLOWER_RUNNING);
    follower->running = catch_up;
    catch_up->session_id = follower->session_id;
    changes_clear(&catch_up->changes);
    notify->running++;
    notify->counters.catch_ups++;
    if (!follower->pass.begun)
        begin_pass(follower, follower->own.live ? AUDIENCE_PUBLIC : AUDIENCE_OWN);
    run_pass(notify, catch_up, follower);
}

/* From where the follower stands in its pass. */
static void run_pass(struct notify *notify, struct catch_up *catch_up, struct follower *follower)
{
    const struct part *part = follower_part(follower, follower->pass.audience);
    bool first = !follower->pass.has_mark;
    bool shareable = follower->pass.audience == AUDIENCE_PUBLIC;
    if (session_closing(follower->session)) { /* takes nothing more, and is gone soon */
        leave(notify, follower, FOLLOWER_BLOCKED);
        return;
    }
    const struct public_snapshot *snapshot = first && shareable ? snapshot_find(notify, part) : NULL;
    catch_up->pass = follower->pass;
    catch_up->recording = false;
    if (snapshot != NULL) {
        serve_snapshot(notify, catch_up, follower, snapshot);
        return;
    }
    if (first && shareable)
        snapshot_begin(notify, catch_up, part);
    ask(notify, catch_up, follower);
}

/* As if the projections had answered. */
static void serve_snapshot(struct notify *notify, struct catch_up *catch_up, struct follower *follower,
                           const struct public_snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->count; i++) {
        if (session_feed(follower->session, snapshot->sent[i].message) != ERR_OK) {
            leave(notify, follower, FOLLOWER_BLOCKED);
            return;
        }
        follower->pass = snapshot->sent[i].pass;
        notify->counters.deliveries++;
    }
    notify->counters.snapshots++;
    end_pass(notify, catch_up, follower);
}

static bool in_pass(const struct pass *pass, int view)
{
    return schema_views[view].push && schema_views[view].audience == (int)pass->audience;
}

/* The first view of the pass at or behind `view`; SCHEMA_VIEW_COUNT at the end. */
static int next_view(const struct pass *pass, int view)
{
    while (view < SCHEMA_VIEW_COUNT && !in_pass(pass, view))
        view++;
    return view;
}

static void begin_pass(struct follower *follower, enum audience audience)
{
    follower->pass = (struct pass){.audience = audience, .begun = true};
    follower->pass.view = next_view(&follower->pass, 0);
    follower_part(follower, audience)->missed = false;
}

static void ask(struct notify *notify, struct catch_up *catch_up, struct follower *follower)
{
    const struct pass *pass = &catch_up->pass;
    const struct part *part = follower_part(follower, pass->audience);
    struct view_query queries[VIEW_QUERIES_MAX];
    uint32_t count = 0;
    for (int view = pass->view; view < SCHEMA_VIEW_COUNT && count < VIEW_QUERIES_MAX;
         view = next_view(pass, view + 1)) {
        queries[count] = (struct view_query){.view = (enum view)schema_views[view].number,
                                             .player = follower->feed->player,
                                             .newer_than = part->whole ? 0 : part->mark,
                                             .with_deleted = true,
                                             .limit = CATCH_UP_PAGE_ROWS};
        count++;
    }
    queries[0].after = slice_of(pass->cursor, pass->cursor_size);
    catch_up->asked = count;
    projection_query_many(notify->projector, queries, count, on_rows, catch_up);
}

static struct follower *follower_of(struct catch_up *catch_up)
{
    struct follower *follower = map_get(&catch_up->notify->by_session, map_key_u64(catch_up->session_id));
    return follower != NULL && follower->running == catch_up ? follower : NULL;
}

static void free_place(struct catch_up *catch_up)
{
    catch_up->session_id = 0;
    catch_up->recording = false;
    snapshot_drop(&catch_up->record);
    changes_clear(&catch_up->changes);
    catch_up->notify->running--;
}

static void on_rows(void *ctx, enum err err, const struct view_page *pages)
{
    struct catch_up *catch_up = ctx;
    struct notify *notify = catch_up->notify;
    check_magic(notify, NOTIFY_MAGIC);
    struct follower *follower = follower_of(catch_up);
    if (follower == NULL) { /* gone, or following anew */
        free_place(catch_up);
        catch_ups_start(notify);
        return;
    }
    if (err == ERR_OK) {
        notify_generation(notify, pages[0].generation);
        if (!follower_part(follower, catch_up->pass.audience)->whole &&
            follower_part(follower, catch_up->pass.audience)->mark < pages[0].horizon) {
            too_old(notify, follower);
            return;
        }
        err = take_pages(notify, catch_up, follower, pages);
    }
    if (err == ERR_FULL || session_closing(follower->session)) {
        leave(notify, follower, FOLLOWER_BLOCKED);
    } else if (err !=
               ERR_OK) { /* the projections are away: all wait a little, this one at the end of the line */
        loop_timer_start(&notify->retry, CATCH_UP_RETRY_MS);
        leave(notify, follower, FOLLOWER_QUEUED);
    } else if (catch_up->pass.view == SCHEMA_VIEW_COUNT) {
        snapshot_keep(notify, catch_up);
        end_pass(notify, catch_up, follower);
    } else {
        ask(notify, catch_up, follower);
    }
}

/* Tombstones that it has not heard of may be gone: it comes back and gets everything as a replacement. */
static void too_old(struct notify *notify, struct follower *follower)
{
    session_close(follower->session, CLOSE_GOING_AWAY);
    leave(notify, follower, FOLLOWER_BLOCKED);
}

/* In order, up to the first view that goes on behind its page: it is asked again, and those after it. */
static enum err take_pages(struct notify *notify, struct catch_up *catch_up, struct follower *follower,
                           const struct view_page *pages)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < catch_up->asked && err == ERR_OK; i++) {
        err = take_page(catch_up, &pages[i]);
        bool at_end = catch_up->pass.view == SCHEMA_VIEW_COUNT;
        bool large = catch_up->changes.rows.size >= CATCH_UP_MESSAGE_BYTES ||
                     catch_up->changes.count == CHANGES_SPANS_MAX;
        if (err == ERR_OK && (at_end || large))
            err = flush(notify, catch_up, follower);
        if (pages[i].next.size > 0)
            break;
    }
    return err;
}

/* Adds the page to the message and moves on to the next page or view. */
static enum err take_page(struct catch_up *catch_up, const struct view_page *page)
{
    struct pass *pass = &catch_up->pass;
    if (!pass->has_mark || page->position < pass->mark) /* the database may go back between two pages */
        pass->mark = page->position;
    pass->has_mark = true;
    if (page->count > 0) {
        enum err err =
            changes_add_encoded(&catch_up->changes, (enum view)schema_views[pass->view].number, page->rows);
        if (err != ERR_OK)
            return err;
    }
    check(page->next.size <= sizeof pass->cursor);
    pass->cursor_size = (uint8_t)page->next.size;
    if (page->next.size > 0)
        memcpy(pass->cursor, page->next.data, page->next.size);
    else
        pass->view = next_view(pass, pass->view + 1);
    return ERR_OK;
}

/* Queues what was collected; the last message of a pass tells its mark, also when it is empty. ERR_FULL: it
 * does not fit, and the follower stays where it was. */
static enum err flush(struct notify *notify, struct catch_up *catch_up, struct follower *follower)
{
    const struct pass *pass = &catch_up->pass;
    uint64_t mark = pass->view == SCHEMA_VIEW_COUNT ? pass->mark : 0;
    struct outgoing *message = changes_message(&catch_up->changes, pass->audience, mark);
    enum err err = message == NULL ? ERR_NOMEM : session_feed(follower->session, message);
    if (err == ERR_OK)
        snapshot_add(catch_up, message);
    outgoing_unref(message);
    changes_clear(&catch_up->changes);
    if (err != ERR_OK)
        return err;
    follower->pass = *pass;
    notify->counters.deliveries++;
    return ERR_OK;
}

static void end_pass(struct notify *notify, struct catch_up *catch_up, struct follower *follower)
{
    struct part *part = follower_part(follower, follower->pass.audience);
    part->mark = follower->pass.mark;
    part->whole = false;
    part->live = !part->missed;
    part->missed = false;
    follower->pass.begun = false;
    if (follower->own.live && follower->public.live) {
        leave(notify, follower, FOLLOWER_LIVE);
        return;
    }
    begin_pass(follower, follower->own.live ? AUDIENCE_PUBLIC : AUDIENCE_OWN);
    run_pass(notify, catch_up, follower);
}

/* Gives up the place. */
static void leave(struct notify *notify, struct follower *follower, enum follower_state state)
{
    free_place(follower->running);
    follower->running = NULL;
    follower_enter(notify, follower, state);
    catch_ups_start(notify);
}
