/* test_orders: the interleavings of the walk and the store that are known to break such systems, step by
 * step.
 *
 * Each test says in its comment what would go wrong, then moves the world to the point where it would, and
 * asserts the story: what the store made of each batch, what each client was answered. script_close brings
 * everything to rest and checks the promises as after a random run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "game.h"
#include "oracle.h"
#include "oracle_states.h"
#include "script.h"
#include "base/log.h"

#define assert_story(expected) assert_string_equal(script_story(), expected)

static struct client *player(uint32_t number)
{
    return world.clients[number];
}
#define OTHER_SOCKET world.clients[3] /* of player 0, on the other node if there is one */
#define OPERATOR world.clients[4]
#define SERVICE world.clients[5]

static struct op *make(struct client *client, struct command command)
{
    return script_op(client, &command);
}

/* A batch that the other node commits before anything of this node does. */
static void elsewhere(struct client *client, struct command command)
{
    struct op *op = make(client, command);
    script_send(client, op);
    while (store_command(op->command_id) == NULL) { /* the first attempt may be refused: it is stale too */
        script_settle_but_appends();
        script_append(world.nodes[1]);
    }
}

/* 1. Batch 1 is refused, as another node wrote the player meanwhile; batch 2, decided on what batch 1 wrote,
 * is sent already and must not commit. */
static void test_refused_batch_takes_those_behind_it(void **state)
{
    (void)state;
    script_open(2, 2);
    script_send(player(0), make(player(0), game_rename("First")));
    loop_end_turn(node_loop(world.nodes[0]));
    script_send(player(0), make(player(0), game_rename("Second")));
    loop_end_turn(node_loop(world.nodes[0]));
    elsewhere(OTHER_SOCKET, game_rename("Elsewhere"));
    script_answers();
    assert_story("store: seq 1 after 0, read to 11, head 14: appended, 0 known, 0 changed\n"
                 "store: seq 4 after 3, read to 11, head 15: refused, 0 known, 1 changed\n"
                 "store: seq 5 after 4, read to 11, head 15: orphaned, 0 known, 0 changed\n"
                 "store: seq 6 after 3, read to 11, head 15: appended, 0 known, 0 changed\n"
                 "client1: rename_player 000001: accepted\n"
                 "client1: rename_player 000002: accepted\n"
                 "client4: rename_player 000003: accepted\n");
    script_close();
}

/* 2. Another node retires a pack that this node still has in memory as on sale, and of which it only reads.
 */
static void test_stale_read_is_refused(void **state)
{
    (void)state;
    script_open(2, 1);
    script_send(player(1), make(player(1), game_open("std", 1)));
    script_settle();
    elsewhere(OPERATOR, game_retire("std"));
    script_send(player(1), make(player(1), game_open("std", 1)));
    script_answers();
    assert_story("store: seq 4 after 3, read to 11, head 14: appended, 0 known, 0 changed\n"
                 "client2: open_pack 000001: accepted\n"
                 "store: seq 1 after 0, read to 11, head 15: appended, 0 known, 0 changed\n"
                 "store: seq 5 after 4, read to 11, head 16: refused, 0 known, 1 changed\n"
                 "client2: open_pack 000003: pack_retired\n"
                 "client5: retire_pack 000002: accepted\n");
    script_close();
}

/* 4. A rejection (too little currency) was decided on a spend that is then withdrawn: it must not be told. */
static void test_rejection_rides_on_the_spend(void **state)
{
    (void)state;
    script_open(2, 1);
    script_send(player(0), make(player(0), game_open("std", 10))); /* 500 - 180 */
    script_settle();
    script_send(player(0), make(player(0), game_open("std", 10))); /* 140 left, not yet committed */
    loop_end_turn(node_loop(world.nodes[0]));
    script_send(player(0), make(player(0), game_open("std", 10))); /* too little, if that commits */
    script_settle_but_appends();
    elsewhere(SERVICE, game_grant(game_player(0), "gift", 500));
    script_answers();
    assert_story("store: seq 4 after 3, read to 11, head 14: appended, 0 known, 0 changed\n"
                 "client1: open_pack 000001: accepted\n"
                 "store: seq 1 after 0, read to 11, head 15: refused, 0 known, 1 changed\n"
                 "store: seq 2 after 0, read to 11, head 15: appended, 0 known, 0 changed\n"
                 "store: seq 5 after 4, read to 11, head 16: refused, 0 known, 1 changed\n"
                 "store: seq 6 after 4, read to 11, head 16: appended, 0 known, 0 changed\n"
                 "client1: open_pack 000002: accepted\n"
                 "client1: open_pack 000003: accepted\n"
                 "client6: grant b4091b: accepted\n");
    script_close();
}

/* 5. c1(A), c2(A, B), c3(B, C) in one batch, and A is refused: c3 never touched A. */
static void test_refusal_is_transitive(void **state)
{
    (void)state;
    script_open(2, 1);
    script_send(player(0), make(player(0), game_rename("First")));
    script_send(player(0), make(player(0), game_open("few", 1)));
    script_send(player(1), make(player(1), game_open("few", 1)));
    script_settle_but_appends();
    elsewhere(OTHER_SOCKET, game_rename("Elsewhere"));
    script_answers();
    assert_story("store: seq 1 after 0, read to 11, head 14: appended, 0 known, 0 changed\n"
                 "store: seq 4 after 3, read to 11, head 15: refused, 0 known, 1 changed\n"
                 "store: seq 5 after 3, read to 11, head 15: appended, 0 known, 0 changed\n"
                 "store: seq 6 after 5, read to 11, head 16: appended, 0 known, 0 changed\n"
                 "store: seq 7 after 6, read to 11, head 18: appended, 0 known, 0 changed\n"
                 "client1: rename_player 000001: accepted\n"
                 "client1: open_pack 000002: accepted\n"
                 "client2: open_pack 000003: accepted\n"
                 "client4: rename_player 000004: accepted\n");
    script_close();
}

