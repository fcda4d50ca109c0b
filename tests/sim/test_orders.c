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
static void elsewhere_op(struct client *client, struct op *op)
{
    script_send(client, op);
    while (store_command(op->command_id) == NULL) { /* the first attempt may be refused: it is stale too */
        script_settle_but_appends();
        script_append(world.nodes[1]);
    }
}

static void elsewhere(struct client *client, struct command command)
{
    elsewhere_op(client, make(client, command));
}

static void end_turn(void)
{
    loop_end_turn(node_loop(world.nodes[0]));
}

/* All that the players' openings need is in memory from here on: what they send is decided at once. */
static void warm_up(const char *pack)
{
    for (uint32_t i = 0; i < PLAYERS; i++)
        script_send(player(i), make(player(i), game_open(pack, 1)));
    script_settle();
    script_story();
}

/* A command that a refusal does not concern: what is in the log in the end is what was decided first, byte by
 * byte, although time has passed meanwhile. */
struct bystander {
    struct op *op;
    struct slice decided;
};

static struct bystander bystander(struct client *client, struct command command)
{
    struct bystander by = {.op = make(client, command)};
    script_send(client, by.op);
    return by;
}

static void watch(struct bystander *by)
{
    by->decided = script_sent(world.nodes[0], by->op);
    assert_true(by->decided.size > 0);
    world.wall_ms += 7;
}

static void assert_as_decided(const struct bystander *by)
{
    struct slice stored = script_stored(by->op);
    assert_int_equal(stored.size, by->decided.size);
    assert_memory_equal(stored.data, by->decided.data, stored.size);
}

static void assert_withdrawn(uint64_t count)
{
    assert_int_equal(script_withdrawn(world.nodes[0]), count);
}

/* 1. Batch 1 is refused, as another node wrote the player meanwhile; batch 2, decided on what batch 1 wrote,
 * is sent already and must not commit. What others have in both batches goes out again as it was. */
static void test_refused_batch_takes_its_readers(void **state)
{
    (void)state;
    script_open(2, 2);
    warm_up("std");
    struct bystander beside = bystander(player(1), game_open("std", 1));
    script_send(player(0), make(player(0), game_rename("First")));
    end_turn();
    script_send(player(0), make(player(0), game_rename("Second")));
    struct bystander behind = bystander(player(2), game_open("std", 1));
    end_turn();
    watch(&beside);
    watch(&behind);
    elsewhere(OTHER_SOCKET, game_rename("Elsewhere"));
    script_answers();
    assert_story("store: seq 1 after 0, read to 11, head 17: refused, 0 known, 1 changed\n"
                 "store: seq 2 after 0, read to 11, head 17: appended, 0 known, 0 changed\n"
                 "store: seq 5 after 4, read to 17, head 18: refused, 0 known, 1 changed\n"
                 "store: seq 6 after 5, read to 17, head 18: orphaned, 0 known, 0 changed\n"
                 "store: seq 7 after 4, read to 17, head 18: appended, 0 known, 0 changed\n"
                 "store: seq 8 after 7, read to 17, head 19: appended, 0 known, 0 changed\n"
                 "store: seq 9 after 8, read to 17, head 20: appended, 0 known, 0 changed\n"
                 "client1: rename_player 000005: accepted\n"
                 "client1: rename_player 000006: accepted\n"
                 "client2: open_pack 000004: accepted\n"
                 "client3: open_pack 000007: accepted\n"
                 "client4: rename_player 000008: accepted\n");
    assert_as_decided(&beside);
    assert_as_decided(&behind);
    assert_withdrawn(2);
    script_close();
}

/* 2. Another node retires a pack that this node still has in memory as on sale, and of which it only reads.
 * Who opens another pack in the same batch is not concerned. */
static void test_stale_read_is_refused(void **state)
{
    (void)state;
    script_open(2, 1);
    warm_up("std");
    script_send(player(2), make(player(2), game_open("few", 1)));
    script_settle();
    script_send(player(1), make(player(1), game_open("std", 1)));
    struct bystander beside = bystander(player(2), game_open("few", 1));
    end_turn();
    watch(&beside);
    elsewhere(OPERATOR, game_retire("std"));
    script_answers();
    assert_story("store: seq 5 after 4, read to 17, head 17: appended, 0 known, 0 changed\n"
                 "client3: open_pack 000004: accepted\n"
                 "store: seq 1 after 0, read to 11, head 19: appended, 0 known, 0 changed\n"
                 "store: seq 6 after 5, read to 19, head 20: refused, 0 known, 1 changed\n"
                 "store: seq 7 after 5, read to 19, head 20: appended, 0 known, 0 changed\n"
                 "client2: open_pack 000005: pack_retired\n"
                 "client3: open_pack 000006: accepted\n"
                 "client5: retire_pack 000007: accepted\n");
    assert_as_decided(&beside);
    assert_withdrawn(1);
    script_close();
}

