/* websocket: the load generator's sockets. Just enough of RFC 6455 for a peer that is known to behave: whole
 * frames, no fragments, no extensions. It is as cheap as a client can be - one send a message, one recv a
 * wake-up - because its CPU is taken from the same machine as the server's. A mask of zeros is legal and
 * saves the masking. */
#include "websocket.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS_PER_ADDRESS 1000 /* the server counts sockets by address */

enum opcode { OPCODE_BINARY = 2, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

struct websocket_counters websocket_counters;

static size_t take_upgrade(struct websocket *socket);
static size_t take_frame(struct websocket *socket, const uint8_t *frame, size_t left,
                         void (*on_message)(void *data, const uint8_t *payload, size_t size), void *data);
static void send_frame(struct websocket *socket, enum opcode opcode, const uint8_t *payload, size_t size);

void websocket_open(struct websocket *ws, const char *host, int port, size_t number, int epoll, void *data)
{
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    int one = 1;
    from.sin_addr.s_addr = htonl(0x7f000002 + (uint32_t)(number / SOCKETS_PER_ADDRESS));
    to.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, host, &to.sin_addr) != 1)
        websocket_refuse("the host is not an IPv4 address", 0);
    ws->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ws->in = malloc(WEBSOCKET_IN_BYTES);
    if (ws->fd < 0 || ws->in == NULL || bind(ws->fd, (struct sockaddr *)&from, sizeof from) != 0 ||
        connect(ws->fd, (struct sockaddr *)&to, sizeof to) != 0)
        websocket_die("connect");
    setsockopt(ws->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(ws->fd, F_SETFL, O_NONBLOCK);
    char request[256];
    int size = snprintf(request, sizeof request,
                        "GET /play HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                        host, port);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, ws->fd, &event) != 0 ||
        send(ws->fd, request, (size_t)size, MSG_NOSIGNAL) != size)
        websocket_die("upgrade");
}

void websocket_read(struct websocket *socket, void (*on_upgraded)(void *data),
                    void (*on_message)(void *data, const uint8_t *payload, size_t size), void *data)
{
    ssize_t got = recv(socket->fd, socket->in + socket->in_size, WEBSOCKET_IN_BYTES - 1 - socket->in_size, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0)
        websocket_die("the server went away");
    websocket_counters.bytes_in += (uint64_t)got;
    socket->in_size += (size_t)got;
    size_t used = 0;
    if (!socket->upgraded) {
        used = take_upgrade(socket);
        if (used == 0)
            return;
        socket->upgraded = 1;
        on_upgraded(data);
    }
    for (size_t size; used < socket->in_size; used += size) {
        size = take_frame(socket, socket->in + used, socket->in_size - used, on_message, data);
        if (size == 0)
            break;
    }
    memmove(socket->in, socket->in + used, socket->in_size - used);
    socket->in_size -= used;
}

/* The bytes of the server's answer; 0: not all of it is there. */
static size_t take_upgrade(struct websocket *socket)
{
    socket->in[socket->in_size] = '\0';
    const char *end = strstr((char *)socket->in, "\r\n\r\n");
    if (end == NULL)
        return 0;
    if (strncmp((char *)socket->in, "HTTP/1.1 101", 12) != 0)
        websocket_refuse("the upgrade was refused with status", strtoul((char *)socket->in + 9, NULL, 10));
    return (size_t)(end + 4 - (char *)socket->in);
}

/* The bytes of one frame; 0: not all of it is there. */
static size_t take_frame(struct websocket *socket, const uint8_t *frame, size_t left,
                         void (*on_message)(void *data, const uint8_t *payload, size_t size), void *data)
{
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
    if (size > WEBSOCKET_IN_BYTES - 16)
        websocket_refuse("a frame is too large", size);
    if (left < head + size)
        return 0;
    const uint8_t *payload = frame + head;
    switch (frame[0] & 15) {
    case OPCODE_BINARY:
        on_message(data, payload, size);
        break;
    case OPCODE_CLOSE:
        websocket_refuse("the server closed a socket",
                         size >= 2 ? (uint64_t)payload[0] << 8 | payload[1] : 0);
    case OPCODE_PING:
        send_frame(socket, OPCODE_PONG, payload, size);
        break;
    default:
        break;
    }
    return head + size;
}

void websocket_send(struct websocket *socket, const uint8_t *payload, size_t size)
{
    send_frame(socket, OPCODE_BINARY, payload, size);
}

static void send_frame(struct websocket *socket, enum opcode opcode, const uint8_t *payload, size_t size)
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
        ssize_t wrote = send(socket->fd, frame + sent, size - sent, MSG_NOSIGNAL);
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
