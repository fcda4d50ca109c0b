/* helper_socket: see the header. The clients are plain sockets that read and write without blocking between
 * turns of the server's loop, so one process holds both sides and the order of things is the same in every
 * run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include "base/log.h"
#include "helper_socket.h"
#include "wire/codec.h"
#include "gen/c/schema.h"

/* ---- the server -------------------------------------------------------------------------------------------
 */

static void on_open(void *ctx, struct session *session, struct slice bearer)
{
    struct socket_world *world = ctx;
    world->opened++;
    world->last_id = session_id(session);
    snprintf(world->bearer, sizeof world->bearer, "%.*s", SLICE_ARGS(bearer));
    snprintf(world->peer, sizeof world->peer, "%s", session_peer(session));
    world->secure = session_secure(session);
    world->path = session_path(session);
    if (world->on_open != NULL)
        world->on_open(world, session);
}

static void on_message(void *ctx, struct session *session, struct slice frame)
{
    struct socket_world *world = ctx;
    world->messages++;
    world->message_size = frame.size;
    if (!world->mute)
        session_send_bytes(session, frame);
}

static void on_drained(void *ctx, struct session *session)
{
    (void)session;
    ((struct socket_world *)ctx)->drained++;
}

static void on_close(void *ctx, struct session *session)
{
    struct socket_world *world = ctx;
    world->closed++;
    assert_null(socket_session(world->server, session_id(session)));
}

static bool may_open(void *ctx)
{
    return !((struct socket_world *)ctx)->full;
}

static void on_http(void *ctx, const struct http_request *request, struct http_answer *answer)
{
    struct socket_world *world = ctx;
    snprintf(world->http, sizeof world->http, "%s %s %.*s%s%.*s", request->method, request->path,
             (int)(request->body.size > 100 ? 100 : request->body.size), (const char *)request->body.data,
             request->content_type.size > 0 ? " as " : "", SLICE_ARGS(request->content_type));
    answer->status = 200;
    assert_int_equal(buf_append(answer->body, "fine\n", 5), ERR_OK);
}

void world_open(struct socket_world *world, void (*change)(struct socket_config *config))
{
    static const struct session_callbacks callbacks = {may_open, on_open, on_message, on_drained, on_close};
    struct socket_config config = {.listen = "127.0.0.1:0",
                                   .internal_listen = "127.0.0.1:0",
                                   .sessions_max = 200,
                                   .sessions_per_address_max = 150,
                                   .sign_in_within_ms = 86400000,
                                   .feed_high_bytes = 64 * 1024,
                                   .feed_low_bytes = 8 * 1024,
                                   .test_echo = true};
    char why[200] = "";
    *world = (struct socket_world){.loop = loop_new()};
    log_set_level(LOG_ERROR);
    signal(SIGPIPE, SIG_IGN); /* as main does */
    if (change != NULL)
        change(&config);
    world->server = socket_open(world->loop, &config, &callbacks, world, why);
    assert_string_equal(why, "");
    assert_non_null(world->server);
    socket_on_internal_http(world->server, on_http, world);
    world->server->limits = (struct socket_limits){.janitor_every_ms = 5,
                                                   .front_within_ms = 86400000,
                                                   .queued_within_ms = 86400000,
                                                   .linger_ms = 1000,
                                                   .ping_after_ms = 86400000,
                                                   .silent_ms = 86400000,
                                                   .stall_ms = 86400000,
                                                   .close_within_ms = 5000,
                                                   .stalled_close_within_ms = 30000};
    loop_timer_start(&world->server->janitor, 1);
    loop_at_stage(world->loop, LOOP_STAGE_SOCKET, socket_stage_flush, world->server);
    loop_at_stage(world->loop, LOOP_STAGE_FREE, socket_stage_free, world->server);
}

void world_close(struct socket_world *world)
{
    loop_at_stage(world->loop, LOOP_STAGE_SOCKET, NULL, NULL);
    loop_at_stage(world->loop, LOOP_STAGE_FREE, NULL, NULL);
    socket_close(world->server);
    assert_int_equal(world->opened, world->closed);
    loop_free(world->loop);
}

void world_turn(struct socket_world *world)
{
    ev_run(loop_ev(world->loop), EVRUN_ONCE);
}

void world_wait(struct socket_world *world, bool (*condition)(void *ctx), void *ctx)
{
    uint64_t until_ms = loop_mono_ms(world->loop) + WAIT_MAX_MS;
    while (!condition(ctx)) {
        if (loop_mono_ms(world->loop) > until_ms)
            fail_msg("waited %d ms for nothing", WAIT_MAX_MS);
        world_turn(world);
    }
}

struct counted {
    const unsigned *counter;
    unsigned value;
};