/* 2, the other way: the pack is back on sale before the command comes, and this node has not heard of it. A
 * rejection is appended nowhere, so the log is asked. */
static void test_stale_rejection_is_not_told(void **state)
{
    (void)state;
    script_open(2, 1);
    elsewhere(OPERATOR, game_retire("std"));
    script_settle();
    script_send(player(1), make(player(1), game_open("std", 1)));
    script_answers();
    elsewhere(OPERATOR, game_publish("std", false, 0, 30));
    script_send(player(1), make(player(1), game_open("std", 1)));
    script_answers();
    assert_non_null(strstr(script_story(), "client2: open_pack 000004: accepted\n"));
    script_close();
}

/* 4. A rejection (too little currency) was decided on a spend that is then withdrawn: it must not be told.
 * One of another player, whose spend stays, is. */
static void test_rejection_rides_on_the_spend(void **state)
{
    (void)state;
    script_open(2, 1);
    warm_up("std");
    script_send(player(0), make(player(0), game_open("std", 10))); /* 500 - 20 - 180 */
    script_send(player(1), make(player(1), game_open("std", 10)));
    script_settle();
    struct bystander beside = bystander(player(1), game_open("std", 10));
    script_send(player(0), make(player(0), game_open("std", 10))); /* 120 left, not yet committed */
    script_send(player(0), make(player(0), game_open("std", 10))); /* too little, if that commits */
    script_send(player(1), make(player(1), game_open("std", 10))); /* too little as well */
    end_turn();
    watch(&beside);
    elsewhere(SERVICE, game_grant(game_player(0), "gift", 500));
    script_answers();
    assert_story("store: seq 5 after 4, read to 17, head 17: appended, 0 known, 0 changed\n"
                 "client1: open_pack 000004: accepted\n"
                 "client2: open_pack 000005: accepted\n"
                 "store: seq 1 after 0, read to 11, head 19: refused, 0 known, 1 changed\n"
                 "store: seq 2 after 0, read to 11, head 19: appended, 0 known, 0 changed\n"
                 "store: seq 6 after 5, read to 19, head 20: refused, 0 known, 1 changed\n"
                 "store: seq 7 after 5, read to 19, head 20: appended, 0 known, 0 changed\n"
                 "store: seq 8 after 7, read to 19, head 21: appended, 0 known, 0 changed\n"
                 "client2: open_pack 000009: wallet_insufficient\n"
                 "client1: open_pack 000007: accepted\n"
                 "client1: open_pack 000008: accepted\n"
                 "client2: open_pack 000006: accepted\n"
                 "client6: grant b4091b: accepted\n");
    assert_as_decided(&beside);
    assert_withdrawn(2);
    script_close();
}

/* 5. c1(A), c2(A, B), c3(B, C) in one batch, and A is refused: c3 never touched A. c0(C), in front of it, and
 * c4(D) stay; C is written by one that stays and by one that goes, who must find it with what stays. */
static void test_refusal_is_transitive(void **state)
{
    (void)state;
    script_open(2, 1);
    warm_up("few");
    warm_up("std");
    struct bystander before = bystander(player(1), game_open("std", 1));
    script_send(player(0), make(player(0), game_rename("First")));
    script_send(player(0), make(player(0), game_open("few", 1)));
    script_send(player(1), make(player(1), game_open("few", 1)));
    struct bystander beside = bystander(player(2), game_open("std", 1));
    end_turn();
    watch(&before);
    watch(&beside);
    elsewhere(OTHER_SOCKET, game_rename("Elsewhere"));
    script_answers();
    assert_story("store: seq 1 after 0, read to 11, head 23: refused, 0 known, 1 changed\n"
                 "store: seq 2 after 0, read to 11, head 23: appended, 0 known, 0 changed\n"
                 "store: seq 6 after 5, read to 23, head 24: refused, 0 known, 1 changed\n"
                 "store: seq 7 after 5, read to 23, head 24: appended, 0 known, 0 changed\n"
                 "store: seq 8 after 7, read to 23, head 26: appended, 0 known, 0 changed\n"
                 "store: seq 9 after 8, read to 23, head 27: appended, 0 known, 0 changed\n"
                 "store: seq 10 after 9, read to 23, head 29: appended, 0 known, 0 changed\n"
                 "client1: rename_player 000008: accepted\n"
                 "client1: open_pack 000009: accepted\n"
                 "client2: open_pack 000007: accepted\n"
                 "client2: open_pack 00000a: accepted\n"
                 "client3: open_pack 00000b: accepted\n"
                 "client4: rename_player 00000c: accepted\n");
    assert_as_decided(&before);
    assert_as_decided(&beside);
    assert_withdrawn(3);
    script_close();
}

