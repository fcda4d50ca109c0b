/* projections_world: see projections_world.h. */
#include "projections_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "gen/c/schema.h"
#include "projection/compare.h"
#include "projection/prepare.h"
#include "projection/project.h"

const char *owner_dsn, *server_dsn;
struct loop *loop, *second_loop; /* a loop has room for one projector */
PGconn *owner, *server;

struct node nodes[2];

static void on_projected(void *ctx, const struct projected *projected)
{
    struct node *node = ctx;
    if (projected->position < node->told)
        node->went_back++;
    assert_true(projected->own_mark <= projected->position && projected->public_mark <= projected->position);
    for (uint32_t i = 0; i < projected->count; i++) {
        const struct row *row = &projected->rows[i];
        assert_true(row->position <= projected->position && row->position > 0);
        if (row->view == VIEW_WALLET && row->position > node->wallet_told[row->wallet.player.bytes[0]])
            node->wallet_told[row->wallet.player.bytes[0]] = row->position;
    }
    node->own_mark = projected->own_mark;
    node->public_mark = projected->public_mark;
    node->told = projected->position;
    node->rows += projected->count;
    assert_int_equal(projector_position(node->projector), projected->position);
}

void open_node(struct node *node)
{
    char failure[200];
    struct projection_config config = {
        .dsn = server_dsn, .page_events = 100, .query_connections = 2, .statement_timeout_ms = 5000};
    *node = (struct node){0};
    node->projector = projector_open(node == &nodes[0] ? loop : second_loop, &config, fake_log_store(),
                                     on_projected, node, failure);
    if (node->projector == NULL)
        fail_msg("%s", failure);
}

static void nothing(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev, (void)timer, (void)events;
}

void turn(void)
{
    ev_timer tick;
    ev_timer_init(&tick, nothing, 0.005, 0.);
    ev_timer_start(loop_ev(loop), &tick);
    ev_run(loop_ev(loop), EVRUN_ONCE);
    ev_timer_stop(loop_ev(loop), &tick);
    ev_run(loop_ev(second_loop), EVRUN_NOWAIT);
}

static const char *run(PGconn *connection, const char *statement)
{
    static char value[4][256];
    static unsigned next;
    char *into = value[next++ % 4];
    PGresult *result = PQexec(connection, statement);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", statement, PQerrorMessage(connection));
    snprintf(into, sizeof value[0], "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return into;
}

const char *sql(const char *statement)
{
    return run(owner, statement);
}

/* Cuts every connection of the projector; a role may do that to its own. */
void cut_connections(void)
{
    run(server, "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like "
                "'gachapon%' and usename = current_user");
}

void prepare(void)
{
    char failure[400];
    if (projections_prepare(owner_dsn, PQuser(server), failure) != ERR_OK)
        fail_msg("%s", failure);
}

void same_as_log(void)
{
    struct compare_report report;
    char failure[400];
    enum err err = projections_compare(loop, fake_log_store(), server_dsn, stdout, &report, failure);
    if (err != ERR_OK)
        fail_msg("%s", failure);
    assert_int_equal(report.differences, 0);
    assert_int_equal(report.position, fake_log.count);
}

/* Feeds the events from `first` on, as request does after a commit. */
void feed(struct node *node, uint64_t first, uint32_t count)
{
    struct committed_event events[64];
    check(count <= 64);
    for (uint32_t i = 0; i < count; i++)
        events[i] =
            (struct committed_event){.position = first + i, .event = &fake_log.events[first + i - 1]->event};
    projector_feed(node->projector, events, count);
}

int setup(void **state)
{
    (void)state;
    sql("update projections set fingerprint = 'another'"); /* so that prepare makes the tables anew */
    prepare();
    fake_log_begin(loop);
    return 0;
}

int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        projector_close(nodes[i].projector);
        nodes[i].projector = NULL;
    }
    fake_log_end();
    return 0;
}

/* The status of a projection. */
struct projection_status status_of(const struct node *node, const char *name)
{
    for (uint32_t i = 0; i < projector_count(node->projector); i++)
        if (strcmp(projector_status(node->projector, i).name, name) == 0)
            return projector_status(node->projector, i);
    fail_msg("no projection %s", name);
    return (struct projection_status){0};
}

/* The newest wallet row of each player, by a fold of the log up to `position`; returns the newest of all. */
uint64_t fold_wallets(uint64_t position, uint64_t ret_newest[8])
{
    struct arena arena;
    uint64_t newest = 0;
    arena_init(&arena, 65536, 1u << 26);
    for (uint64_t at = 1; at <= position; at++) {
        struct row_sink sink = {.arena = &arena};
        project(&fake_log.events[at - 1]->event, &sink);
        for (uint32_t i = 0; i < sink.count; i++)
            if (sink.rows[i].view == VIEW_WALLET)
                newest = ret_newest[sink.rows[i].wallet.player.bytes[0]] = at;
        arena_reset(&arena);
    }
    arena_release(&arena);
    return newest;
}

int world_main(const struct CMUnitTest *tests, size_t count)
{
    owner_dsn = getenv("PROJECTIONS_OWNER_DSN");
    server_dsn = getenv("PROJECTIONS_DSN");
    if (owner_dsn == NULL || server_dsn == NULL) {
        printf("skipped: PROJECTIONS_OWNER_DSN and PROJECTIONS_DSN are not set\n");
        return 77;
    }
    loop = loop_new();
    second_loop = loop_new();
    owner = PQconnectdb(owner_dsn);
    server = PQconnectdb(server_dsn);
    check(PQstatus(server) == CONNECTION_OK);
    check(loop != NULL && second_loop != NULL && PQstatus(owner) == CONNECTION_OK);
    PQclear(PQexec(owner, "set client_min_messages = warning"));
    prepare();
    int failed = _cmocka_run_group_tests("projections", tests, count, NULL, NULL);
    PQfinish(owner);
    PQfinish(server);
    loop_free(loop);
    loop_free(second_loop);
    return failed;
}