static bool has_counted(void *ctx)
{
    const struct counted *counted = ctx;
    return *counted->counter == counted->value;
}

void world_wait_count(struct socket_world *world, const unsigned *counter, unsigned value)
{
    struct counted counted = {counter, value};
    world_wait(world, has_counted, &counted);
}

struct session *world_session(struct socket_world *world)
{
    return socket_session(world->server, world->last_id);
}

/* ---- a client: bytes ---- */

void client_connect(struct client *client, struct socket_world *world, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    *client = (struct client){.world = world, .fd = socket(AF_INET, SOCK_STREAM, 0)};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
}

static bool has_shaken_hands(void *ctx)
{
    struct client *client = ctx;
    return SSL_do_handshake(client->tls) == 1;
}

void client_connect_tls(struct client *client, struct socket_world *world)
{
    client_connect(client, world, socket_tls_port(world->server));
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    client->tls = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(client->tls, client->fd);
    SSL_set_connect_state(client->tls);
    world_wait(world, has_shaken_hands, client);
}

void client_close(struct client *client)
{
    if (client->tls != NULL)
        SSL_free(client->tls);
    close(client->fd);
    free(client->data);
    *client = (struct client){.fd = -1};
}

static ssize_t move_bytes(struct client *client, bool out, void *data, size_t size)
{
    if (client->tls != NULL) {
        int moved = out ? SSL_write(client->tls, data, (int)size) : SSL_read(client->tls, data, (int)size);
        int error = moved > 0 ? 0 : SSL_get_error(client->tls, moved);
        if (moved > 0)
            return moved;
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : 0;
    }
    ssize_t moved = out ? send(client->fd, data, size, MSG_NOSIGNAL) : recv(client->fd, data, size, 0);
    return moved < 0 && errno != EAGAIN ? 0 : moved;
}

void client_read(struct client *client)
{
    while (!client->ended) {
        if (client->capacity - client->size < 65536) {
            client->capacity = client->capacity * 2 + 65536;
            client->data = realloc(client->data, client->capacity);
            assert_non_null(client->data);
        }
        ssize_t got =
            move_bytes(client, false, client->data + client->size, client->capacity - client->size - 1);
        if (got < 0)
            return;
        client->ended = got == 0;
        client->size += (size_t)got;
        client->data[client->size] = '\0';
    }
}

void client_send(struct client *client, const void *data, size_t size)
{
    uint8_t *rest = (uint8_t *)(uintptr_t)data;
    uint64_t until_ms = loop_mono_ms(client->world->loop) + WAIT_MAX_MS;
    while (size > 0) {
        ssize_t put = move_bytes(client, true, rest, size);
        if (put == 0)
            return; /* the server hung up; the test sees it when it reads */
        if (put > 0) {
            rest += put;
            size -= (size_t)put;
            continue;
        }
        assert_true(loop_mono_ms(client->world->loop) < until_ms);
        world_turn(client->world);
    }
}

void client_say(struct client *client, const char *text)
{
    client_send(client, text, strlen(text));
}

static void take(struct client *client, size_t size)
{
    memmove(client->data, client->data + size, client->size - size + 1);
    client->size -= size;
}

static bool has_ended(void *ctx)
{
    client_read(ctx);
    return ((struct client *)ctx)->ended;
}

void client_wait_end(struct client *client)
{
    world_wait(client->world, has_ended, client);
}

/* ---- a client: HTTP ---- */

static bool has_head(void *ctx)
{
    struct client *client = ctx;
    client_read(client);
    return client->ended || (client->size > 0 && strstr((char *)client->data, "\r\n\r\n") != NULL);
}

int client_status(struct client *client)
{
    int status = 0;
    world_wait(client->world, has_head, client);
    if (client->size > 0)
        sscanf((char *)client->data, "HTTP/1.1 %d ", &status);
    return status;
}

bool client_answer_holds(const struct client *client, const char *text)
{
    return client->size > 0 && strstr((const char *)client->data, text) != NULL;
}