/* The same, and what stays is refused as well when it goes out again, for another player: who was withdrawn
 * and waits for it, and who stays now, are right again. */
static void test_refused_twice(void **state)
{
    (void)state;
    script_open(2, 2);
    warm_up("std");
    struct bystander beside = bystander(player(1), game_open("std", 1));
    script_send(player(0), make(player(0), game_rename("First")));
    script_send(player(2), make(player(2), game_rename("Third")));
    end_turn();
    watch(&beside);
    elsewhere(OTHER_SOCKET, game_rename("Elsewhere"));
    script_append(world.nodes[0]);
    assert_withdrawn(1);
    elsewhere(SERVICE, game_grant(game_player(2), "gift", 500));
    script_answers();
    assert_story("store: seq 1 after 0, read to 11, head 17: refused, 0 known, 1 changed\n"
                 "store: seq 2 after 0, read to 11, head 17: appended, 0 known, 0 changed\n"
                 "store: seq 5 after 4, read to 17, head 18: refused, 0 known, 1 changed\n"
                 "store: seq 3 after 2, read to 11, head 18: appended, 0 known, 0 changed\n"
                 "store: seq 6 after 4, read to 17, head 19: refused, 0 known, 1 changed\n"
                 "store: seq 7 after 6, read to 17, head 19: orphaned, 0 known, 0 changed\n"
                 "store: seq 8 after 4, read to 17, head 19: appended, 0 known, 0 changed\n"
                 "store: seq 9 after 8, read to 17, head 20: appended, 0 known, 0 changed\n"
                 "store: seq 10 after 9, read to 17, head 21: appended, 0 known, 0 changed\n"
                 "client1: rename_player 000005: accepted\n"
                 "client2: open_pack 000004: accepted\n"
                 "client3: rename_player 000006: accepted\n"
                 "client4: rename_player 000007: accepted\n"
                 "client6: grant b4091b: accepted\n");
    assert_as_decided(&beside);
    assert_withdrawn(2);
    script_close();
}

/* Each time before its batch gets there, another node has written the player: after attempts_max of them the
 * command is answered `conflict`, and takes nobody with it. */
static void test_conflict_in_the_end(void **state)
{
    (void)state;
    script_open(2, 1);
    warm_up("std");
    struct bystander beside = bystander(player(1), game_open("std", 1));
    script_send(player(0), make(player(0), game_rename("Never")));
    end_turn();
    watch(&beside);
    for (uint32_t attempt = 1; attempt <= 8; attempt++) {
        script_story();
        elsewhere(OTHER_SOCKET, game_rename("Elsewhere"));
        script_append(world.nodes[0]);
        assert_withdrawn(attempt);
        if (attempt == 1)
            script_append(world.nodes[0]); /* what stays goes in front */
        script_settle_but_appends();
    }
    assert_story("store: seq 9 after 8, read to 25, head 25: appended, 0 known, 0 changed\n"
                 "store: seq 13 after 6, read to 19, head 26: refused, 0 known, 1 changed\n"
                 "client1: rename_player 000005: conflict\n"
                 "client4: rename_player 00000d: accepted\n");
    script_answers();
    assert_as_decided(&beside);
    script_close();
}

/* An id that another node has taken meanwhile is found in the log when its batch is refused: nobody else in
 * it is decided anew, nor is who made the same player's next command wait. */
