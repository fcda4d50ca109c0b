/* guest: libwebsockets on our loop. It does what it is good at - the handshake's answer, frames, control
 * frames, the closing handshake - and nothing else.
 *
 * It never sees a client's HTTP. Its own HTTP server upgrades what it should refuse (POST, HTTP/1.0, any
 * version), drops headers over its buffer without an answer, spins in accept when descriptors run out, and
 * switches to HTTP/2 whenever a client asks with `Upgrade: h2c`, which no option turns off. So front.c
 * accepts, judges and answers, and only when everything is right is the descriptor given away here, with a
 * request that this file writes: fixed lines, the key, the subprotocol. No extension is ever offered, so
 * there is no permessage-deflate. Bytes that came behind the client's request follow.
 *
 * The library's liveness timer is off (an empty retry policy): janitor.c pings and hangs up, as it knows who
 * is slow and who is gone. Timers of the library only run when it is woken, so the janitor wakes it each time
 * it looks; and then only in a turn of the loop in which nothing else came, so no deadline of ours is one.
 *
 * Sizes: rx_buffer_size is held for every socket, so it is small and receive.c joins; tx_packet_size is
 * large, or each write would be cut to rx_buffer_size.
 *
 * Checked with 4.1.6 and 4.3. When you handle one more reason in `callback`: return 0 but for "close now". */
#include "base/check.h"
#include "base/log.h"
#include "socket/internal.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define RX_BUFFER_BYTES 1024
#define TX_PACKET_BYTES (1024 * 1024)
#define LOG_LINES_PER_SECOND 10

/* ---- its log ---- */

/* Peers can make the library warn, so its lines are bounded. It also calls it an error to be given early
 * bytes. */
static void guest_log(int level, const char *line)
{
    static time_t second;
    static unsigned lines;
    time_t now = time(NULL);
    if (strstr(line, "adopt_socket_readbuf") != NULL)
        return;
    if (now != second)
        lines = 0;
    second = now;
    if (lines++ < LOG_LINES_PER_SECOND)
        log_write(level == LLL_ERR ? LOG_WARN : LOG_INFO, "libwebsockets", "text=\"%.*s\"",
                  (int)strcspn(line, "\n"), line);
}

/* ---- what it calls ---- */

static void established(struct socket_server *server, struct session *session)
{
    struct slice bearer = server->adopting_bearer;
    check(session == server->adopting); /* the handshake happens inside guest_adopt */
    session_opened(session, bearer);
}

static void received(struct session *session, struct lws *wsi, void *in, size_t size)
{
    receive_part(session, slice_of(in, size), lws_is_first_fragment(wsi),
                 lws_remaining_packet_payload(wsi) == 0, lws_is_final_fragment(wsi),
                 !lws_frame_is_binary(wsi));
}

/* The peer's close frame; the library answers it. One byte is no code, nor is anything from 5000 on: it would
 * be sent back as it is. */
static int peer_closes(struct lws *wsi, const uint8_t *payload, size_t size)
{
    struct session *session = lws_get_opaque_user_data(wsi);
    uint16_t code = size >= 2 ? (uint16_t)(payload[0] << 8 | payload[1]) : LWS_CLOSE_STATUS_NO_STATUS;
    if (session != NULL)
        session->peer_code = code;
    if (size != 1 && code < 5000)
        return 0;
    lws_close_reason(wsi, LWS_CLOSE_STATUS_PROTOCOL_ERR, NULL, 0);
    return -1;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct socket_server *server = lws_context_user(lws_get_context(wsi));
    struct session *session = NULL;
    (void)user;
    if (reason == LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED) {
        lws_set_opaque_user_data(wsi, server->adopting);
        server->adopting->wsi = wsi;
        return 0;
    }
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_RECEIVE_PONG:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY:
        session = lws_get_opaque_user_data(wsi);
        if (session == NULL)
            return 0; /* the library's own pipe */
        check_magic(session, SESSION_MAGIC);
        check(session->wsi == wsi);
        break;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return peer_closes(wsi, in, size);
    case LWS_CALLBACK_HTTP:
        return -1; /* cannot be: only upgrades are given to it */
    default:
        return 0;
    }
    if (reason == LWS_CALLBACK_ESTABLISHED) {
        established(server, session);
    } else if (reason == LWS_CALLBACK_RECEIVE) {
        received(session, wsi, in, size);
    } else if (reason == LWS_CALLBACK_RECEIVE_PONG) {
        receive_pong(session);
    } else if (reason == LWS_CALLBACK_SERVER_WRITEABLE) {
        return send_writeable(session) ? 0 : -1;
    } else {
        lws_set_opaque_user_data(wsi, NULL);
        session_gone(session);
    }
    return 0;
}

