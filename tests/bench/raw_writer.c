/* raw_writer: the ceiling. The rows of an opening - its event, wallet, character, pity, history, checkpoint - written
 * straight to the same two databases in batches, one commit each in turn, with no server, no checks and no client in front.
 * What `./dev bench` shows is a ratio to this, measured in the same run on the same machine.
 *
 *   raw_writer EVENTS_OWNER_DSN PROJECTIONS_OWNER_DSN SECONDS BATCH PLAYERS
 *
 * The event store commits durably, the projections with synchronous_commit=off, as the server does. One line of JSON. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include "base/slug.h"
#include "gen/c/schema.h"
#include "pg/pg_params.h"

struct stream {
    struct uuid player;
    int32_t version;
    int64_t number, openings;
};

static struct raw {
    PGconn *events, *projections;
    struct stream *players;
    uint32_t player_count, batch;
    int64_t position;
    struct arena arena;
    uint64_t random;
} raw;

static void die(const char *what, PGconn *connection)
{
    fprintf(stderr, "raw_writer: %s: %s", what, connection == NULL ? "failed\n" : PQerrorMessage(connection));
    exit(1);
}

static uint64_t next_random(void) /* xorshift64*, a fixed seed */
{
    raw.random ^= raw.random >> 12;
    raw.random ^= raw.random << 25;
    raw.random ^= raw.random >> 27;
    return raw.random * 0x2545f4914f6cdd1dull;
}

static struct uuid random_uuid(void)
{
    struct uuid uuid;
    uint64_t words[2] = {next_random(), next_random()};
    memcpy(uuid.bytes, words, sizeof words);
    return uuid;
}

static char *read_file(const char *name)
{
    FILE *file = fopen(name, "r");
    char *text = calloc(1, 65536);
    if (file == NULL || text == NULL || fread(text, 1, 65535, file) == 0)
        die(name, NULL);
    fclose(file);
    return text;
}

static void prepare(PGconn *connection, const char *name, const char *sql)
{
    PGresult *result = PQprepare(connection, name, sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        die(name, connection);
    PQclear(result);
}

static void send(PGconn *connection, const char *name, const struct pg_params *params)
{
    int formats[PG_PARAMS_MAX];
    for (uint32_t i = 0; i < params->count; i++)
        formats[i] = 1;
    if (PQsendQueryPrepared(connection, name, (int)params->count, params->values, params->lengths, formats, 1) != 1)
        die(name, connection);
}

/* Sends the sync, reads every result; one implicit transaction. */
static void commit(PGconn *connection)
{
    if (PQpipelineSync(connection) != 1)
        die("sync", connection);
    for (;;) {
        PGresult *result = PQgetResult(connection);
        if (result == NULL)
            continue;
        ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            return;
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            die("write", connection);
    }
}

/* The batch's players, each once: what the server's fold leaves. */
static void choose(struct stream **ret_chosen)
{
    for (uint32_t i = 0; i < raw.batch; i++)
        ret_chosen[i] = &raw.players[(next_random() % (raw.player_count / raw.batch)) * raw.batch + i];
}

static void write_events(struct stream **chosen)
{
    static const uint8_t digest[16], data[150];
    struct pg_params params;
    pg_params_init(&params, &raw.arena);
    pg_param_i64(&params, raw.position);
    pg_array_begin(&params, PG_TYPE_I64, raw.batch);
    for (uint32_t i = 0; i < raw.batch; i++)
        pg_array_i64(&params, chosen[i]->number);
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_I32, raw.batch);
    for (uint32_t i = 0; i < raw.batch; i++)
        pg_array_i32(&params, ++chosen[i]->version);
    pg_array_end(&params);
    for (int column = 0; column < 2; column++) {
        pg_array_begin(&params, PG_TYPE_UUID, raw.batch);
        for (uint32_t i = 0; i < raw.batch; i++) {
            static uint64_t clock;
            uint8_t random[10] = {0};
            uint64_t word = next_random();
            memcpy(random, &word, 8);
            pg_array_uuid(&params, column == 0 ? uuid_v7(++clock >> 6, random) : chosen[i]->player);
        }
        pg_array_end(&params);
    }
    pg_array_begin(&params, PG_TYPE_BYTEA, raw.batch);
    for (uint32_t i = 0; i < raw.batch; i++)
        pg_array_slice(&params, slice_of(digest, sizeof digest));
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_BYTEA, raw.batch);
    for (uint32_t i = 0; i < raw.batch; i++)
        pg_array_slice(&params, slice_of(data, sizeof data));
    pg_array_end(&params);
    send(raw.events, "raw_insert_events", &params);
    commit(raw.events);
    raw.position += raw.batch;
}

static enum pg_type element_of(enum field_kind kind)
{
    switch (kind) {
    case FIELD_BOOL:
        return PG_TYPE_BOOL;
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_ENUM:
        return PG_TYPE_I16;
    case FIELD_U32:
    case FIELD_U64:
    case FIELD_I64:
        return PG_TYPE_I64;
    case FIELD_TIME:
        return PG_TYPE_TIMESTAMP;
    case FIELD_UUID:
        return PG_TYPE_UUID;
    case FIELD_SLUG:
    case FIELD_TEXT:
        return PG_TYPE_TEXT;
    default:
        return PG_TYPE_BYTEA;
    }
}

