/* eventstore_read: rows to events - a stream, a range of the log, a few commands.
 *
 * The problem: what is read becomes state, so it must be exactly what was appended. Every page is checked on
 * the way in as it was on the way out: a stream's versions follow one another from the one asked for,
 * positions have no gap, a kind and key parse as the schema says. A violation is ERR_INTEGRITY and nothing of
 * the page is told.
 *
 * All statements give the same columns, so one function reads them (event_from_row). Slices point into the
 * result, the array of events is in an arena that the next answer resets: both are good for the callback
 * only.
 *
 * Whether there is more: one event beyond the page is asked for and not told.
 * A lost connection fails a read with ERR_AWAY; whoever asked knows best whether asking again makes sense. */
#include "base/check.h"
#include "eventstore/event_decode.h"
#include "eventstore/eventstore_internal.h"
#include <stdlib.h>

/* One read under way. `ref` is what was asked for, in loads. */
struct read {
    struct list_node node; /* in store->reads */
    struct eventstore *store;
    enum { READ_STREAM, READ_STATE, READ_LOG, READ_TYPES, READ_COMMANDS } what;
    struct stream_ref ref;
    uint64_t after; /* version or position */
    uint32_t limit;
    read_done done;
    load_done loaded; /* in place of `done`, of READ_STATE */
    void *ctx;
};

static void on_page(void *ctx, const struct pg_outcome *outcome);
static void tell(const struct read *read, enum err err, const struct stored_snapshot *snapshot,
                 const struct stored_event *events, uint32_t count, bool more);
static bool take_snapshot(struct read *read, const PGresult *result, struct stored_snapshot *ret_snapshot);
static struct stored_event *decode(struct read *read, const PGresult *result, uint32_t first, uint32_t count,
                                   enum err *ret_err);

static struct read *new_read(struct eventstore *store, read_done done, void *ctx, struct pg_params *params)
{
    check_magic(store, EVENTSTORE_MAGIC);
    struct read *read = calloc(1, sizeof *read);
    check(read != NULL); /* a few dozen bytes: without them there is no way to report it */
    read->store = store;
    read->done = done;
    read->ctx = ctx;
    list_append(&store->reads, &read->node);
    arena_reset(&store->params);
    pg_params_init(params, &store->params);
    return read;
}

/* The last connection reads pages of the log, the others take turns with the short reads; any that is
 * connected stands in for one that is not. */
struct pg *eventstore_pick_reader(struct eventstore *store, bool log_page)
{
    if (!store->opened && !log_page)
        return store
            ->appender; /* behind the first take_writer: nothing is known from before the known position */
    uint32_t shared = store->reader_count > 1 ? store->reader_count - 1 : 1;
    uint32_t first = log_page ? store->reader_count - 1 : store->next_reader++ % shared;
    for (uint32_t i = 0; i < store->reader_count; i++) {
        struct pg *reader = store->readers[(first + i) % store->reader_count];
        if (pg_ready(reader))
            return reader;
    }
    return store->readers[first];
}

void eventstore_load(struct eventstore *store, struct stream_ref stream, uint32_t after_version,
                     uint32_t limit, read_done done, void *ctx)
{
    static const struct pg_statement statement = {.name = "eventstore_load"};
    struct pg_params params;
    struct read *read = new_read(store, done, ctx, &params);
    check(limit >= 1 && limit <= EVENTSTORE_PAGE_MAX);
    read->what = READ_STREAM;
    read->ref = stream;
    read->after = after_version;
    read->limit = limit;
    store->counters.loads++;
    pg_param_i64(&params, (int64_t)stream_number(stream));
    pg_param_i16(&params, (int16_t)stream.kind);
    pg_param_bytea(&params, stream_key(&stream));
    pg_param_i32(&params, (int32_t)after_version);
    pg_param_i64(&params, (int64_t)limit + 1);
    pg_run(eventstore_pick_reader(store, false),
           &(struct pg_call){.statement = &statement, .params = &params}, 1, on_page, read);
}

