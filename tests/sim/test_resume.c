/* test_resume: the interleavings of the projections and of clients that come back, step by step: what a mark
 * promises, whatever the tables went through.
 *
 * The oracle is at work in all of them: each mark is held against the log when it is told, each checkpoint
 * when it moves, and script_close compares tables and replicas with the log. A test moves the world to the
 * point where that would fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "accidents.h"
#include "game.h"
#include "oracle.h"
#include "script.h"
#include "sockets.h"

#define PLAYER world.clients[0]
#define OTHER_SOCKET world.clients[3] /* of the same player, on the other node if there is one */
#define OPERATOR world.clients[4]
#define NODE world.nodes[0]

static void play(struct client *client, struct command command)
{
    struct op *op = script_op(client, &command);
    script_send(client, op);
    script_answers();
    assert_int_equal(op->state, OP_ACCEPTED);
}

static void come_back(struct client *client, struct node *node)
{
    client_cut(client);
    script_arrive(client, node);
}

/* It drops, and loses what it had. */
static void forget(struct client *client)
{
    client_cut(client);
    replica_clear((struct replica *)client_replica(client), AUDIENCE_OWN);
    replica_clear((struct replica *)client_replica(client), AUDIENCE_PUBLIC);
}

static uint64_t own_mark(const struct client *client)
{
    return client_replica(client)->marks[0];
}

/* 7. Rows of two commits leave in different frames, and the client drops between. */
static void test_dropped_between_two_frames(void **state)
{
    (void)state;
    script_open(1, 1);
    client_stall(PLAYER, 100000);
    play(OTHER_SOCKET, game_rename("First"));
    play(OTHER_SOCKET, game_open("few", 1));
    session_do_deliver(client_session(PLAYER)); /* the first frame only */
    client_stall(PLAYER, 0);
    come_back(PLAYER, NODE);
    assert_int_equal(own_mark(PLAYER), store_head());
    script_close();
}

/* 8. One projection stops while the client's others go on, and is repaired: the mark waits for it, the rows
 * come. */
static void test_one_projection_stops(void **state)
{
    (void)state;
    script_open(1, 1);
    uint64_t before = store_head();
    views_refuse("wallets");
    play(OTHER_SOCKET, game_open("few", 1));
    play(OTHER_SOCKET, game_rename("Meanwhile"));
    assert_true(own_mark(PLAYER) <= before); /* though rows of the others are here */
    come_back(PLAYER, NODE);
    assert_true(own_mark(PLAYER) <= before);
    views_refuse(NULL);
    script_pass(15000); /* it is tried again by itself */
    assert_int_equal(own_mark(PLAYER), store_head());
    script_close();
}

/* 9. A rebuild changes rows at old positions: a client that has everything up to now gets them all the same.
 */
static void test_rebuilt_rows_replace(void **state)
{
    (void)state;
    script_open(1, 1);
    play(PLAYER, game_open("few", 1));
    struct replica_row *row = (struct replica_row *)&client_replica(PLAYER)->rows[0];
    assert_false(row->deleted);
    row->bytes = slice_of(keep(row->bytes.data, row->bytes.size), row->bytes.size);
    ((uint8_t *)row->bytes.data)[row->bytes.size - 1] ^= 1; /* as the code of before made it */
    views_rebuild(-1);
    script_pass(3000);
    assert_null(client_session(PLAYER)); /* told to come back */
    script_arrive(PLAYER, NODE);
    for (uint32_t i = 0; i < world.client_count; i++)
        if (client_session(world.clients[i]) == NULL)
            script_arrive(world.clients[i], NODE);
    script_close();
}

/* 10. Two projectors on one row that adds up: each event counts once. */
static void test_two_projectors_one_sum(void **state)
{
    (void)state;
    script_open(2, 1);
    script_hold("move_checkpoints");
    struct command command = game_open("std", 10);
    script_send(PLAYER, script_op(PLAYER, &command));
    script_pass(3000); /* both nodes have it, and neither may write */
    script_hold(NULL);
    script_answers();
    assert_int_equal(views_position(), store_head());
    script_close();
}

/* 11. The log is restored to before where the projections stand, and goes on past it with other events. */
static void test_log_goes_back_behind_the_projections(void **state)
{
    (void)state;
    script_open(1, 1);
    uint64_t kept = store_head();
    for (int i = 0; i < 3; i++)
        play(PLAYER, game_rename(i == 1 ? "Twice" : "Thrice"));
    views_fsync();
    assert_int_equal(views_position(), kept + 3);
    accident_restore(kept);
    script_settle();
    for (uint32_t i = 0; i < world.client_count; i++)
        script_arrive(world.clients[i], NODE);
    for (int i = 0; i < 5; i++)
        play(OTHER_SOCKET, game_open(i == 0 ? "few" : "std", 1));
    assert_int_equal(views_position(), store_head());
    script_close();
}

/* 12. The projections database crashes and goes back after a strong answer: who asks then does not see less.
 */
static void test_projections_go_back_after_a_strong_answer(void **state)
{
    (void)state;
    script_open(1, 1);
    views_fsync();
    play(PLAYER, game_open("few", 1));
    script_hold("move_checkpoints");
    accident_views_go_back();
    script_settle();
    trace_clear();
    client_list(PLAYER, VIEW_WALLET, 0);
    script_settle();
    assert_null(strstr(trace_text(), "list wallets: as of"));
    script_hold(NULL);
    script_answers();
    char answered[60];
    snprintf(answered, sizeof answered, "client1: list wallets: as of %d", (int)store_head());
    assert_non_null(strstr(trace_text(), answered));
    script_close();
}

