/* socket, limits of rate: what a session and an address may send, who is refused, who is closed, what is
 * remembered of those who hang up, and the order in which newcomers are let in. Buckets are emptied and
 * filled by hand (their moment is a number), never waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>
#include "helper_socket.h"

static void limits(struct socket_config *config)
{
    config->messages_per_session = 5; /* ten at once; one before the sign-in */
    config->messages_per_address = 1000000;
    config->sign_ins_per_address = 3;
    config->registrations_per_address = 2;
    config->upgrades_per_address = 100000;
    config->trusted_proxy = "127.0.0.0/8";
    config->unlimited = "203.0.113.0/24";
}

static void three_upgrades(struct socket_config *config)
{
    limits(config);
    config->upgrades_per_address = 3;
}

/* Opens one from `address`, as the proxy says. */
static struct session *open_from(struct client *client, struct socket_world *world, const char *address)
{
    char line[128];
    snprintf(line, sizeof line, "X-Forwarded-For: %s\r\n", address);
    client_connect(client, world, socket_port(world->server));
    assert_int_equal(client_upgrade(client, "/play", line), 101);
    return world_session(world);
}

/* How many of `asked` are within the limits. */
static uint32_t charge(struct session *session, enum charge charge, uint32_t asked)
{
    uint32_t taken = 0;
    for (uint32_t i = 0; i < asked; i++)
        taken += session_charge(session, charge) == 0;
    return taken;
}

static void a_session_has_a_rate_of_its_own(void **state)
{
    struct socket_world world;
    struct client one, other;
    (void)state;
    world_open(&world, limits);
    struct session *first = open_from(&one, &world, "198.51.100.1");
    struct session *second = open_from(&other, &world, "198.51.100.1");
    assert_int_equal(charge(first, CHARGE_MESSAGE, 15), 2); /* a fifth before it is signed in */
    session_set_signed_in(second, true);
    assert_int_equal(charge(second, CHARGE_MESSAGE, 15), 10); /* of the same address, and not concerned */
    uint32_t wait_ms = session_charge(second, CHARGE_MESSAGE);
    assert_in_range(wait_ms, 100, 200);
    second->messages.full_at_us -= 1000 * (uint64_t)wait_ms; /* as if it had waited */
    assert_int_equal(charge(second, CHARGE_MESSAGE, 15), 1);
    assert_int_equal(world.server->counters.rate_limited, 13 + 5 + 1 + 14);
    client_close(&one);
    client_close(&other);
    world_close(&world);
}

static void an_address_has_a_rate_for_all_its_sessions(void **state)
{
    struct socket_world world;
    struct client clients[4];
    struct session *sessions[4];
    (void)state;
    world_open(&world, limits);
    for (int i = 0; i < 3; i++)
        sessions[i] = open_from(&clients[i], &world, i < 2 ? "2001:db8:1:2::1" : "2001:db8:1:2:ffff::9");
    sessions[3] = open_from(&clients[3], &world, "2001:db8:1:3::1");
    assert_int_equal(charge(sessions[0], CHARGE_SIGN_IN, 2), 2);
    assert_int_equal(charge(sessions[1], CHARGE_SIGN_IN, 2), 1);
    assert_int_equal(charge(sessions[2], CHARGE_SIGN_IN, 2), 0);      /* the same /64 */
    assert_int_equal(charge(sessions[3], CHARGE_SIGN_IN, 2), 2);      /* the one beside it */
    assert_int_equal(charge(sessions[2], CHARGE_REGISTRATION, 9), 2); /* another kind */
    assert_in_range(session_charge(sessions[2], CHARGE_REGISTRATION), 1700000, 1800000);
    for (int i = 0; i < 4; i++)
        client_close(&clients[i]);
    world_close(&world);
}

/* Hanging up and coming back does not help; being within the limits again does. */
static void an_address_is_remembered_while_it_owes(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, limits);
    struct session *session = open_from(&client, &world, "198.51.100.1");
    assert_int_equal(charge(session, CHARGE_REGISTRATION, 3), 2);
    client_close(&client);
    world_wait_count(&world, &world.closed, 1);
    session = open_from(&client, &world, "198.51.100.1");
    assert_int_equal(charge(session, CHARGE_REGISTRATION, 3), 0);
    struct census_entry *entry = session->census;
    client_close(&client);
    world_wait_count(&world, &world.closed, 2);
    world_turn(&world);
    assert_int_equal(world.server->counters.addresses, 1);
    memset(entry->buckets, 0, sizeof entry->buckets); /* hours later */
    census_sweep(world.server);
    assert_int_equal(world.server->counters.addresses, 0);
    world_close(&world);
}

