/* append_ceiling: what append_batch costs beside the bare insert of the same rows.
 *
 *     EVENT_STORE_OWNER_DSN=... append_ceiling [seconds per turn] [turns]
 *
 * One connection, one batch in flight, batches of 1, 64 and 256 single-event commands over 10,000 streams,
 * fsync as the server has it. The two take turns, so that what else runs on the machine disturbs both;
 * printed are events a second by the clock and by the backend's own CPU time (from /proc: only for a server
 * on this machine). It writes into the log: give it a scratch database with the migrations applied. Needs the
 * owner for a table of its own (bench_events), which it drops at the end. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/check.h"
#include "pg/pg_params.h"
#include "pg/pg_result.h"

#define STREAMS 10000
#define DATA_BYTES 160

struct bench {
    PGconn *connection;
    struct arena arena;
    int backend;
    int64_t writer, seq, previous, read_position, bare_position;
    int32_t versions[2][STREAMS]; /* of the log and of the bare table */
    uint64_t random;
    uint64_t commands;
    uint8_t data[DATA_BYTES];
};

static uint64_t next_random(struct bench *bench)
{
    bench->random ^= bench->random << 13;
    bench->random ^= bench->random >> 7;
    bench->random ^= bench->random << 17;
    return bench->random;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* CPU seconds the backend has used; 0 when it is not on this machine. */
static double backend_cpu_s(const struct bench *bench)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", bench->backend);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    unsigned long user = 0, system = 0;
    if (fgets(line, sizeof line, file) != NULL && strrchr(line, ')') != NULL)
        sscanf(strrchr(line, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    fclose(file);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static PGresult *run(struct bench *bench, const char *statement, const struct pg_params *params)
{
    static const int binary[PG_PARAMS_MAX] = {[0 ... PG_PARAMS_MAX - 1] = 1};
    check(params->failure == ERR_OK);
    PGresult *result = PQexecPrepared(bench->connection, statement, (int)params->count, params->values,
                                      params->lengths, binary, 1);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fprintf(stderr, "%s: %s", statement, PQerrorMessage(bench->connection));
        exit(1);
    }
    return result;
}

static void execute(struct bench *bench, const char *sql)
{
    PGresult *result = PQexec(bench->connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s", PQerrorMessage(bench->connection));
        exit(1);
    }
    PQclear(result);
}

static char *read_file(const char *path)
{
    char *text = calloc(1, 65536);
    FILE *file = fopen(path, "r");
    if (file == NULL || text == NULL || fread(text, 1, 65535, file) == 0) {
        fprintf(stderr, "%s: cannot be read (run it from the checkout's root)\n", path);
        exit(1);
    }
    fclose(file);
    return text;
}

static void prepare(struct bench *bench, const char *name, const char *path)
{
    char *sql = read_file(path);
    PGresult *result = PQprepare(bench->connection, name, sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s: %s", path, PQerrorMessage(bench->connection));
        exit(1);
    }
    PQclear(result);
    free(sql);
}

/* A UUIDv7-like id: time first, so its index stays local. */
static struct uuid new_id(struct bench *bench)
{
    uint8_t random[10];
    for (int i = 0; i < 10; i++)
        random[i] = (uint8_t)next_random(bench);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return uuid_v7((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000, random);
}

struct drawn {
    uint32_t count;
    int64_t streams[1024];
    int32_t versions[1024];
    struct uuid ids[1024];
    bool first[1024]; /* of this stream in this batch */
};

static void draw(struct bench *bench, int table, uint32_t count, struct drawn *drawn)
{
    drawn->count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t player = (uint32_t)(next_random(bench) % STREAMS);
        drawn->streams[i] = (int64_t)(player + 1) * INT64_C(0x1a2b3c4d5e6f7) & INT64_MAX;
        drawn->versions[i] = ++bench->versions[table][player];
        drawn->ids[i] = new_id(bench);
        drawn->first[i] = true;
        for (uint32_t k = 0; k < i && drawn->first[i]; k++)
            drawn->first[i] = drawn->streams[k] != drawn->streams[i];
    }
}

static void add_rows(struct bench *bench, struct pg_params *params, const struct drawn *drawn)
{
    uint32_t count = drawn->count;
    pg_array_begin(params, PG_TYPE_I64, count);
    for (uint32_t i = 0; i < count; i++)
        pg_array_i64(params, drawn->streams[i]);
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_I32, count);
    for (uint32_t i = 0; i < count; i++)
        pg_array_i32(params, drawn->versions[i]);
    pg_array_end(params);
    for (int column = 0; column < 2; column++) {
        pg_array_begin(params, PG_TYPE_I16, count);
        for (uint32_t i = 0; i < count; i++)
            pg_array_i16(params, 1);
        pg_array_end(params);
    }
    for (int column = 0; column < 4; column++) {
        pg_array_begin(params, PG_TYPE_UUID, count);
        for (uint32_t i = 0; i < count; i++)
            if (column == 1)
                pg_array_null(params);
            else
                pg_array_uuid(params, drawn->ids[i]);
        pg_array_end(params);
    }
    for (int column = 0; column < 2; column++) {
        pg_array_begin(params, PG_TYPE_BYTEA, count);
        for (uint32_t i = 0; i < count; i++)
            pg_array_slice(params, slice_of(bench->data, column == 0 ? 16 : DATA_BYTES));
        pg_array_end(params);
    }
}

static void add_bigints(struct pg_params *params, const struct drawn *drawn, bool new_only)
{
    pg_array_begin(params, PG_TYPE_I64, drawn->count);
    for (uint32_t i = 0; i < drawn->count; i++)
        if (drawn->first[i] && (!new_only || drawn->versions[i] == 1))
            pg_array_i64(params, drawn->streams[i]);
    pg_array_end(params);
}

static void add_new_streams(struct pg_params *params, const struct drawn *drawn)
{
    add_bigints(params, drawn, true);
    pg_array_begin(params, PG_TYPE_I16, 16);
    for (uint32_t i = 0; i < drawn->count; i++)
        if (drawn->first[i] && drawn->versions[i] == 1)
            pg_array_i16(params, 1);
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_BYTEA, 16);
    for (uint32_t i = 0; i < drawn->count; i++)
        if (drawn->first[i] && drawn->versions[i] == 1)
            pg_array_slice(params, slice_of(&drawn->ids[i], 16));
    pg_array_end(params);
    for (int column = 0; column < 2; column++) { /* no personal keys */
        pg_array_begin(params, column == 0 ? PG_TYPE_I64 : PG_TYPE_BYTEA, 0);
        pg_array_end(params);
    }
}

