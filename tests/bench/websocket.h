/* websocket: one client WebSocket on an epoll loop, for the load generator. Frames are built and taken apart
 * by hand (RFC 6455, masked with zeros), so that it shares no code with the server it measures. Any failure
 * ends the program with 2 and a line on stderr: a bench with a broken socket has no result. */
#ifndef BENCH_WEBSOCKET_H
#define BENCH_WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>

#define WEBSOCKET_IN_BYTES 65536

struct websocket {
    int fd;
    int upgraded;
    uint8_t *in; /* WEBSOCKET_IN_BYTES, touched only as far as it was used */
    size_t in_size;
};

struct websocket_counters {
    uint64_t bytes_in, bytes_out;
};
extern struct websocket_counters websocket_counters;

/* Connects from a client address of its own for every thousand `number`s, asks for /play, and adds itself to
 * `epoll` with `data` as its data. Blocks for the TCP handshake. */
void websocket_open(struct websocket *socket, const char *host, int port, size_t number, int epoll,
                    void *data);
/* Reads once. `on_upgraded` runs when the server has agreed, `on_message` for every binary frame; its payload
 * is borrowed for the call. Pings are answered. */
void websocket_read(struct websocket *socket, void (*on_upgraded)(void *data),
                    void (*on_message)(void *data, const uint8_t *payload, size_t size), void *data);
/* Sends one binary frame; waits busily when the kernel's buffer is full. */
void websocket_send(struct websocket *socket, const uint8_t *payload, size_t size);

/* Ends the program with 2. */
void websocket_die(const char *what) __attribute__((noreturn));
void websocket_refuse(const char *what, uint64_t number) __attribute__((noreturn));

#endif
