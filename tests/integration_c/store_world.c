/* store_world: see store_world.h. Waiting is always for a condition: the loop turns, at most 5 ms at a time,
 * and the condition - of this process or of the database - is looked at after each turn. */
#include "store_world.h"
#include "base/check.h"
#include "base/sql.h"
#include "eventstore/migrate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define LOCK "7449344558610018158" /* lock_log in migrations/eventstore */

const char *world_owner_dsn, *world_server_dsn;
struct loop *world_loop;
PGconn *world_sql;

PGconn *world_connect(const char *dsn)
{
    PGconn *connection = PQconnectdb(dsn);
    if (PQstatus(connection) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(connection));
    return connection;
}

void world_begin(void)
{
    world_owner_dsn = getenv("EVENT_STORE_OWNER_DSN");
    world_server_dsn = getenv("EVENT_STORE_DSN");
    if (world_owner_dsn == NULL || world_server_dsn == NULL) {
        printf("skipped: EVENT_STORE_OWNER_DSN and EVENT_STORE_DSN are not set\n");
        exit(77);
    }
    world_sql = PQconnectdb(world_server_dsn);
    char failure[400];
    if (PQstatus(world_sql) != CONNECTION_OK) {
        printf("%s", PQerrorMessage(world_sql));
        exit(1);
    }
    struct migration view = {.name = "event_log", .sql = sql_text("event_log")};
    if (migrate_apply(world_owner_dsn, migrations_eventstore, migrations_eventstore_count, PQuser(world_sql),
                      failure) != ERR_OK ||
        migrate_apply(world_owner_dsn, &view, 1, PQuser(world_sql), failure) != ERR_OK) {
        printf("%s\n", failure);
        exit(1);
    }
    world_loop = loop_new();
    check(world_loop != NULL);
}

void world_end(void)
{
    PQfinish(world_sql);
    loop_free(world_loop);
}

static void nothing(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev, (void)timer, (void)events;
}

static void turn(void)
{
    ev_timer tick;
    ev_timer_init(&tick, nothing, 0.005, 0.);
    ev_timer_start(loop_ev(world_loop), &tick);
    ev_run(loop_ev(world_loop), EVRUN_ONCE);
    ev_timer_stop(loop_ev(world_loop), &tick);
}

void world_until(bool (*reached)(void *ctx), void *ctx, const char *what)
{
    uint64_t start_ms = loop_mono_ms(world_loop);
    while (!reached(ctx)) {
        if (loop_mono_ms(world_loop) - start_ms > 60000)
            fail_msg("not within a minute: %s", what);
        turn();
    }
}

const char *world_value(PGconn *connection, const char *sql)
{
    static char value[4][512];
    static unsigned next;
    char *into = value[next++ % 4];
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(connection));
    snprintf(into, sizeof value[0], "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return into;
}

const char *world_sqlstate(PGconn *connection, const char *sql)
{
    static char state[6];
    PGresult *result = PQexec(connection, sql);
    const char *found = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    snprintf(state, sizeof state, "%s", found == NULL ? "" : found);
    PQclear(result);
    return state;
}

struct uuid world_uuid(void)
{
    uint8_t random[10];
    check(getrandom(random, sizeof random, 0) == sizeof random);
    return uuid_v7((uint64_t)loop_now_ms(world_loop), random);
}

static bool is_ready(void *ctx)
{
    return eventstore_ready(ctx);
}

struct eventstore *world_store(const char *node, uint32_t deadline_ms, uint32_t in_flight)
{
    char failure[200];
    struct eventstore_config config = {.dsn = world_server_dsn,
                                       .node = node,
                                       .read_connections = 2,
                                       .statement_timeout_ms = 4000,
                                       .append_deadline_ms = deadline_ms,
                                       .in_flight_max = in_flight};
    struct eventstore *store = eventstore_open(world_loop, &config, failure);
    if (store == NULL)
        fail_msg("%s", failure);
    world_until(is_ready, store, "the store to be ready");
    return store;
}

/* ---- batches ---- */

struct stream_ref world_player(void)
{
    return (struct stream_ref){.kind = STREAM_PLAYER, .uuid = world_uuid()};
}

