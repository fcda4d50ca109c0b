/* test_projections: the projector and its queries on a real PostgreSQL, over a log in memory.
 *
 * Needs PROJECTIONS_OWNER_DSN and PROJECTIONS_DSN of a database it may fill and empty; skipped (77) without.
 * After each story the tables must equal a fold of the log (projections_compare), and what was announced must
 * have been announced in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libpq-fe.h>
#include "base/check.h"
#include "fake_log.h"
#include "gen/c/schema.h"
#include "projection/compare.h"
#include "projection/prepare.h"
#include "projection/project.h"
#include "wire/frame.h"

static const char *owner_dsn, *server_dsn;
static struct loop *loop, *second_loop; /* a loop has room for one projector */
static PGconn *owner, *server;

/* One projector and what it told. */
struct node {
    struct projector *projector;
    uint64_t told;      /* position of the last announcement */
    uint64_t went_back; /* times a position was not higher than the one before */
    uint64_t rows;
};
static struct node nodes[2];

static void on_projected(void *ctx, const struct projected *projected)
{
    struct node *node = ctx;
    if (projected->position <= node->told)
        node->went_back++;
    for (uint32_t i = 0; i < projected->count; i++)
        assert_true(projected->rows[i].position <= projected->position && projected->rows[i].position > 0);
    node->told = projected->position;
    node->rows += projected->count;
    assert_int_equal(projector_position(node->projector), projected->position);
}

static void open_node(struct node *node)
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

static void turn(void)
{
    ev_timer tick;
    ev_timer_init(&tick, nothing, 0.005, 0.);
    ev_timer_start(loop_ev(loop), &tick);
    ev_run(loop_ev(loop), EVRUN_ONCE);
    ev_timer_stop(loop_ev(loop), &tick);
    ev_run(loop_ev(second_loop), EVRUN_NOWAIT);
}

#define until(condition)                                                                                     \
    do {                                                                                                     \
        uint64_t start_ms = loop_mono_ms(loop);                                                              \
        while (!(condition)) {                                                                               \
            if (loop_mono_ms(loop) - start_ms > 20000)                                                       \
                fail_msg("not within 20 s: %s", #condition);                                                 \
            turn();                                                                                          \
        }                                                                                                    \
    } while (0)

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

static const char *sql(const char *statement)
{
    return run(owner, statement);
}

/* Cuts every connection of the projector; a role may do that to its own. */
static void cut_connections(void)
{
    run(server, "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like "
                "'gachapon%' and usename = current_user");
}

static void prepare(void)
{
    char failure[400];
    if (projections_prepare(owner_dsn, PQuser(server), failure) != ERR_OK)
        fail_msg("%s", failure);
}

static void same_as_log(void)
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
static void feed(struct node *node, uint64_t first, uint32_t count)
{
    struct committed_event events[64];
    check(count <= 64);
    for (uint32_t i = 0; i < count; i++)
        events[i] =
            (struct committed_event){.position = first + i, .event = &fake_log.events[first + i - 1]->event};
    projector_feed(node->projector, events, count);
}

static int setup(void **state)
{
    (void)state;
    sql("update projections set fingerprint = 'another'"); /* so that prepare makes the tables anew */
    prepare();
    fake_log_begin(loop);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        projector_close(nodes[i].projector);
        nodes[i].projector = NULL;
    }
    fake_log_end();
    return 0;
}

/* ---- stories ---- */

static void an_empty_log_is_ready_at_once(void **state)
{
    (void)state;
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    assert_int_equal(projector_position(nodes[0].projector), 0);
    same_as_log();
}

static void it_catches_up_page_by_page_and_then_lives_on_the_feed(void **state)
{
    (void)state;
    fake_log_append(2500, 1);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    assert_int_equal(projector_position(nodes[0].projector), 2500);
    assert_int_equal(nodes[0].went_back, 0);
    same_as_log();
    uint64_t reads = fake_log.reads;
    for (int i = 0; i < 50; i++)
        feed(&nodes[0], fake_log_append(20, 100 + (uint64_t)i), 20);
    until(projector_position(nodes[0].projector) == 3500);
    assert_true(fake_log.reads - reads <= 20); /* the polls of the seconds that passed, and no more */
    assert_int_equal(nodes[0].went_back, 0);
    same_as_log();
}

static void a_hole_in_the_feed_is_read_from_the_log(void **state)
{
    (void)state;
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    for (int i = 0; i < 60; i++) {
        uint64_t first = fake_log_append(10, 1000 + (uint64_t)i);
        if (i % 3 != 1) /* every third batch is never fed */
            feed(&nodes[0], first, 10);
        if (i % 7 == 0)
            turn();
    }
    until(projector_position(nodes[0].projector) == 600);
    assert_int_equal(nodes[0].went_back, 0);
    same_as_log();
}

