/* websocket: the load generator's sockets. Just enough of RFC 6455 for a peer that is known to behave: whole
 * frames, no fragments, no extensions. It is as cheap as a client can be - one send a message, one recv a
 * wake-up - because its CPU is taken from the same machine as the server's. A mask of zeros is legal and
 * saves the masking.
 *
 * A server may close a socket, or refuse the upgrade with a status: that is told, and whoever owns the socket
 * decides. It never blocks but in one place: when the kernel takes no more, websocket_send tries until it
 * does. The buffer for what comes in begins small and doubles up to the largest frame that came; ten thousand
 * sockets cost what they are sent. */
#include "websocket.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS_PER_ADDRESS 1000 /* the server counts sockets by address */
#define IN_FIRST_BYTES 2048
#define IN_MOST_BYTES (32u << 20)

enum opcode { OPCODE_BINARY = 2, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

struct websocket_counters websocket_counters;

static void ask_upgrade(struct websocket *ws, int epoll, void *data);
static size_t take_upgrade(struct websocket *ws, const struct websocket_handlers *handlers, void *data);
static size_t take_frame(struct websocket *ws, size_t at, const struct websocket_handlers *handlers,
                         void *data);
static void give_up(struct websocket *ws, unsigned code, const struct websocket_handlers *handlers,
                    void *data);
static void send_frame(struct websocket *ws, enum opcode opcode, const uint8_t *payload, size_t size);

void websocket_open(struct websocket *ws, const char *host, int port, size_t number, int epoll, void *data)
{
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    int one = 1;
    from.sin_addr.s_addr = htonl(0x7f000002 + (uint32_t)(number / SOCKETS_PER_ADDRESS));
    to.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, host, &to.sin_addr) != 1)
        websocket_refuse("the host is not an IPv4 address", 0);
    ws->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (ws->fd < 0)
        websocket_die("socket");
    setsockopt(ws->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(ws->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one); /* a port to each server */
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = data};
    if (bind(ws->fd, (struct sockaddr *)&from, sizeof from) != 0 ||
        (connect(ws->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, ws->fd, &event) != 0)
        websocket_die("connect");
    ws->state = WEBSOCKET_CONNECTING;
    ws->in_size = 0;
}

void websocket_drop(struct websocket *ws)
{
    if (ws->state == WEBSOCKET_CLOSED)
        return;
    close(ws->fd);
    free(ws->in);
    *ws = (struct websocket){.state = WEBSOCKET_CLOSED};
}

void websocket_event(struct websocket *ws, int epoll, const struct websocket_handlers *handlers, void *data)
{
    if (ws->state == WEBSOCKET_CLOSED)
        return; /* dropped since epoll spoke of it */
    if (ws->state == WEBSOCKET_CONNECTING) {
        ask_upgrade(ws, epoll, data);
        return;
    }
    if (ws->in_size + 1 >= ws->in_room) {
        ws->in_room = ws->in_room == 0 ? IN_FIRST_BYTES : 2 * ws->in_room;
        ws->in = ws->in_room > IN_MOST_BYTES ? NULL : realloc(ws->in, ws->in_room);
        if (ws->in == NULL)
            websocket_refuse("no memory for a frame of more than", ws->in_size);
    }
    ssize_t got = recv(ws->fd, ws->in + ws->in_size, ws->in_room - 1 - ws->in_size, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        give_up(ws, 0, handlers, data);
        return;
    }
    websocket_counters.bytes_in += (uint64_t)got;
    ws->in_size += (size_t)got;
    size_t used = ws->state == WEBSOCKET_UPGRADING ? take_upgrade(ws, handlers, data) : 0;
    for (size_t size; ws->state == WEBSOCKET_OPEN && used < ws->in_size; used += size) {
        size = take_frame(ws, used, handlers, data);
        if (size == 0)
            break;
    }
    if (ws->state == WEBSOCKET_CLOSED || used == 0)
        return;
    memmove(ws->in, ws->in + used, ws->in_size - used);
    ws->in_size -= used;
}

