/* request: the walk. Everything a client sends becomes a request and goes through the steps of request.c:
 * decode, authenticate, load, decide, append, reply. This header is what serve.c installs; see README.md. */
#ifndef REQUEST_REQUEST_H
#define REQUEST_REQUEST_H

#include "auth/auth.h"
#include "auth/keycloak.h"
#include "eventstore/eventstore.h"
#include "notify/notify.h"
#include "projection/projection.h"
#include "request/secrets.h"
#include "request/states.h"
#include "socket/socket.h"

struct requests;

struct requests_config {
    uint32_t requests_max;    /* requests in the process at once; beyond: `overloaded` */
    uint32_t queue_ms;        /* a command or query that would wait longer: `overloaded` */
    uint32_t queue_least;     /* but so many commands, and a quarter as many queries, are always let in */
    size_t payload_bytes_max; /* of all requests in the process together; beyond: `overloaded` */
    uint32_t messages_per_session; /* a second, told in hello; 0: no limit */
    uint32_t states_max;           /* streams kept in memory when nobody uses them */
    size_t states_bytes_max;       /* and what they may take */
    uint32_t batch_commands_max;
    uint32_t batch_bytes_max;
    uint32_t strong_wait_ms; /* a strong reply waits this long for the projections, then says "stored, not
                                shown" */
    uint32_t attempts_max;   /* tries of a command whose batch was refused */
    uint32_t tick_every_ms, sign_in_within_ms;
    uint32_t expiry_warning_ms;    /* `expiring` is sent this long before a token expires */
    const char *issuer;            /* told in hello, with the client that players ask it for tokens as: */
    const char *players_client_id; /* borrowed; empty: not told */
    const char *node;              /* this process's name */
    bool single_session;           /* a player's older sockets are closed when it signs in (`replaced`) */
    /* With it: somebody signed in here, for the other nodes to know; may be NULL. */
    void (*on_signed_in)(void *ctx, struct uuid subject, int64_t at_ms);
    void *ctx;
};

/* All parts are borrowed and must outlive it. `keycloak` may be NULL in tests. NULL: out of memory. */
struct requests *requests_new(struct loop *loop, const struct requests_config *config,
                              struct eventstore *store, struct auth *auth, struct keycloak *keycloak,
                              const struct secrets *secrets);
void requests_free(struct requests *requests); /* accepts NULL */
/* The parts that are made after it (they call back into it), before the loop runs. `server` NULL: the sockets
 * are closed; what still ends then is answered to nobody. */
void requests_attach(struct requests *requests, struct projector *projector, struct notify *notify,
                     struct socket_server *server);

/* What serve.c installs. ctx is the struct requests. */
extern const struct session_callbacks requests_session_callbacks;
void requests_on_projected(void *ctx, const struct projected *projected);
/* Closes the sockets that auth_closes names. */
void requests_on_revoked(void *ctx);
/* With single_session: somebody signed in on another node. */
void requests_on_signed_in(void *ctx, struct uuid subject, int64_t at_ms, const char *node);
void requests_on_foreign(void *ctx, const struct stored_event *events, uint32_t count);
void requests_stage_resume(void *ctx); /* LOOP_STAGE_REQUESTS */
void requests_stage_append(void *ctx); /* LOOP_STAGE_APPEND */

/* A command of the server's own, with all roles. `command` and what it refers to are copied by encoding.
 * `cause` is the command that it follows from, which the log keeps; nil: nothing but itself.
 * `done` runs once, never before this returns: ERROR_NONE when it took effect (now or under this id before)
 * and is projected. ERR_FULL: the process has as much work as it takes; `done` does not run. */
typedef void (*request_done)(void *ctx, enum error_code error, const char *detail, uint64_t position);
MUST_CHECK enum err requests_run(struct requests *requests, const struct command *command,
                                 struct uuid command_id, struct uuid actor, struct uuid cause,
                                 request_done done, void *ctx);

/* Refuses new commands from now on (`draining`). */
void requests_drain(struct requests *requests);
/* Requests not answered yet. */
uint32_t requests_in_flight(const struct requests *requests);

#define LATENCY_BUCKETS 24 /* bucket i: below 2^i * 16 microseconds */
struct requests_counters {
    uint64_t commands, rejections, failures, repeats, queries, messages, malformed;
    uint64_t withdrawn, sent_again, conflicts, behind;
    uint64_t overloaded;
    uint64_t batches, batch_commands;
    uint64_t command_latency[LATENCY_BUCKETS];
    uint64_t command_latency_sum_us;
    struct states_counters states;
    uint32_t commands_inside, commands_bound, queries_inside; /* let in and not answered; how many may be */
};
const struct requests_counters *requests_counters(struct requests *requests);

#endif
