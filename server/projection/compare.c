/* compare: promise 7, checked from the outside: what the tables hold is what the log says, no more and no
 * less.
 *
 * The tables are read in one repeatable-read transaction that is opened first and says the checkpoints; the
 * log is then folded up to exactly there, each projection to its own, in memory, with the same project() but
 * without the projector, its batches, its SQL or its catch-up. Rows of both sides are encoded as clients get
 * them
 * ([position, deleted, fields...]) and compared as bytes, so a wrong position is a difference too.
 *
 * A row is found by a hash of view and key (of the row encoded as a tombstone of position 0). Memory is that
 * of all rows, encoded; the server is not disturbed but for the open transaction.
 *
 * When you add a view or an event there is nothing to add here. */
#include "projection/compare.h"
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/map.h"
#include "base/sql.h"
#include "eventstore/event_decode.h"
#include "gen/c/schema.h"
#include "pg/blocking.h"
#include "projection/columns.h"
#include "projection/project.h"
#include "projection/rows.h"
#include "wire/frame.h"
#include "wire/token.h"

#define PAGE_EVENTS 1000
#define PRINT_MAX 100
#define READY_MS 10000

/* A row of the fold. */
struct folded {
    enum view view;
    uint64_t position;
    bool deleted;
    bool seen;       /* in the table too */
    struct row *sum; /* of a delta view: the row so far, which borrows nothing; else NULL */
    size_t size;
    uint8_t bytes[]; /* encoded */
};

struct compare {
    struct loop *loop;
    struct eventstore *store;
    PGconn *connection;
    FILE *out;
    struct compare_report report;
    char *failure; /* 400 bytes, the caller's */
    enum err err;
    struct map rows; /* hash of view and key -> struct folded */
    struct {
        struct slice name; /* the schema's */
        uint64_t position; /* its checkpoint */
    } projections[PROJECTIONS_MAX];
    uint32_t projection_count;
    uint64_t horizon; /* tombstones up to here may be gone from the tables */
    struct arena arena;
    struct buf key, row;
    uint64_t read_to;
    bool reading;
    struct loop_timer timer;
    uint64_t until_ms;
};

static enum err open_tables(struct compare *compare, const char *dsn);
static enum err wait_for_store(struct compare *compare);
static enum err fold_log(struct compare *compare);
static enum err compare_view(struct compare *compare, const struct view_desc *view);
static void find_missing(struct compare *compare);

static void free_folded(struct folded *folded)
{
    if (folded != NULL)
        free(folded->sum);
    free(folded);
}

static void compare_release(struct compare *compare)
{
    struct folded *folded;
    for (size_t cursor = 0; (folded = map_next(&compare->rows, &cursor)) != NULL;)
        free_folded(folded);
    map_release(&compare->rows);
    arena_release(&compare->arena);
    buf_release(&compare->key);
    buf_release(&compare->row);
    PQfinish(compare->connection); /* ends the transaction too */
}

enum err projections_compare(struct loop *loop, struct eventstore *store, const char *projections_dsn,
                             FILE *out, struct compare_report *ret_report, char ret_failure[400])
{
    struct compare compare = {.loop = loop, .store = store, .out = out, .failure = ret_failure};
    map_init(&compare.rows);
    arena_init(&compare.arena, 65536, 64u << 20);
    buf_init(&compare.key, 1u << 20);
    buf_init(&compare.row, 1u << 20);
    enum err err = open_tables(&compare, projections_dsn);
    if (err == ERR_OK)
        err = fold_log(&compare);
    for (int view = 0; view < SCHEMA_VIEW_COUNT && err == ERR_OK; view++)
        err = compare_view(&compare, &schema_views[view]);
    if (err == ERR_OK) {
        find_missing(&compare);
        *ret_report = compare.report;
    }
    compare_release(&compare);
    return err;
}

static enum err fail(struct compare *compare, enum err err, const char *what)
{
    snprintf(compare->failure, 400, "%s", what);
    return err;
}

/* ---- the checkpoint ---- */

static enum err run(struct compare *compare, const char *name, const struct pg_params *params,
                    PGresult **ret_result)
{
    return blocking_run(compare->connection, name, params, ret_result, compare->failure);
}

