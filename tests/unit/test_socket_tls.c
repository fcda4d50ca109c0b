/* socket over TLS: the same server through relay.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include "helper_socket.h"

static uint8_t bytes[LIMIT_FRAME_MAX_BYTES];
static char cert_file[64], key_file[64];

static void with_tls(struct socket_config *config)
{
    config->tls_listen = "127.0.0.1:0";
    config->tls_cert_file = cert_file;
    config->tls_key_file = key_file;
}

static void open_tls(struct client *client, struct socket_world *world)
{
    client_connect_tls(client, world);
    assert_int_equal(client_upgrade(client, "/play", ""), 101);
}

static bool has_no_relay(void *ctx)
{
    return list_empty(&((struct socket_world *)ctx)->server->relays);
}

static void messages_pass_both_ways(void **state)
{
    struct socket_world world;
    struct client client;
    struct frame frame;
    (void)state;
    world_open(&world, with_tls);
    open_tls(&client, &world);
    assert_true(world.secure);
    for (size_t i = 0; i < 40; i++)
        client_frame(&client, FIN | OP_BINARY, bytes, sizeof bytes - i);
    for (size_t i = 0; i < 40; i++) {
        assert_true(client_next(&client, &frame));
        assert_int_equal(frame.size, sizeof bytes - i);
        assert_memory_equal(frame.data, bytes, frame.size);
    }
    client_frame(&client, FIN | OP_TEXT, "x", 1);
    assert_int_equal(client_close_code(&client, NULL), CLOSE_UNSUPPORTED_DATA);
    client_frame(&client, FIN | OP_CLOSE, "\x03\xe8", 2);
    client_wait_end(&client);
    client_close(&client);
    world_wait(&world, has_no_relay, &world);
    world_wait_count(&world, &world.closed, 1);
    world_close(&world);
}

/* Frames right behind the request, in the same record. */
static void early_bytes_are_not_lost(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, with_tls);
    client_connect_tls(&client, &world);
    client_say(&client,
               "GET /join HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\x82\x01z");
    world_wait_count(&world, &world.messages, 1);
    client_close(&client);
    world_close(&world);
}

static void ends_without_goodbye(void **state)
{
    struct socket_world world;
    struct client clients[5];
    (void)state;
    world_open(&world, with_tls);
    for (int i = 0; i < 5; i++)
        open_tls(&clients[i], &world);
    for (int i = 0; i < 4; i++)
        client_close(&clients[i]);
    world_wait_count(&world, &world.closed, 4);
    world_close(&world); /* with one still open */
    client_close(&clients[4]);
}

static void refusals_have_an_answer(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, with_tls);
    client_connect_tls(&client, &world);
    client_say(&client, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(client_status(&client), 404);
    client_wait_end(&client);
    client_close(&client);
    client_connect(&client, &world, socket_tls_port(world.server)); /* no TLS on the TLS port */
    client_say(&client, "GET /play HTTP/1.1\r\nHost: x\r\n\r\n");
    client_wait_end(&client);
    client_close(&client);
    world_close(&world);
}

static void stalled_readers_are_closed(void **state)
{
    struct socket_world world;
    struct client client;
    (void)state;
    world_open(&world, with_tls);
    open_tls(&client, &world);
    for (int i = 0; i < 100; i++)
        session_send_bytes(world_session(&world), slice_of(bytes, sizeof bytes));
    world.server->limits.stall_ms = 100;
    world.server->limits.stalled_close_within_ms = 100;
    world.server->limits.close_within_ms = 100;
    world_wait_count(&world, &world.closed, 1);
    world_wait(&world, has_no_relay, &world);
    client_close(&client);
    world_close(&world);
}

static void name_of(struct client *client, char name[64])
{
    X509 *cert = SSL_get1_peer_certificate(client->tls);
    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, 64);
    X509_free(cert);
}

static void certificates_are_reloaded(void **state)
{
    struct socket_world world;
    struct client old, client;
    struct frame frame;
    char name[64], fresh_cert[64], fresh_key[64];
    (void)state;
    world_open(&world, with_tls);
    open_tls(&old, &world);
    name_of(&old, name);
    assert_string_equal(name, "first");
    make_certificate("second", fresh_cert, fresh_key);
    assert_int_equal(rename(fresh_cert, cert_file), 0);
    assert_int_equal(socket_reload_tls(world.server),
                     ERR_IO); /* a certificate without its key: the old ones stay */
    assert_int_equal(rename(fresh_key, key_file), 0);
    assert_int_equal(socket_reload_tls(world.server), ERR_OK);
    open_tls(&client, &world);
    name_of(&client, name);
    assert_string_equal(name, "second");
    client_frame(&old, FIN | OP_BINARY, "as ever", 7);
    assert_true(client_next(&old, &frame));
    assert_int_equal(frame.size, 7);
    client_close(&old);
    client_close(&client);
    world_close(&world);
}

/* Asks for new keys until the way there is full. False: not even what was left of last time could be written.
 */
static bool asks_for_keys(struct client *client)
{
    int asked = 0;
    for (; SSL_do_handshake(client->tls) == 1; asked++)
        assert_int_equal(SSL_key_update(client->tls, SSL_KEY_UPDATE_REQUESTED), 1);
    return asked > 0;
}

static void on_timer(void *ctx)
{
    *(bool *)ctx = true;
}

static void turn_for(struct socket_world *world, unsigned ms, unsigned *turns)
{
    struct loop_timer timer;
    bool over = false;
    loop_timer_init(&timer, world->loop, on_timer, &over);
    loop_timer_start(&timer, ms);
    while (!over) {
        world_turn(world);
        (*turns)++;
    }
}

/* A peer asks for new keys and does not read the answers: the relay waits until it can write, asleep. */
static void who_reads_no_new_keys_is_waited_for(void **state)
{
    struct socket_world world;
    struct client client;
    int small = 4096;
    unsigned turns = 0;
    (void)state;
    world_open(&world, with_tls);
    world.server->limits.janitor_every_ms = 1000;
    open_tls(&client, &world);
    setsockopt(world_session(&world)->peer_fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    setsockopt(client.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    uint64_t until_ms = loop_mono_ms(world.loop) + WAIT_MAX_MS;
    for (int in_vain = 0; in_vain < 3; in_vain = asks_for_keys(&client) ? 0 : in_vain + 1) {
        assert_true(loop_mono_ms(world.loop) < until_ms);
        turn_for(&world, 100, &turns); /* longer than an acknowledgement may take */
    }
    turns = 0;
    turn_for(&world, 100, &turns);
    assert_true(turns < 5000); /* 40 to 500 as it is, over 20,000 when it does not sleep */
    assert_int_equal(world.closed, 0);
    client_close(&client);
    world_wait_count(&world, &world.closed, 1);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_pass_both_ways),
        cmocka_unit_test(early_bytes_are_not_lost),
        cmocka_unit_test(ends_without_goodbye),
        cmocka_unit_test(refusals_have_an_answer),
        cmocka_unit_test(stalled_readers_are_closed),
        cmocka_unit_test(certificates_are_reloaded),
        cmocka_unit_test(who_reads_no_new_keys_is_waited_for),
    };
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 131 + (i >> 8) * 7);
    make_certificate("first", cert_file, key_file);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(cert_file);
    unlink(key_file);
    return failed;
}