void eventstore_load_state(struct eventstore *store, struct stream_ref stream, int32_t snapshot_schema,
                           uint32_t limit, load_done done, void *ctx)
{
    static const struct pg_statement statement = {.name = "eventstore_load_state"};
    struct pg_params params;
    struct read *read = new_read(store, NULL, ctx, &params);
    check(limit >= 1 && limit <= EVENTSTORE_PAGE_MAX);
    read->what = READ_STATE;
    read->ref = stream;
    read->limit = limit;
    read->loaded = done;
    store->counters.loads++;
    pg_param_i64(&params, (int64_t)stream_number(stream));
    pg_param_i16(&params, (int16_t)stream.kind);
    pg_param_bytea(&params, stream_key(&stream));
    pg_param_i32(&params, snapshot_schema);
    pg_param_i64(&params, (int64_t)limit + 1);
    pg_run(eventstore_pick_reader(store, false),
           &(struct pg_call){.statement = &statement, .params = &params}, 1, on_page, read);
}

void eventstore_read(struct eventstore *store, uint64_t after, uint32_t limit, read_done done, void *ctx)
{
    static const struct pg_statement statement = {.name = "eventstore_read"};
    struct pg_params params;
    struct read *read = new_read(store, done, ctx, &params);
    check(limit >= 1 && limit <= EVENTSTORE_PAGE_MAX);
    read->what = READ_LOG;
    read->after = after;
    read->limit = limit;
    store->counters.reads++;
    pg_param_i64(&params, (int64_t)after);
    pg_param_i64(&params, (int64_t)limit + 1);
    pg_run(eventstore_pick_reader(store, true), &(struct pg_call){.statement = &statement, .params = &params},
           1, on_page, read);
}

void eventstore_read_types(struct eventstore *store, uint64_t after, uint64_t until, const uint16_t *types,
                           uint32_t count, read_done done, void *ctx)
{
    static const struct pg_statement statement = {.name = "eventstore_read_types"};
    struct pg_params params;
    struct read *read = new_read(store, done, ctx, &params);
    check(until > after && until - after <= EVENTSTORE_PAGE_MAX);
    read->what = READ_TYPES;
    read->after = after;
    read->limit = (uint32_t)(until - after);
    store->counters.reads++;
    pg_param_i64(&params, (int64_t)after);
    pg_param_i64(&params, (int64_t)until);
    pg_array_begin(&params, PG_TYPE_I16, count);
    for (uint32_t i = 0; i < count; i++)
        pg_array_i16(&params, (int16_t)types[i]);
    pg_array_end(&params);
    pg_run(eventstore_pick_reader(store, true), &(struct pg_call){.statement = &statement, .params = &params},
           1, on_page, read);
}

void eventstore_find_commands(struct eventstore *store, const struct uuid *ids, uint32_t count,
                              read_done done, void *ctx)
{
    static const struct pg_statement statement = {.name = "eventstore_find_commands"};
    struct pg_params params;
    struct read *read = new_read(store, done, ctx, &params);
    check(count >= 1 && count <= EVENTSTORE_PAGE_MAX);
    read->what = READ_COMMANDS;
    read->limit = count * LIMIT_EVENTS_PER_COMMAND_MAX;
    store->counters.reads++;
    pg_array_begin(&params, PG_TYPE_UUID, count * 2);
    for (uint32_t i = 0; i < count; i++)
        pg_array_uuid(&params, ids[i]);
    pg_array_end(&params);
    pg_param_i64(&params, LIMIT_EVENTS_PER_COMMAND_MAX);
    pg_run(eventstore_pick_reader(store, false),
           &(struct pg_call){.statement = &statement, .params = &params}, 1, on_page, read);
}

