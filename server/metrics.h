/* metrics: the counters of all parts in Prometheus' text format (exposition format 0.0.4). */
#ifndef METRICS_H
#define METRICS_H

#include "base/buf.h"
#include "process/process.h"
#include "request/request.h"
#include "revocation/revocations.h"
#include "revocation/sign_ins.h"

struct metrics_parts {
    struct loop *loop;
    struct eventstore *store;
    struct projector *projector;
    struct notify *notify;
    struct auth *auth;
    struct revocations *revocations;
    struct sign_ins *sign_ins; /* NULL but with --single-session */
    struct keycloak *keycloak; /* may be NULL */
    struct requests *requests;
    struct socket_server *server;
    struct processes *processes; /* may be NULL */
    int64_t started_at_s;        /* unix seconds */
};

/* Appends everything to `out`; ERR_TOO_LARGE or ERR_NOMEM cut it short. */
MUST_CHECK enum err metrics_write(struct buf *out, const struct metrics_parts *parts);

#endif
