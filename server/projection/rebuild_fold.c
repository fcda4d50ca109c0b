/* rebuild_fold: pages of the log become folded rows, a page a transaction, the next page being read while
 * this one is written. Memory is that of two pages, however long the log is.
 *
 * The connection is that of a server's batch - pipelined upserts, no wait for the disk - but in the schema
 * `rebuild`. It is not made again: after a loss nobody knows which pages are there, and a delta added twice
 * would be wrong for ever; the tool gives up and is run again. */
#include "projection/rebuild_fold.h"
#include "base/check.h"
#include "eventstore/event_decode.h"
#include "projection/columns.h"
#include "wire/frame.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define READY_MS 10000
#define PAGE_BYTES_MAX (256u << 20)

static void on_state(void *ctx, bool ready);
static void look(void *ctx);
static void advance(struct rebuild_fold *fold);
static void on_events(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);
static void write_page(struct rebuild_fold *fold);
static void on_written(void *ctx, const struct pg_outcome *outcome);

void rebuild_fold_init(struct rebuild_fold *fold, struct loop *loop, struct eventstore *store,
                       const struct rebuild_config *config, char *failure)
{
    memset(fold, 0, sizeof *fold);
    fold->loop = loop;
    fold->store = store;
    fold->config = config;
    fold->failure = failure;
    fold->filling = &fold->pages[0];
    fold->writing = &fold->pages[1];
    for (int i = 0; i < 2; i++) {
        arena_init(&fold->pages[i].arena, 65536, PAGE_BYTES_MAX);
        fold_init(&fold->pages[i].fold, &fold->pages[i].arena);
    }
    arena_init(&fold->scratch, 65536, PAGE_BYTES_MAX);
    arena_init(&fold->params, 65536, PAGE_BYTES_MAX);
    loop_timer_init(&fold->timer, loop, look, fold);
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        fold->upserts[view] = (struct pg_statement){schema_views[view].table, schema_views[view].upsert_sql};
}

void rebuild_fold_release(struct rebuild_fold *fold)
{
    loop_timer_stop(&fold->timer);
    pg_close(fold->write);
    for (int i = 0; i < 2; i++)
        arena_release(&fold->pages[i].arena);
    arena_release(&fold->scratch);
    arena_release(&fold->params);
}

static void fail(struct rebuild_fold *fold, enum err err, const char *what)
{
    if (fold->err != ERR_OK)
        return; /* the first is what matters */
    fold->err = err;
    snprintf(fold->failure, 400, "%s", what);
}

/* ---- connecting ---- */

enum err rebuild_fold_open(struct rebuild_fold *fold)
{
    struct pg_config config = {.dsn = fold->config->owner_dsn,
                               .application_name = "gachapon rebuild",
                               .statement_timeout_ms = 60000,
                               .synchronous_commit_off = true,
                               .options = "-c search_path=rebuild"};
    char why[200];
    fold->write = pg_open(fold->loop, &config, on_state, fold, why);
    if (fold->write == NULL) {
        fail(fold, ERR_AWAY, why);
        return fold->err;
    }
    fold->until_ms = loop_mono_ms(fold->loop) + READY_MS;
    loop_timer_start(&fold->timer, 0);
    loop_run(fold->loop);
    if (!fold->connected)
        fail(fold, ERR_AWAY, pg_failure(fold->write));
    else if (!eventstore_ready(fold->store))
        fail(fold, ERR_AWAY, eventstore_failure(fold->store));
    fold->since_ms = loop_mono_ms(fold->loop);
    return fold->err;
}

static void look(void *ctx)
{
    struct rebuild_fold *fold = ctx;
    bool ready = fold->connected && eventstore_ready(fold->store);
    if (ready || loop_mono_ms(fold->loop) > fold->until_ms)
        loop_stop(fold->loop);
    else
        loop_timer_start(&fold->timer, 10);
}

static void on_state(void *ctx, bool ready)
{
    struct rebuild_fold *fold = ctx;
    if (fold->connected && !ready) {
        fail(fold, ERR_AWAY, "the connection was lost: the live tables are as they were, run it again");
        loop_stop(fold->loop);
    }
    fold->connected = ready;
}

static void wake(void *ctx)
{
    loop_stop(((struct rebuild_fold *)ctx)->loop);
}

void rebuild_fold_pause(struct rebuild_fold *fold, uint32_t ms)
{
    struct loop_timer timer;
    loop_timer_init(&timer, fold->loop, wake, fold);
    loop_timer_start(&timer, ms);
    loop_run(fold->loop);
    loop_timer_stop(&timer);
}

/* ---- pages ---- */

static bool at_rest(const struct rebuild_fold *fold)
{
    return !fold->reading && !fold->in_flight;
}

