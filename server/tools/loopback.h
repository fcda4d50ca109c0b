/* loopback: where a browser brings the answer of a sign-in to a native app (RFC 8252): a listener on
 * 127.0.0.1, on a port of the kernel's choice. For tools. Blocks. */
#ifndef TOOLS_LOOPBACK_H
#define TOOLS_LOOPBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum { LOOPBACK_PEERS_MAX = 8, LOOPBACK_REQUEST_MAX_BYTES = 16384 };

struct loopback {
    int listener;
    uint16_t port;
    struct loopback_peer {
        int fd; /* -1: none */
        size_t size;
        char bytes[LOOPBACK_REQUEST_MAX_BYTES + 1];
    } peers[LOOPBACK_PEERS_MAX];
};

/* ERR_IO: no port is to be had. */
MUST_CHECK enum err loopback_open(struct loopback *loopback);
void loopback_close(struct loopback *loopback); /* wipes what came */

/* What a request to /callback was; the browser is told so. */
enum loopback_verdict {
    LOOPBACK_STRANGER, /* not the answer that is waited for: go on */
    LOOPBACK_GOOD,
    LOOPBACK_BAD,
};
typedef enum loopback_verdict (*loopback_judge)(void *ctx, const char *query);

/* Answers requests until `judge` says good or bad of one to /callback. ERR_TIMEOUT: none came. */
MUST_CHECK enum err loopback_wait(struct loopback *loopback, uint32_t timeout_ms, loopback_judge judge,
                                  void *ctx);

/* The value of a query's first member of this name, decoded; false: there is none, or it does not fit. */
bool loopback_query(const char *query, const char *name, char *ret_value, size_t size);

#endif