/* What the tables of this view hold. */
static uint64_t position_of(const struct compare *compare, const struct view_desc *view)
{
    for (uint32_t i = 0; i < compare->projection_count; i++)
        if (slice_equal(compare->projections[i].name, slice_text(view->projection)))
            return compare->projections[i].position;
    return 0;
}

static enum err take_checkpoints(struct compare *compare, const PGresult *result)
{
    struct uuid epoch = eventstore_epoch(compare->store);
    for (uint32_t row = 0; row < pg_rows(result) && row < PROJECTIONS_MAX; row++) {
        uint64_t position = (uint64_t)pg_get_i64(result, row, 1);
        if (!pg_get_bool(result, row, 3))
            return fail(compare, ERR_CONFLICT,
                        "the tables are not made for this program: gachapon migrate makes them");
        if (!pg_is_null(result, row, 2) && !uuid_equal(pg_get_uuid(result, row, 2), epoch))
            return fail(compare, ERR_CONFLICT, "the tables are of another epoch of the log");
        for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
            if (slice_equal(slice_text(schema_views[view].projection), pg_get_slice(result, row, 0)))
                compare->projections[row].name = slice_text(schema_views[view].projection);
        compare->projections[row].position = position;
        compare->projection_count = row + 1;
        if (position > compare->report.position)
            compare->report.position = position;
        compare->horizon = (uint64_t)pg_get_i64(result, row, 6);
    }
    return ERR_OK;
}

static enum err open_tables(struct compare *compare, const char *dsn)
{
    char fingerprint[PROJECT_FINGERPRINT_SIZE];
    struct pg_params params;
    PGresult *result;
    project_fingerprint(fingerprint);
    pg_params_init(&params, &compare->arena);
    pg_param_text(&params, slice_text(fingerprint));
    enum err err = blocking_connect(dsn, &compare->connection, compare->failure);
    if (err == ERR_OK)
        err = wait_for_store(compare);
    if (err == ERR_OK)
        err = run(compare, "compare_begin", NULL, &result);
    if (err != ERR_OK)
        return err;
    PQclear(result);
    err = run(compare, "compare_hold", NULL, &result);
    if (err != ERR_OK)
        return err;
    PQclear(result);
    err = run(compare, "read_checkpoints", &params, &result);
    if (err != ERR_OK)
        return err;
    err = take_checkpoints(compare, result);
    PQclear(result);
    return err;
}

static void look(void *ctx)
{
    struct compare *compare = ctx;
    if (eventstore_ready(compare->store) || loop_mono_ms(compare->loop) > compare->until_ms)
        loop_stop(compare->loop);
    else
        loop_timer_start(&compare->timer, 10);
}

static enum err wait_for_store(struct compare *compare)
{
    compare->until_ms = loop_mono_ms(compare->loop) + READY_MS;
    loop_timer_init(&compare->timer, compare->loop, look, compare);
    loop_timer_start(&compare->timer, 0);
    loop_run(compare->loop);
    loop_timer_stop(&compare->timer);
    if (eventstore_ready(compare->store))
        return ERR_OK;
    snprintf(compare->failure, 400, "the event store is not ready: %s", eventstore_failure(compare->store));
    return ERR_AWAY;
}

/* ---- the fold ---- */

/* Where the row is in compare->rows. */
static enum err row_key(struct compare *compare, const struct row *row, struct uuid *ret_key)
{
    struct row key = *row;
    key.position = 0;
    key.deleted = true;
    buf_clear(&compare->key);
    const uint8_t view[2] = {(uint8_t)(row->view >> 8), (uint8_t)row->view};
    enum err err = buf_append(&compare->key, view, sizeof view);
    if (err == ERR_OK)
        err = frame_row(&compare->key, &key);
    if (err != ERR_OK)
        return fail(compare, err, "a row is too large");
    struct hash hash = sha256(buf_slice(&compare->key));
    memcpy(ret_key->bytes, hash.bytes, sizeof ret_key->bytes);
    return ERR_OK;
}

static enum err encode_row(struct compare *compare, const struct row *row)
{
    buf_clear(&compare->row);
    enum err err = frame_row(&compare->row, row);
    return err == ERR_OK ? ERR_OK : fail(compare, err, "a row is too large");
}

