/* socket: a real server on a real loop, raw clients on the same one. What is said here in bytes is what the
 * protocol's docs promise: upgrades, messages, fragments, control frames, closing. Refusals are in
 * test_socket_upgrade.c (pure), deadlines and bounds in test_socket_limits.c and test_socket_slow.c, TLS in
 * test_socket_tls.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/log.h"
#include "helper_socket.h"

static uint8_t bytes[LIMIT_FRAME_MAX_BYTES + 64];

static void assert_echo(struct client *client, const void *data, size_t size)
{
    struct frame frame;
    assert_true(client_next(client, &frame));
    assert_int_equal(frame.opcode, OP_BINARY);
    assert_int_equal(frame.size, size);
    if (size > 0)
        assert_memory_equal(frame.data, data, size);
}

/* ---- listening ---- */

/* A port is a number up to 65535: another one would not be the one that was asked for. */
static void a_port_is_a_port(void **state)
{
    static const char *const wrong[] = {"127.0.0.1:99999", "127.0.0.1:65536", "127.0.0.1:",    "127.0.0.1",
                                        "127.0.0.1:-1",    "127.0.0.1:http",  "127.0.0.1:0x50"};
    static const struct session_callbacks nothing;
    (void)state;
    log_set_level(LOG_ERROR);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct socket_config config = {.listen = wrong[i], .sessions_max = 1};
        struct loop *loop = loop_new();
        char why[200] = "";
        assert_null(socket_open(loop, &config, &nothing, NULL, why));
        assert_non_null(strstr(why, wrong[i]));
        assert_non_null(strstr(why, "HOST:PORT"));
        loop_free(loop);
    }
}

/* ---- upgrades ---- */

static void both_paths_open(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    client_connect(&client, &world, socket_port(world.server));
    assert_int_equal(client_upgrade(&client, "/play", "Authorization: Bearer abc.def\r\n"), 101);
    assert_int_equal(world.opened, 1);
    assert_int_equal(world.path, SESSION_PLAY);
    assert_string_equal(world.bearer, "abc.def");
    assert_string_equal(world.peer, "127.0.0.1");
    assert_true(world.secure); /* loopback */
    client_close(&client);
    world_wait_count(&world, &world.closed, 1);
    client_connect(&client, &world, socket_port(world.server));
    assert_int_equal(client_upgrade(&client, "/join", "Sec-WebSocket-Protocol: mqtt, gachapon\r\n"), 101);
    assert_int_equal(world.path, SESSION_JOIN);
    assert_string_equal(world.bearer, "");
    assert_int_equal(socket_session_count(world.server), 1);
    client_close(&client);
    world_close(&world);
}

/* The subprotocol is named in the answer, an extension never; the key and nothing else comes back. */
static void the_answer_is_minimal(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    client_connect(&client, &world, socket_port(world.server));
    client_say(&client,
               "GET /play HTTP/1.1\r\nHost: x\r\nuPGRADE: WebSocket\r\nConnection: keep-alive, upgrade\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Protocol: gachapon\r\n"
               "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n");
    assert_int_equal(client_status(&client), 101);
    assert_true(client_answer_holds(&client, "Sec-WebSocket-Protocol: gachapon\r\n"));
    assert_false(client_answer_holds(&client, "xtensions"));
    assert_false(client_answer_holds(&client, "erver:"));
    client_close(&client);
    world_close(&world);
}

struct refused {
    const char *request;
    int status;
    const char *holds; /* in the answer, may be NULL */
};

#define WS                                                                                                   \
    "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "                            \
    "dGhlIHNhbXBsZSBub25jZQ==\r\n"                                                                           \
    "Sec-WebSocket-Version: 13\r\n"