static void on_page(void *ctx, const struct pg_outcome *outcome)
{
    struct read read = *(struct read *)ctx;
    check_magic(read.store, EVENTSTORE_MAGIC);
    list_remove(&((struct read *)ctx)->node);
    free(ctx);
    enum err err = outcome->err;
    if (err != ERR_OK) {
        if (err == ERR_REFUSED)
            eventstore_fail(read.store, "read: %s %.120s", outcome->sqlstate, outcome->message);
        tell(&read, err == ERR_FULL || err == ERR_NOMEM ? err : ERR_AWAY, NULL, NULL, 0, false);
        return;
    }
    const PGresult *result = outcome->results[0];
    struct stored_snapshot snapshot;
    bool has_snapshot = take_snapshot(&read, result, &snapshot);
    uint32_t rows = pg_rows(result) - has_snapshot;
    bool more = rows > read.limit;
    uint32_t count = more ? read.limit : rows;
    struct stored_event *events = decode(&read, result, has_snapshot, count, &err);
    if (err == ERR_OK && read.what == READ_LOG && count > 0)
        eventstore_follow_to(read.store, events[count - 1].position);
    if (err == ERR_OK)
        tell(&read, ERR_OK, has_snapshot ? &snapshot : NULL, events, count, more);
    else
        tell(&read, err, NULL, NULL, 0, false);
}

static void tell(const struct read *read, enum err err, const struct stored_snapshot *snapshot,
                 const struct stored_event *events, uint32_t count, bool more)
{
    if (read->what == READ_STATE)
        read->loaded(read->ctx, err, snapshot, events, count, more);
    else
        read->done(read->ctx, err, events, count, more);
}

/* The snapshot of a state is the row in front, with position 0. The events come behind its version. */
static bool take_snapshot(struct read *read, const PGresult *result, struct stored_snapshot *ret_snapshot)
{
    if (read->what != READ_STATE || pg_rows(result) == 0 || pg_get_i64(result, 0, 0) != 0)
        return false;
    *ret_snapshot = (struct stored_snapshot){.version = (uint32_t)pg_get_i32(result, 0, 3),
                                             .data = pg_get_slice(result, 0, 12),
                                             .personal_key = pg_get_slice(result, 0, 13)};
    read->after = ret_snapshot->version;
    return true;
}

void eventstore_free_reads(struct eventstore *store)
{
    for (struct list_node *node; (node = list_pop(&store->reads)) != NULL;)
        free(list_entry(node, struct read, node));
}

/* ---- rows to events ---- */

/* Whether an event is the one that must come at this place of the page. */
static bool in_place(const struct read *read, const struct stored_event *event, uint32_t index)
{
    switch (read->what) {
    case READ_STREAM:
    case READ_STATE:
        return event->version == read->after + index + 1;
    case READ_LOG:
        return event->position == read->after + index + 1;
    case READ_TYPES:
        return event->position > read->after && event->position <= read->after + read->limit;
    case READ_COMMANDS:
        return index > 0 || event->first_of_command;
    }
    return false;
}

/* `count` events from row `first` on. */
static struct stored_event *decode(struct read *read, const PGresult *result, uint32_t first, uint32_t count,
                                   enum err *ret_err)
{
    struct eventstore *store = read->store;
    arena_reset(&store->results);
    struct stored_event *events = arena_array(&store->results, count, sizeof *events);
    if (events == NULL) {
        *ret_err = ERR_NOMEM;
        return NULL;
    }
    const struct stream_ref *known =
        read->what == READ_STREAM || read->what == READ_STATE ? &read->ref : NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (!event_from_row(result, first + i, known, &events[i]) || !in_place(read, &events[i], i)) {
            eventstore_fail(store, "the event at position %llu is not what must be there",
                            (unsigned long long)pg_get_i64(result, first + i, 0));
            *ret_err = ERR_INTEGRITY;
            return NULL;
        }
        eventstore_saw_position(store, events[i].position);
    }
    return events;
}
