/* history: what was, read from the rows.
 *
 * The problem: an operator asks a live server's log about last Tuesday. That must cost the server nothing it
 * would notice: no snapshot that is held for long (it would keep dead rows of the busy tables from being
 * cleaned), no lock, no writer number, no row written, whatever the size of the log. So each page is a
 * statement of its own, found by an index and bounded before it is asked for, and memory is one page. The
 * session is read only, so that a mistake here cannot be one.
 *
 * A moment is a position. A time is made one by halving: `recorded_at` never goes back along positions, so
 * 24 look-ups find it in ten million events; no index on time is needed. In the same way the version a stream
 * had at a position is found, as positions never go back along versions.
 *
 * A row has its command's columns on the command's first event only; the statements here put them on all of
 * its events, as a person wants to know of each who did it.
 *
 * Personal keys are read apart, for the streams of a page and only where asked for: a role that may read the
 * log need not be able to read names.
 *
 * When you add a way to read: its statement beside this file, with the columns of history_page.sql. */
#include "tools/history.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "eventstore/event_decode.h"
#include "pg/pg_params.h"
#include "pg/blocking.h"
#include "tools/moment.h"

#define OPTIONS                                                                                              \
    "-c default_transaction_read_only=on -c statement_timeout=60000 -c enable_seqscan=off "                  \
    "-c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"

static enum err take_events(struct history *history, const struct stream_ref *stream,
                            struct history_events *ret_events);
static enum err take_keys(struct history *history, struct stored_event *events, uint32_t count);

enum err history_open(struct history *history, const char *dsn, const char *name, bool personal)
{
    *history = (struct history){.personal = personal};
    arena_init(&history->arena, 1 << 16, 256u << 20);
    return blocking_connect_reader(dsn, name, OPTIONS, &history->connection, history->failure);
}

void history_close(struct history *history)
{
    PQclear(history->page);
    PQclear(history->keys);
    PQfinish(history->connection);
    arena_release(&history->arena);
    *history = (struct history){0};
}

/* Begins a call: what the last page gave is gone. */
static struct pg_params begin(struct history *history)
{
    struct pg_params params;
    PQclear(history->page);
    PQclear(history->keys);
    history->page = history->keys = NULL;
    arena_reset(&history->arena);
    pg_params_init(&params, &history->arena);
    return params;
}

static enum err run(struct history *history, const char *name, const struct pg_params *params,
                    PGresult **ret_result)
{
    enum err err = blocking_run(history->connection, name, params, ret_result, history->failure);
    return err != ERR_OK && PQstatus(history->connection) != CONNECTION_OK ? ERR_AWAY : err;
}

enum err history_head(struct history *history, struct history_head *ret_head)
{
    struct pg_params params = begin(history);
    enum err err = run(history, "history_head", &params, &history->page);
    if (err != ERR_OK)
        return err;
    if (pg_rows(history->page) != 1) {
        snprintf(history->failure, sizeof history->failure, "there is no log here: run gachapon migrate");
        return ERR_INTEGRITY;
    }
    *ret_head = (struct history_head){.epoch = pg_get_uuid(history->page, 0, 0),
                                      .position = (uint64_t)pg_get_i64(history->page, 0, 1),
                                      .recorded_at_us = pg_get_timestamp_us(history->page, 0, 2),
                                      .now_us = pg_get_timestamp_us(history->page, 0, 3)};
    return ERR_OK;
}

/* ---- events ---- */

enum err history_page(struct history *history, uint64_t after, uint64_t until, const uint16_t *types,
                      uint32_t count, struct history_events *ret_events)
{
    struct pg_params params = begin(history);
    check(until >= after && until - after <= (types == NULL ? HISTORY_PAGE : HISTORY_TYPED_PAGE));
    pg_param_i64(&params, (int64_t)after);
    pg_param_i64(&params, (int64_t)until);
    if (types == NULL) {
        pg_param_null(&params);
    } else {
        pg_array_begin(&params, PG_TYPE_I16, count);
        for (uint32_t i = 0; i < count; i++)
            pg_array_i16(&params, (int16_t)types[i]);
        pg_array_end(&params);
    }
    enum err err = run(history, "history_page", &params, &history->page);
    return err != ERR_OK ? err : take_events(history, NULL, ret_events);
}

enum err history_stream(struct history *history, struct stream_ref stream, uint32_t after_version,
                        uint32_t limit, struct history_events *ret_events)
{
    struct pg_params params = begin(history);
    check(limit <= HISTORY_PAGE);
    pg_param_i64(&params, (int64_t)stream_number(stream));
    pg_param_i32(&params, (int32_t)after_version);
    pg_param_i64(&params, limit);
    enum err err = run(history, "history_stream", &params, &history->page);
    return err != ERR_OK ? err : take_events(history, &stream, ret_events);
}

enum err history_command(struct history *history, struct uuid command, struct history_events *ret_events)
{
    struct pg_params params = begin(history);
    pg_param_uuid(&params, command);
    pg_param_i64(&params, LIMIT_EVENTS_PER_COMMAND_MAX);
    enum err err = run(history, "history_command", &params, &history->page);
    return err != ERR_OK ? err : take_events(history, NULL, ret_events);
}

