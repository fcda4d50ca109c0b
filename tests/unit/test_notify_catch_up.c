/* notify: who follows gets what is newer than its marks, then the marks; whoever asks again, fails, closes or
 * goes away meanwhile, and when the tables are made anew. The trace of messages is the assertion. */
#include "fake_notify.h"
#include <stdio.h>
#include <string.h>

/* Ten thousand at once are one question about the public rows. */
static void who_asks_the_same_gets_the_same_public_rows(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), stock("x", 9), stock("y", 1));
    live(&sessions[0]);
    uint32_t asked = query_count;
    int made = outgoing_made;
    for (int i = 1; i < 8; i++)
        follow(&sessions[i], 0, 0);
    answer_all();
    assert_int_equal(query_count - asked, 7); /* one each, for its own rows */
    assert_int_equal(outgoing_made - made, 7);
    told(&sessions[1], "own 11 wallet@11, public 11 stock@11 stock@11");
    told(&sessions[7], "own 11, public 11 stock@11 stock@11");
    batch(12, stock("x", 8)); /* not the same any more */
    sessions[8].room = 1;
    follow(&sessions[8], 0, 0);
    answer_all();
    told(&sessions[8], "own 12");
    notify_drained(notify, &sessions[8]);
    sessions[8].room = 10;
    answer_all();
    told(&sessions[8], "public 12 stock@12 stock@11");
}

static void a_snapshot_that_does_not_fit_is_gone_on_with(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "pack-%d", i);
        struct row row = stock(name, 1);
        store(&row, 1, 11);
    }
    follow(&sessions[0], 0, 0);
    answer_all();
    char whole[8192];
    snprintf(whole, sizeof whole, "%s", sessions[0].trace);
    uint32_t asked = query_count;
    follow(&sessions[1], 0, 0);
    answer_all();
    assert_int_equal(query_count - asked, 1);
    assert_string_equal(sessions[1].trace, whole);
    sessions[2].room = 2; /* its own rows and the first public message */
    follow(&sessions[2], 0, 0);
    answer_all();
    sessions[2].room = 100;
    notify_drained(notify, &sessions[2]);
    answer_all();
    uint64_t own, public_mark;
    notify_marks(notify, &sessions[2], &own, &public_mark);
    assert_int_equal(public_mark, 11);
}

static void a_first_follow_gets_everything_and_then_the_marks(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), item(1, "a"), team(1, 1, true), wallet(2, 6));
    batch(12, stock("x", 9));
    uint64_t own, public_mark;
    follow(&sessions[0], 0, 0);
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own + public_mark, 0); /* nothing yet */
    answer_all();
    told(&sessions[0], "own 12 wallet@11 item@11 -team@11, public 12 stock@12");
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own, 12);
    assert_int_equal(public_mark, 12);
}

static void who_comes_back_gets_what_is_newer_tombstones_too(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), item(1, "a"), team(1, 1, false));
    batch(20, team(1, 1, true), stock("x", 9));
    batch(25, wallet(2, 1));
    follow(&sessions[0], 11, 20);
    answer_all();
    told(&sessions[0], "own 25 -team@20, public 25");
}

static void an_empty_catch_up_still_tells_its_mark(void **state)
{
    (void)state;
    follow(&sessions[0], 10, 10);
    answer_all();
    told(&sessions[0], "own 10, public 10");
}

static void the_mark_is_the_checkpoint_before_the_first_row(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), item(1, "a"));
    follow(&sessions[0], 0, 0);
    answer_one(ERR_OK); /* players, at 11 */
    batch(15, wallet(1, 7));
    answer_all();
    /* the live row went out at once, without a mark; the pass tells 11 although its wallet is of 15 */
    told(&sessions[0], "own 0 wallet@15, own 11 wallet@15 item@11, public 15");
    uint64_t own, public_mark;
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own, 15); /* live since: everything up to 15 was queued */
}

static void pages_are_packed_and_large_ones_split(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 1000; i++) {
        struct row row = team(1, i, false);
        char name[] = "a name of some forty bytes, as they come";
        row.team.name = slice_text(name);
        store(&row, 1, 11);
        table[table_count - 1].team.name = slice_text("a name of some forty bytes, as they come");
    }
    follow(&sessions[0], 0, 0);
    answer_all();
    unsigned rows = 0, messages = 0;
    for (const char *at = sessions[0].trace; (at = strstr(at, "team@11")) != NULL; at++)
        rows++;
    for (const char *at = sessions[0].trace; (at = strstr(at, "own ")) != NULL; at++)
        messages++;
    assert_in_range(messages, 2, 4);
    assert_true(rows > 500); /* as far as the trace reaches */
    assert_int_equal(strncmp(sessions[0].trace, "own 0 team@11", 13), 0);
}

