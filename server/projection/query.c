/* query: a page of a view's rows, encoded as clients get them.
 *
 * A query runs on a connection of its own kind, never behind a batch. Its group reads the checkpoint first
 * and the rows after it, each with a snapshot of its own: so the rows hold at least everything up to the
 * position told with them, and whoever goes on from that position misses nothing.
 *
 * One row more than asked for says whether there is a next page; the cursor of that page is the key of the
 * last row sent, so pages neither skip nor repeat rows that stay, whatever is inserted between them.
 *
 * Before the checkpoint was read for the first time there are no answers: rows up to it are never announced
 * here, so whoever caught up to an earlier position and then listened would miss those between.
 *
 * Several views are one group: a client that comes back needs one round trip for all its own rows. The
 * position told is that of the projection, of those asked, that holds least.
 *
 * The database may have gone back after a crash to before what this node has told, or was made anew since it
 * was known to be far enough; a query that sees it waits, at most QUERY_BEHIND_MS, until the log has been
 * projected again. */
#include "base/log.h"
#include "projection/columns.h"
#include "projection/projector_internal.h"
#include "wire/frame.h"
#include <stdlib.h>
#include <string.h>

static const struct pg_statement read_position = {.name = "read_position"};

static void run(struct projector_query *query);
static bool bind_query(struct projector_query *query, uint32_t number, struct pg_params *params);
static void on_rows(void *ctx, const struct pg_outcome *outcome);
static void again(void *ctx, enum err err);
static void refuse(struct projector_query *query, enum err err);
static void refused(void *ctx, enum err err);
static enum err encode_page(struct projector_query *query, uint32_t number, const PGresult *result,
                            struct view_page *ret_page);
static void finish(struct projector_query *query, enum err err, const struct view_page *pages);

void projection_query(struct projector *projector, const struct view_query *view_query, view_done done,
                      void *ctx)
{
    projection_query_many(projector, view_query, 1, done, ctx);
}

void projection_query_many(struct projector *projector, const struct view_query *queries, uint32_t count,
                           view_done done, void *ctx)
{
    check_magic(projector, PROJECTOR_MAGIC);
    check(count >= 1 && count <= VIEW_QUERIES_MAX && done != NULL);
    struct projector_query *query = calloc(1, sizeof *query + count * sizeof *queries);
    check(query != NULL);
    query->projector = projector;
    query->done = done;
    query->ctx = ctx;
    query->count = count;
    query->until_ms = loop_mono_ms(projector->loop) + QUERY_BEHIND_MS;
    list_append(&projector->queries, &query->node);
    projector->counters.queries += count;
    for (uint32_t i = 0; i < count; i++) {
        check(schema_view((int)queries[i].view) != NULL && queries[i].limit >= 1);
        check(i == 0 || queries[i].after.size == 0);
        query->queries[i] = queries[i];
        query->tracks |= track_of_view(projector, queries[i].view)->bit;
    }
    if (!projector->known || queries[0].after.size > sizeof query->cursor) {
        refuse(query, projector->known ? ERR_MALFORMED : ERR_AWAY);
        return;
    }
    if (queries[0].after.size > 0)
        memcpy(query->cursor, queries[0].after.data, queries[0].after.size);
    query->queries[0].after = slice_of(query->cursor, queries[0].after.size);
    run(query);
}

static const struct pg_statement *statement_of(const struct projector *projector,
                                               const struct view_query *query)
{
    const struct view_statements *statements =
        &projector->statements[schema_view((int)query->view) - schema_views];
    return query->newer_than > 0 || query->with_deleted ? &statements->since : &statements->page;
}

static void run(struct projector_query *query)
{
    struct projector *projector = query->projector;
    query->told = tracks_told(projector, query->tracks);
    query->generation = projector->generation;
    struct pg_params params[VIEW_QUERIES_MAX + 1];
    struct pg_call calls[VIEW_QUERIES_MAX + 1];
    pg_params_init(&params[0], &projector->params);
    projector_bind_tracks(projector, &params[0], query->tracks);
    calls[0] = (struct pg_call){&read_position, &params[0]};
    for (uint32_t i = 0; i < query->count; i++) {
        if (!bind_query(query, i, &params[i + 1])) {
            arena_reset(&projector->params);
            refuse(query, ERR_MALFORMED);
            return;
        }
        calls[i + 1] = (struct pg_call){statement_of(projector, &query->queries[i]), &params[i + 1]};
    }
    projector->next_connection = (projector->next_connection + 1) % projector->config.query_connections;
    pg_run(projector->query[projector->next_connection], calls, query->count + 1, on_rows, query);
    arena_reset(&projector->params);
}

/* As the generated statements want them: [player] [position] key to start after... limit. False: a foreign
 * cursor. */
static bool bind_query(struct projector_query *query, uint32_t number, struct pg_params *params)
{
    const struct view_query *ask = &query->queries[number];
    const struct view_desc *view = schema_view((int)ask->view);
    struct arena *arena = &query->projector->params;
    pg_params_init(params, arena);
    if (view->audience == AUDIENCE_OWN)
        pg_param_uuid(params, ask->player);
    if (ask->newer_than > 0 || ask->with_deleted)
        pg_param_i64(params, (int64_t)ask->newer_than);
    if (!columns_bind_cursor(params, view, ask->after, arena))
        return false;
    pg_param_i64(params, (int64_t)ask->limit + 1);
    return true;
}

/* The pages of an answer. They are in projector->rows and ->cursor, which may move until the last is there.
 */