/* The page's rows as events, of `stream` alone unless that is NULL. */
static enum err take_events(struct history *history, const struct stream_ref *stream,
                            struct history_events *ret_events)
{
    uint32_t count = pg_rows(history->page);
    struct stored_event *events = arena_array(&history->arena, count, sizeof *events);
    if (events == NULL) {
        snprintf(history->failure, sizeof history->failure, "out of memory");
        return ERR_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!event_from_row(history->page, i, NULL, &events[i]) ||
            (stream != NULL && !stream_ref_equal(&events[i].stream, stream))) {
            snprintf(history->failure, sizeof history->failure,
                     "the event at position %" PRId64 " is not what must be there: run gachapon verify",
                     pg_get_i64(history->page, i, 0));
            return ERR_INTEGRITY;
        }
    enum err err = history->personal && count > 0 ? take_keys(history, events, count) : ERR_OK;
    if (err == ERR_OK)
        *ret_events = (struct history_events){events, count};
    return err;
}

/* The rows are ordered by stream. */
static struct slice find_key(const PGresult *keys, int64_t stream)
{
    uint32_t low = 0, high = pg_rows(keys);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (pg_get_i64(keys, middle, 0) < stream)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < pg_rows(keys) && pg_get_i64(keys, low, 0) == stream;
    return found ? pg_get_slice(keys, low, 1) : (struct slice){0};
}

/* Gives the events the keys of their streams; where there is none it was destroyed, or never needed. */
static enum err take_keys(struct history *history, struct stored_event *events, uint32_t count)
{
    struct pg_params params;
    pg_params_init(&params, &history->arena);
    pg_array_begin(&params, PG_TYPE_I64, count);
    for (uint32_t i = 0; i < count; i++)
        pg_array_i64(&params, (int64_t)stream_number(events[i].stream));
    pg_array_end(&params);
    enum err err = run(history, "history_keys", &params, &history->keys);
    if (err != ERR_OK)
        return err;
    for (uint32_t i = 0; i < count; i++)
        events[i].personal_key = find_key(history->keys, (int64_t)stream_number(events[i].stream));
    return ERR_OK;
}

/* ---- moments ---- */

/* The stream's last event that is not behind `version`; 0 and 0 when there is none. */
static enum err last_event(struct history *history, struct stream_ref stream, uint32_t version,
                           uint32_t *ret_version, uint64_t *ret_position)
{
    struct pg_params params = begin(history);
    pg_param_i64(&params, (int64_t)stream_number(stream));
    pg_param_i32(&params, (int32_t)version);
    enum err err = run(history, "history_version", &params, &history->page);
    if (err != ERR_OK)
        return err;
    bool found = pg_rows(history->page) > 0;
    *ret_version = found ? (uint32_t)pg_get_i32(history->page, 0, 0) : 0;
    *ret_position = found ? (uint64_t)pg_get_i64(history->page, 0, 1) : 0;
    return ERR_OK;
}

enum err history_version_at(struct history *history, struct stream_ref stream, uint64_t position,
                            uint32_t *ret_version)
{
    uint32_t low = 0, high; /* the version is one of low .. high */
    uint64_t at;
    enum err err = last_event(history, stream, INT32_MAX, &high, &at);
    if (err == ERR_OK && at <= position)
        low = high;
    while (err == ERR_OK && low < high) {
        uint32_t middle = low + (high - low + 1) / 2, found;
        err = last_event(history, stream, middle, &found, &at);
        if (err == ERR_OK && at <= position)
            low = middle;
        else
            high = middle - 1;
    }
    if (err == ERR_OK)
        *ret_version = low;
    return err;
}

/* The position of the last event recorded at or before a time. */
static enum err position_at(struct history *history, const struct history_head *head, int64_t time_us,
                            uint64_t *ret_position)
{
    uint64_t low = 0, high = head->position; /* the position is one of low .. high */
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        struct pg_params params = begin(history);
        pg_param_i64(&params, (int64_t)middle);
        enum err err = run(history, "history_recorded_at", &params, &history->page);
        if (err != ERR_OK)
            return err;
        if (pg_rows(history->page) != 1) {
            snprintf(history->failure, sizeof history->failure,
                     "position %" PRIu64 " is missing: run gachapon verify", middle);
            return ERR_INTEGRITY;
        }
        if (pg_get_timestamp_us(history->page, 0, 0) <= time_us)
            low = middle;
        else
            high = middle - 1;
    }
    *ret_position = low;
    return ERR_OK;
}

enum err history_moment(struct history *history, const struct history_head *head, const char *text,
                        bool before, uint64_t *ret_position)
{
    struct moment moment;
    char now[MOMENT_TEXT_SIZE];
    if (!moment_parse(text, &moment)) {
        snprintf(history->failure, sizeof history->failure,
                 "\"%.60s\" is neither a position nor a time with a zone, such as 2026-11-23T14:03:05Z",
                 text);
        return ERR_CONFIG;
    }
    if (moment.is_time && moment.time_us > head->now_us) {
        snprintf(history->failure, sizeof history->failure,
                 "%.60s is yet to come: by the database's clock it is %s", text,
                 moment_format(head->now_us, now));
        return ERR_CONFIG;
    }
    if (moment.is_time)
        return position_at(history, head, moment.time_us - before, ret_position);
    *ret_position = moment.position - (before && moment.position > 0);
    return ERR_OK;
}
