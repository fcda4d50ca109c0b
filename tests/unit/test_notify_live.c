/* notify: rows as their batches commit. Own rows go at once to the sockets of their player, public ones to
 * all, at most four times a second. */
#include "fake_notify.h"
#include <string.h>

static void own_rows_go_to_the_sockets_of_their_player_at_once(void **state)
{
    (void)state;
    live(&sessions[0]);
    live(&sessions[1]);
    live(&sessions[2]);
    outgoing_made = 0;
    batch(12, item(1, "a"), wallet(2, 3), wallet(1, 2), item(1, "b"), wallet(9, 1));
    told(&sessions[0], "own 12 wallet@12 item@12 item@12");
    told(&sessions[1], "own 12 wallet@12 item@12 item@12");
    told(&sessions[2], "own 12 wallet@12");
    assert_int_equal(outgoing_made, 2); /* once a player */
    uint64_t own, public_mark;
    batch(13, wallet(9, 2));
    told(&sessions[0], "");
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own, 13); /* nothing of it for this player: the tick will say so */
    assert_int_equal(public_mark, 13);
}

static void rows_that_are_not_pushed_stay(void **state)
{
    (void)state;
    live(&sessions[0]);
    batch(12, {.view = VIEW_OPENING, .opening = {.player = {{1}}, .opening = 1}});
    told(&sessions[0], "");
}

static void many_rows_make_several_messages_and_the_last_has_the_mark(void **state)
{
    (void)state;
    static struct row rows[1200];
    live(&sessions[0]);
    for (uint32_t i = 0; i < 1200; i++) {
        rows[i] = team(1, i, false);
        rows[i].position = 12;
    }
    sessions[0].trace[0] = '\0';
    announce(rows, 1200, 12);
    assert_int_equal(strncmp(sessions[0].trace, "own 0 team@12", 13), 0);
    assert_int_equal(sessions[0].room, 1000 - 2 - 3);
}

static void public_rows_are_conflated(void **state)
{
    (void)state;
    live(&sessions[0]);
    batch(11, stock("x", 99));
    advance(1);
    told(&sessions[0], "public 11 stock@11"); /* the first after a quiet time leaves at once */
    for (uint64_t position = 12; position < 40; position++)
        batch(position, stock(position % 2 == 0 ? "x" : "y", position));
    uint64_t own, public_mark;
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own, 39);
    assert_int_equal(public_mark, 11); /* what waits is not told yet */
    advance(200);
    told(&sessions[0], "");
    advance(60);
    told(&sessions[0], "public 39 stock@38 stock@39");
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(public_mark, 39);
}

static void public_rows_leave_at_most_four_times_a_second(void **state)
{
    (void)state;
    live(&sessions[0]);
    outgoing_made = 0;
    for (uint64_t i = 0; i < 3000; i++) {
        batch(11 + i, stock("x", i));
        advance(0);
        now_ms++;
        sessions[0].trace[0] = '\0';
    }
    assert_in_range(outgoing_made, 11, 13); /* three seconds */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(own_rows_go_to_the_sockets_of_their_player_at_once),
        TEST(rows_that_are_not_pushed_stay),
        TEST(many_rows_make_several_messages_and_the_last_has_the_mark),
        TEST(public_rows_are_conflated),
        TEST(public_rows_leave_at_most_four_times_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