static void refusals_have_an_answer(void **state)
{
    static const struct refused table[] = {
        {"GET /play HTTP/1.1\r\nHost: x\r\n\r\n", 426, "Upgrade: websocket\r\n"},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404, "/play and /join"},
        {"GET /play/ HTTP/1.1\r\n" WS "\r\n", 404, NULL},
        {"GET /%70lay HTTP/1.1\r\n" WS "\r\n", 404, NULL},
        {"GET /play?access_token=abc HTTP/1.1\r\n" WS "\r\n", 400, "no query"},
        {"GET /play? HTTP/1.1\r\n" WS "\r\n", 400, "no query"},
        {"POST /play HTTP/1.1\r\n" WS "\r\n", 405, "Allow: GET\r\n"},
        {"GET /play HTTP/1.0\r\n" WS "\r\n", 505, NULL},
        {"GET /play HTTP/2.0\r\n" WS "\r\n", 505, NULL},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, NULL},
        {"GET /play HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", 426, NULL},
        {"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\n", 404, NULL},
        {"GET /play HTTP/1.1\r\n" WS "Origin: https://evil.example\r\n\r\n", 403, NULL},
        {"GET /play HTTP/1.1\r\n" WS "Authorization: Basic YTpi\r\n\r\n", 401,
         "WWW-Authenticate: Bearer\r\n"},
        {"GET /play HTTP/1.1\r\n" WS "Sec-WebSocket-Protocol: mqtt\r\n\r\n", 400, "subprotocol"},
        {"\x16\x03\x01", 400, NULL},
        {"GET /play HTTP/1.1\nHost: x\n\n\r\n\r\n", 400, NULL},
        {"GET /play HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400, NULL},
    };
    struct socket_world world;
    (void)state;
    world_open(&world, NULL);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct client client;
        client_connect(&client, &world, socket_port(world.server));
        client_say(&client, table[i].request);
        assert_int_equal(client_status(&client), table[i].status);
        if (table[i].holds != NULL)
            assert_true(client_answer_holds(&client, table[i].holds));
        client_wait_end(&client);
        assert_false(client_answer_holds(&client, "abc"));
        client_close(&client);
    }
    assert_int_equal(world.opened, 0);
    assert_int_equal(socket_counters(world.server)->refused, sizeof table / sizeof table[0]);
    world_close(&world);
}

/* A request in pieces, with the first frames right behind it. */
static void early_bytes_are_not_lost(void **state)
{
    struct socket_world world;
    struct client client;
    static const char request[] = "GET /join HTTP/1.1\r\n" WS "\r\n";
    (void)state;
    world_open(&world, NULL);
    client_connect(&client, &world, socket_port(world.server));
    for (size_t i = 0; i + 1 < sizeof request - 1; i++) {
        client_send(&client, request + i, 1);
        world_turn(&world);
    }
    uint8_t tail[] = {'\n', 0x82, 0x81, 0, 0, 0, 0, 'a', 0x82, 0x82, 1, 2, 3, 4, 'b' ^ 1, 'c' ^ 2};
    client_send(&client, tail, sizeof tail);
    assert_int_equal(client_status(&client), 101);
    world_wait_count(&world, &world.messages, 2);
    assert_int_equal(world.message_size, 2);
    client_close(&client);
    world_close(&world);
}

/* ---- messages ---- */

static void messages_of_all_sizes(void **state)
{
    static const size_t sizes[] = {0, 1, 125, 126, 1023, 1024, 1025, 4096, 65535, LIMIT_FRAME_MAX_BYTES};
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    client_open(&client, &world);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        client_frame(&client, FIN | OP_BINARY, bytes, sizes[i]);
        assert_echo(&client, bytes, sizes[i]);
    }
    client_frame_unmasked(&client, FIN | OP_BINARY, bytes, 300); /* accepted: see README.md */
    assert_echo(&client, bytes, 300);
    client_close(&client);
    world_close(&world);
}

static void fragments_are_joined(void **state)
{
    struct socket_world world;
    struct client client;
    struct frame frame;
    (void)state;
    world_open(&world, NULL);
    client_open(&client, &world);
    client_frame(&client, OP_BINARY, bytes, 10);
    client_frame(&client, OP_CONTINUATION, bytes + 10, 3000);
    client_frame(&client, FIN | OP_PING, "between", 7);
    client_frame(&client, OP_CONTINUATION, bytes, 0);
    client_frame(&client, FIN | OP_CONTINUATION, bytes + 3010, 990);
    assert_true(client_next(&client, &frame));
    assert_int_equal(frame.opcode, OP_PONG);
    assert_memory_equal(frame.data, "between", 7);
    assert_echo(&client, bytes, 4000);
    assert_int_equal(world.messages, 1);
    assert_null(world_session(&world)->join);
    client_close(&client);
    world_close(&world);
}

