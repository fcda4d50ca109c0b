/* raw_writer: the ceiling. What the databases take without a server, checks or clients in front of them.
 *
 *   bench_raw WARM_UP SECONDS MODE [BATCH PLAYERS DATA_BYTES [OPENINGS]]
 *
 * with EVENT_STORE_OWNER_DSN and PROJECTIONS_OWNER_DSN in the environment. The modes:
 *
 *   openings  the rows of an opening - its event of DATA_BYTES, wallet, character, pity, history, and the
 *             checkpoint - in batches of BATCH, one commit in each database in turn. Each batch is of
 * different players, any of PLAYERS, as the server's fold leaves one row a key rows      the same without the
 * events, in pages of BATCH openings, folded: what a catch-up or a rebuild writes. With OPENINGS it ends
 * after so many, by players who come and go as in fill.c commits   the smallest change, committed in the
 * event store, then in the projections: what a strong command has to wait for at the least commit    the same
 * in the event store alone
 *
 * The event store commits durably, the projections with synchronous_commit=off, as the server does; one
 * connection each, prepared statements, binary parameters, pipeline mode. It prints "begin" once it is warm,
 * which is when whoever started it reads the CPU, and one line of JSON at the end: openings (or commits) a
 * second, the time of one round in milliseconds. It writes into the tables without the log's rules: give it
 * databases of its own. */
#include <libpq-fe.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/slug.h"
#include "gen/c/schema.h"
#include "histogram.h"
#include "pg/pg_params.h"

struct stream {
    struct uuid player;
    int32_t version;
    uint32_t page;      /* the page that it is in */
    uint8_t characters; /* a bit for each that it drew in that page */
    int64_t number, openings;
};

struct opening {
    struct stream *stream;
    int64_t number; /* of the player's */
};

#define DATA_MAX_BYTES 4096
#define CHARACTERS 8
#define PLAYING 4000 /* players at a time, as in fill.c */

static struct raw {
    PGconn *events, *projections;
    struct stream *players, **chosen;           /* chosen: all of them; the first are those of this batch */
    struct opening *openings, *drawn, *touched; /* rows of this batch: each opening, character, player */
    uint32_t opening_count, drawn_count, touched_count;
    uint32_t player_count, batch, data_bytes, page;
    uint64_t rows, written, wanted; /* openings, in all and to be written; wanted 0: for so long */
    int64_t position;
    struct arena arena;
    uint64_t random;
} raw;

static void die(const char *what, PGconn *connection)
{
    fprintf(stderr, "raw_writer: %s: %s", what, connection == NULL ? "failed\n" : PQerrorMessage(connection));
    exit(1);
}

static uint64_t next_random(void) /* xorshift64* */
{
    raw.random ^= raw.random >> 12;
    raw.random ^= raw.random << 25;
    raw.random ^= raw.random >> 27;
    return raw.random * 0x2545f4914f6cdd1dull;
}

/* The same players in every run, so that later runs find their rows, as the server does. */
static struct uuid player_uuid(uint32_t number)
{
    struct uuid uuid;
    uint64_t words[2] = {(number + 1) * 0x9e3779b97f4a7c15ull, (number + 1) * 0xc2b2ae3d27d4eb4full};
    memcpy(uuid.bytes, words, sizeof words);
    return uuid;
}

static const char *read_file(const char *name)
{
    static char text[4096];
    char path[512];
    snprintf(path, sizeof path, SOURCE_DIR "/tests/bench/%s.sql", name);
    FILE *file = fopen(path, "r");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (size == 0)
        die(path, NULL);
    fclose(file);
    text[size] = '\0';
    return text;
}

