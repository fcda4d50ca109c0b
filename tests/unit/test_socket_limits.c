/* socket at its bounds: every queue, pool and wait has one, and this is what happens there. Deadlines are
 * made short (server->limits), never slept for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>
#include <ev.h>
#include "helper_socket.h"

/* ---- time ---- */

static void whoever_does_not_sign_in_goes(void **state)
{
    static const char *const paths[] = {"/play", "/join"};
    struct socket_world world;
    struct client client, signed_in;
    (void)state;
    world_open(&world, NULL);
    client_open(&signed_in, &world);
    struct session *session = world_session(&world);
    session_set_signed_in(session, true);
    world.server->config.sign_in_within_ms = 30;
    for (int i = 0; i < 2; i++) {
        client_connect(&client, &world, socket_port(world.server));
        assert_int_equal(client_upgrade(&client, paths[i], ""), 101);
        client_assert_closed(&client, CLOSE_SIGN_IN_TIMEOUT);
    }
    assert_false(session_closing(session));
    session_set_signed_in(session, false);
    client_assert_closed(&signed_in, CLOSE_SIGN_IN_TIMEOUT);
    world_close(&world);
}

static void silent_peers_are_pinged_then_hung_up(void **state)
{
    struct socket_world world;
    struct client client;
    struct frame frame;
    (void)state;
    world_open(&world, NULL);
    client_open(&client, &world);
    world.server->limits.ping_after_ms = 20;
    assert_true(client_next(&client, &frame));
    assert_int_equal(frame.opcode, OP_PING);
    client_frame(&client, FIN | OP_PONG, frame.data, frame.size);
    assert_true(client_next(&client, &frame)); /* it answered, so it is asked again */
    assert_int_equal(frame.opcode, OP_PING);
    world.server->limits.silent_ms = 60;
    client_wait_end(&client);
    assert_int_equal(world.closed, 1);
    client_close(&client);
    world_close(&world);
}

/* A peer that never answers the close frame does not hold its place. */
static void an_unanswered_close_ends(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    client_open(&client, &world);
    world.server->limits.close_within_ms = 500; /* a busy machine takes a while to write the close frame */
    session_close(world_session(&world), CLOSE_SIGNED_OUT);
    assert_int_equal(client_close_code(&client, NULL), CLOSE_SIGNED_OUT);
    client_wait_end(&client);
    assert_int_equal(world.closed, 1);
    client_close(&client);
    world_close(&world);
}

static void nothing(struct ev_loop *ev, struct ev_io *io, int events)
{
    (void)ev, (void)io, (void)events;
}

/* A peer that floods leaves no turn of the loop without an event, and libwebsockets' timers wait for one. */
static void a_loop_without_rest_keeps_deadlines(void **state)
{
    struct socket_world world;
    struct client client;
    struct ev_io flood;
    (void)state;
    world_open(&world, NULL);
    client_open(&client, &world);
    world.server->limits.close_within_ms = 500; /* a busy machine takes a while to write the close frame */
    int always = eventfd(1, 0);
    ev_io_init(&flood, nothing, always, EV_READ);
    ev_io_start(loop_ev(world.loop), &flood);
    session_close(world_session(&world), CLOSE_SIGNED_OUT);
    assert_int_equal(client_close_code(&client, NULL), CLOSE_SIGNED_OUT);
    client_wait_end(&client);
    ev_io_stop(loop_ev(world.loop), &flood);
    close(always);
    client_close(&client);
    world_close(&world);
}

static void half_requests_time_out(void **state)
{
    struct socket_world world;
    struct client silent, half;
    (void)state;
    world_open(&world, NULL);
    world.server->limits.front_within_ms = 500; /* what `half` says comes before that */
    client_connect(&silent, &world, socket_port(world.server));
    client_connect(&half, &world, socket_port(world.server));
    client_say(&half, "GET /play HTTP/1.1\r\nHost:");
    assert_int_equal(client_status(&half), 408);
    client_wait_end(&half);
    client_wait_end(&silent);
    assert_int_equal(silent.size, 0);
    client_close(&half);
    client_close(&silent);
    world_wait_count(&world, &world.server->front_count, 0);
    world_close(&world);
}

/* ---- how many ---- */

static void three_per_address(struct socket_config *config)
{
    config->sessions_per_address_max = 3;
    config->trusted_proxy = "10.1.0.0/16, 127.0.0.0/8";
}

static void no_proxy_three_per_address(struct socket_config *config)
{
    config->sessions_per_address_max = 3;
}

