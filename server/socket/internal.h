/* internal: what the files of this folder share. Nobody else includes it, except this folder's tests. */
#ifndef SOCKET_INTERNAL_H
#define SOCKET_INTERNAL_H

#include <libwebsockets.h>
#include "base/bucket.h"
#include "base/buf.h"
#include "base/map.h"
#include "socket/address.h"
#include "socket/channel.h"
#include "socket/limits.h"
#include "socket/socket.h"
#include "socket/upgrade.h"

#define SESSION_MAGIC 0x5e551011u
#define SERVER_MAGIC 0x50c4e751u
#define FRONT_MAGIC 0xf4017d00u
#define RELAY_MAGIC 0x4e1a7000u

/* ---- a message in queues (outgoing.c) ---- */
struct outgoing {
    uint32_t references;
    uint32_t size;   /* bytes of the message */
    bool text;       /* echo only */
    uint8_t bytes[]; /* LWS_PRE bytes of room, then the message */
};

/* The messages waiting on one session: a ring of references that grows as needed (outgoing.c). */
struct queue {
    struct outgoing **ring; /* NULL while it was never used */
    uint32_t capacity;      /* power of two */
    uint32_t head, count;
    size_t bytes;
};
/* Takes a reference. ERR_FULL at QUEUE_MAX_*, ERR_NOMEM; nothing is queued then. */
MUST_CHECK enum err queue_push(struct queue *queue, struct outgoing *outgoing);
struct outgoing *queue_peek(const struct queue *queue, uint32_t index); /* borrowed; NULL past the end */
void queue_drop(struct queue *queue, uint32_t count); /* gives up the first `count` references */
void queue_release(struct queue *queue);

/* ---- a WebSocket (session.c) ---- */
enum session_state {
    SESSION_FREE,    /* in the pool */
    SESSION_OPENING, /* libwebsockets shakes hands; nobody above knows it */
    SESSION_OPEN,
    SESSION_CLOSING, /* session_close was called: what is queued, then `closing`, then the close frame */
    SESSION_CLOSED,  /* the close frame is libwebsockets' to send; nothing goes in or out any more */
    SESSION_GONE,    /* on_close ran; freed at LOOP_STAGE_FREE */
};

struct session {
    uint32_t magic;
    uint8_t state; /* enum session_state; only session_enter changes it */
    uint8_t path;  /* enum session_path */
    bool secure, echo, signed_in;
    bool unlimited;      /* its address has no limits */
    bool told_open;      /* on_open ran, so on_close must */
    bool fed_up;         /* session_feed refused something: on_drained is due */
    bool ping_due;       /* at the next WRITEABLE */
    bool pinged;         /* and not heard of since */
    bool in_feed;        /* its node is in server->flush_feed */
    bool held;           /* nothing is read from it: it has too much to take */
    bool said_closing;   /* the `closing` push left */
    bool stalled;        /* closed because the peer takes nothing */
    uint16_t close_code; /* ours; 0: none */
    uint16_t peer_code;  /* the peer's; 0: no close frame came */
    uint64_t id;
    struct socket_server *server;
    struct lws *wsi;             /* NULL when gone */
    int peer_fd;                 /* the TCP socket, for its counters; -1 when there is none any more */
    struct census_entry *census; /* counts this session */
    char peer[ADDRESS_TEXT_SIZE];
    struct list_node node; /* in server->flush or flush_feed (asks for WRITEABLE) or server->gone */
    struct queue queue;
    uint8_t *join; /* a message whose fragments are not all there; NULL otherwise */
    size_t join_size, join_capacity;
    uint32_t fragment_size;           /* of the fragment whose parts are coming */
    struct bucket messages, refusals; /* what it may send; what it may be refused before it is closed */
    uint64_t opened_ms;               /* loop_mono_ms, like all times here; 0: it never was */
    uint64_t sign_in_by_ms;
    uint64_t received_ms; /* last sign of life */
    uint64_t sent_ms;     /* last message handed to the kernel */
    uint64_t taken_ms;    /* last time the peer took something, or had nothing to take */
    uint64_t taken_bytes; /* what its TCP had acknowledged then */
    uint64_t close_by_ms; /* in any state but OPEN: hung up then */
    struct principal principal;
    void *slots[SESSION_SLOT_COUNT];
};