/* Many messages that wait together share frames; their bytes keep their order. */
static void flood_on_open(struct socket_world *world, struct session *session)
{
    (void)world;
    for (size_t i = 0; i < 1000; i++)
        session_send_bytes(session, slice_of(bytes + i, 7));
}

static void waiting_messages_share_frames(void **state)
{
    struct socket_world world;
    struct client client;
    struct frame frame;
    size_t at = 0, frames = 0;
    (void)state;
    world_open(&world, NULL);
    world.on_open = flood_on_open;
    client_open(&client, &world);
    while (at < 7000 && client_next(&client, &frame)) {
        assert_int_equal(frame.size % 7, 0);
        for (size_t i = 0; i < frame.size; i += 7, at += 7)
            assert_memory_equal(frame.data + i, bytes + at / 7, 7);
        frames++;
    }
    assert_int_equal(frames, (1000 + LIMIT_MESSAGES_PER_FRAME_MAX - 1) / LIMIT_MESSAGES_PER_FRAME_MAX);
    assert_int_equal(socket_counters(world.server)->messages_out, 1000);
    client_close(&client);
    world_close(&world);
}

/* ---- refused messages ---- */

static void assert_closed(struct socket_world *world, struct client *client, int code)
{
    int pushed;
    assert_int_equal(client_close_code(client, &pushed), code);
    assert_int_equal(pushed, code);
    client_frame(client, FIN | OP_CLOSE, "\x03\xe8", 2);
    client_wait_end(client);
    client_close(client);
    world_wait_count(world, &world->closed, world->opened);
}

static void text_is_refused(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    client_open(&client, &world);
    client_frame(&client, FIN | OP_TEXT, "hello", 5);
    assert_closed(&world, &client, CLOSE_UNSUPPORTED_DATA);
    assert_int_equal(world.messages, 0);
    world_close(&world);
}

static void oversized_is_refused(void **state)
{
    static const uint8_t giant[] = {
        FIN | OP_BINARY, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    client_open(&client, &world);
    client_frame(&client, FIN | OP_BINARY, bytes, LIMIT_FRAME_MAX_BYTES + 1);
    assert_closed(&world, &client, CLOSE_TOO_BIG);
    client_open(&client, &world); /* in fragments, none of them large */
    for (size_t sent = 0; sent <= LIMIT_FRAME_MAX_BYTES; sent += 1000)
        client_frame(&client, sent == 0 ? OP_BINARY : OP_CONTINUATION, bytes, 1000);
    assert_closed(&world, &client, CLOSE_TOO_BIG);
    client_open(&client, &world); /* declares 2^63 - 1 bytes and begins to send them */
    client_send(&client, giant, sizeof giant);
    client_send(&client, bytes, LIMIT_FRAME_MAX_BYTES + 1);
    int pushed; /* what is still to come of that message has no end: nothing more is understood */
    assert_int_equal(client_close_code(&client, &pushed), CLOSE_TOO_BIG);
    assert_int_equal(pushed, CLOSE_TOO_BIG);
    client_close(&client);
    world_wait_count(&world, &world.closed, 3);
    assert_int_equal(world.messages, 0);
    world_close(&world);
}

static void protocol_errors_end_the_socket(void **state)
{
    static const uint8_t wrong[][8] = {
        {FIN | 3, 0x80, 0, 0, 0, 0},             /* reserved opcode */
        {FIN | 0x40 | OP_BINARY, 0x80, 0, 0, 0}, /* reserved bit, as permessage-deflate would set */
        {FIN | OP_CONTINUATION, 0x80, 0, 0, 0},  /* continues nothing */
        {OP_PING, 0x80, 0, 0, 0, 0},             /* a control frame in fragments */
        {FIN | OP_PING, 0xfe, 0, 200, 0, 0},     /* a long control frame */
    };
    struct socket_world world;
    struct client client, other;
    (void)state;
    world_open(&world, NULL);
    client_open(&other, &world);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        client_open(&client, &world);
        client_send(&client, wrong[i], sizeof wrong[i]);
        int code = client_close_code(&client, NULL);
        assert_true(code == CLOSE_PROTOCOL_ERROR || code == 0);
        client_close(&client);
        world_wait_count(&world, &world.closed, (unsigned)i + 1);
    }
    client_frame(&other, FIN | OP_BINARY, "still here", 10);
    assert_echo(&other, "still here", 10);
    client_close(&other);
    world_close(&world);
}