static void a_failed_query_is_asked_again_later(void **state)
{
    (void)state;
    batch(11, wallet(1, 5));
    follow(&sessions[0], 0, 0);
    answer_one(ERR_AWAY);
    assert_int_equal(query_first, query_count); /* not at once */
    advance(600);
    answer_all();
    told(&sessions[0], "own 11 wallet@11, public 11");
}

static void a_session_that_goes_away_is_dropped_safely(void **state)
{
    (void)state;
    follow(&sessions[0], 0, 0);
    follow(&sessions[1], 0, 0);
    notify_forget(notify, &sessions[0]);
    answer_all();
    told(&sessions[0], "");
    told(&sessions[1], "own 10, public 10");
}

/* It takes nothing more, and may take long to go: nobody else waits for that. */
static void a_session_that_closes_holds_up_nobody(void **state)
{
    (void)state;
    follow(&sessions[0], 0, 0);
    sessions[0].closing = true;
    answer_all();
    sessions[2].closing = true;
    follow(&sessions[2], 0, 0);
    assert_int_equal(query_first, query_count); /* not even asked for */
    follow(&sessions[4], 10, 10);
    answer_all();
    told(&sessions[0], "");
    told(&sessions[4], "own 10, public 10");
}

static void following_again_starts_over(void **state)
{
    (void)state;
    batch(11, wallet(1, 5));
    follow(&sessions[0], 0, 0);
    answer_one(ERR_OK);
    follow(&sessions[0], 10, 10);
    answer_all();
    told(&sessions[0], "own 11 wallet@11, public 11");
}

static void catch_ups_run_a_few_at_a_time_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < 64; i++)
        follow(&sessions[i], 10, 10);
    assert_int_equal(query_count, 32);
    notify_forget(notify, &sessions[40]); /* one in the queue, one that runs */
    notify_forget(notify, &sessions[3]);
    answer_all();
    for (int i = 0; i < 64; i++)
        told(&sessions[i], i == 40 || i == 3 ? "" : "own 10, public 10");
}

static void tables_made_anew_send_everyone_back(void **state)
{
    (void)state;
    live(&sessions[0]);
    follow(&sessions[2], 0, 0);
    batch(11, wallet(1, 1), stock("x", 1)); /* the public rows are asked for, too */
    assert_false(sessions[0].closing || sessions[2].closing);
    table_generation = 6; /* an answer that was on its way */
    answer_group();
    assert_false(sessions[0].closing || sessions[2].closing);
    table_generation = 8;
    answer_group();
    assert_true(sessions[0].closing && sessions[2].closing);
    notify_forget(notify, &sessions[0]);
    notify_forget(notify, &sessions[2]);
    live(&sessions[4]);
    batch(12, wallet(3, 1));
    assert_false(sessions[4].closing);
    table_generation = 9;
    batch(1, wallet(9, 1));
    assert_true(sessions[4].closing);
}

/* A page has told of new tables, and the database crashes back to before the switch: marks are told all the
 * same. */
static void a_switch_that_a_crash_undid(void **state)
{
    (void)state;
    live(&sessions[0]);
    table_generation = 8;
    follow(&sessions[2], 0, 0);
    answer_all();
    assert_true(sessions[0].closing && sessions[2].closing);
    notify_forget(notify, &sessions[0]);
    notify_forget(notify, &sessions[2]);
    table_generation = 7;
    struct projected back = {.anew = true, .position = 10, .own_mark = 10, .public_mark = 10};
    notify_projected(notify, &back);
    live(&sessions[4]);
    batch(12, wallet(1, 1));
    uint64_t own, public_mark;
    notify_marks(notify, &sessions[4], &own, &public_mark);
    assert_int_equal(own, 12);
    assert_int_equal(public_mark, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_first_follow_gets_everything_and_then_the_marks),
        TEST(who_asks_the_same_gets_the_same_public_rows),
        TEST(a_snapshot_that_does_not_fit_is_gone_on_with),
        TEST(who_comes_back_gets_what_is_newer_tombstones_too),
        TEST(an_empty_catch_up_still_tells_its_mark),
        TEST(the_mark_is_the_checkpoint_before_the_first_row),
        TEST(pages_are_packed_and_large_ones_split),
        TEST(a_failed_query_is_asked_again_later),
        TEST(a_session_that_goes_away_is_dropped_safely),
        TEST(a_session_that_closes_holds_up_nobody),
        TEST(following_again_starts_over),
        TEST(catch_ups_run_a_few_at_a_time_in_order),
        TEST(tables_made_anew_send_everyone_back),
        TEST(a_switch_that_a_crash_undid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
