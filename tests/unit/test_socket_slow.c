/* socket and peers that do not read: what waits for them is bounded, whoever reads slowly stays, whoever
 * reads nothing is closed with a code it can still read. The client's kernel is given little room, so that
 * little is in flight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "helper_socket.h"

static uint8_t bytes[1024 * 1024];

/* ---- slow readers ---- */

static bool feed(struct session *session, size_t size)
{
    struct outgoing *outgoing = outgoing_new(slice_of(bytes, size));
    enum err err = session_feed(session, outgoing);
    outgoing_unref(outgoing);
    assert_true(err == ERR_OK || err == ERR_FULL);
    return err == ERR_OK;
}

/* Feeds until the watermark refuses. */
static void feed_until_full(struct socket_world *world)
{
    size_t fed = 0;
    while (feed(world_session(world), 10000)) {
        fed += 10000;
        assert_true(fed < 64u << 20);
        world_turn(world);
    }
    assert_true(session_queued_bytes(world_session(world)) > 0);
}

/* Feeds whatever is taken, so that the kernel's buffers fill and then nothing moves; true when that was
 * noticed. */
static bool is_closed_for_stalling(void *ctx)
{
    struct session *session = world_session(ctx);
    while (session != NULL && !session_closing(session) && feed(session, 10000))
        assert_true(session_queued_bytes(session) <= 64 * 1024);
    return session == NULL || session_closing(session);
}

/* A client whose kernel takes `size` bytes. */
static void open_small(struct client *client, struct socket_world *world, int size)
{
    client_open(client, world);
    assert_int_equal(setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
}

static bool is_drained(void *ctx)
{
    struct client *client = ctx;
    client_read(client);
    return client->world->drained > 0;
}

static void feed_has_watermarks(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    open_small(&client, &world, 128 * 1024);
    assert_true(feed(world_session(&world), sizeof bytes)); /* above the mark, but nothing else waits */
    feed_until_full(&world);
    session_send_bytes(world_session(&world), slice_text("a reply")); /* replies are always taken */
    world.drained = 0; /* it may have been while the kernel still took some */
    world_wait(&world, is_drained, &client);
    assert_int_equal(world.drained, 1);
    assert_true(session_queued_bytes(world_session(&world)) <= 8 * 1024);
    assert_true(feed(world_session(&world), 10000));
    client_close(&client);
    world_wait_count(&world, &world.closed, 1);
    world_close(&world);
}

/* It stops reading: closed with 4005, which it can still read when it wakes up. */
static void stalled_readers_are_closed(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    open_small(&client, &world, 128 * 1024);
    world.server->limits.stall_ms = 200;
    world_wait(&world, is_closed_for_stalling, &world);
    assert_int_equal(session_queued_bytes(world_session(&world)), 0);
    assert_int_equal(world.closed, 0);
    client_assert_closed(&client, CLOSE_SLOW_READER);
    world_wait_count(&world, &world.closed, 1);
    world_close(&world);
}

/* ... and one that never wakes up is hung up. */
static void dead_readers_are_hung_up(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    open_small(&client, &world, 128 * 1024);
    world.server->limits.stall_ms = 200;
    world.server->limits.stalled_close_within_ms = 50;
    world_wait(&world, is_closed_for_stalling, &world);
    world_wait_count(&world, &world.closed, 1);
    client_close(&client);
    world_close(&world);
}

struct slow_reading {
    struct client *client;
    uint64_t until_ms, next_ms;
};

/* Takes a little now and then: more often than the limit, far slower than it is sent. */
static bool reads_slowly(void *ctx)
{
    struct slow_reading *slow = ctx;
    uint64_t now_ms = loop_mono_ms(slow->client->world->loop);
    if (now_ms >= slow->next_ms) {
        uint8_t sip[9000];
        slow->next_ms = now_ms + 10;
        if (recv(slow->client->fd, sip, sizeof sip, 0) < 0)
            return false;
    }
    return now_ms >= slow->until_ms;
}

static void slow_readers_stay(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    open_small(&client, &world, 128 * 1024);
    for (int i = 0; i < 12; i++)
        session_send_bytes(world_session(&world), slice_of(bytes, sizeof bytes));
    world.server->limits.stall_ms = 1500; /* a busy machine may not let us read for a while */
    uint64_t now_ms = loop_mono_ms(world.loop);
    struct slow_reading slow = {.client = &client, .until_ms = now_ms + 4000, .next_ms = now_ms};
    world_wait(&world, reads_slowly, &slow);
    assert_non_null(world_session(&world));
    assert_false(session_closing(world_session(&world)));
    assert_true(session_queued_bytes(world_session(&world)) > 0);
    client_close(&client);
    world_close(&world);
}

static void the_queue_is_bounded(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    client_open(&client, &world);
    struct session *session = world_session(&world);
    for (size_t i = 0; i <= QUEUE_MAX_BYTES / sizeof bytes && !session_closing(session); i++)
        session_send_bytes(session, slice_of(bytes, sizeof bytes));
    assert_true(session_closing(session));
    assert_int_equal(session_queued_bytes(session), 0);
    client_assert_closed(&client, CLOSE_SLOW_READER);
    world_close(&world);
}

static bool is_held(void *ctx)
{
    return world_session(ctx)->held;
}

static bool has_all(void *ctx)
{
    struct client *client = ctx;
    client_read(client);
    return client->world->messages == 60 && world_session(client->world)->queue.count == 0;
}

/* Whoever asks and does not take the answers is not listened to until it does; nothing it said is lost. */
static void who_takes_no_answers_is_not_read(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, NULL);
    open_small(&client, &world, 128 * 1024);
    size_t size = 60000, most = HOLD_FACTOR * 64 * 1024 + size;
    for (int i = 0; i < 30; i++) {
        client_frame(&client, FIN | OP_BINARY, bytes, size);
        world_turn(&world);
        assert_true(session_queued_bytes(world_session(&world)) <= most);
    }
    world_wait(&world, is_held, &world);
    assert_true(world.messages < 30);
    for (int i = 0; i < 30; i++) {
        client_frame(&client, FIN | OP_BINARY, bytes, size);
        client_read(&client);
    }
    world_wait(&world, has_all, &client);
    assert_false(world_session(&world)->held);
    client_close(&client);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feed_has_watermarks),      cmocka_unit_test(stalled_readers_are_closed),
        cmocka_unit_test(dead_readers_are_hung_up), cmocka_unit_test(slow_readers_stay),
        cmocka_unit_test(the_queue_is_bounded),     cmocka_unit_test(who_takes_no_answers_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