static void it_goes_on_where_it_stopped(void **state)
{
    (void)state;
    fake_log_append(300, 2);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    uint64_t generation = projector_generation(nodes[0].projector);
    projector_close(nodes[0].projector);
    fake_log_append(50, 3);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    assert_int_equal(projector_generation(nodes[0].projector), generation);
    assert_int_equal(projector_counters(nodes[0].projector)->events, 50); /* not from the beginning */
    same_as_log();
}

static void two_nodes_share_the_work_and_both_tell_everything(void **state)
{
    (void)state;
    open_node(&nodes[0]);
    open_node(&nodes[1]);
    until(projector_ready(nodes[0].projector) && projector_ready(nodes[1].projector));
    for (int i = 0; i < 100; i++) {
        feed(&nodes[i % 2], fake_log_append(10, 2000 + (uint64_t)i), 10); /* each hears of half */
        if (i % 5 == 0)
            turn();
    }
    until(nodes[0].told == 1000 && nodes[1].told == 1000);
    assert_int_equal(nodes[0].went_back + nodes[1].went_back, 0);
    assert_int_equal(projector_counters(nodes[0].projector)->events, 1000);
    assert_int_equal(projector_counters(nodes[1].projector)->events, 1000);
    same_as_log();
}

static void cut_connections_lose_and_double_nothing(void **state)
{
    (void)state;
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    for (int i = 0; i < 40; i++) {
        feed(&nodes[0], fake_log_append(50, 3000 + (uint64_t)i), 50);
        if (i % 10 == 5)
            cut_connections();
        turn();
    }
    until(projector_position(nodes[0].projector) == 2000);
    assert_int_equal(nodes[0].went_back, 0);
    assert_true(projector_counters(nodes[0].projector)->reconnects > 0);
    same_as_log();
}

/* synchronous_commit is off: after a crash the checkpoint is back with its rows. */
static void a_database_that_went_back_is_filled_again(void **state)
{
    (void)state;
    fake_log_append(500, 4);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 500);
    sql("update projections set position = 200");
    sql("delete from openings where position > 200");
    cut_connections();
    until(nodes[0].went_back > 0 && projector_position(nodes[0].projector) == 500);
    same_as_log();
}

static void another_epoch_empties_the_tables(void **state)
{
    (void)state;
    fake_log_append(400, 5);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 400);
    uint64_t generation = projector_generation(nodes[0].projector);
    fake_log_cut(0);
    fake_log_append(300, 6);
    fake_log.epoch = (struct uuid){{2}};
    cut_connections();
    until(projector_generation(nodes[0].projector) != generation &&
          projector_position(nodes[0].projector) == 300);
    assert_true(projector_generation(nodes[0].projector) > generation);
    same_as_log();
}

static void a_log_that_was_cut_off_empties_the_tables(void **state)
{
    (void)state;
    fake_log_append(400, 7);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 400);
    uint64_t generation = projector_generation(nodes[0].projector);
    projector_close(nodes[0].projector);
    fake_log_cut(350);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    assert_true(projector_generation(nodes[0].projector) > generation);
    same_as_log();
}

static void dropped_tables_come_back_from_the_log(void **state)
{
    (void)state;
    fake_log_append(400, 8);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 400);
    uint64_t generation = projector_generation(nodes[0].projector);
    sql("drop table wallets, openings cascade");
    uint64_t first = fake_log_append(50, 9);
    feed(&nodes[0], first, 50);
    until(projector_counters(nodes[0].projector)->failures > 0);
    assert_int_equal(projector_position(nodes[0].projector), 400); /* all or nothing */
    prepare();
    until(projector_position(nodes[0].projector) == 450 && projector_ready(nodes[0].projector));
    assert_true(projector_generation(nodes[0].projector) > generation);
    same_as_log();
}

static void tables_of_another_schema_are_not_touched(void **state)
{
    (void)state;
    fake_log_append(100, 10);
    sql("update projections set fingerprint = 'another'");
    open_node(&nodes[0]);
    uint64_t since = loop_mono_ms(loop);
    until(projector_counters(nodes[0].projector)->position == 0 && loop_mono_ms(loop) - since > 300);
    assert_false(projector_ready(nodes[0].projector));
    assert_string_equal(sql("select count(*) from wallets"), "0");
    prepare();
    until(projector_position(nodes[0].projector) == 100);
    same_as_log();
}