static void append_at(struct bench *bench, uint32_t count, int64_t read_position)
{
    static struct drawn drawn;
    struct pg_params params;
    arena_reset(&bench->arena);
    pg_params_init(&params, &bench->arena);
    draw(bench, 0, count, &drawn);
    pg_param_i64(&params, bench->writer);
    pg_param_i64(&params, ++bench->seq);
    pg_param_i64(&params, bench->previous);
    pg_param_i64(&params, read_position);
    pg_param_bytea(&params, slice_of(bench->data, 32));
    add_bigints(&params, &drawn, false);
    pg_array_begin(&params, PG_TYPE_I32, count);
    for (uint32_t i = 0; i < count; i++)
        if (drawn.first[i])
            pg_array_i32(&params, drawn.versions[i] - 1);
    pg_array_end(&params);
    add_new_streams(&params, &drawn);
    add_rows(bench, &params, &drawn);
    pg_array_begin(&params, PG_TYPE_UUID, count);
    for (uint32_t i = 0; i < count; i++)
        pg_array_uuid(&params, drawn.ids[i]);
    pg_array_end(&params);
    PGresult *result = run(bench, "append", &params);
    if (pg_get_i16(result, 0, 0) != 0) {
        fprintf(stderr, "refused: outcome %d\n", pg_get_i16(result, 0, 0));
        exit(1);
    }
    PQclear(result);
    bench->previous = bench->seq;
}

static void append(struct bench *bench, uint32_t count)
{
    append_at(bench, count, bench->read_position);
}

static void append_checked(struct bench *bench, uint32_t count)
{
    append_at(bench, count, -1);
}