static void execute(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        die("setup", connection);
    PQclear(result);
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
    if (PQsendQueryPrepared(connection, name, (int)params->count, params->values, params->lengths, formats,
                            1) != 1)
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

/* Different players for the batch: the first places of `chosen`, any of them in any order. */
static void choose(void)
{
    for (uint32_t i = 0; i < raw.batch; i++) {
        uint32_t other = i + (uint32_t)(next_random() % (raw.player_count - i));
        struct stream *stream = raw.chosen[other];
        raw.chosen[other] = raw.chosen[i];
        raw.chosen[i] = stream;
    }
}

static uint32_t character_of(const struct opening *row)
{
    return (uint32_t)(row->number % CHARACTERS);
}

static void begin_rows(void)
{
    raw.opening_count = raw.drawn_count = raw.touched_count = 0;
    raw.page++;
}

/* One opening: its rows, folded to one a key. */
static void add_opening(struct stream *stream)
{
    struct opening row = {stream, ++stream->openings};
    uint8_t bit = (uint8_t)(1u << character_of(&row));
    raw.openings[raw.opening_count++] = row;
    if (stream->page != raw.page) {
        stream->page = raw.page;
        stream->characters = 0;
        raw.touched[raw.touched_count++] = row;
    }
    if ((stream->characters & bit) == 0)
        raw.drawn[raw.drawn_count++] = row;
    stream->characters |= bit;
}

static void write_events(void)
{
    static const uint8_t digest[16], data[DATA_MAX_BYTES];
    struct stream **chosen = raw.chosen;
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
        pg_array_slice(&params, slice_of(data, raw.data_bytes));
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

static void add_value(struct pg_params *params, const struct field_desc *field, const struct opening *row)
{
    static const char *const characters[CHARACTERS] = {"aster", "briar", "cedar", "dahlia",
                                                       "ember", "fern",  "gale",  "hazel"};
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
        pg_array_uuid(params, row->stream->player);
        return;
    case PG_TYPE_TEXT:
        pg_array_slice(
            params,
            slice_text(strcmp(field->name, "character") == 0 ? characters[character_of(row)] : "bench"));
        return;
    case PG_TYPE_BYTEA:
        pg_array_slice(params, slice_of(pulls, sizeof pulls));
        return;
    default:
        pg_array_i64(params, row->number);
        return;
    }
}

static void upsert(enum view view, const struct opening *rows, uint32_t count)
{
    const struct view_desc *desc = schema_view(view);
    struct pg_params params;
    pg_params_init(&params, &raw.arena);
    pg_array_begin(&params, PG_TYPE_I64, count);
    for (uint32_t i = 0; i < count; i++)
        pg_array_i64(&params, raw.position);
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_BOOL, count);
    for (uint32_t i = 0; i < count; i++)
        pg_array_bool(&params, false);
    pg_array_end(&params);
    for (uint16_t column = 0; column < desc->payload->field_count; column++) {
        const struct field_desc *field = &desc->payload->fields[column];
        pg_array_begin(&params, element_of(field->kind), count);
        for (uint32_t i = 0; i < count; i++)
            add_value(&params, field, &rows[i]);
        pg_array_end(&params);
    }
    send(raw.projections, desc->name, &params);
    raw.rows += count;
}

static const enum view views[] = {VIEW_WALLET, VIEW_CHARACTER, VIEW_PITY, VIEW_OPENING};
#define VIEWS (sizeof views / sizeof views[0])

static void write_rows(void)
{
    upsert(VIEW_WALLET, raw.touched, raw.touched_count);
    upsert(VIEW_CHARACTER, raw.drawn, raw.drawn_count);
    upsert(VIEW_PITY, raw.touched, raw.touched_count);
    upsert(VIEW_OPENING, raw.openings, raw.opening_count);
    struct pg_params params;
    pg_params_init(&params, &raw.arena);
    pg_param_i64(&params, raw.position);
    send(raw.projections, "raw_checkpoint", &params);
    commit(raw.projections);
}

static void one_batch(void)
{
    choose();
    write_events();
    begin_rows();
    for (uint32_t i = 0; i < raw.batch; i++)
        add_opening(raw.chosen[i]);
    write_rows();
}

static void one_page(void)
{
    uint32_t playing = raw.player_count < PLAYING || raw.wanted == 0 ? raw.player_count : PLAYING;
    uint64_t first = raw.wanted == 0 ? 0 : (raw.player_count - playing) * raw.written / raw.wanted;
    begin_rows();
    for (uint32_t i = 0; i < raw.batch; i++)
        add_opening(&raw.players[first + next_random() % playing]);
    write_rows();
    raw.position += raw.batch;
    raw.written += raw.batch;
}

static void one_commit(PGconn *connection)
{
    struct pg_params params;
    pg_params_init(&params, &raw.arena);
    pg_param_i64(&params, 1);
    send(connection, "raw_commit", &params);
    commit(connection);
}

static void durable_commit(void)
{
    one_commit(raw.events);
}

static void both_commits(void)
{
    one_commit(raw.events);
    one_commit(raw.projections);
}

/* ---- setting up, and the run ---- */

static PGconn *open_database(const char *variable)
{
    const char *dsn = getenv(variable);
    if (dsn == NULL)
        die(variable, NULL);
    PGconn *connection = PQconnectdb(dsn);
    if (PQstatus(connection) != CONNECTION_OK)
        die("connect", connection);
    execute(connection, "set client_min_messages = warning");
    execute(connection, read_file("raw_create_commits"));
    prepare(connection, "raw_commit", read_file("raw_commit"));
    return connection;
}

static int64_t last_position(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        die("position", connection);
    int64_t position = atoll(PQgetvalue(result, 0, 0));
    PQclear(result);
    return position;
}

