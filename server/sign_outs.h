/* sign_outs: the parts that make Keycloak's word felt on open sockets, joined: admin events and logout calls
 * become revocations, revocations close sockets, and no token is good before what was revoked is known. */
#ifndef SIGN_OUTS_H
#define SIGN_OUTS_H

#include "config.h"
#include "process/process.h"
#include "request/request.h"
#include "revocation/revocations.h"
#include "revocation/sign_ins.h"

struct sign_outs {
    const struct config *config;
    struct loop *loop;
    struct auth *auth;
    struct keycloak *keycloak; /* may be NULL: no admin events are followed */
    struct requests *requests;
    const struct processes *processes; /* may be NULL; the cursor waits for what was asked of them */
    struct socket_server *socket;      /* NULL once it is closed */
    /* News of a user: to be given to sign_outs_on_user, and to whoever else wants it. */
    keycloak_on_user on_user;
    void *ctx;
    /* its own */
    struct revocations *revocations;
    struct sign_ins *sign_ins; /* NULL but with --single-session */
    uint64_t keys_since_ms;    /* 0: none yet */
    bool known;
};

/* The members above are the caller's and outlive it. Not 0: `ret_failure` in words. */
int sign_outs_open(struct sign_outs *sign_outs, char ret_failure[200]);
void sign_outs_close(struct sign_outs *sign_outs); /* after auth and keycloak; accepts a zeroed one */

/* Inside on_user. */
void sign_outs_on_user(struct sign_outs *sign_outs, struct uuid user, enum user_change change,
                       const struct keycloak_change *what);
/* To be called now and then until tokens are good (auth_ready): lets them be when everything that was
 * revoked, also while no server ran, is known. */
void sign_outs_release_tokens(struct sign_outs *sign_outs);
/* Answers /backchannel-logout of the internal port. */
void sign_outs_answer_logout(struct sign_outs *sign_outs, const struct http_request *request,
                             struct http_answer *answer);
/* For requests_config: somebody signed in here. */
void sign_outs_signed_in(void *sign_outs, struct uuid subject, int64_t at_ms);

#endif