enum err rebuild_fold_to(struct rebuild_fold *fold, uint64_t target)
{
    fold->target = target;
    fold->progress.target = target;
    while (fold->err == ERR_OK && fold->progress.position < target) {
        advance(fold);
        loop_run(fold->loop);
    }
    while (!at_rest(fold) && fold->connected)
        loop_run(fold->loop);
    return fold->err;
}

static bool is_full(const struct rebuild_fold *fold)
{
    return fold->filling->events >= fold->config->page_events;
}

/* Does what can be done now. */
static void advance(struct rebuild_fold *fold)
{
    if (fold->err != ERR_OK)
        return;
    if (!fold->in_flight && fold->filling->events > 0 &&
        (is_full(fold) || fold->read_to == fold->target || !fold->reading))
        write_page(fold);
    if (!fold->reading && !is_full(fold) && fold->read_to < fold->target) {
        uint64_t left = fold->target - fold->read_to;
        uint32_t page = fold->config->page_events;
        fold->reading = true;
        eventstore_read(fold->store, fold->read_to, left < page ? (uint32_t)left : page, on_events, fold);
    }
}

static void fold_event(struct rebuild_fold *fold, const struct stored_event *stored)
{
    struct event event;
    struct row_sink sink = {.arena = &fold->scratch};
    struct wire_fault fault;
    char text[100];
    if (!event_decode(stored, &fold->scratch, &event, &fault)) {
        snprintf(text, sizeof text, "the event at %" PRIu64 " cannot be decoded", stored->position);
        fail(fold, ERR_INTEGRITY, text);
        return;
    }
    project(&event, &sink);
    enum err err = sink.failure;
    for (uint32_t i = 0; i < sink.count && err == ERR_OK; i++) {
        sink.rows[i].position = stored->position;
        if (fold->chosen[schema_view((int)sink.rows[i].view) - schema_views])
            err = fold_add(&fold->filling->fold, &sink.rows[i]);
    }
    arena_reset(&fold->scratch);
    if (err != ERR_OK)
        fail(fold, err, err_text(err));
    fold->filling->to = fold->read_to = stored->position;
    fold->filling->events++;
}

static void on_events(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct rebuild_fold *fold = ctx;
    (void)more;
    fold->reading = false;
    if (err != ERR_OK)
        fail(fold, err, "the log cannot be read");
    else if (count == 0)
        fail(fold, ERR_CONFLICT, "the log ends before the live tables' checkpoint");
    for (uint32_t i = 0; i < count && fold->err == ERR_OK; i++)
        fold_event(fold, &events[i]);
    loop_stop(fold->loop);
}

static void write_page(struct rebuild_fold *fold)
{
    struct pg_params params[SCHEMA_VIEW_COUNT];
    struct pg_call calls[SCHEMA_VIEW_COUNT];
    struct rebuild_page *page = fold->filling;
    uint32_t count = 0;
    fold->filling = fold->writing;
    fold->writing = page;
    uint32_t begins[SCHEMA_VIEW_COUNT + 1];
    const struct row **rows = fold_by_view(&page->fold, &fold->params, begins);
    check(rows != NULL); /* a tool; what it bounds its pages by leaves room */
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++) {
        uint32_t found = begins[view + 1] - begins[view];
        if (found == 0)
            continue;
        pg_params_init(&params[count], &fold->params);
        columns_bind(&params[count], &schema_views[view], rows + begins[view], found);
        calls[count] = (struct pg_call){&fold->upserts[view], &params[count]};
        count++;
    }
    static const struct pg_statement idle = {.name = "rebuild_idle"}; /* a page may have no rows */
    if (count == 0)
        calls[count++] = (struct pg_call){&idle, NULL};
    fold->in_flight = true;
    pg_run(fold->write, calls, count, on_written, fold);
    arena_reset(&fold->params);
}

static void on_written(void *ctx, const struct pg_outcome *outcome)
{
    struct rebuild_fold *fold = ctx;
    struct rebuild_page *page = fold->writing;
    char text[400];
    fold->in_flight = false;
    snprintf(text, sizeof text, "page up to %" PRIu64 ": %s %s %s", page->to, err_name(outcome->err),
             outcome->sqlstate, outcome->message);
    if (outcome->err != ERR_OK)
        fail(fold, ERR_REFUSED, text);
    fold->progress.rows += page->fold.count;
    fold->progress.position = page->to;
    fold->progress.elapsed_ms = loop_mono_ms(fold->loop) - fold->since_ms;
    page->events = 0;
    arena_reset(&page->arena);
    fold_restart(&page->fold);
    if (fold->err == ERR_OK && fold->config->progress != NULL)
        fold->config->progress(fold->config->ctx, &fold->progress);
    loop_stop(fold->loop);
}