static void open_databases(void)
{
    raw.events = open_database("EVENT_STORE_OWNER_DSN");
    raw.projections = open_database("PROJECTIONS_OWNER_DSN");
    execute(raw.projections, "set synchronous_commit = off");
    prepare(raw.events, "raw_insert_events", read_file("raw_insert_events"));
    prepare(raw.projections, "raw_checkpoint", read_file("raw_checkpoint"));
    for (size_t i = 0; i < VIEWS; i++)
        prepare(raw.projections, schema_view(views[i])->name, schema_view(views[i])->upsert_sql);
    raw.position = last_position(raw.events, "select coalesce(max(position), 0) from events");
    int64_t projected = last_position(raw.projections, "select coalesce(max(position), 0) from projections");
    if (projected > raw.position)
        raw.position = projected;
    if (PQenterPipelineMode(raw.events) != 1 || PQenterPipelineMode(raw.projections) != 1)
        die("pipeline", NULL);
}

static void make_players(uint32_t count)
{
    raw.player_count = count;
    raw.players = calloc(count, sizeof *raw.players);
    raw.chosen = calloc(count, sizeof(struct stream *));
    raw.openings = calloc(raw.batch, sizeof *raw.openings);
    raw.drawn = calloc(raw.batch, sizeof *raw.drawn);
    raw.touched = calloc(raw.batch, sizeof *raw.touched);
    if (raw.players == NULL || raw.chosen == NULL || raw.openings == NULL || raw.drawn == NULL ||
        raw.touched == NULL)
        die("memory", NULL);
    for (uint32_t i = 0; i < count; i++) {
        raw.players[i] = (struct stream){.player = player_uuid(i),
                                         .number = (int64_t)(next_random() >> 1), /* a stream of this run */
                                         .openings = raw.position};
        raw.chosen[i] = &raw.players[i];
    }
}

/* Repeats `round` for so long, after a warm-up. */
static void run(const char *mode, void (*round)(void), double warm_up_s, double seconds)
{
    static struct histogram histogram;
    uint64_t warm = histogram_now_us() + (uint64_t)(warm_up_s * 1e6), before, now;
    while (histogram_now_us() < warm) {
        round();
        arena_reset(&raw.arena);
    }
    raw.rows = 0;
    printf("begin\n");
    fflush(stdout);
    uint64_t begins = histogram_now_us(), ends = begins + (uint64_t)(seconds * 1e6);
    for (before = begins; before < ends && (raw.wanted == 0 || raw.written < raw.wanted); before = now) {
        round();
        arena_reset(&raw.arena);
        now = histogram_now_us();
        histogram_add(&histogram, now - before);
    }
    double took_s = (double)(before - begins) / 1e6;
    printf("end\n{\"mode\": \"%s\", \"batch\": %u, \"done\": %" PRIu64 ", \"seconds\": %.3f, "
           "\"rate\": %.1f, \"rows\": %" PRIu64 ", \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
           mode, raw.batch, histogram.count * raw.batch, took_s,
           (double)(histogram.count * raw.batch) / took_s, raw.rows, histogram_percentile_ms(&histogram, 0.5),
           histogram_percentile_ms(&histogram, 0.99));
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 7 && argc != 8) {
        fprintf(stderr,
                "usage: bench_raw WARM_UP SECONDS commit|commits|openings|rows [BATCH PLAYERS DATA_BYTES "
                "[OPENINGS]]\n");
        return 2;
    }
    double warm_up_s = atof(argv[1]), seconds = atof(argv[2]);
    const char *mode = argv[3];
    raw.batch = argc >= 7 ? (uint32_t)atoi(argv[4]) : 1;
    raw.data_bytes = argc >= 7 ? (uint32_t)atoi(argv[6]) : 0;
    uint32_t players = argc >= 7 ? (uint32_t)atoi(argv[5]) : 1;
    if (raw.data_bytes > DATA_MAX_BYTES || raw.batch == 0 ||
        players < (strcmp(mode, "rows") == 0 ? 1 : raw.batch) ||
        getrandom(&raw.random, sizeof raw.random, 0) != sizeof raw.random)
        die("setup", NULL);
    arena_init(&raw.arena, 65536, 64u << 20);
    raw.wanted = argc == 8 ? strtoull(argv[7], NULL, 10) : 0;
    open_databases();
    make_players(players);
    if (strcmp(mode, "commit") == 0)
        run(mode, durable_commit, warm_up_s, seconds);
    else if (strcmp(mode, "commits") == 0)
        run(mode, both_commits, warm_up_s, seconds);
    else if (strcmp(mode, "rows") == 0)
        run(mode, one_page, warm_up_s, seconds);
    else
        run("openings", one_batch, warm_up_s, seconds);
    PQfinish(raw.events);
    PQfinish(raw.projections);
    return 0;
}
