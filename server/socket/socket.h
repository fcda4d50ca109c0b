/* socket: libwebsockets on the loop: listeners (plain, TLS), upgrade rules, HTTP endpoints, the session pool.
 */
#ifndef SOCKET_SOCKET_H
#define SOCKET_SOCKET_H

#include "base/slice.h"
#include "base/buf.h"
#include "gen/c/schema.h"
#include "socket/session.h"

struct socket_config {
    const char *listen;     /* "127.0.0.1:8480"; port 0 picks a free one */
    const char *tls_listen; /* NULL: none */
    const char *tls_cert_file, *tls_key_file;
    const char *internal_listen; /* healthz, readyz, metrics, backchannel-logout */
    const char *trusted_proxy;   /* comma separated CIDRs, NULL: none */
    const char *origins; /* comma separated allowed Origins; NULL: any non-browser client (no Origin) and
                            same-host origins only */
    uint32_t sessions_max;
    uint32_t sessions_per_address_max;
    const char *unlimited; /* comma separated CIDRs whose sockets have none of the limits that follow, nor the
                              one above; NULL: none */
    /* Over these: `rate_limited`; 0: no limit. Those by address hold for all its sockets together. */
    uint32_t messages_per_session, messages_per_address; /* a second */
    uint32_t upgrades_per_address;                       /* a minute; beyond: 429 */
    uint32_t sign_ins_per_address;                       /* a minute */
    uint32_t registrations_per_address;                  /* an hour */
    uint32_t sign_in_within_ms;
    uint32_t feed_high_bytes, feed_low_bytes; /* watermarks of the out-queue */
    bool test_echo;                           /* subprotocol `echo` through the same receive and send code */
};

/* An answer to an HTTP request on the internal port. The handler fills `body` (arena-free, copied). Status 0:
 * it comes later, by socket_answer with this ticket; 503 when it does not. */
struct http_answer {
    int status;
    uint64_t ticket; /* set by the caller */
    const char *content_type;
    const char *headers; /* more of them, with their CRLFs; "" by default, at most 512 bytes, borrowed */
    struct buf *body;
};
/* A request, borrowed for the call. */
struct http_request {
    const char *method;        /* GET (HEAD too) or POST */
    const char *path;          /* without the query */
    struct slice content_type; /* of its header; absent: none */
    struct slice body;         /* bounded to 64 KiB */
};
/* Called for every path that socket does not know. */
typedef void (*http_handler)(void *ctx, const struct http_request *request, struct http_answer *answer);

/* Opens the listeners; `ctx` is that of the callbacks. The strings of `config` are borrowed until
 * socket_close. NULL: `ret_failure` says why in words for the operator. */
struct socket_server *socket_open(struct loop *loop, const struct socket_config *config,
                                  const struct session_callbacks *callbacks, void *ctx,
                                  char ret_failure[200]);
/* Stops accepting new sockets (drain). */
void socket_stop_accepting(struct socket_server *server);
/* Reloads certificate and key from their files; ERR_IO keeps the old ones. */
MUST_CHECK enum err socket_reload_tls(struct socket_server *server);
void socket_close(struct socket_server *server); /* accepts NULL */

/* The answer to a request that its handler left open, in JSON; a ticket that is over is ignored. Not from
 * inside the handler. */
void socket_answer(struct socket_server *server, uint64_t ticket, int status, struct slice json);

/* Who answers requests on the internal port, and on the public ones those that are not for /play or /join
 * (there `body` is always empty); nobody: 404. */
void socket_on_internal_http(struct socket_server *server, http_handler handler, void *ctx);
void socket_on_public_http(struct socket_server *server, http_handler handler, void *ctx);

/* For loop_at_stage, with the server as ctx: LOOP_STAGE_SOCKET lets newcomers in whose turn it is, and asks
 * for WRITEABLE where something is queued, LOOP_STAGE_FREE gives the sessions that went in this turn back to
 * the pool. */
void socket_stage_flush(void *server);
void socket_stage_free(void *server);

/* The ports that were bound; 0 where there is no listener. */
int socket_port(const struct socket_server *server);
int socket_tls_port(const struct socket_server *server);
int socket_internal_port(const struct socket_server *server);

struct socket_counters {
    uint64_t accepted, refused, messages_out, bytes_in, bytes_out, closed_by_server;
    uint64_t rate_limited, turned_away;
    uint64_t closed[SCHEMA_CLOSE_COUNT]; /* by the server, in the order of schema_closes */
    uint32_t addresses;                  /* counted now */
};
const struct socket_counters *socket_counters(const struct socket_server *server);

#endif