static void an_address_has_a_limit(void **state)
{
    struct socket_world world;
    struct client clients[3], more;
    (void)state;
    world_open(&world, no_proxy_three_per_address);
    for (int i = 0; i < 3; i++)
        client_open(&clients[i], &world);
    client_connect(&more, &world, socket_port(world.server));
    assert_int_equal(client_upgrade(&more, "/play", "X-Forwarded-For: 9.9.9.9\r\n"),
                     101); /* spoofed: ignored */
    client_assert_closed(&more, CLOSE_TOO_MANY_CONNECTIONS);
    assert_int_equal(world.opened, 3);
    client_close(&clients[0]);
    world_wait_count(&world, &world.closed, 1);
    client_open(&more, &world); /* there is room again */
    client_close(&more);
    client_close(&clients[1]);
    client_close(&clients[2]);
    world_close(&world);
}

/* Far above the limit nothing is opened any more. */
static void insistence_is_refused(void **state)
{
    struct socket_world world;
    struct client clients[3 + SURPLUS_PER_ADDRESS_MAX], more;
    (void)state;
    world_open(&world, no_proxy_three_per_address);
    for (int i = 0; i < 3 + SURPLUS_PER_ADDRESS_MAX; i++)
        client_open(&clients[i], &world);
    client_connect(&more, &world, socket_port(world.server));
    assert_int_equal(client_upgrade(&more, "/play", ""), 429);
    client_close(&more);
    for (int i = 0; i < 3 + SURPLUS_PER_ADDRESS_MAX; i++)
        client_close(&clients[i]);
    world_close(&world);
}

static void a_trusted_proxy_names_the_peer(void **state)
{
    static const struct {
        const char *lines, *peer;
        bool secure;
    } table[] = {
        {"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n", "203.0.113.9", true},
        {"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: http\r\n", "203.0.113.9", false},
        {"X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.1.2.3\r\n", "203.0.113.9", false},
        {"X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2001:db8::7, 10.1.2.3:8080\r\n", "2001:db8::7", false},
        {"X-Forwarded-For: 1.1.1.1, rubbish\r\nX-Forwarded-Proto: https\r\n", "127.0.0.1", true},
        {"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: http, https\r\n", "203.0.113.9", true},
        {"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https,http\r\n", "203.0.113.9", false},
        {"X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: http\r\n",
         "203.0.113.9", false},
        {"", "127.0.0.1", true},
    };
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, three_per_address);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        client_connect(&client, &world, socket_port(world.server));
        assert_int_equal(client_upgrade(&client, "/play", table[i].lines), 101);
        assert_string_equal(world.peer, table[i].peer);
        assert_int_equal(world.secure, table[i].secure);
        client_close(&client);
        world_wait_count(&world, &world.closed, (unsigned)i + 1);
    }
    world_close(&world);
}

/* Behind the proxy the limit holds for each client, and the proxy itself has none. */
static void clients_of_a_proxy_are_counted_apart(void **state)
{
    struct socket_world world;
    struct client clients[9], more;
    (void)state;
    world_open(&world, three_per_address);
    for (int i = 0; i < 9; i++) {
        char line[64];
        snprintf(line, sizeof line, "X-Forwarded-For: 203.0.113.%d\r\n", i % 3);
        client_connect(&clients[i], &world, socket_port(world.server));
        assert_int_equal(client_upgrade(&clients[i], "/play", line), 101);
    }
    assert_int_equal(world.opened, 9);
    client_connect(&more, &world, socket_port(world.server));
    assert_int_equal(client_upgrade(&more, "/play", "X-Forwarded-For: 203.0.113.1\r\n"), 101);
    client_assert_closed(&more, CLOSE_TOO_MANY_CONNECTIONS);
    for (int i = 0; i < 9; i++)
        client_close(&clients[i]);
    world_close(&world);
}

static void two_in_all(struct socket_config *config)
{
    config->sessions_max = 2;
}

static void the_pool_has_a_limit(void **state)
{
    struct socket_world world;
    struct client a, b, more;
    (void)state;
    world_open(&world, two_in_all);
    client_open(&a, &world);
    client_open(&b, &world);
    client_connect(&more, &world, socket_port(world.server));
    assert_int_equal(client_upgrade(&more, "/play", ""), 503);
    assert_true(client_answer_holds(&more, "Retry-After: 1\r\n"));
    client_close(&more);
    client_close(&a);
    world_wait_count(&world, &world.closed, 1);
    client_open(&more, &world);
    client_close(&more);
    client_close(&b);
    world_close(&world);
}

static bool has_front(void *ctx)
{
    return ((struct socket_world *)ctx)->server->front_count == 1;
}

static void draining_refuses_newcomers(void **state)
{
    struct socket_world world;
    struct client open, late;
    (void)state;
    world_open(&world, NULL);
    client_open(&open, &world);
    client_connect(&late, &world, socket_port(world.server));
    world_wait(&world, has_front, &world);
    socket_stop_accepting(world.server);
    assert_int_equal(client_upgrade(&late, "/play", ""), 503);
    client_close(&late);
    session_close(world_session(&world), CLOSE_GOING_AWAY);
    client_assert_closed(&open, CLOSE_GOING_AWAY);
    world_close(&world);
}