static enum err encode_pages(struct projector_query *query, const struct pg_outcome *outcome,
                             struct view_page *pages)
{
    struct projector *projector = query->projector;
    enum err err = ERR_OK;
    buf_clear(&projector->rows);
    buf_clear(&projector->cursor);
    for (uint32_t i = 0; i < query->count && err == ERR_OK; i++) {
        pages[i] = pages[0];
        err = encode_page(query, i, outcome->results[i + 1], &pages[i]);
    }
    size_t rows = 0, cursor = 0;
    for (uint32_t i = 0; i < query->count && err == ERR_OK; i++) {
        pages[i].rows.data = projector->rows.data + rows;
        pages[i].next.data = projector->cursor.data + cursor;
        rows += pages[i].rows.size;
        cursor += pages[i].next.size;
    }
    return err;
}

/* What was asked for, and what this node has told of these tables: of others, made anew since, nothing was.
 */
static uint64_t least_position(const struct projector_query *query, uint64_t generation)
{
    uint64_t least = generation == query->generation ? query->told : 0;
    for (uint32_t i = 0; i < query->count; i++)
        if (query->queries[i].at_least > least)
            least = query->queries[i].at_least;
    return least;
}

static void on_rows(void *ctx, const struct pg_outcome *outcome)
{
    struct projector_query *query = ctx;
    struct projector *projector = query->projector;
    check_magic(projector, PROJECTOR_MAGIC);
    if (outcome->err != ERR_OK) {
        if (outcome->err == ERR_REFUSED)
            log_warn("projection", "query=%s sqlstate=%s reason=\"%s\"",
                     schema_view((int)query->queries[0].view)->name, outcome->sqlstate, outcome->message);
        finish(query, ERR_AWAY, NULL);
        return;
    }
    struct view_page pages[VIEW_QUERIES_MAX];
    pages[0] = (struct view_page){.position = (uint64_t)pg_get_i64(outcome->results[0], 0, 0),
                                  .generation = (uint64_t)pg_get_i64(outcome->results[0], 0, 1),
                                  .horizon = (uint64_t)pg_get_i64(outcome->results[0], 0, 2)};
    projector_see_generation(projector, pages[0].generation);
    bool gone = pages[0].generation < query->generation; /* tables of before, perhaps of another log */
    if (pages[0].generation == projector->generation)
        projector_see_horizon(projector, pages[0].horizon);
    if (gone || pages[0].position < least_position(query, pages[0].generation)) {
        waiters_add(projector, query->tracks, UINT64_MAX, QUERY_AGAIN_MS, again, query);
        return;
    }
    enum err err = encode_pages(query, outcome, pages);
    finish(query, err, pages);
    buf_clear(&projector->rows);
    buf_clear(&projector->cursor);
}

/* It looks again: the projector itself may not have noticed yet that the database went back. */
static void again(void *ctx, enum err err)
{
    struct projector_query *query = ctx;
    (void)err;
    if (query->projector->known && loop_mono_ms(query->projector->loop) < query->until_ms)
        run(query);
    else
        finish(query, ERR_AWAY, NULL);
}

/* Answers, not from inside projection_query. */
static void refuse(struct projector_query *query, enum err err)
{
    query->refusal = err;
    projector_wait(query->projector, 0, 0, refused, query);
}

static void refused(void *ctx, enum err err)
{
    struct projector_query *query = ctx;
    (void)err; /* position 0 is reached at once */
    finish(query, query->refusal, NULL);
}

static enum err put_array_head(struct buf *out, uint32_t count)
{
    uint8_t head[5];
    size_t size = count < 16 ? 1 : count < 65536 ? 3 : 5;
    head[0] = count < 16 ? (uint8_t)(0x90 | count) : count < 65536 ? 0xdc : 0xdd;
    for (size_t i = 1; i < size; i++)
        head[i] = (uint8_t)(count >> 8 * (size - 1 - i));
    return buf_append(out, head, size);
}

/* Adds one page to the buffers; the slices only have their sizes yet. */
static enum err encode_page(struct projector_query *query, uint32_t number, const PGresult *result,
                            struct view_page *ret_page)
{
    struct projector *projector = query->projector;
    const struct view_desc *view = schema_view((int)query->queries[number].view);
    uint32_t found = pg_rows(result), limit = query->queries[number].limit;
    uint32_t count = found < limit ? found : limit;
    size_t rows = projector->rows.size, cursor = projector->cursor.size;
    struct row row;
    enum err err = put_array_head(&projector->rows, count);
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        err = columns_read(result, i, view, &projector->decode, &row);
        if (err == ERR_OK)
            err = frame_row(&projector->rows, &row);
        if (err == ERR_OK && i == count - 1 && found > limit)
            err = columns_encode_cursor(&projector->cursor, view, &row);
        arena_reset(&projector->decode);
    }
    ret_page->rows = slice_of(NULL, projector->rows.size - rows);
    ret_page->count = count;
    ret_page->next = slice_of(NULL, projector->cursor.size - cursor);
    return err;
}

/* The end of a query. */
static void finish(struct projector_query *query, enum err err, const struct view_page *pages)
{
    list_remove(&query->node);
    query->done(query->ctx, err, err == ERR_OK ? pages : NULL);
    free(query);
}

void projector_free_queries(struct projector *projector)
{
    list_each(node, &projector->queries)
    {
        list_remove(node);
        free(list_entry(node, struct projector_query, node));
    }
}