/* ---- opening and closing ---- */

static const struct lws_protocols protocols[] = {
    {.name = "gachapon",
     .callback = callback,
     .rx_buffer_size = RX_BUFFER_BYTES,
     .tx_packet_size = TX_PACKET_BYTES},
    {.name = "echo",
     .callback = callback,
     .rx_buffer_size = RX_BUFFER_BYTES,
     .tx_packet_size = TX_PACKET_BYTES},
    {.name = NULL},
};

enum err guest_open(struct socket_server *server)
{
    static const lws_retry_bo_t no_liveness;
    void *loops[1] = {loop_ev(server->loop)};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .foreign_loops = loops,
        .options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_VALIDATE_UTF8 |
                   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
                   LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .retry_and_idle_policy = &no_liveness,
        .max_http_header_data = 1024,
        .max_http_header_pool = 2, /* the handshake is over when guest_adopt returns */
        .timeout_secs = 5,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .user = server,
        .vhost_name = "gachapon",
    };
    lws_set_log_level(LLL_ERR | LLL_WARN, guest_log);
    server->lws = lws_create_context(&info);
    if (server->lws == NULL)
        return ERR_REFUSED;
    server->vhost = lws_create_vhost(server->lws, &info);
    return server->vhost == NULL ? ERR_REFUSED : ERR_OK;
}

void guest_close(struct socket_server *server)
{
    if (server->lws != NULL)
        lws_context_destroy(server->lws);
    server->lws = NULL;
    server->vhost = NULL;
}

/* ---- giving it a connection ---- */

/* The request that stands for the client's, in server->chunk, with the early bytes behind it. */
static size_t write_request(struct socket_server *server, const struct upgrade *upgrade, struct slice early)
{
    bool named = upgrade->protocol != NULL;
    int size = snprintf((char *)server->chunk, sizeof server->chunk,
                        "GET %s HTTP/1.1\r\nHost: gachapon\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %.*s\r\n%s%s%s\r\n",
                        upgrade->path == SESSION_PLAY ? "/play" : "/join", SLICE_ARGS(upgrade->key),
                        named ? "Sec-WebSocket-Protocol: " : "", named ? upgrade->protocol : "",
                        named ? "\r\n" : "");
    check(size > 0 && (size_t)size + early.size <= sizeof server->chunk);
    if (early.size > 0)
        memcpy(server->chunk + size, early.data, early.size);
    return (size_t)size + early.size;
}

void guest_hold(struct session *session, bool hold)
{
    if (session->held == hold || session->wsi == NULL)
        return;
    session->held = hold;
    lws_rx_flow_control(session->wsi, hold ? 0 : 1);
}

void guest_write(struct session *session)
{
    if (lws_partial_buffered(session->wsi)) {
        lws_callback_on_writable(session->wsi);
        return;
    }
    struct lws_pollfd writeable = {
        .fd = lws_get_socket_fd(session->wsi), .events = POLLOUT, .revents = POLLOUT};
    lws_service_fd(session->server->lws, &writeable);
}

void guest_adopt(struct session *session, int fd, const struct upgrade *upgrade, struct slice early)
{
    struct socket_server *server = session->server;
    uint64_t id = session->id;
    size_t size = write_request(server, upgrade, early);
    server->adopting = session;
    server->adopting_bearer = upgrade->bearer;
    struct lws *wsi = lws_adopt_socket_vhost_readbuf(server->vhost, fd, (const char *)server->chunk, size);
    server->adopting = NULL;
    server->adopting_bearer = (struct slice){0};
    if (session_find(server, id) == NULL)
        return;
    if (wsi == NULL)
        session_gone(session);
    else if (session->state == SESSION_OPENING)
        session_kill(session);
}