/* The limit at which public connections get numbers below `ceiling` only; that must be large. */
static void leave_descriptors(int ceiling)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = (rlim_t)ceiling + DESCRIPTORS_RESERVED;
    assert_true(files.rlim_cur / 4 >= DESCRIPTORS_RESERVED);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
}

static bool is_noticed(void *ctx)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    return ((struct socket_world *)ctx)->server->descriptor_ceiling ==
           (int)files.rlim_cur - DESCRIPTORS_RESERVED;
}

/* At the descriptor limit, lowered while it runs, newcomers are told, the open ones and the internal port go
 * on. */
static void out_of_descriptors(void **state)
{
    struct socket_world world;
    struct client open, more, internal;
    struct frame frame;
    struct rlimit before;
    int taken[256];
    (void)state;
    for (int i = 0; i < 256; i++)
        taken[i] = dup(STDIN_FILENO);
    world_open(&world, NULL);
    client_open(&open, &world);
    getrlimit(RLIMIT_NOFILE, &before);
    leave_descriptors(open.fd + 1);
    world_wait(&world, is_noticed, &world);
    client_connect(&more, &world, socket_port(world.server));
    assert_int_equal(client_status(&more), 503);
    client_close(&more);
    client_frame(&open, FIN | OP_BINARY, "on", 2);
    assert_true(client_next(&open, &frame));
    client_connect(&internal, &world, socket_internal_port(world.server));
    client_say(&internal, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_status(&internal), 200);
    client_close(&internal);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    world_wait(&world, is_noticed, &world);
    client_open(&more, &world);
    client_close(&more);
    client_close(&open);
    world_close(&world);
    for (int i = 0; i < 256; i++)
        close(taken[i]);
}

/* ---- sizes ---- */

static int upgrade_with_token(struct socket_world *world, size_t token_bytes, size_t padding_bytes)
{
    struct client client;
    char *lines = NULL;
    char *token = malloc(token_bytes + 1), *padding = malloc(padding_bytes + 1);
    memset(token, 'a', token_bytes);
    memset(padding, 'b', padding_bytes);
    token[token_bytes] = padding[padding_bytes] = '\0';
    assert_true(asprintf(&lines, "Authorization: Bearer %s\r\nX-Padding: %s\r\n", token, padding) > 0);
    client_connect(&client, world, socket_port(world->server));
    int status = client_upgrade(&client, "/play", lines);
    client_close(&client);
    free(lines);
    free(token);
    free(padding);
    return status;
}

static void heads_and_tokens_have_a_limit(void **state)
{
    struct socket_world world;
    (void)state;
    world_open(&world, NULL);
    assert_int_equal(upgrade_with_token(&world, 16384, 7000), 101);
    assert_int_equal(strlen(world.bearer), 16384);
    assert_int_equal(upgrade_with_token(&world, 16385, 0), 431);
    assert_int_equal(upgrade_with_token(&world, 100, 24000), 101);
    assert_int_equal(upgrade_with_token(&world, 100, 25000), 431);
    assert_int_equal(upgrade_with_token(&world, 1000000, 0), 431);
    assert_int_equal(world.opened, 2);
    world_close(&world);
}

static void the_internal_port_reads_bodies(void **state)
{
    static const struct {
        const char *request;
        int status;
        const char *seen;
    } table[] = {
        {"GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n\r\n", 200, "GET /metrics "},
        {"HEAD /healthz HTTP/1.0\r\n\r\n", 200, "GET /healthz "},
        {"POST /backchannel-logout HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 200,
         "POST /backchannel-logout hello"},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/x\r\nContent-Length: 1\r\n\r\n1", 200,
         "POST / 1 as text/x"},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", 413, ""},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 411, ""},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 411, ""},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411, ""},
        {"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", 405, ""},
    };
    struct socket_world world;
    (void)state;
    world_open(&world, NULL);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct client client;
        world.http[0] = '\0';
        client_connect(&client, &world, socket_internal_port(world.server));
        client_say(&client, table[i].request);
        assert_int_equal(client_status(&client), table[i].status);
        assert_string_equal(world.http, table[i].seen);
        client_wait_end(&client);
        client_close(&client);
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_does_not_sign_in_goes),
        cmocka_unit_test(silent_peers_are_pinged_then_hung_up),
        cmocka_unit_test(an_unanswered_close_ends),
        cmocka_unit_test(a_loop_without_rest_keeps_deadlines),
        cmocka_unit_test(half_requests_time_out),
        cmocka_unit_test(an_address_has_a_limit),
        cmocka_unit_test(insistence_is_refused),
        cmocka_unit_test(a_trusted_proxy_names_the_peer),
        cmocka_unit_test(clients_of_a_proxy_are_counted_apart),
        cmocka_unit_test(the_pool_has_a_limit),
        cmocka_unit_test(draining_refuses_newcomers),
        cmocka_unit_test(out_of_descriptors),
        cmocka_unit_test(heads_and_tokens_have_a_limit),
        cmocka_unit_test(the_internal_port_reads_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