static void test_known_command_concerns_nobody_else(void **state)
{
    (void)state;
    script_open(2, 2);
    warm_up("std");
    struct op *twice = make(player(0), game_rename("Twice"));
    struct bystander beside = bystander(player(1), game_open("std", 1));
    script_send(player(0), twice);
    end_turn();
    watch(&beside);
    elsewhere_op(OTHER_SOCKET, twice);
    script_answers();
    assert_story("store: seq 1 after 0, read to 11, head 17: refused, 0 known, 1 changed\n"
                 "store: seq 2 after 0, read to 11, head 17: appended, 0 known, 0 changed\n"
                 "store: seq 5 after 4, read to 17, head 18: refused, 1 known, 1 changed\n"
                 "store: seq 6 after 4, read to 17, head 18: appended, 0 known, 0 changed\n"
                 "client1: rename_player 000004: accepted\n"
                 "client2: open_pack 000005: accepted\n"
                 "client4: rename_player 000004: accepted\n");
    assert_as_decided(&beside);
    assert_withdrawn(1);
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
                 "store: seq 5 after 0, read to 14, head 14: appended, 0 known, 0 changed\n"
                 "client1: open_pack 000001: accepted\n"
                 "store: seq 4 after 3, read to 14, head 16: fenced, 1 known, 0 changed\n");
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
    assert_story("store: seq 4 after 3, read to 14, head 14: appended, 0 known, 0 changed\n"
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
    assert_story("store: seq 4 after 3, read to 14, head 14: appended, 0 known, 0 changed\n"
                 "client5: retire_pack 000001: accepted\n"
                 "store: seq 5 after 4, read to 15, head 15: appended, 0 known, 0 changed\n"
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

static uint64_t first_nonce(const struct op *op)
{
    struct arena arena;
    struct event event;
    arena_init(&arena, 4096, 1u << 20);
    states_decode(store_command(op->command_id), &arena, &event);
    uint64_t nonce = event.pack_opened.first_nonce;
    assert_int_equal(event.type, EVENT_PACK_OPENED);
    arena_release(&arena);
    return nonce;
}

/* 14. Two openings of one player in flight, the first one withdrawn: each takes the nonces of its place. The
 * second, had it stayed, would have taken some twice. */
static void test_withdrawn_opening_and_nonces(void **state)
{
    (void)state;
    script_open(2, 2);
    warm_up("std");
    struct op *ten = make(player(0), game_open("std", 10)), *one = make(player(0), game_open("std", 1));
    struct op *elsewhere_one = make(OTHER_SOCKET, game_open("std", 1));
    script_send(player(0), ten);
    struct bystander beside = bystander(player(1), game_open("std", 1));
    end_turn();
    script_send(player(0), one);
    end_turn();
    watch(&beside);
    elsewhere_op(OTHER_SOCKET, elsewhere_one);
    script_answers();
    assert_story("store: seq 1 after 0, read to 11, head 17: refused, 0 known, 1 changed\n"
                 "store: seq 2 after 0, read to 11, head 17: appended, 0 known, 0 changed\n"
                 "store: seq 5 after 4, read to 17, head 18: refused, 0 known, 1 changed\n"
                 "store: seq 6 after 5, read to 17, head 18: orphaned, 0 known, 0 changed\n"
                 "store: seq 7 after 4, read to 17, head 18: appended, 0 known, 0 changed\n"
                 "store: seq 8 after 7, read to 17, head 19: appended, 0 known, 0 changed\n"
                 "client1: open_pack 000004: accepted\n"
                 "client1: open_pack 000005: accepted\n"
                 "client2: open_pack 000007: accepted\n"
                 "client4: open_pack 000006: accepted\n");
    assert_int_equal(first_nonce(elsewhere_one), 1);
    assert_int_equal(first_nonce(ten), 2);
    assert_int_equal(first_nonce(one), 12);
    assert_as_decided(&beside);
    assert_withdrawn(2);
    script_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_batch_takes_its_readers),
        cmocka_unit_test(test_stale_read_is_refused),
        cmocka_unit_test(test_stale_rejection_is_not_told),
        cmocka_unit_test(test_rejection_rides_on_the_spend),
        cmocka_unit_test(test_refusal_is_transitive),
        cmocka_unit_test(test_refused_twice),
        cmocka_unit_test(test_conflict_in_the_end),
        cmocka_unit_test(test_known_command_concerns_nobody_else),
        cmocka_unit_test(test_late_commit_is_fenced),
        cmocka_unit_test(test_late_commit_is_found),
        cmocka_unit_test(test_resent_after_its_opposite),
        cmocka_unit_test(test_withdrawn_opening_and_nonces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
