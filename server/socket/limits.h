/* limits: the bounds of the sockets, each with its behaviour at the bound. What a client must know is in the
 * protocol schema (LIMIT_*); what an operator may turn is in struct socket_config. */
#ifndef SOCKET_LIMITS_H
#define SOCKET_LIMITS_H

/* ---- before a socket is a WebSocket: fronts ---- */
/* A request head, all of it: 431 above it. Room for the Authorization header and as much again as is usual.
 */
#define HEAD_MAX_BYTES (24 * 1024)
/* The token in an Authorization header: 431 above it. Real Keycloak tokens reach 4 KiB and more. */
#define BEARER_MAX_BYTES (16 * 1024)
/* Header lines: 431 above it. */
#define HEAD_LINES_MAX 64
/* The target of a request line: 414 above it. */
#define TARGET_MAX_BYTES 2048
/* The body of a request to the internal port: 413 above it. */
#define BODY_MAX_BYTES (64 * 1024)
/* An HTTP answer: 500 above it. */
#define ANSWER_MAX_BYTES (4 * 1024 * 1024)
/* Fronts above sessions_max: at the bound the oldest front is dropped for the new one. */
#define FRONTS_EXTRA 256
/* Fronts of one address, above its sessions: a further connection is closed at once. */
#define FRONTS_PER_ADDRESS_EXTRA 64
/* Connections taken in one go, so that a storm of them does not starve the rest of the loop. */
#define ACCEPTS_PER_TURN 8
/* Of TLS fewer, as each handshake is most of a millisecond of signing. */
#define TLS_ACCEPTS_PER_TURN 4
/* And made WebSockets, in the order in which they asked; the rest waits for its turn. What one costs until it
 * is in and has caught up is 150 us of the loop, so this leaves most of it to those who are in. */
#define UPGRADES_PER_SECOND 1600
#define UPGRADES_PER_TURN 16
/* Descriptors kept for databases, keys and the internal port: above it no new public connection is taken
 * until the next look of the janitor. */
#define DESCRIPTORS_RESERVED 64
/* Lines about refused upgrades between two looks of the janitor; the rest is counted. */
#define REFUSAL_LINES_MAX 20

/* ---- on a WebSocket ---- */
/* Messages that wait together are packed into frames of at most this size; a larger one travels alone. */
#define PACK_MAX_BYTES (16 * 1024)
/* A fragment that brings fewer bytes and does not end its message costs as a message does. */
#define FRAGMENT_LEAST_BYTES 64
/* What must arrive (session_send) and is not taken by the peer: closed with 4005 above it. */
#define QUEUE_MAX_BYTES (16u * 1024 * 1024)
#define QUEUE_MAX_MESSAGES 65536
/* A peer is not read from while it has this many times the feed's high watermark to take; at the watermark it
 * is again.
 */
#define HOLD_FACTOR 2
/* Nor while it has this many messages to take, as small ones cost more than their bytes; at half of it it is
 * again. */
#define HOLD_MESSAGES 4096
/* An out-queue's ring above this size is freed when it is empty. */
#define RING_KEEP 16
/* What is not waited for - rows, ticks - is written to this many sockets in one go; the rest in the next
 * turn, behind the answers that are due by then. */
#define FEEDS_PER_TURN 128
/* Bytes the kernel holds for a peer that does not read. */
#define SEND_BUFFER_BYTES (128 * 1024)
/* Over the limit of its address a socket is opened, told so (4006) and closed; above this many extra: 429. */
#define SURPLUS_PER_ADDRESS_MAX 8
/* Messages may come in a burst of so many seconds' worth. Of the other limits of rate the whole period's
 * worth may come at once: they are there for players who share an address and come back together. */
#define MESSAGES_BURST_S 2
/* Before it is signed in a socket may send this fraction of a session's messages. */
#define STRANGER_SHARE 5
/* A session whose refused messages alone are this many times its limit is closed (4007). */
#define HAMMERING 10
/* Addresses counted: those with connections, and those that went but are not within their limits yet. Beyond,
 * newcomers share one entry, so nobody who is counted is forgotten for their sake. */
#define CENSUS_MAX 65536
/* Addresses without connections that are looked at in one go. */
#define CENSUS_SWEEP 1024
/* One read or write of a TLS connection. */
#define RELAY_CHUNK_BYTES (16 * 1024)

/* Times, in milliseconds, at the janitor's precision. A struct, so that tests can shorten them. */
struct socket_limits {
    unsigned janitor_every_ms; /* between two looks */
    unsigned front_within_ms;  /* TLS handshake, head and body must be there */
    unsigned queued_within_ms; /* an upgrade that waits for its turn is refused then: 503 */
    unsigned linger_ms;        /* an answered front may still send (and is ignored) */
    unsigned ping_after_ms;    /* a silent peer is pinged */
    unsigned silent_ms;        /* a peer that answers nothing is hung up */
    unsigned stall_ms;         /* a peer that takes nothing while something waits is closed (4005) */
    unsigned close_within_ms;  /* a closing socket must have taken what is queued and the close frame */
    unsigned stalled_close_within_ms; /* the same for a stalled one, so that it may still read the 4005 */
};

#define SOCKET_LIMITS_DEFAULT                                                                                \
    {                                                                                                        \
        .janitor_every_ms = 1000, .front_within_ms = 10000, .queued_within_ms = 30000, .linger_ms = 2000,    \
        .ping_after_ms = 20000, .silent_ms = 30000, .stall_ms = 30000, .close_within_ms = 5000,              \
        .stalled_close_within_ms = 30000                                                                     \
    }

#endif
