/* websocket: one client WebSocket on an epoll loop, for the load generator. Frames are built and taken apart
 * by hand (RFC 6455, masked with zeros), so that it shares no code with the server it measures. A failure
 * that no server may cause ends the program with 2 and a line on stderr: a bench with a broken socket has no
 * result. */
#ifndef BENCH_WEBSOCKET_H
#define BENCH_WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>

enum websocket_state { WEBSOCKET_CLOSED, WEBSOCKET_CONNECTING, WEBSOCKET_UPGRADING, WEBSOCKET_OPEN };

struct websocket {
    enum websocket_state state;
    int fd;
    uint8_t *in; /* what came and is not a whole frame yet; grows as it must */
    size_t in_size, in_room;
};

struct websocket_counters {
    uint64_t bytes_in, bytes_out;
};
extern struct websocket_counters websocket_counters;

/* What a socket tells, with the `data` it was opened with. */
struct websocket_handlers {
    void (*upgraded)(void *data);
    void (*message)(void *data, const uint8_t *payload, size_t size); /* borrowed for the call */
    /* The server closed it, or refused it: a close code, an HTTP status, or 0. It is CLOSED already. */
    void (*closed)(void *data, unsigned code);
};

/* Begins to connect, from a client address of its own for every thousand `number`s, to ask for /play, and
 * adds itself to `epoll` with `data`. Waits for nothing. */
void websocket_open(struct websocket *socket, const char *host, int port, size_t number, int epoll,
                    void *data);
/* What epoll says of it. Reads once; pings are answered. */
void websocket_event(struct websocket *socket, int epoll, const struct websocket_handlers *handlers,
                     void *data);
/* Sends one binary frame; waits busily when the kernel's buffer is full. */
void websocket_send(struct websocket *socket, const uint8_t *payload, size_t size);
/* As a lost network does: no goodbye. */
void websocket_drop(struct websocket *socket);

/* Ends the program with 2. */
void websocket_die(const char *what) __attribute__((noreturn));
void websocket_refuse(const char *what, uint64_t number) __attribute__((noreturn));

#endif