/* The connection stands, or was refused. */
static void ask_upgrade(struct websocket *ws, int epoll, void *data)
{
    static const char request[] =
        "GET /play HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    int failed = 0;
    socklen_t size = sizeof failed;
    if (getsockopt(ws->fd, SOL_SOCKET, SO_ERROR, &failed, &size) != 0 || failed != 0) {
        errno = failed;
        websocket_die("connect");
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, ws->fd, &event) != 0 ||
        send(ws->fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof request - 1))
        websocket_die("upgrade");
    ws->state = WEBSOCKET_UPGRADING;
}

/* The bytes of the server's answer; 0: not all of it is there. */
static size_t take_upgrade(struct websocket *ws, const struct websocket_handlers *handlers, void *data)
{
    ws->in[ws->in_size] = '\0';
    const char *end = strstr((char *)ws->in, "\r\n\r\n");
    if (end == NULL)
        return 0;
    size_t used = (size_t)(end + 4 - (char *)ws->in);
    if (strncmp((char *)ws->in, "HTTP/1.1 101", 12) != 0) {
        give_up(ws, (unsigned)strtoul((char *)ws->in + 9, NULL, 10), handlers, data);
        return 0;
    }
    ws->state = WEBSOCKET_OPEN;
    handlers->upgraded(data);
    return used;
}

/* The bytes of one frame; 0: not all of it is there, or it was the last. */
static size_t take_frame(struct websocket *ws, size_t at, const struct websocket_handlers *handlers,
                         void *data)
{
    const uint8_t *frame = ws->in + at;
    size_t left = ws->in_size - at;
    if (left < 2)
        return 0;
    size_t head = 2, size = frame[1] & 127, bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (left < head + bytes)
        return 0;
    if (bytes > 0)
        size = 0;
    for (size_t i = 0; i < bytes; i++)
        size = size << 8 | frame[head + i];
    head += bytes;
    if (size > IN_MOST_BYTES)
        websocket_refuse("a frame is too large", size);
    if (left < head + size)
        return 0;
    const uint8_t *payload = frame + head;
    switch (frame[0] & 15) {
    case OPCODE_BINARY:
        handlers->message(data, payload, size);
        break;
    case OPCODE_CLOSE:
        give_up(ws, size >= 2 ? (unsigned)payload[0] << 8 | payload[1] : 0, handlers, data);
        return 0;
    case OPCODE_PING:
        send_frame(ws, OPCODE_PONG, payload, size);
        break;
    default:
        break;
    }
    return head + size;
}

static void give_up(struct websocket *ws, unsigned code, const struct websocket_handlers *handlers,
                    void *data)
{
    websocket_drop(ws);
    handlers->closed(data, code);
}

void websocket_send(struct websocket *ws, const uint8_t *payload, size_t size)
{
    send_frame(ws, OPCODE_BINARY, payload, size);
}

static void send_frame(struct websocket *ws, enum opcode opcode, const uint8_t *payload, size_t size)
{
    static uint8_t frame[20000];
    size_t head = 2, sent = 0;
    if (size + 8 > sizeof frame)
        websocket_refuse("a message is too large to send", size);
    frame[0] = (uint8_t)(0x80 | opcode);
    frame[1] = (uint8_t)(0x80 | (size < 126 ? size : 126));
    if (size >= 126) {
        frame[2] = (uint8_t)(size >> 8);
        frame[3] = (uint8_t)size;
        head = 4;
    }
    memset(frame + head, 0, 4);
    memcpy(frame + head + 4, payload, size);
    size += head + 4;
    while (sent < size) {
        ssize_t wrote = send(ws->fd, frame + sent, size - sent, MSG_NOSIGNAL);
        if (wrote < 0 && (errno == EPIPE || errno == ECONNRESET))
            break; /* what the server said before it closed is still to be read */
        if (wrote < 0 && errno != EAGAIN)
            websocket_die("send");
        sent += wrote < 0 ? 0 : (size_t)wrote;
    }
    websocket_counters.bytes_out += size;
}

void websocket_die(const char *what)
{
    fprintf(stderr, "bench_load: %s: %s\n", what, strerror(errno));
    exit(2);
}

void websocket_refuse(const char *what, uint64_t number)
{
    fprintf(stderr, "bench_load: %s (%llu)\n", what, (unsigned long long)number);
    exit(2);
}
