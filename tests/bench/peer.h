/* peer: one client of the bench: connects, signs in with a token of its own, follows its rows, and then has
 * requests in flight. It keeps its marks as a good client does, so that coming back resumes. Owned by load.c,
 * in one array; a peer's `number` is its place there. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include "gen/c/types.h"
#include "websocket.h"

#define PEER_IN_FLIGHT_MAX 64 /* what the server takes: LIMIT_IN_FLIGHT_MAX */
#define PEER_TOKEN_MAX_BYTES 16384

enum peer_state { PEER_AWAY, PEER_UPGRADING, PEER_SIGNING_IN, PEER_FOLLOWING, PEER_READY };

struct peer {
    struct websocket socket;
    enum peer_state state;
    uint32_t number;
    bool greeted;                        /* it has heard hello; a bare echo says none */
    bool followed;                       /* its follow was answered */
    uint32_t marked;                     /* a bit for each audience whose rows it has: enum audience */
    uint32_t sequence;                   /* of requests */
    uint64_t busy;                       /* a bit for each slot with a request in flight */
    uint64_t due_us[PEER_IN_FLIGHT_MAX]; /* by slot: when its request was to be sent */
    /* What is kept while it is away. */
    char *token;
    uint8_t epoch[16];
    uint64_t generation, marks[3]; /* by audience; generation 0: it never followed */
};

/* What peers tell their owner. */
struct peer_handlers {
    void (*ready)(struct peer *peer); /* it is signed in, follows, and has the rows of both audiences */
    void (*answered)(struct peer *peer, uint32_t slot, uint32_t error); /* 0: it succeeded */
    void (*told)(struct peer *peer, size_t bytes); /* a public row, or whatever a bare echo sends unasked */
    /* Refused or closed while it was not ready: peer_again() after so long. `code`: an error, an HTTP status,
     * a close code, or 0; they do not overlap. */
    void (*come_back)(struct peer *peer, uint32_t after_ms, uint32_t code);
};

struct peer_setup {
    const char *host;
    int port, epoll;
    struct peer_handlers handlers;
};

/* Kept by reference, for all peers. */
void peer_setup(const struct peer_setup *setup);
/* Starts to connect; `state` is AWAY. */
void peer_open(struct peer *peer);
/* Takes up where it was refused: connects, signs in or follows. */
void peer_again(struct peer *peer);
/* As if its network were gone. Requests in flight are forgotten. */
void peer_drop(struct peer *peer);
/* What epoll says of its socket. */
void peer_event(struct peer *peer);
/* Whether one more request may be sent. */
bool peer_has_slot(const struct peer *peer);
/* Sends a request that should have left at `due_us`; it is READY and has a slot. `payload`: payload and meta.
 */
void peer_request(struct peer *peer, uint32_t type, const uint8_t *payload, size_t size, uint64_t due_us);

#endif