static void add_value(struct pg_params *params, const struct field_desc *field, const struct stream *stream)
{
    static const char *const characters[] = {"aster", "briar", "cedar", "dahlia", "ember", "fern", "gale", "hazel"};
    static const uint8_t pulls[12];
    switch (element_of(field->kind)) {
    case PG_TYPE_BOOL:
        pg_array_bool(params, false);
        return;
    case PG_TYPE_I16:
        pg_array_i16(params, 1);
        return;
    case PG_TYPE_TIMESTAMP:
        pg_array_timestamp_us(params, PG_EPOCH_OFFSET_US + raw.position);
        return;
    case PG_TYPE_UUID:
        pg_array_uuid(params, stream->player);
        return;
    case PG_TYPE_TEXT:
        pg_array_slice(params, slice_text(strcmp(field->name, "character") == 0 ? characters[stream->openings % 8] : "bench"));
        return;
    case PG_TYPE_BYTEA:
        pg_array_slice(params, slice_of(pulls, sizeof pulls));
        return;
    default:
        pg_array_i64(params, stream->openings);
        return;
    }
}

static void upsert(enum view view, struct stream **chosen)
{
    const struct view_desc *desc = schema_view(view);
    struct pg_params params;
    pg_params_init(&params, &raw.arena);
    pg_array_begin(&params, PG_TYPE_I64, raw.batch);
    for (uint32_t i = 0; i < raw.batch; i++)
        pg_array_i64(&params, raw.position);
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_BOOL, raw.batch);
    for (uint32_t i = 0; i < raw.batch; i++)
        pg_array_bool(&params, false);
    pg_array_end(&params);
    for (uint16_t column = 0; column < desc->payload->field_count; column++) {
        const struct field_desc *field = &desc->payload->fields[column];
        pg_array_begin(&params, element_of(field->kind), raw.batch);
        for (uint32_t i = 0; i < raw.batch; i++)
            add_value(&params, field, chosen[i]);
        pg_array_end(&params);
    }
    send(raw.projections, desc->name, &params);
}

static const enum view views[] = {VIEW_WALLET, VIEW_CHARACTER, VIEW_PITY, VIEW_OPENING};
#define VIEWS (sizeof views / sizeof views[0])

static void write_rows(struct stream **chosen)
{
    for (uint32_t i = 0; i < raw.batch; i++)
        chosen[i]->openings++;
    for (size_t i = 0; i < VIEWS; i++)
        upsert(views[i], chosen);
    struct pg_params params;
    pg_params_init(&params, &raw.arena);
    pg_param_i64(&params, raw.position);
    send(raw.projections, "raw_checkpoint", &params);
    commit(raw.projections);
}

static void open_databases(char **argv)
{
    raw.events = PQconnectdb(argv[1]);
    raw.projections = PQconnectdb(argv[2]);
    if (PQstatus(raw.events) != CONNECTION_OK || PQstatus(raw.projections) != CONNECTION_OK)
        die("connect", PQstatus(raw.events) != CONNECTION_OK ? raw.events : raw.projections);
    PQclear(PQexec(raw.projections, "set synchronous_commit = off"));
    prepare(raw.events, "raw_insert_events", read_file(SOURCE_DIR "/tests/bench/raw_insert_events.sql"));
    prepare(raw.projections, "raw_checkpoint", read_file(SOURCE_DIR "/tests/bench/raw_checkpoint.sql"));
    for (size_t i = 0; i < VIEWS; i++)
        prepare(raw.projections, schema_view(views[i])->name, schema_view(views[i])->upsert_sql);
    PGresult *head = PQexec(raw.events, "select coalesce(max(position), 0) from events");
    raw.position = atoll(PQgetvalue(head, 0, 0));
    PQclear(head);
    if (PQenterPipelineMode(raw.events) != 1 || PQenterPipelineMode(raw.projections) != 1)
        die("pipeline", NULL);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: raw_writer EVENTS_OWNER_DSN PROJECTIONS_OWNER_DSN SECONDS BATCH PLAYERS\n");
        return 2;
    }
    double seconds = atof(argv[3]);
    raw.batch = (uint32_t)atoi(argv[4]);
    raw.player_count = (uint32_t)atoi(argv[5]) / raw.batch * raw.batch;
    raw.random = 88172645463325252ull;
    if (raw.batch == 0 || raw.player_count == 0)
        die("a batch is 1 or more, players at least a batch", NULL);
    raw.players = calloc(raw.player_count, sizeof *raw.players);
    struct stream **chosen = calloc(raw.batch, sizeof(struct stream *));
    arena_init(&raw.arena, 65536, 64u << 20);
    open_databases(argv);
    for (uint32_t i = 0; i < raw.player_count; i++)
        raw.players[i] = (struct stream){.player = random_uuid(), .number = (int64_t)(next_random() >> 1)};
    uint64_t openings = 0;
    double started = seconds_now(), now = started;
    for (; now - started < seconds; now = seconds_now()) {
        choose(chosen);
        write_events(chosen);
        write_rows(chosen);
        arena_reset(&raw.arena);
        openings += raw.batch;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"batch\": %u, \"openings\": %llu, \"rate\": %.1f, \"cpu_s\": %.3f}\n", raw.batch,
           (unsigned long long)openings, (double)openings / (now - started),
           (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    return 0;
}