/* Takes one from the pool, in SESSION_OPENING; NULL at sessions_max or without memory. */
struct session *session_new(struct socket_server *server, const struct asker *asker,
                            const struct upgrade *upgrade, int peer_fd);
/* The only place where the state changes; a change that is not in the table of session.c aborts. */
void session_enter(struct session *session, enum session_state state);
/* libwebsockets has shaken hands: on_open, or the refusal that was found before. */
void session_opened(struct session *session, struct slice bearer);
/* libwebsockets let go of the socket. */
void session_gone(struct session *session);
/* Something is to be written: WRITEABLE will be asked for at the end of the turn. */
void session_want_write(struct session *session);
/* Makes libwebsockets hang up without a word, from the loop. */
void session_kill(struct session *session);
/* Gives up everything queued. */
void session_drop_queue(struct session *session);
/* The session of this id in whatever state; NULL when it is gone. */
struct session *session_find(struct socket_server *server, uint64_t id);
/* Walks every slot in use, also those nobody above knows; *cursor starts at 0. */
struct session *session_next_used(struct socket_server *server, size_t *cursor);
void session_pool_release(struct socket_server *server);

/* ---- receive.c, send.c: what libwebsockets calls ---- */
/* What came of a message: a fragment or a part of one. `ends`: the fragment's end; `final`: the message's. */
void receive_part(struct session *session, struct slice part, bool first, bool ends, bool final, bool text);
/* A pong with a payload. */
void receive_pong(struct session *session);
/* One lws_write at most. False: close now (the reason is set). */
bool send_writeable(struct session *session);

/* ---- guest.c: libwebsockets ---- */
MUST_CHECK enum err guest_open(struct socket_server *server);
void guest_close(struct socket_server *server);
/* Gives `fd` to libwebsockets with the request `upgrade` stands for and the bytes that came behind it. Takes
 * `fd`. The session is OPEN or CLOSING afterwards, or GONE when that failed. */
void guest_adopt(struct session *session, int fd, const struct upgrade *upgrade, struct slice early);

/* Has libwebsockets call WRITEABLE: at once, as if the kernel had said that it takes more, unless it still
 * holds something of an earlier write; then when the kernel says so. The session may be GONE afterwards. */
void guest_write(struct session *session);

/* Stops or resumes reading from the peer; what it sends meanwhile stays in the kernel. */
void guest_hold(struct session *session, bool hold);

/* ---- listeners (listener.c) ---- */
enum listener_kind { LISTENER_PLAIN, LISTENER_TLS, LISTENER_INTERNAL, LISTENER_COUNT };
struct listener {
    struct socket_server *server;
    enum listener_kind kind;
    int fd; /* -1: not there */
    int port;
    ev_io io;
};
/* Binds and listens on "host:port" (numeric host, or localhost). `ret_failure` as in socket_open. */
MUST_CHECK enum err listener_open(struct listener *listener, struct socket_server *server,
                                  enum listener_kind kind, const char *where, char ret_failure[200]);
void listener_close(struct listener *listener); /* accepts a closed one */
void listener_resume(struct listener *listener);
/* How many descriptors there are, from the process's limit; it may change while the server runs. */
void listeners_look_at_limit(struct socket_server *server);
/* The descriptor that is given up for a moment to tell a newcomer that there is none; held again if it can.
 */
void listeners_take_reserve(struct socket_server *server);
void listeners_give_reserve(struct socket_server *server);

/* ---- connections that are not WebSockets (front.c, relay.c) ---- */
struct front;
void front_open(struct listener *listener, int fd, const struct address *tcp_peer); /* takes fd */
void fronts_look(struct socket_server *server, uint64_t now_ms);                    /* deadlines */
void fronts_drop_oldest(struct socket_server *server);
void fronts_init(struct socket_server *server);
/* Lets those in whose turn it is; at the end of a turn of the loop. */
void fronts_admit(struct socket_server *server);
void fronts_release(struct socket_server *server);