static void insert(struct bench *bench, uint32_t count)
{
    static struct drawn drawn;
    struct pg_params params;
    arena_reset(&bench->arena);
    pg_params_init(&params, &bench->arena);
    draw(bench, 1, count, &drawn);
    pg_param_i64(&params, bench->bare_position);
    add_rows(bench, &params, &drawn);
    PQclear(run(bench, "bare", &params));
    bench->bare_position += count;
}

struct figure {
    double events, seconds, cpu_s;
};

static void turn(struct bench *bench, void (*write)(struct bench *, uint32_t), uint32_t count, double seconds,
                 struct figure *figure)
{
    double start_s = now_s(), cpu_s = backend_cpu_s(bench);
    while (now_s() - start_s < seconds) {
        write(bench, count);
        figure->events += count;
    }
    figure->seconds += now_s() - start_s;
    figure->cpu_s += backend_cpu_s(bench) - cpu_s;
}

static void begin(struct bench *bench, const char *dsn)
{
    bench->connection = PQconnectdb(dsn);
    if (PQstatus(bench->connection) != CONNECTION_OK) {
        fprintf(stderr, "%s", PQerrorMessage(bench->connection));
        exit(1);
    }
    execute(bench, "set client_min_messages = warning; set jit = off");
    execute(bench,
            "drop table if exists bench_events; create table bench_events (like events including all)");
    prepare(bench, "append", "server/eventstore/eventstore_append.sql");
    prepare(bench, "bare", "tests/bench/append_bare.sql");
    bench->backend = PQbackendPID(bench->connection);
    PGresult *taken =
        PQexecParams(bench->connection, "select writer, head_position from take_writer('bench')", 0, NULL,
                     NULL, NULL, NULL, 1);
    check(PQresultStatus(taken) == PGRES_TUPLES_OK);
    bench->writer = pg_get_i64(taken, 0, 0);
    bench->read_position = pg_get_i64(taken, 0, 1);
    PQclear(taken);
    bench->random = 88172645463325252u;
    arena_init(&bench->arena, 65536, 64 << 20);
    for (int i = 0; i < DATA_BYTES; i++)
        bench->data[i] = (uint8_t)next_random(bench);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    const char *dsn = getenv("EVENT_STORE_OWNER_DSN");
    if (dsn == NULL) {
        fprintf(stderr, "EVENT_STORE_OWNER_DSN is not set\n");
        return 77;
    }
    double seconds = argc > 1 ? atof(argv[1]) : 2;
    int turns = argc > 2 ? atoi(argv[2]) : 3;
    begin(&bench, dsn);
    printf("%6s %10s %10s %10s %14s   %12s %12s %12s %14s\n", "batch", "append/s", "checked/s", "bare/s",
           "of bare", "append/cpu s", "checked", "bare", "of bare");
    static const uint32_t sizes[] = {1, 64, 256};
    static void (*const writers[])(struct bench *, uint32_t) = {append, append_checked, insert};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct figure figures[3] = {0};
        for (int round = 0; round < turns; round++)
            for (int w = 0; w < 3; w++)
                turn(&bench, writers[w], sizes[i], seconds, &figures[w]);
        double rate[3], by_cpu[3];
        for (int w = 0; w < 3; w++) {
            rate[w] = figures[w].events / figures[w].seconds;
            by_cpu[w] = figures[w].cpu_s > 0 ? figures[w].events / figures[w].cpu_s : 1;
        }
        printf("%6u %10.0f %10.0f %10.0f %6.0f%% %6.0f%%   %12.0f %12.0f %12.0f %6.0f%% %6.0f%%\n", sizes[i],
               rate[0], rate[1], rate[2], 100 * rate[0] / rate[2], 100 * rate[1] / rate[2], by_cpu[0],
               by_cpu[1], by_cpu[2], 100 * by_cpu[0] / by_cpu[2], 100 * by_cpu[1] / by_cpu[2]);
        fflush(stdout);
    }
    execute(&bench, "drop table bench_events");
    PQfinish(bench.connection);
    arena_release(&bench.arena);
    return 0;
}