/* However many addresses owe something: none is forgotten for a newcomer, who shares the crowd's limits. */
static void a_full_census_puts_nobody_out(void **state)
{
    struct socket_world world;
    (void)state;
    world_open(&world, limits);
    struct socket_server *server = world.server;
    struct address address = {{0x20, 0x01, 0x0d, 0xb8}};
    for (uint32_t i = 0; i < CENSUS_MAX; i++) {
        memcpy(address.bytes + 4, &i, sizeof i);
        struct census_entry *entry = census_of(server, &address);
        assert_true(entry != &server->crowd);
        assert_int_equal(census_charge(server, entry, CHARGE_REGISTRATION), 0);
        census_settle(server, entry);
    }
    assert_int_equal(server->counters.addresses, CENSUS_MAX);
    uint32_t first = 0, one_more = CENSUS_MAX, two_more = CENSUS_MAX + 1;
    memcpy(address.bytes + 4, &one_more, sizeof one_more);
    struct census_entry *crowd = census_of(server, &address);
    assert_int_equal(census_charge(server, crowd, CHARGE_REGISTRATION), 0);
    memcpy(address.bytes + 4, &two_more, sizeof two_more);
    assert_ptr_equal(census_of(server, &address), crowd);
    assert_int_equal(census_charge(server, crowd, CHARGE_REGISTRATION), 0);
    assert_true(census_charge(server, crowd, CHARGE_REGISTRATION) > 0);
    memcpy(address.bytes + 4, &first, sizeof first);
    struct census_entry *old = census_of(server, &address);
    assert_int_equal(census_charge(server, old, CHARGE_REGISTRATION), 0); /* its second */
    assert_true(census_charge(server, old, CHARGE_REGISTRATION) > 0);     /* nothing was forgotten */
    census_settle(server, old);
    /* All within their limits again: places are free. */
    list_each(node, &server->resting)
        memset(list_entry(node, struct census_entry, resting)->buckets, 0, sizeof old->buckets);
    memcpy(address.bytes + 4, &one_more, sizeof one_more);
    struct census_entry *own = census_of(server, &address);
    assert_true(own != crowd);
    census_settle(server, own);
    world_close(&world);
}

static void the_exempt_have_no_limits(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, three_upgrades);
    for (int i = 0; i < 5; i++) {
        struct session *session = open_from(&client, &world, "203.0.113.77");
        for (int kind = 0; kind < CHARGE_COUNT; kind++)
            assert_int_equal(charge(session, (enum charge)kind, 1000), 1000);
        client_close(&client);
        world_wait_count(&world, &world.closed, (unsigned)i + 1);
    }
    world_close(&world);
}

static void upgrades_have_a_rate(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, three_upgrades);
    for (int i = 0; i < 3; i++) {
        open_from(&client, &world, "198.51.100.1");
        client_close(&client);
        world_wait_count(&world, &world.closed, (unsigned)i + 1);
    }
    client_connect(&client, &world, socket_port(world.server));
    assert_int_equal(client_upgrade(&client, "/play", "X-Forwarded-For: 198.51.100.1\r\n"), 429);
    assert_true(client_answer_holds(&client, "Retry-After:"));
    client_close(&client);
    open_from(&client, &world, "198.51.100.2");
    client_close(&client);
    world_close(&world);
}

/* Refused, and refused, and at last closed; one that is refused now and then never is. */
static void who_hammers_is_closed(void **state)
{
    struct socket_world world;
    struct client client;
    int pushed;
    (void)state;
    world_open(&world, limits);
    struct session *session = open_from(&client, &world, "198.51.100.1");
    session_set_signed_in(session, true);
    for (int i = 0; i < 1000; i++) { /* within HAMMERING times its limit */
        assert_int_equal(charge(session, CHARGE_MESSAGE, 55), i == 0 ? 10 : 5);
        session->messages.full_at_us -= 1000000; /* a second later */
        session->refusals.full_at_us -= session->refusals.full_at_us < 1000000 ? 0 : 1000000;
    }
    assert_false(session_closing(session));
    charge(session, CHARGE_MESSAGE, 110);
    assert_true(session_closing(session));
    assert_int_equal(client_close_code(&client, &pushed), CLOSE_TOO_MANY_MESSAGES);
    assert_int_equal(pushed, CLOSE_TOO_MANY_MESSAGES);
    client_close(&client);
    world_close(&world);
}