/* Takes the channel and `inner` (one end of a socketpair) and pumps bytes between them until either ends. */
void relay_open(struct socket_server *server, struct channel channel, int inner, uint64_t session_id);
void relays_look(struct socket_server *server, uint64_t now_ms);
void relays_release(struct socket_server *server);

/* ---- how many connections an address has, and what it asks for (census.c) ---- */
struct census_entry {
    struct uuid key;
    uint32_t sessions, fronts;
    struct bucket buckets[CHARGE_COUNT];
    struct list_node resting; /* in server->resting: no connection, but over some limit not long ago */
};
/* The limits as rates, made once from the configuration. */
struct census_rates {
    struct bucket_rate session, stranger;                 /* messages of a session; before it signed in */
    struct bucket_rate session_refused, stranger_refused; /* and its refused ones */
    struct bucket_rate address[CHARGE_COUNT];
};
void census_init(struct socket_server *server);
void census_release(struct socket_server *server);
/* Whether this address has no limits at all. */
bool census_exempts(const struct socket_server *server, const struct address *address);
/* The entry to count in; call census_settle after whatever may have been the last. NULL when out of memory.
 */
struct census_entry *census_of(struct socket_server *server, const struct address *address);
void census_settle(struct socket_server *server, struct census_entry *entry); /* accepts NULL */
/* As session_charge, for an address alone. */
uint32_t census_charge(struct socket_server *server, struct census_entry *entry, enum charge charge);
/* Forgets resting addresses that are within their limits again: some of them. */
void census_sweep(struct socket_server *server);

/* ---- the server (socket.c, janitor.c) ---- */
struct socket_server {
    uint32_t magic;
    struct loop *loop;
    struct socket_config config; /* strings are the caller's (they live as long as the server) */
    struct socket_limits limits;
    struct session_callbacks callbacks;
    void *callbacks_ctx;
    http_handler internal_http, public_http; /* NULL: 404 */
    void *internal_http_ctx, *public_http_ctx;
    struct upgrade_rules rules;
    struct lws_context *lws;
    struct lws_vhost *vhost;
    struct session *adopting; /* during guest_adopt */
    struct slice adopting_bearer;
    struct listener listeners[LISTENER_COUNT];
    struct ssl_ctx_st *tls; /* SSL_CTX, NULL without a TLS listener */
    bool draining, paused;  /* paused: out of descriptors until the janitor looks again */
    int descriptor_ceiling; /* public connections get numbers below it */
    int reserve_fd;         /* -1: none */

    struct session **slabs; /* SESSION_SLAB sessions each, made when first needed */
    uint32_t slots;         /* sessions made so far */
    uint32_t id_bits;       /* of a session's id for its slot */
    uint64_t next_serial, next_ticket;
    struct list_node free, gone;        /* of session.node */
    struct list_node flush, flush_feed; /* of session.node: want to write; nobody waits for the latter */
    size_t used, open;                  /* sessions not FREE; those above know */

    struct list_node fronts, relays; /* oldest first */
    struct list_node queued;         /* fronts whose upgrade waits for its turn, in order */
    uint32_t front_count;            /* of both */
    struct bucket upgrades;          /* of UPGRADES_PER_SECOND */
    struct loop_timer admit;         /* while some are queued and none may be taken yet */
    struct map census;
    struct list_node resting;
    struct census_rates rates;
    struct census_entry crowd; /* whoever comes when the census is full */
    struct networks unlimited;
    struct socket_counters counters;
    unsigned refusal_lines, refusal_lines_dropped;
    struct loop_timer janitor;
    struct buf closing;                     /* encodes the `closing` push */
    uint8_t pack[LWS_PRE + PACK_MAX_BYTES]; /* frames being packed */
    uint8_t chunk[RELAY_CHUNK_BYTES > HEAD_MAX_BYTES + 1024
                      ? RELAY_CHUNK_BYTES
                      : HEAD_MAX_BYTES + 1024]; /* scratch of one call */
};

#define SESSION_SLAB 64

void janitor_start(struct socket_server *server);
/* Counts a refusal, and logs it unless there were too many lines. */
void socket_refused(struct socket_server *server, const char *reason, const char *peer);

#endif