static enum err fold_row(struct compare *compare, const struct row *row)
{
    struct uuid key = {{0}};
    enum err err = row_key(compare, row, &key);
    struct folded *before = map_get(&compare->rows, key);
    struct row sum = *row;
    bool delta = schema_view((int)row->view)->delta;
    if (delta && before != NULL)
        rows_add(&sum, before->sum);
    if (err == ERR_OK)
        err = encode_row(compare, &sum);
    if (err != ERR_OK)
        return err;
    struct folded *folded = calloc(1, sizeof *folded + compare->row.size);
    if (folded != NULL && delta)
        folded->sum = malloc(sizeof sum);
    if (folded == NULL || (delta && folded->sum == NULL) || map_put(&compare->rows, key, folded) != ERR_OK) {
        free_folded(folded);
        return fail(compare, ERR_NOMEM, err_text(ERR_NOMEM));
    }
    if (delta)
        *folded->sum = sum;
    folded->view = row->view;
    folded->position = row->position;
    folded->deleted = row->deleted;
    folded->size = compare->row.size;
    memcpy(folded->bytes, compare->row.data, compare->row.size);
    free_folded(before);
    return ERR_OK;
}

static enum err fold_event(struct compare *compare, const struct stored_event *stored)
{
    struct event event;
    struct row_sink sink = {.arena = &compare->arena};
    struct wire_fault fault;
    if (!event_decode(stored, &compare->arena, &event, &fault)) {
        snprintf(compare->failure, 400, "the event at %" PRIu64 " cannot be decoded", stored->position);
        return ERR_INTEGRITY;
    }
    project(&event, &sink);
    enum err err = sink.failure;
    for (uint32_t i = 0; i < sink.count && err == ERR_OK; i++) {
        sink.rows[i].position = stored->position;
        if (stored->position <= position_of(compare, schema_view((int)sink.rows[i].view)))
            err = fold_row(compare, &sink.rows[i]);
    }
    arena_reset(&compare->arena);
    compare->report.events++;
    return err;
}

static void on_page(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct compare *compare = ctx;
    (void)more;
    compare->reading = false;
    compare->err = err == ERR_OK ? ERR_OK : fail(compare, err, "the log cannot be read");
    if (err == ERR_OK && count == 0)
        compare->err = fail(compare, ERR_CONFLICT, "the log ends before the projections' checkpoint");
    for (uint32_t i = 0; i < count && compare->err == ERR_OK; i++) {
        if (events[i].position > compare->report.position)
            break;
        compare->err = fold_event(compare, &events[i]);
        compare->read_to = events[i].position;
    }
    loop_stop(compare->loop);
}

static enum err fold_log(struct compare *compare)
{
    while (compare->err == ERR_OK && compare->read_to < compare->report.position) {
        compare->reading = true;
        eventstore_read(compare->store, compare->read_to, PAGE_EVENTS, on_page, compare);
        while (compare->reading)
            loop_run(compare->loop);
    }
    compare->report.rows = compare->rows.count;
    return compare->err;
}

/* ---- the tables ---- */

static void print_row(struct compare *compare, const char *side, enum view view, struct slice bytes);

static void differs(struct compare *compare, enum view view, const struct folded *folded, struct slice table)
{
    if (++compare->report.differences > PRINT_MAX)
        return;
    print_row(compare, "log  ", view,
              folded == NULL ? (struct slice){0} : slice_of(folded->bytes, folded->size));
    print_row(compare, "table", view, table);
}

static enum err compare_row(struct compare *compare, const struct view_desc *view, const PGresult *result)
{
    struct row row;
    struct uuid key = {{0}};
    enum err err = columns_read(result, 0, view, &compare->arena, &row);
    if (err != ERR_OK)
        return fail(compare, err, "a row of a table cannot be read");
    err = row_key(compare, &row, &key);
    if (err == ERR_OK)
        err = encode_row(compare, &row);
    arena_reset(&compare->arena);
    if (err != ERR_OK)
        return err;
    struct folded *folded = map_get(&compare->rows, key);
    struct slice table = buf_slice(&compare->row);
    if (folded != NULL)
        folded->seen = true;
    if (folded == NULL || !slice_equal(slice_of(folded->bytes, folded->size), table))
        differs(compare, (enum view)view->number, folded, table);
    return ERR_OK;
}