/* What is no message costs as one; a message in decent pieces is one. */
static void floods_of_next_to_nothing_are_closed(void **state)
{
    static const struct {
        int first;
        size_t size;
        bool closed;
    } floods[] = {{FIN | OP_PONG, 4, true},
                  {OP_CONTINUATION, 0, true},
                  {OP_CONTINUATION, FRAGMENT_LEAST_BYTES - 1, true},
                  {OP_CONTINUATION, FRAGMENT_LEAST_BYTES, false}};
    static const char bytes[FRAGMENT_LEAST_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
        struct socket_world world;
        struct client client;
        world_open(&world, limits);
        struct session *session = open_from(&client, &world, "198.51.100.1");
        session_set_signed_in(session, true);
        client_frame(&client, OP_BINARY, bytes, sizeof bytes);
        for (int frame = 0; frame < 800; frame++) /* seconds' worth, at once */
            client_frame(&client, floods[i].first, bytes, floods[i].size);
        if (floods[i].closed) {
            client_assert_closed(&client, CLOSE_TOO_MANY_MESSAGES);
            assert_int_equal(world.messages, 0);
        } else {
            client_frame(&client, FIN | OP_CONTINUATION, bytes, 1);
            world_wait_count(&world, &world.messages, 1);
            assert_int_equal(world.message_size, 801 * sizeof bytes + 1);
            assert_int_equal(world.server->counters.rate_limited, 0);
        }
        client_close(&client);
        world_close(&world);
    }
}

/* ---- newcomers ---- */

static char let_in[16]; /* the last digits of the addresses, in order */

static void note(struct socket_world *world, struct session *session)
{
    const char *peer = session_peer(session);
    (void)world;
    strncat(let_in, peer + strlen(peer) - 1, sizeof let_in - strlen(let_in) - 1);
}

struct length {
    struct socket_world *world;
    unsigned wanted;
};

static bool is_queued(void *ctx)
{
    const struct length *length = ctx;
    unsigned count = 0;
    list_each(node, &length->world->server->queued) count++;
    return count == length->wanted;
}

static void wait_queued(struct socket_world *world, unsigned count)
{
    struct length length = {world, count};
    world_wait(world, is_queued, &length);
}

static void ask(struct client *client, struct socket_world *world, int number)
{
    char text[300];
    snprintf(text, sizeof text,
             "GET /play HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
             "X-Forwarded-For: 198.51.100.%d\r\n\r\n",
             number);
    client_connect(client, world, socket_port(world->server));
    client_say(client, text);
}

/* Nobody is let in while those above have no room; then all that are still there, in the order in which they
 * asked. */
static void newcomers_wait_their_turn(void **state)
{
    struct socket_world world;
    struct client clients[5];
    (void)state;
    world_open(&world, limits);
    world.on_open = note;
    world.full = true;
    let_in[0] = '\0';
    for (int i = 0; i < 5; i++) {
        ask(&clients[i], &world, i + 1);
        wait_queued(&world, (unsigned)i + 1);
    }
    client_close(&clients[1]);
    wait_queued(&world, 4);
    assert_int_equal(world.opened, 0);
    world.full = false;
    world_wait_count(&world, &world.opened, 4);
    assert_string_equal(let_in, "1345");
    for (int i = 0; i < 5; i++)
        if (i != 1)
            client_close(&clients[i]);
    world_close(&world);
}

/* A turn opens a few, the next turns the rest. */
static void a_turn_opens_a_few(void **state)
{
    struct socket_world world;
    struct client clients[UPGRADES_PER_TURN + 8];
    unsigned most = 0;
    (void)state;
    world_open(&world, limits);
    world.full = true;
    for (int i = 0; i < UPGRADES_PER_TURN + 8; i++)
        ask(&clients[i], &world, i);
    wait_queued(&world, UPGRADES_PER_TURN + 8);
    world.full = false;
    while (world.opened < UPGRADES_PER_TURN + 8) {
        unsigned before = world.opened;
        world_turn(&world);
        most = world.opened - before > most ? world.opened - before : most;
    }
    assert_int_equal(most, UPGRADES_PER_TURN);
    for (int i = 0; i < UPGRADES_PER_TURN + 8; i++)
        client_close(&clients[i]);
    world_close(&world);
}

