/* test_walk: what went wrong in the walk once: each bug that was found leaves its order of steps here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "game.h"
#include "oracle.h"
#include "run.h"
#include "script.h"
#include "sockets.h"

#define assert_story(expected) assert_string_equal(script_story(), expected)
#define OTHER_SOCKET world.clients[3] /* of player 0, on the other node if there is one */
#define SERVICE world.clients[5]

static struct op *make(struct client *client, struct command command)
{
    return script_op(client, &command);
}

/* A user is disabled between the verification of the token and the end of the enrolment: that socket must not
 * be signed in, although no session of this user was there to be closed. */
static void test_disabled_while_enrolled(void **state)
{
    (void)state;
    script_open_empty(1, 1);
    client_connect(world.clients[0], world.nodes[0]);
    client_sign_in(world.clients[0], NULL);
    script_settle_but_appends();
    node_disable(world.nodes[0], client_user(world.clients[0]));
    script_answers();
    assert_false(client_signed_in(world.clients[0]));
    run_close();
}

/* Two sockets of a new player sign in at once, each with another name: both are signed in, one name it is. */
static void test_two_names_at_once(void **state)
{
    (void)state;
    script_open_empty(1, 1);
    client_connect(world.clients[0], world.nodes[0]);
    client_connect(OTHER_SOCKET, world.nodes[0]);
    client_sign_in(world.clients[0], "One Name");
    client_sign_in(OTHER_SOCKET, "Other Name");
    script_answers();
    assert_true(client_signed_in(world.clients[0]) && client_signed_in(OTHER_SOCKET));
    assert_story("store: seq 1 after 0, read to 11, head 11: appended, 0 known, 0 changed\n");
    script_close();
}

/* A command is sent with `eventual`, its copy with `strong`: nobody who asked for strong is answered before
 * the views hold it. */
static void test_strong_copy_of_an_eventual_command(void **state)
{
    (void)state;
    script_open(1, 1);
    struct op *op = make(world.clients[0], game_rename("Anew"));
    op->consistency = CONSISTENCY_EVENTUAL;
    script_send(world.clients[0], op);
    op->consistency = CONSISTENCY_STRONG;
    script_send(OTHER_SOCKET, op);
    script_settle_but_appends();
    script_append(world.nodes[0]);
    while (session_can_deliver(client_session(OTHER_SOCKET)))
        session_do_deliver(client_session(OTHER_SOCKET));
    assert_story("store: seq 4 after 3, read to 14, head 14: appended, 0 known, 0 changed\n");
    script_answers();
    assert_story("client1: rename_player 000001: accepted\n"
                 "client4: rename_player 000001: accepted\n");
    script_close();
}

/* Another command with the id of one that took effect is under way when that one is repeated: each gets its
 * due. */
static void test_rival_of_a_repeat(void **state)
{
    (void)state;
    script_open(1, 1);
    struct op *op = make(SERVICE, game_grant(game_player(0), "order", 50));
    struct op *rival = make(SERVICE, game_grant(game_player(0), "order", 60));
    script_send(SERVICE, op);
    script_answers();
    node_kill(world.nodes[0]); /* so that no memory of the id helps */
    node_start(0);
    script_settle();
    client_connect(SERVICE, world.nodes[0]);
    client_sign_in(SERVICE, NULL);
    script_settle();
    script_story();
    script_send(SERVICE, rival);
    script_send(SERVICE, op);
    script_answers();
    assert_story("store: seq 1 after 0, read to 15, head 15: refused, 1 known, 0 changed\n"
                 "client6: grant 88b9e4: command_id_reused\n"
                 "client6: grant 88b9e4: accepted\n");
    script_close();
}

/* A command waits in the open batch; the node hears that others wrote its stream; the next command on that
 * stream loads it anew. The batch must not list the stream twice. */
static void test_news_of_a_stream_in_the_open_batch(void **state)
{
    (void)state;
    script_open(2, 1);
    script_send(world.clients[0], make(world.clients[0], game_rename("First")));
    loop_end_turn(node_loop(world.nodes[0])); /* sent; the store takes no other batch now */
    script_send(world.clients[0], make(world.clients[0], game_rename("Second")));
    loop_end_turn(node_loop(world.nodes[0]));
    for (int i = 0; i < 4; i++) {
        script_send(OTHER_SOCKET, make(OTHER_SOCKET, game_rename("Elsewhere")));
        script_settle_but_appends();
        script_append(world.nodes[1]);
    }
    pg_do_cut(script_appender(world.nodes[0])); /* a new writer number: the node reads what others wrote */
    script_settle_but_appends();
    script_send(world.clients[0], make(world.clients[0], game_rename("Third")));
    script_answers();
    assert_int_equal(store_head(), 14 + 7);
    script_close();
}

/* Commands wait for room in a batch; one that comes when there is room does not pass them by. */
static void test_nobody_passes_who_waits_for_room(void **state)
{
    struct op *ops[10];
    (void)state;
    script_open(1, 1);
    struct pg *appender = script_appender(world.nodes[0]);
    for (int i = 0; i < 10; i++) { /* three before; one alone, five in the open batch, one waits */
        ops[i] = make(world.clients[i % 3], game_rename("Anew"));
        ops[i]->consistency = CONSISTENCY_EVENTUAL;
        script_send(world.clients[i % 3], ops[i]);
        script_settle_but_appends();
        if (i == 2)
            script_answers();
    }
    pg_do_execute(appender);
    pg_do_answer(appender);
    loop_end_turn(node_loop(world.nodes[0])); /* the five are sent: there is room */
    struct op *late = make(world.clients[1], game_rename("Late"));
    late->consistency = CONSISTENCY_EVENTUAL;
    script_send(world.clients[1], late);
    script_answers();
    assert_true(store_command(late->command_id)->position > store_command(ops[9]->command_id)->position);
    script_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_disabled_while_enrolled),
        cmocka_unit_test(test_two_names_at_once),
        cmocka_unit_test(test_strong_copy_of_an_eventual_command),
        cmocka_unit_test(test_rival_of_a_repeat),
        cmocka_unit_test(test_news_of_a_stream_in_the_open_batch),
        cmocka_unit_test(test_nobody_passes_who_waits_for_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