/* 6. The connection is lost while the batch waits for the lock. It is looked up, absent, and sent anew; then
 * the old backend gets the lock after all. */
static void test_late_commit_is_fenced(void **state)
{
    (void)state;
    script_open(1, 1);
    script_send(player(0), make(player(0), game_open("few", 1)));
    script_settle_but_appends();
    pg_do_cut(script_appender(world.nodes[0]));
    script_settle();
    backend_do_execute();
    script_answers();
    assert_story("store: writer 2 in place of 1, head 14\n"
                 "store: seq 5 after 0, read to 11, head 14: appended, 0 known, 0 changed\n"
                 "client1: open_pack 000001: accepted\n"
                 "store: seq 4 after 3, read to 11, head 16: fenced, 1 known, 0 changed\n");
    script_close();
}

/* The same, and the old backend is faster than the new writer number: found, not sent again. */
static void test_late_commit_is_found(void **state)
{
    (void)state;
    script_open(1, 1);
    script_send(player(0), make(player(0), game_open("few", 1)));
    script_settle_but_appends();
    pg_do_cut(script_appender(world.nodes[0]));
    backend_do_execute();
    script_answers();
    assert_story("store: seq 4 after 3, read to 11, head 14: appended, 0 known, 0 changed\n"
                 "store: writer 2 in place of 1, head 16\n"
                 "client1: open_pack 000001: accepted\n");
    script_close();
}

/* 13. retire, publish again, and the first one resent: it took effect once, and the pack stays on sale. Also
 * by a process that has never seen it. */
static void test_resent_after_its_opposite(void **state)
{
    (void)state;
    script_open(1, 1);
    struct op *retire = make(OPERATOR, game_retire("std"));
    script_send(OPERATOR, retire);
    script_settle();
    script_send(OPERATOR, make(OPERATOR, game_publish("std", false, 0, 30)));
    script_settle();
    script_send(OPERATOR, retire);
    script_answers();
    assert_story("store: seq 4 after 3, read to 11, head 14: appended, 0 known, 0 changed\n"
                 "client5: retire_pack 000001: accepted\n"
                 "store: seq 5 after 4, read to 11, head 15: appended, 0 known, 0 changed\n"
                 "client5: publish_pack 000002: accepted\n"
                 "client5: retire_pack 000001: accepted\n");
    node_kill(world.nodes[0]);
    node_start(0);
    script_settle();
    client_connect(OPERATOR, world.nodes[0]);
    client_sign_in(OPERATOR, NULL);
    script_settle();
    script_send(OPERATOR, retire);
    script_answers();
    assert_story("store: writer 2 in place of 1, head 16\n"
                 "store: seq 1 after 0, read to 16, head 16: refused, 1 known, 0 changed\n"
                 "client5: retire_pack 000001: accepted\n");
    script_close();
}

static uint64_t first_nonce(uint64_t position)
{
    struct arena arena;
    struct event event;
    arena_init(&arena, 4096, 1u << 20);
    states_decode(store_event(position), &arena, &event);
    uint64_t nonce = event.pack_opened.first_nonce;
    assert_int_equal(event.type, EVENT_PACK_OPENED);
    arena_release(&arena);
    return nonce;
}

/* 14. Two openings of one player in flight, the first one withdrawn: each takes the nonces of its place. */
static void test_withdrawn_opening_and_nonces(void **state)
{
    (void)state;
    script_open(2, 2);
    uint64_t head = store_head();
    script_send(player(0), make(player(0), game_open("std", 10)));
    loop_end_turn(node_loop(world.nodes[0]));
    script_send(player(0), make(player(0), game_open("std", 1)));
    loop_end_turn(node_loop(world.nodes[0]));
    elsewhere(OTHER_SOCKET, game_open("std", 1));
    script_answers();
    assert_story("store: seq 1 after 0, read to 11, head 14: appended, 0 known, 0 changed\n"
                 "store: seq 4 after 3, read to 11, head 15: refused, 0 known, 1 changed\n"
                 "store: seq 5 after 3, read to 11, head 15: appended, 0 known, 0 changed\n"
                 "client1: open_pack 000001: accepted\n"
                 "client1: open_pack 000002: accepted\n"
                 "client4: open_pack 000003: accepted\n");
    assert_int_equal(first_nonce(head + 1), 0);  /* the other node's */
    assert_int_equal(first_nonce(head + 2), 1);  /* the ten */
    assert_int_equal(first_nonce(head + 3), 11); /* the one behind them */
    script_close();
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_batch_takes_those_behind_it),
        cmocka_unit_test(test_stale_read_is_refused),
        cmocka_unit_test(test_rejection_rides_on_the_spend),
        cmocka_unit_test(test_refusal_is_transitive),
        cmocka_unit_test(test_late_commit_is_fenced),
        cmocka_unit_test(test_late_commit_is_found),
        cmocka_unit_test(test_resent_after_its_opposite),
        cmocka_unit_test(test_withdrawn_opening_and_nonces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