/* Whose turn has not come may have said something already, but not without bound. */
static void who_waits_may_not_say_much(void **state)
{
    static const char much[HEAD_MAX_BYTES + 2];
    struct socket_world world;
    struct client brief, loud;
    (void)state;
    world_open(&world, limits);
    world.full = true;
    ask(&brief, &world, 1);
    client_frame(&brief, FIN | OP_BINARY, "early", 5);
    ask(&loud, &world, 2);
    wait_queued(&world, 2);
    client_send(&loud, much, sizeof much);
    assert_int_equal(client_status(&loud), 400);
    wait_queued(&world, 1);
    world.full = false;
    world_wait_count(&world, &world.messages, 1);
    assert_int_equal(world.opened, 1);
    client_close(&brief);
    client_close(&loud);
    world_close(&world);
}

static unsigned count_waiting(struct socket_world *world)
{
    struct session *session;
    unsigned waiting = 0;
    for (size_t cursor = 0; (session = socket_next(world->server, &cursor)) != NULL;)
        waiting += session_queued_bytes(session) > 0;
    return waiting;
}

/* A row for all: a turn writes it to some, and an answer does not stand in line with it. */
static void an_answer_overtakes_the_feed(void **state)
{
    struct socket_world world;
    struct client clients[FEEDS_PER_TURN + 8];
    struct session *session, *last = NULL;
    struct outgoing *row = outgoing_new(slice_text("row"));
    (void)state;
    world_open(&world, limits);
    for (int i = 0; i < FEEDS_PER_TURN + 8; i++)
        client_open(&clients[i], &world);
    for (size_t cursor = 0; (session = socket_next(world.server, &cursor)) != NULL; last = session)
        assert_int_equal(session_feed(session, row), ERR_OK);
    session_send_bytes(last, slice_text("answer"));
    socket_stage_flush(world.server);
    assert_int_equal(session_queued_bytes(last), 0);
    assert_int_equal(count_waiting(&world), 7);
    socket_stage_flush(world.server);
    assert_int_equal(count_waiting(&world), 0);
    outgoing_unref(row);
    for (int i = 0; i < FEEDS_PER_TURN + 8; i++)
        client_close(&clients[i]);
    world_close(&world);
}

static void who_waits_too_long_is_told(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, limits);
    world.full = true;
    world.server->limits.queued_within_ms = 30;
    ask(&client, &world, 1);
    assert_int_equal(client_status(&client), 503);
    assert_true(client_answer_holds(&client, "Retry-After:"));
    client_close(&client);
    assert_int_equal(world.opened, 0);
    world_close(&world);
}

/* ---- descriptors ---- */

static int lowest_free_descriptor(void)
{
    int fd = dup(STDIN_FILENO);
    assert_true(fd >= 0);
    close(fd);
    return fd;
}

static bool has_room(void *ctx)
{
    const struct socket_world *world = ctx;
    return world->server->descriptor_ceiling > lowest_free_descriptor();
}

/* The limit is lowered below what is open: newcomers are told, at no cost to those inside, and are let in
 * again once it is raised. */
static void no_descriptor_at_all(void **state)
{
    struct socket_world world;
    struct client inside, more[3];
    struct rlimit before, low;
    struct frame frame;
    (void)state;
    world_open(&world, limits);
    open_from(&inside, &world, "198.51.100.1");
    for (int i = 0; i < 3; i++)
        client_connect(&more[i], &world, socket_port(world.server)); /* the kernel's, not taken yet */
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = (rlim_t)lowest_free_descriptor();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(client_status(&more[i]), 503);
    client_frame(&inside, FIN | OP_BINARY, "on", 2);
    assert_true(client_next(&inside, &frame));
    assert_int_equal(world.server->counters.turned_away, 3);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (int i = 0; i < 3; i++)
        client_close(&more[i]);
    world_wait(&world, has_room, &world); /* the janitor may have looked while the limit was low */
    open_from(&more[0], &world, "198.51.100.2");
    client_close(&more[0]);
    client_close(&inside);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_has_a_rate_of_its_own),
        cmocka_unit_test(an_address_has_a_rate_for_all_its_sessions),
        cmocka_unit_test(an_address_is_remembered_while_it_owes),
        cmocka_unit_test(a_full_census_puts_nobody_out),
        cmocka_unit_test(the_exempt_have_no_limits),
        cmocka_unit_test(upgrades_have_a_rate),
        cmocka_unit_test(who_hammers_is_closed),
        cmocka_unit_test(floods_of_next_to_nothing_are_closed),
        cmocka_unit_test(newcomers_wait_their_turn),
        cmocka_unit_test(a_turn_opens_a_few),
        cmocka_unit_test(who_waits_may_not_say_much),
        cmocka_unit_test(an_answer_overtakes_the_feed),
        cmocka_unit_test(who_waits_too_long_is_told),
        cmocka_unit_test(no_descriptor_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
