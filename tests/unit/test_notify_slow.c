/* notify: readers that are slower than their rows. They are caught up from what they surely have, and
 * whatever the order of steps, a replica that applies what it is told ends as the table is and never holds a
 * mark that lies. */
#include "fake_notify.h"
#include <stdio.h>
#include <string.h>
#include "helper_wire.h"

static void a_slow_reader_is_caught_up_from_what_it_surely_has(void **state)
{
    (void)state;
    live(&sessions[0]);
    batch(11, wallet(1, 1));
    sessions[0].room = 0;
    sessions[0].trace[0] = '\0';
    for (uint64_t position = 12; position < 100; position++)
        batch(position, wallet(1, position), item(1, "a"));
    assert_true(sessions[0].refused);
    assert_int_equal(query_first, query_count); /* nothing is asked while its queue is full */
    uint64_t own, public_mark;
    notify_marks(notify, &sessions[0], &own, &public_mark);
    assert_int_equal(own, 0);
    sessions[0].room = 10;
    notify_drained(notify, &sessions[0]);
    assert_int_equal(queries[query_first % 1024].queries[0].newer_than, 11);
    answer_all();
    told(&sessions[0], "own 99 wallet@99 item@99");
    batch(100, wallet(1, 5));
    told(&sessions[0], "own 100 wallet@100");
}

static void a_slow_reader_of_public_rows_is_caught_up_too(void **state)
{
    (void)state;
    live(&sessions[0]);
    batch(11, stock("x", 1));
    advance(1);
    sessions[0].room = 0;
    sessions[0].trace[0] = '\0';
    batch(12, stock("x", 2));
    advance(300);
    batch(13, stock("y", 2));
    advance(300);
    sessions[0].room = 10;
    notify_drained(notify, &sessions[0]);
    answer_all();
    told(&sessions[0], "public 13 stock@12 stock@13");
}

static void a_full_queue_in_a_catch_up_pauses_it(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), item(1, "a"));
    sessions[0].room = 0;
    follow(&sessions[0], 0, 0);
    answer_all();
    told(&sessions[0], "");
    sessions[0].room = 1;
    notify_drained(notify, &sessions[0]);
    answer_all();
    told(&sessions[0], "own 11 wallet@11 item@11");
    sessions[0].room = 1;
    notify_drained(notify, &sessions[0]);
    answer_all();
    told(&sessions[0], "public 11");
}

static void a_live_row_missed_in_a_catch_up_makes_another_pass(void **state)
{
    (void)state;
    batch(11, wallet(1, 5), item(1, "a"));
    follow(&sessions[0], 0, 0);
    answer_one(ERR_OK);
    answer_one(ERR_OK); /* players and proofs were read, wallets not yet... */
    answer_one(ERR_OK); /* ...now they are */
    sessions[0].room = 0;
    batch(15, wallet(1, 7)); /* does not fit: the pass has the wallet of 11 */
    sessions[0].room = 10;
    answer_all();
    told(&sessions[0], "own 11 wallet@11 item@11, own 15 wallet@15, public 15");
}

/* Whatever happens, a client that applies what it is told has what the table has, and its mark is never a
 * lie. */
struct replica {
    uint64_t wallet_position, mark;
};

static void apply(struct session *session, struct replica *replica)
{
    for (char *at = strtok(session->trace, ","); at != NULL; at = strtok(NULL, ",")) {
        unsigned mark, position;
        char *row = strstr(at, "wallet@");
        if (row != NULL && sscanf(row, "wallet@%u", &position) == 1 && position > replica->wallet_position)
            replica->wallet_position = position;
        if (sscanf(at, " own %u", &mark) == 1 && mark != 0)
            replica->mark = mark;
        assert_true(replica->wallet_position >=
                    (replica->mark & ~UINT64_C(1))); /* even positions change it */
    }
    session->trace[0] = '\0';
}

static void any_order_of_steps_ends_with_the_same_replica(void **state)
{
    (void)state;
    struct wire_random random = {wire_random_seed()};
    for (int round = 0; round < 300; round++) {
        struct session *session = &sessions[0];
        struct replica replica = {0};
        table_count = 0;
        uint64_t position = (table_position + 4) & ~UINT64_C(1);
        batch(position, wallet(1, position));
        session->room = 3;
        follow(session, 0, 0);
        for (int step = 0; step < 60; step++) {
            switch (wire_random_below(&random, 6)) {
            case 0:
            case 1:
                position++;
                if (position % 2 == 0)
                    batch(position, wallet(1, position));
                else
                    batch(position, item(1, "a"), stock("x", position));
                break;
            case 2:
                if (query_first < query_count)
                    answer_one(wire_random_below(&random, 5) == 0 ? ERR_AWAY : ERR_OK);
                break;
            case 3:
                session->room = (int)wire_random_below(&random, 3);
                break;
            case 4:
                session->room += 2;
                if (session->refused) {
                    session->refused = false;
                    notify_drained(notify, session);
                }
                break;
            case 5:
                advance(wire_random_below(&random, 400));
                break;
            }
            apply(session, &replica);
        }
        for (int i = 0; i < 5; i++) { /* quiet: it drains, and what was asked is answered */
            session->room = 1000;
            session->refused = false;
            notify_drained(notify, session);
            answer_all();
            advance(600);
        }
        apply(session, &replica);
        uint64_t own, public_mark;
        notify_marks(notify, session, &own, &public_mark);
        assert_int_equal(own, position);
        assert_int_equal(public_mark, position);
        assert_int_equal(replica.wallet_position, position & ~UINT64_C(1));
        notify_forget(notify, session);
        answer_all();
        query_first = query_count = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_slow_reader_is_caught_up_from_what_it_surely_has),
        TEST(a_slow_reader_of_public_rows_is_caught_up_too),
        TEST(a_full_queue_in_a_catch_up_pauses_it),
        TEST(a_live_row_missed_in_a_catch_up_makes_another_pass),
        TEST(any_order_of_steps_ends_with_the_same_replica),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