static void a_stuck_event_stops_in_front_of_it(void **state)
{
    (void)state;
    fake_log_append(50, 11);
    struct stored_event *bad = &fake_log.events[29]->stored;
    struct slice whole = bad->data;
    bad->data = slice_of("\x91", 1);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 29);
    assert_false(projector_ready(nodes[0].projector));
    until(projector_counters(nodes[0].projector)->failures == 1);
    bad->data = whole;
    until(projector_position(nodes[0].projector) == 50);
    same_as_log();
}

static void compare_sees_a_changed_a_missing_and_a_foreign_row(void **state)
{
    (void)state;
    fake_log_append(500, 12);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 500);
    sql("update wallets set free = free + 1 where player = (select min(player::text)::uuid from wallets)");
    sql("delete from items where ctid = (select min(ctid) from items)");
    sql("insert into stocks select position, deleted, 'foreign', limited, remaining from stocks limit 1");
    struct compare_report report;
    char failure[400];
    FILE *lines = tmpfile();
    assert_int_equal(projections_compare(loop, fake_log_store(), server_dsn, lines, &report, failure),
                     ERR_OK);
    fclose(lines);
    assert_int_equal(report.differences, 3);
}

/* ---- waiting ---- */

static void on_reached(void *ctx, enum err err)
{
    *(int *)ctx = (int)err + 100;
}

static void waiters_hear_when_the_rows_are_there_or_at_the_deadline(void **state)
{
    (void)state;
    int soon = 0, later = 0, never = 0;
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    projector_wait(nodes[0].projector, 0, 1000, on_reached, &soon);
    projector_wait(nodes[0].projector, 20, 10000, on_reached, &later);
    projector_wait(nodes[0].projector, 1000, 50, on_reached, &never);
    assert_int_equal(soon + later + never, 0); /* never from inside the call */
    until(soon == 100 + ERR_OK && never == 100 + ERR_TIMEOUT);
    assert_int_equal(later, 0);
    feed(&nodes[0], fake_log_append(20, 13), 20);
    until(later == 100 + ERR_OK);
    assert_true(nodes[0].told >= 20);
}

/* ---- queries ---- */

struct answer {
    bool came;
    enum err err;
    uint32_t count;
    uint64_t position;
    uint8_t next[256];
    size_t next_size;
    uint64_t rows; /* over all pages */
};

static void on_answer(void *ctx, enum err err, const struct view_page *page)
{
    struct answer *answer = ctx;
    answer->came = true;
    answer->err = err;
    if (err != ERR_OK)
        return;
    size_t size;
    assert_int_equal(wire_scan(page->rows, 8, 100000, &size), ERROR_NONE);
    assert_int_equal(size, page->rows.size);
    answer->count = page->count;
    answer->rows += page->count;
    answer->position = page->position;
    answer->next_size = page->next.size;
    assert_true(page->next.size <= sizeof answer->next);
    if (page->next.size > 0)
        memcpy(answer->next, page->next.data, page->next.size);
}

static void ask(const struct view_query *query, struct answer *answer)
{
    answer->came = false;
    projection_query(nodes[0].projector, query, on_answer, answer);
    assert_false(answer->came);
    until(answer->came);
}

/* Rows of a view of a player, page by page. */
static uint64_t count_rows(struct view_query query, uint32_t limit)
{
    struct answer answer = {0};
    query.limit = limit;
    do {
        query.after = slice_of(answer.next, answer.next_size);
        ask(&query, &answer);
        assert_int_equal(answer.err, ERR_OK);
        assert_true(answer.count <= limit && answer.position == fake_log.count);
    } while (answer.next_size > 0);
    return answer.rows;
}

static void every_view_is_paged_without_gaps(void **state)
{
    (void)state;
    fake_log_append(2000, 14);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    for (int v = 0; v < SCHEMA_VIEW_COUNT; v++) {
        const struct view_desc *view = &schema_views[v];
        struct view_query query = {.view = (enum view)view->number};
        char statement[200];
        snprintf(statement, sizeof statement, "select count(*) from %s where not deleted", view->table);
        uint64_t live = strtoull(sql(statement), NULL, 10), found = 0, found_small = 0;
        for (uint8_t player = 0; player < (view->audience == AUDIENCE_OWN ? 8 : 1); player++) {
            query.player = (struct uuid){{player, 0xab}};
            found += count_rows(query, 500);
            found_small += count_rows(query, 3);
        }
        assert_int_equal(found, live);
        assert_int_equal(found_small, live);
        snprintf(statement, sizeof statement, "select count(*) from %s where position > 1500", view->table);
        uint64_t newer = strtoull(sql(statement), NULL, 10);
        found = 0;
        query.newer_than = 1500; /* tombstones too */
        for (uint8_t player = 0; player < (view->audience == AUDIENCE_OWN ? 8 : 1); player++) {
            query.player = (struct uuid){{player, 0xab}};
            found += count_rows(query, 7);
        }
        assert_int_equal(found, newer);
    }
}

