/* channel: the bytes of one accepted connection, plain or TLS. */
#ifndef SOCKET_CHANNEL_H
#define SOCKET_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "base/err.h"

struct ssl_st;
struct ssl_ctx_st;

struct channel {
    int fd;             /* -1: closed */
    struct ssl_st *tls; /* NULL: plain */
};

/* What read, write and handshake return when they move no byte. */
enum channel_result {
    CHANNEL_END = 0,         /* the peer sends no more */
    CHANNEL_WANT_READ = -1,  /* try again when the descriptor is readable */
    CHANNEL_WANT_WRITE = -2, /* ... writable */
    CHANNEL_BROKEN = -3,
};

/* Takes `fd`. ERR_NOMEM: the channel is not open and `fd` is closed. */
MUST_CHECK enum err channel_open(struct channel *channel, int fd, struct ssl_ctx_st *tls);
void channel_close(struct channel *channel); /* says goodbye in TLS if it can; accepts a closed one */
/* The TLS handshake: 1 when done (at once on a plain channel), or a channel_result. */
ssize_t channel_handshake(struct channel *channel);
ssize_t channel_read(struct channel *channel, void *data, size_t size);
ssize_t channel_write(struct channel *channel, const void *data, size_t size);
/* No more will be written: the peer sees the end. */
void channel_shut_write(struct channel *channel);
/* Gives up the descriptor of a plain channel without closing it. */
int channel_release_fd(struct channel *channel);

/* A server context from PEM files: TLS 1.2 and later, HTTP/1.1 by ALPN. NULL when a file cannot be used. */
struct ssl_ctx_st *channel_tls_load(const char *cert_file, const char *key_file);

#endif