int client_upgrade(struct client *client, const char *path, const char *lines)
{
    char *request = NULL;
    assert_true(asprintf(&request,
                         "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                         path, lines) > 0);
    client_say(client, request);
    free(request);
    int status = client_status(client);
    if (status == 101) {
        assert_true(client_answer_holds(client, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")); /* RFC 6455 1.3 */
        take(client, (size_t)(strstr((char *)client->data, "\r\n\r\n") + 4 - (char *)client->data));
    }
    return status;
}

void client_open(struct client *client, struct socket_world *world)
{
    client_connect(client, world, socket_port(world->server));
    assert_int_equal(client_upgrade(client, "/play", ""), 101);
}

/* ---- a client: frames ---- */

static void send_frame(struct client *client, int first, const uint8_t *data, size_t size, bool masked)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t *frame = malloc(size + 14);
    size_t at = 0;
    frame[at++] = (uint8_t)first;
    uint8_t bit = masked ? 0x80 : 0;
    if (size < 126) {
        frame[at++] = (uint8_t)(bit | size);
    } else if (size < 65536) {
        frame[at++] = bit | 126;
        frame[at++] = (uint8_t)(size >> 8);
        frame[at++] = (uint8_t)size;
    } else {
        frame[at++] = bit | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            frame[at++] = (uint8_t)((uint64_t)size >> shift);
    }
    if (masked) {
        memcpy(frame + at, mask, 4);
        at += 4;
    }
    for (size_t i = 0; i < size; i++)
        frame[at++] = masked ? data[i] ^ mask[i & 3] : data[i];
    client_send(client, frame, at);
    free(frame);
}

void client_frame(struct client *client, int first, const void *data, size_t size)
{
    send_frame(client, first, data, size, true);
}

void client_frame_unmasked(struct client *client, int first, const void *data, size_t size)
{
    send_frame(client, first, data, size, false);
}

/* The size of the first frame's head and payload; false while it is not all there. */
static bool measure(const struct client *client, size_t *ret_head, size_t *ret_size)
{
    if (client->size < 2)
        return false;
    size_t head = 2, size = client->data[1] & 0x7f, bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
    assert_int_equal(client->data[1] & 0x80, 0); /* a server does not mask */
    if (client->size < head + bytes)
        return false;
    if (bytes > 0)
        size = 0;
    for (size_t i = 0; i < bytes; i++)
        size = size << 8 | client->data[head++];
    *ret_head = head;
    *ret_size = size;
    return client->size >= head + size;
}

static bool has_frame(void *ctx)
{
    struct client *client = ctx;
    size_t head, size;
    client_read(client);
    return client->ended || measure(client, &head, &size);
}

bool client_next(struct client *client, struct frame *ret_frame)
{
    static uint8_t *held;
    size_t head, size;
    world_wait(client->world, has_frame, client);
    if (!measure(client, &head, &size))
        return false;
    free(held);
    held = malloc(size + 1);
    memcpy(held, client->data + head, size);
    *ret_frame = (struct frame){.opcode = client->data[0] & 0x0f, .data = held, .size = size};
    assert_int_equal(client->data[0] & 0xf0, FIN);
    take(client, head + size);
    if (ret_frame->opcode == OP_CLOSE) { /* the last frame: nothing to leak from */
        memcpy(client->data + client->size, held, size < 125 ? size : 125);
        ret_frame->data = client->data + client->size;
        free(held);
        held = NULL;
    }
    return true;
}

/* The code in a `closing` push [0, 10, [code, ...]], 0 for any other message. */
static int closing_code(const struct frame *frame)
{
    const uint8_t *data = frame->data;
    if (frame->size < 7 || data[0] != 0x93 || data[1] != 0 || data[2] != MESSAGE_CLOSING ||
        (data[3] & 0xf0) != 0x90 || data[4] != 0xcd)
        return 0;
    return data[5] << 8 | data[6];
}

void client_assert_closed(struct client *client, int code)
{
    int pushed;
    assert_int_equal(client_close_code(client, &pushed), code);
    assert_int_equal(pushed, code);
    client_frame(client, FIN | OP_CLOSE, "\x03\xe8", 2);
    client_wait_end(client);
    client_close(client);
}

int client_close_code(struct client *client, int *ret_pushed)
{
    struct frame frame;
    int pushed = 0, code = 0;
    while (code == 0 && client_next(client, &frame)) {
        if (frame.opcode == OP_BINARY)
            pushed = closing_code(&frame);
        if (frame.opcode == OP_CLOSE)
            code = frame.size >= 2 ? frame.data[0] << 8 | frame.data[1] : 1005;
    }
    if (ret_pushed != NULL)
        *ret_pushed = pushed;
    return code;
}

/* ---- certificates ---- */

static FILE *new_file(char path[64], const char *template)
{
    snprintf(path, 64, "%s", template);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    return fdopen(fd, "w");
}

void make_certificate(const char *name, char cert_file[64], char key_file[64])
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    X509_NAME *subject = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(cert, subject);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    FILE *file = new_file(cert_file, "/tmp/test-socket-cert-XXXXXX");
    assert_int_equal(PEM_write_X509(file, cert), 1);
    fclose(file);
    file = new_file(key_file, "/tmp/test-socket-key-XXXXXX");
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    X509_free(cert);
    EVP_PKEY_free(key);
}