/* The tables are dropped and made anew between the moment a query was let through and its execution. */
static void test_tables_dropped_under_a_query(void **state)
{
    (void)state;
    script_open(1, 1);
    play(PLAYER, game_open("few", 1));
    script_hold("read_position");
    client_list(PLAYER, VIEW_WALLET, store_head());
    script_settle();
    views_drop();
    script_hold(NULL);
    script_answers(); /* client_take_page demands that it is as of then */
    script_close();
}

/* A server that has just started does not know where its projections stand, and another one moves them on. */
static void test_follow_at_a_server_that_has_just_started(void **state)
{
    (void)state;
    script_open(2, 1);
    node_kill(world.nodes[0]);
    node_start(0);
    script_hold("node1.projector");
    script_settle();
    client_connect(PLAYER, world.nodes[0]);
    client_sign_in(PLAYER, NULL);
    script_answers();
    client_follow(PLAYER);
    script_settle();
    assert_false(client_following(PLAYER));
    script_pass(2500); /* as long as it waits: followed now, and told nothing yet */
    assert_true(client_following(PLAYER));
    play(OTHER_SOCKET, game_open("few", 1));
    script_hold(NULL);
    script_answers();
    assert_int_equal(own_mark(PLAYER), store_head());
    script_close();
}

/* A catch-up has read one page when the database goes back: its mark is that of the page which knew least. */
static void test_tables_go_back_between_two_pages(void **state)
{
    (void)state;
    script_open(1, 1);
    play(OTHER_SOCKET, game_open("few", 1)); /* no answer that is remembered will do */
    views_fsync();
    script_hold("node1.projector");
    struct command command = game_open("few", 1);
    struct op *op = script_op(OTHER_SOCKET, &command);
    op->consistency = CONSISTENCY_EVENTUAL;
    script_send(OTHER_SOCKET, op);
    script_settle();
    pg_do_execute(script_connection(NODE, "projector")); /* written, and the node does not know yet */
    struct client *newcomer = OPERATOR;                  /*  */
    forget(newcomer);
    client_connect(newcomer, NODE);
    client_sign_in(newcomer, NULL);
    script_settle();
    script_hold("read_position"); /* a page at a time */
    client_follow(newcomer);
    script_settle();
    struct pg *queries = script_connection(NODE, "queries");
    while (client_replica(newcomer)->count == 0) { /* until it has packs, and the first of the odds */
        pg_do_execute(queries);
        script_settle();
    }
    accident_views_go_back();
    script_hold(NULL);
    script_hold("move_checkpoints");
    script_answers(); /* the other odds, stock: as of before */
    script_hold(NULL);
    script_answers();
    script_close();
}

/* The tables go back and are switched; who comes before the projector has noticed is told nothing of what
 * was. */
static void test_marks_of_tables_that_went_back(void **state)
{
    (void)state;
    script_open(1, 1);
    views_fsync();
    play(PLAYER, game_open("few", 1));
    script_hold("read_checkpoints");
    accident_views_go_back();
    script_settle();
    pg_do_execute(script_connection(NODE, "projector")); /* read, and not answered yet */
    script_hold("node1.projector");
    views_rebuild(-1);
    come_back(PLAYER, NODE); /* the first page says that the tables are others: it is sent away */
    script_settle();
    assert_null(client_session(PLAYER));
    forget(PLAYER);
    script_arrive(PLAYER, NODE);
    script_pass(5000); /* ticks tell marks */
    script_hold(NULL);
    script_answers();
    script_close();
}

/* The tables are dropped and made anew while a node cannot ask where they stand: what it knew of the old ones
 * counts for nothing, neither for who follows nor for a strong answer. */
static void test_dropped_while_the_projector_is_away(void **state)
{
    (void)state;
    script_open(2, 1);
    struct command command = game_open("few", 1);
    struct op *op = script_op(PLAYER, &command);
    script_send(PLAYER, op);
    script_answers();
    script_hold("move_checkpoints");
    accident_views_dropped();
    pg_do_tell(script_connection(NODE, "projector"));
    script_hold("node1.projector");
    forget(PLAYER);
    script_pass(1000);
    pg_do_execute(
        script_connection(world.nodes[1], "projector")); /* the other node fills them again, so far */
    assert_in_range(views_position(), 1, store_head() - 1);
    for (int i = 0; i < 2; i++) { /* the first page may send it away */
        if (client_session(PLAYER) == NULL)
            script_arrive(PLAYER, NODE);
        script_pass(3000);
    }
    script_send(PLAYER, op); /* a repeat: answered at once, if the node believes that its rows are there */
    script_answers();
    script_hold(NULL);
    script_answers();
    script_close();
}

int main(void)
{
    if (getenv("TRACE") != NULL)
        trace_live(true);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dropped_between_two_frames),
        cmocka_unit_test(test_one_projection_stops),
        cmocka_unit_test(test_rebuilt_rows_replace),
        cmocka_unit_test(test_two_projectors_one_sum),
        cmocka_unit_test(test_log_goes_back_behind_the_projections),
        cmocka_unit_test(test_projections_go_back_after_a_strong_answer),
        cmocka_unit_test(test_tables_dropped_under_a_query),
        cmocka_unit_test(test_follow_at_a_server_that_has_just_started),
        cmocka_unit_test(test_tables_go_back_between_two_pages),
        cmocka_unit_test(test_marks_of_tables_that_went_back),
        cmocka_unit_test(test_dropped_while_the_projector_is_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
