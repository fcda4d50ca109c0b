/* test_projections: the projector. Needs a database, see projections_world.h. */
#include "projections_world.h"
#include "base/check.h"
#include "gen/c/schema.h"
#include "projection/compare.h"
#include "wire/frame.h"

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

/* How many draws there are, counted in the events themselves. */
static const char *drawn_in_log(void)
{
    static char text[32];
    uint64_t count = 0;
    for (uint32_t i = 0; i < fake_log.count; i++)
        if (fake_log.events[i]->event.type == EVENT_PACK_OPENED)
            count += fake_log.events[i]->event.pack_opened.pulls.count;
    snprintf(text, sizeof text, "%llu", (unsigned long long)count);
    return text;
}

/* Interleaving 10: a delta is added by one of them, whoever comes first; nothing else in the row would tell.
 */
static void two_projectors_on_one_statistics_row_count_each_draw_once(void **state)
{
    (void)state;
    fake_log_append(1000, 41);
    open_node(&nodes[0]);
    open_node(&nodes[1]);
    for (int i = 0; i < 100; i++) { /* both hear of everything at once, and now and then of a hole */
        uint64_t first = fake_log_append(10, 4000 + (uint64_t)i);
        if (i % 7 != 3)
            feed(&nodes[i % 2], first, 10);
        if (i % 11 != 5)
            feed(&nodes[1 - i % 2], first, 10);
        if (i % 10 == 9)
            cut_connections();
        turn();
    }
    until(projector_lowest(nodes[0].projector) == 2000 && projector_lowest(nodes[1].projector) == 2000);
    assert_string_equal(sql("select sum(observed) from pull_statistics"), drawn_in_log());
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
    fake_log_append(200, 4);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 200);
    sql("drop table if exists saved");
    sql("create table saved as table pull_statistics");
    feed(&nodes[0], fake_log_append(64, 40), 64);
    until(projector_position(nodes[0].projector) == 264);
    sql("begin");
    sql("update projections set position = 200, chain = null");
    sql("delete from openings where position > 200");
    sql("delete from pull_statistics");
    sql("insert into pull_statistics select * from saved");
    sql("commit");
    sql("drop table saved");
    cut_connections();
    until(projector_counters(nodes[0].projector)->reconnects > 0 &&
          strcmp(sql("select min(position) from projections"), "264") == 0);
    until(projector_position(nodes[0].projector) == 264);
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

/* Interleaving 11: restored to an earlier position, the log has grown past where the tables stand. */
static void a_log_that_grew_again_empties_the_tables(void **state)
{
    (void)state;
    fake_log_append(1000, 7);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 1000);
    uint64_t generation = projector_generation(nodes[0].projector);
    cut_connections(); /* the same log: nothing begins anew */
    fake_log_append(10, 8);
    until(projector_position(nodes[0].projector) == 1010);
    assert_int_equal(projector_generation(nodes[0].projector), generation);
    projector_close(nodes[0].projector);
    fake_log_cut(800);
    fake_log_append(400, 99);
    open_node(&nodes[0]);
    until(projector_ready(nodes[0].projector));
    assert_true(projector_generation(nodes[0].projector) > generation);
    assert_int_equal(projector_position(nodes[0].projector), 1200);
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
    until(projector_position(nodes[0].projector) == 450); /* the others go on */
    until(strcmp(status_of(&nodes[0], "wallets").state, "stopped") == 0 &&
          strcmp(status_of(&nodes[0], "openings").state, "stopped") == 0);
    assert_true(projector_lowest(nodes[0].projector) >= 400 && projector_lowest(nodes[0].projector) < 450);
    prepare();
    until(projector_generation(nodes[0].projector) > generation);
    until(projector_position(nodes[0].projector) == 450 && projector_ready(nodes[0].projector));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_log_is_ready_at_once),
        TEST(it_catches_up_page_by_page_and_then_lives_on_the_feed),
        TEST(a_hole_in_the_feed_is_read_from_the_log),
        TEST(it_goes_on_where_it_stopped),
        TEST(two_nodes_share_the_work_and_both_tell_everything),
        TEST(two_projectors_on_one_statistics_row_count_each_draw_once),
        TEST(cut_connections_lose_and_double_nothing),
        TEST(a_database_that_went_back_is_filled_again),
        TEST(another_epoch_empties_the_tables),
        TEST(a_log_that_was_cut_off_empties_the_tables),
        TEST(a_log_that_grew_again_empties_the_tables),
        TEST(dropped_tables_come_back_from_the_log),
        TEST(tables_of_another_schema_are_not_touched),
        TEST(a_stuck_event_stops_in_front_of_it),
        TEST(compare_sees_a_changed_a_missing_and_a_foreign_row),
        TEST(waiters_hear_when_the_rows_are_there_or_at_the_deadline),
    };
    return world_main(tests, sizeof tests / sizeof *tests);
}
