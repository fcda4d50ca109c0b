/* session: one WebSocket. Sessions live in a fixed pool; what happens on them is told upwards by callbacks.
 *
 * The out-queue holds shared, reference-counted messages, so that what goes to many is encoded once. It is
 * packed into frames in WRITEABLE and nowhere else. Feed messages (rows) are refused above a watermark: the
 * caller then marks the session as behind and catches up from the projections when on_drained says that the
 * queue is low again. Replies and errors are always taken (bounded by the requests in flight). A peer that
 * takes nothing for 30 s is closed (4005). */
#ifndef SOCKET_SESSION_H
#define SOCKET_SESSION_H

#include <netinet/in.h>
#include "base/err.h"
#include "base/list.h"
#include "base/slice.h"
#include "base/uuid.h"
#include "gen/c/types.h"
#include "loop/loop.h"

struct socket_server;
struct session;

enum session_path { SESSION_PLAY, SESSION_JOIN };

/* Who is signed in. Set by the owner of auth, read by everyone. */
struct principal {
    struct uuid subject; /* nil: nobody */
    uint8_t roles;       /* enum role bits */
    int64_t expires_at_ms;
    int64_t issued_at_ms;
    char sid[64]; /* Keycloak session id, "" when the token has none */
    char azp[64];
};

struct session_callbacks {
    /* Whether one more socket may be opened now; those that came wait in order until it may. NULL: always. */
    bool (*may_open)(void *ctx);
    /* A socket is open. `bearer` is the token of its Authorization header, absent for none; borrowed for the
     * call. */
    void (*on_open)(void *ctx, struct session *session, struct slice bearer);
    /* One whole binary message; borrowed for the call. */
    void (*on_message)(void *ctx, struct session *session, struct slice frame);
    /* The out-queue fell below the low watermark after session_feed had refused something. */
    void (*on_drained)(void *ctx, struct session *session);
    /* The socket is gone; the session's memory goes at the end of this turn. Runs exactly once per on_open.
     */
    void (*on_close)(void *ctx, struct session *session);
};

/* A message shared by queues: bytes after an LWS_PRE gap. Made with one reference. */
struct outgoing;
struct outgoing *outgoing_new(struct slice bytes); /* copies; NULL when out of memory */
void outgoing_ref(struct outgoing *outgoing);
void outgoing_unref(struct outgoing *outgoing); /* accepts NULL */

/* Queues a reply, error or push that must arrive; takes no reference of the caller's. ERR_NOMEM closes the
 * session. */
void session_send(struct session *session, struct outgoing *outgoing);
/* Convenience: copies `bytes` into an own outgoing and sends it. */
void session_send_bytes(struct session *session, struct slice bytes);
/* Queues a feed message; ERR_FULL above the watermark: nothing queued, on_drained will follow. */
MUST_CHECK enum err session_feed(struct session *session, struct outgoing *outgoing);
/* Bytes queued, not yet handed to the kernel. */
size_t session_queued_bytes(const struct session *session);

/* What is counted against the limits of rate. */
enum charge { CHARGE_MESSAGE, CHARGE_SIGN_IN, CHARGE_REGISTRATION, CHARGE_UPGRADE, CHARGE_COUNT };
/* Counts one. 0: it is within the limits of the session and of its address; else it is not, and this is in
 * how many milliseconds it would be. A session that goes on far beyond its limit is closed (4007). */
uint32_t session_charge(struct session *session, enum charge charge);

/* Sends what is queued (bounded), a `closing` push, then closes with `code`. on_close follows later. */
void session_close(struct session *session, enum close_code code);
bool session_closing(const struct session *session);

/* A number that is never reused: hold this across a wait and look the session up again. */
uint64_t session_id(const struct session *session);
struct session *socket_session(struct socket_server *server, uint64_t id); /* NULL when gone */
/* Walks all open sessions; *cursor starts at 0. */
struct session *socket_next(struct socket_server *server, size_t *cursor);
size_t socket_session_count(const struct socket_server *server);

enum session_path session_path(const struct session *session);
/* True on TLS, loopback, or behind the trusted proxy with X-Forwarded-Proto https. */
bool session_secure(const struct session *session);
/* The peer's address as text (the one the trusted proxy names, if it is one). */
const char *session_peer(const struct session *session);
struct principal *session_principal(struct session *session);
/* Tells the socket layer that the sign-in deadline no longer applies (or does again). */
void session_set_signed_in(struct session *session, bool signed_in);
/* Room for the layers above: request and notify keep their per-session struct here (NULL at on_open). */
enum session_slot { SESSION_SLOT_REQUEST, SESSION_SLOT_NOTIFY, SESSION_SLOT_COUNT };
void session_set(struct session *session, enum session_slot slot, void *value);
void *session_get(const struct session *session, enum session_slot slot);
/* The last time something was sent, for ticks (loop_mono_ms). */
uint64_t session_last_sent_ms(const struct session *session);

#endif