/* ---- closing ---- */

static void close_says_why(void **state)
{
    struct socket_world world;
    struct client client;
    struct frame frame;
    (void)state;
    world_open(&world, NULL);
    client_open(&client, &world);
    uint64_t id = world.last_id;
    session_send_bytes(world_session(&world), slice_text("last words"));
    session_close(world_session(&world), CLOSE_DISABLED);
    assert_true(session_closing(world_session(&world)));
    session_send_bytes(world_session(&world), slice_text("too late"));
    assert_true(client_next(&client, &frame));
    assert_int_equal(frame.size, 10);
    assert_closed(&world, &client, CLOSE_DISABLED);
    assert_null(socket_session(world.server, id));
    assert_int_equal(socket_counters(world.server)->closed_by_server, 1);
    client_open(&client, &world);
    assert_true(world.last_id != id); /* the same slot, another id */
    client_close(&client);
    world_close(&world);
}

static void client_closes(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    client_open(&client, &world);
    client_frame(&client, FIN | OP_CLOSE, "\x03\xe8", 2);
    assert_int_equal(client_close_code(&client, NULL), 1000);
    client_wait_end(&client);
    world_wait_count(&world, &world.closed, 1);
    client_close(&client);
    world_close(&world);
}

static void close_on_open(struct socket_world *world, struct session *session)
{
    (void)world;
    session_close(session, CLOSE_GOING_AWAY);
}

static void close_inside_a_callback(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    world.on_open = close_on_open;
    client_open(&client, &world);
    assert_closed(&world, &client, CLOSE_GOING_AWAY);
    world_close(&world);
}

/* ---- the echo subprotocol ---- */

static void no_echo(struct socket_config *config)
{
    config->test_echo = false;
}

static void echo_is_for_tests_only(void **state)
{
    struct socket_world world;
    struct client client;
    struct frame frame;
    (void)state;
    world_open(&world, NULL);
    client_connect(&client, &world, socket_port(world.server));
    assert_int_equal(client_upgrade(&client, "/play", "Sec-WebSocket-Protocol: echo\r\n"), 101);
    client_frame(&client, FIN | OP_TEXT, "\xce\xba", 2);
    assert_true(client_next(&client, &frame));
    assert_int_equal(frame.opcode, OP_TEXT);
    client_frame(&client, FIN | OP_TEXT, "\xc0\x80", 2); /* not UTF-8 */
    assert_int_equal(client_close_code(&client, NULL), 1007);
    client_close(&client);
    assert_int_equal(world.opened, 0);
    world_close(&world);
    world_open(&world, no_echo);
    client_connect(&client, &world, socket_port(world.server));
    assert_int_equal(client_upgrade(&client, "/play", "Sec-WebSocket-Protocol: echo\r\n"), 400);
    client_close(&client);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_is_a_port),
        cmocka_unit_test(both_paths_open),
        cmocka_unit_test(the_answer_is_minimal),
        cmocka_unit_test(refusals_have_an_answer),
        cmocka_unit_test(early_bytes_are_not_lost),
        cmocka_unit_test(messages_of_all_sizes),
        cmocka_unit_test(fragments_are_joined),
        cmocka_unit_test(waiting_messages_share_frames),
        cmocka_unit_test(text_is_refused),
        cmocka_unit_test(oversized_is_refused),
        cmocka_unit_test(protocol_errors_end_the_socket),
        cmocka_unit_test(close_says_why),
        cmocka_unit_test(client_closes),
        cmocka_unit_test(close_inside_a_callback),
        cmocka_unit_test(echo_is_for_tests_only),
    };
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 131 + (i >> 8) * 7);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