/* The text of read_table.sql for this view; NULL when out of memory. */
static char *table_query(struct compare *compare, const struct view_desc *view)
{
    static const char columns[] = "{columns}", table[] = "{table}";
    const char *text = sql_text("read_table");
    const char *at_columns = strstr(text, columns), *at_table = strstr(text, table);
    check(at_columns != NULL && at_table > at_columns);
    const char *between = at_columns + strlen(columns);
    char *list = arena_printf(&compare->arena, "\"position\", deleted");
    for (uint16_t i = 0; list != NULL && i < view->payload->field_count; i++)
        list = arena_printf(&compare->arena, "%s, \"%s\"", list, view->payload->fields[i].name);
    if (list == NULL)
        return NULL;
    return arena_printf(&compare->arena, "%.*s%s%.*s\"%s\"%s", (int)(at_columns - text), text, list,
                        (int)(at_table - between), between, view->table, at_table + strlen(table));
}

static enum err compare_view(struct compare *compare, const struct view_desc *view)
{
    char *query = table_query(compare, view);
    if (query == NULL || PQsendQueryParams(compare->connection, query, 0, NULL, NULL, NULL, NULL, 1) != 1 ||
        PQsetSingleRowMode(compare->connection) != 1)
        return fail(compare, ERR_AWAY, PQerrorMessage(compare->connection));
    arena_reset(&compare->arena);
    enum err err = ERR_OK;
    PGresult *result;
    while ((result = PQgetResult(compare->connection)) != NULL) {
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_SINGLE_TUPLE && err == ERR_OK)
            err = compare_row(compare, view, result);
        else if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK && err == ERR_OK)
            err = fail(compare, ERR_AWAY, PQresultErrorMessage(result));
        PQclear(result);
    }
    return err;
}

static void find_missing(struct compare *compare)
{
    struct folded *folded;
    for (size_t cursor = 0; (folded = map_next(&compare->rows, &cursor)) != NULL;)
        if (!folded->seen && !(folded->deleted && folded->position <= compare->horizon))
            differs(compare, folded->view, folded, (struct slice){0});
}

/* ---- for people ---- */

/* From [position, deleted, fields...] to the row. */
static bool decode_row(struct compare *compare, enum view view, struct slice bytes, struct row *ret_row)
{
    struct wire_token head, position, deleted;
    struct wire_fault fault;
    if (!wire_token_read(bytes, &head))
        return false;
    bytes = wire_token_after(bytes, head.length);
    if (!wire_token_read(bytes, &position))
        return false;
    bytes = wire_token_after(bytes, position.length);
    if (!wire_token_read(bytes, &deleted) || deleted.number != 0)
        return false;
    bytes = wire_token_after(bytes, deleted.length);
    check(head.count >= 3 && head.count - 2 < 65536);
    const uint8_t array[3] = {0xdc, (uint8_t)((head.count - 2) >> 8), (uint8_t)(head.count - 2)};
    buf_clear(&compare->key);
    if (buf_append(&compare->key, array, sizeof array) != ERR_OK ||
        buf_append(&compare->key, bytes.data, bytes.size) != ERR_OK)
        return false;
    *ret_row = (struct row){.view = view, .position = position.number};
    return codec_decode(row_type(view), buf_slice(&compare->key), &compare->arena,
                        row_payload_mutable(ret_row), &fault);
}

static void print_row(struct compare *compare, const char *side, enum view view, struct slice bytes)
{
    const char *name = schema_view((int)view)->name;
    struct row row;
    struct buf json;
    buf_init(&json, 1u << 20);
    if (bytes.data == NULL)
        fprintf(compare->out, "%s %s: none\n", side, name);
    else if (decode_row(compare, view, bytes, &row) &&
             codec_to_json(&json, row_type(view), row_payload(&row), false) == ERR_OK)
        fprintf(compare->out, "%s %s at %" PRIu64 ": %.*s\n", side, name, row.position,
                SLICE_ARGS(buf_slice(&json)));
    else
        fprintf(compare->out, "%s %s: a tombstone\n", side, name);
    buf_release(&json);
    arena_reset(&compare->arena);
}