void world_command(struct world_batch *batch, struct uuid id)
{
    check(batch->batch.command_count < 16);
    batch->commands[batch->batch.command_count++] = (struct append_command){
        .command_id = id, .correlation_id = id, .actor = world_uuid(), .digest = {1, 2, 3}};
}

void world_reads(struct world_batch *batch, struct stream_ref stream, uint32_t version)
{
    check(batch->batch.stream_count < 16);
    batch->streams[batch->batch.stream_count++] = (struct append_stream){
        .stream = stream, .number = stream_number(stream), .expected_version = version};
}

void world_event(struct world_batch *batch, struct stream_ref stream, uint32_t version)
{
    bool listed = false;
    for (uint32_t i = 0; i < batch->batch.stream_count; i++)
        listed = listed || stream_number(batch->streams[i].stream) == stream_number(stream);
    if (!listed)
        world_reads(batch, stream, version - 1);
    batch->events[batch->batch.event_count++] = (struct append_event){.stream = stream,
                                                                      .number = stream_number(stream),
                                                                      .version = version,
                                                                      .type = 2,
                                                                      .schema_version = 1,
                                                                      .data = slice_text("\x93\x01\x02\x03")};
    batch->commands[batch->batch.command_count - 1].event_count++;
}

static void on_answer(void *ctx, const struct append_result *result)
{
    struct world_batch *batch = ctx;
    assert_false(batch->answered); /* exactly once */
    batch->answered = true;
    batch->result = *result;
    for (uint32_t i = 0; i < result->known_command_count; i++)
        batch->known[i] = result->known_commands[i];
    for (uint32_t i = 0; i < result->changed_stream_count; i++)
        batch->changed[i] = result->changed_streams[i];
}

void world_append(struct eventstore *store, struct world_batch *batch)
{
    batch->answered = false;
    batch->batch.commands = batch->commands;
    batch->batch.events = batch->events;
    batch->batch.streams = batch->streams;
    batch->batch.keys = batch->keys;
    eventstore_append(store, &batch->batch, on_answer, batch);
    assert_false(batch->answered);
}

static bool is_answered(void *ctx)
{
    return ((struct world_batch *)ctx)->answered;
}

enum append_outcome world_outcome(struct world_batch *batch)
{
    world_until(is_answered, batch, "the append's answer");
    return batch->result.outcome;
}

void world_append_one(struct eventstore *store, struct stream_ref stream, uint32_t version,
                      enum append_outcome expected)
{
    struct world_batch batch = {0};
    world_command(&batch, world_uuid());
    world_event(&batch, stream, version);
    batch.batch.read_position = eventstore_known_position(store);
    world_append(store, &batch);
    assert_int_equal(world_outcome(&batch), expected);
}

/* ---- the lock ---- */

PGconn *world_hold_lock(void)
{
    PGconn *holder = world_connect(world_server_dsn);
    world_value(holder, "select pg_advisory_lock(" LOCK ")");
    return holder;
}

bool world_one_waits(void *ctx)
{
    (void)ctx;
    return strcmp(world_value(world_sql,
                              "select count(*) from pg_locks where locktype = 'advisory' and not granted"),
                  "1") == 0;
}

const char *world_count_of(struct uuid id)
{
    char text[UUID_TEXT_SIZE], sql[160];
    snprintf(sql, sizeof sql, "select count(*) from events where command_id = '%s'", uuid_format(id, text));
    return world_value(world_sql, sql);
}

/* ---- pages ---- */

void world_on_page(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct world_page *page = ctx;
    assert_false(page->answered);
    page->answered = true;
    page->err = err;
    page->count = count < 64 ? count : 64;
    page->more = more;
    for (uint32_t i = 0; i < page->count; i++) {
        page->events[i] = events[i];
        size_t size = events[i].data.size < 64 ? events[i].data.size : 64;
        memcpy(page->bytes[i], events[i].data.data, size);
        page->events[i].data = slice_of(page->bytes[i], size);
        if (events[i].personal_key.data != NULL) {
            memcpy(page->keys[i], events[i].personal_key.data, 32);
            page->events[i].personal_key = slice_of(page->keys[i], 32);
        }
    }
}

static bool is_page(void *ctx)
{
    return ((struct world_page *)ctx)->answered;
}

void world_page_wait(struct world_page *page)
{
    world_until(is_page, page, "a page");
}