static void foreign_cursors_are_malformed(void **state)
{
    (void)state;
    fake_log_append(100, 15);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    static const struct {
        enum view view;
        const char *bytes;
        size_t size;
    } cursors[] = {
        {VIEW_CHARACTER, "x", 1},
        {VIEW_CHARACTER, "\x92\xa1x\xa1y", 5 /* more than its key: let through as trailing values are */},
        {VIEW_CHARACTER, "\x91\xa1x\x00", 4},
        {VIEW_CHARACTER, "\x91\x05", 2},
        {VIEW_WALLET, "\x91\xa1x", 3},
        {VIEW_TEAM, "\x91\xa1x", 3},
        {VIEW_ODDS, "\x91\xa1x", 3},
    };
    struct answer there = {.err = ERR_AWAY}; /* the query connections come up by themselves */
    while (there.err == ERR_AWAY) {
        there = (struct answer){0};
        ask(&(struct view_query){.view = VIEW_CHARACTER, .limit = 1}, &there);
    }
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
        struct answer answer = {0};
        struct view_query query = {
            .view = cursors[i].view, .limit = 10, .after = slice_of(cursors[i].bytes, cursors[i].size)};
        ask(&query, &answer);
        assert_int_equal(answer.err, i == 1 ? ERR_OK : ERR_MALFORMED);
    }
    uint8_t long_cursor[300] = {0};
    struct answer answer = {0};
    struct view_query query = {
        .view = VIEW_TEAM, .limit = 10, .after = slice_of(long_cursor, sizeof long_cursor)};
    ask(&query, &answer);
    assert_int_equal(answer.err, ERR_MALFORMED);
}

static void a_query_waits_for_a_database_that_went_back(void **state)
{
    (void)state;
    fake_log_append(200, 16);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 200);
    fake_log.away = true; /* it cannot be filled yet */
    sql("update projections set position = 100");
    struct answer answer = {0};
    struct view_query query = {.view = VIEW_PACK, .limit = 10};
    cut_connections();
    until(projector_position(nodes[0].projector) == 200 || projector_position(nodes[0].projector) == 100);
    until(projector_counters(nodes[0].projector)->reconnects > 0);
    projection_query(nodes[0].projector, &query, on_answer, &answer);
    fake_log.away = false;
    until(answer.came);
    if (answer.err == ERR_OK) /* or the connection was not back yet */
        assert_int_equal(answer.position, 200);
    else
        assert_int_equal(answer.err, ERR_AWAY);
}

static void queries_say_away_without_a_database(void **state)
{
    (void)state;
    fake_log_append(10, 17);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    sql("drop table packs cascade");
    struct answer answer = {0};
    ask(&(struct view_query){.view = VIEW_PACK, .limit = 10}, &answer);
    assert_int_equal(answer.err, ERR_AWAY);
}

int main(void)
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_log_is_ready_at_once),
        TEST(it_catches_up_page_by_page_and_then_lives_on_the_feed),
        TEST(a_hole_in_the_feed_is_read_from_the_log),
        TEST(it_goes_on_where_it_stopped),
        TEST(two_nodes_share_the_work_and_both_tell_everything),
        TEST(cut_connections_lose_and_double_nothing),
        TEST(a_database_that_went_back_is_filled_again),
        TEST(another_epoch_empties_the_tables),
        TEST(a_log_that_was_cut_off_empties_the_tables),
        TEST(dropped_tables_come_back_from_the_log),
        TEST(tables_of_another_schema_are_not_touched),
        TEST(a_stuck_event_stops_in_front_of_it),
        TEST(compare_sees_a_changed_a_missing_and_a_foreign_row),
        TEST(waiters_hear_when_the_rows_are_there_or_at_the_deadline),
        TEST(every_view_is_paged_without_gaps),
        TEST(foreign_cursors_are_malformed),
        TEST(a_query_waits_for_a_database_that_went_back),
        TEST(queries_say_away_without_a_database),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    PQfinish(owner);
    PQfinish(server);
    loop_free(loop);
    loop_free(second_loop);
    return failed;
}
