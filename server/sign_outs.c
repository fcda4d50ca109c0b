/* sign_outs: what ends a session before its token does.
 *
 *   Keycloak's events (auth/follow.c) --+                   +--> auth: such tokens are refused
 *   back-channel logout ----------------+-> revocations.c --+--> the table, and the other nodes
 *   other nodes, by the table ----------+                   +--> requests: sockets are closed
 *
 * and, with --single-session, sign_ins.c: who has signed in, here and on other nodes.
 *
 * At a start the order is: the table is read; the admin events are followed from the cursor in it; after the
 * first good look tokens are judged (auth_release). So what was revoked before, or while no server ran, lets
 * nobody in. Keycloak away then: there are no keys either, and everybody is told to come back. When it gives
 * keys but no admin events for FOLLOW_HOLD_MS, playing goes on without them, as it does when that happens
 * later: /readyz, the log and the metrics say so. */
#include "sign_outs.h"
#include "base/log.h"
#include "readiness.h"
#include "revocation/logout.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLLOW_HOLD_MS 10000

/* ---- admin events ---- */

/* A deletion that a process was asked to look at, and that is not on its disk yet, is told again after a
 * crash: the cursor moves with a later pass. */
static void on_followed(void *ctx, enum keycloak_source source, int64_t until_ms)
{
    struct sign_outs *sign_outs = ctx;
    if (sign_outs->processes == NULL || processes_asked(sign_outs->processes) == 0)
        revocations_followed(sign_outs->revocations, source, until_ms);
}

static void on_user(void *ctx, struct uuid user, enum user_change change, const struct keycloak_change *what)
{
    struct sign_outs *sign_outs = ctx;
    sign_outs->on_user(sign_outs->ctx, user, change, what);
}

/* Also an operator's doing: switched off, or the right to read them taken. */
static void on_failing(void *ctx, enum keycloak_source source, const char *failure)
{
    const char *tag = source == KEYCLOAK_ADMIN_EVENTS ? "admin-events" : "user-events";
    (void)ctx;
    if (failure[0] != '\0')
        log_error(tag, "followed=0 reason=\"%s\"", failure);
    else
        log_info(tag, "followed=1");
}

static void on_known(void *ctx, const int64_t followed_ms[KEYCLOAK_SOURCES])
{
    struct sign_outs *sign_outs = ctx;
    struct keycloak_following following = {.every_ms = sign_outs->config->follow_every_ms,
                                           .on_user = on_user,
                                           .on_followed = on_followed,
                                           .on_failing = on_failing,
                                           .ctx = sign_outs};
    memcpy(following.from_ms, followed_ms, sizeof following.from_ms);
    sign_outs->known = true;
    if (sign_outs->keycloak != NULL)
        keycloak_follow(sign_outs->keycloak, &following);
}

void sign_outs_on_user(struct sign_outs *sign_outs, struct uuid user, enum user_change change,
                       const struct keycloak_change *what)
{
    static const char *const names[] = {
        [USER_DISABLED] = "disabled",           [USER_DELETED] = "deleted",
        [USER_LOGGED_OUT] = "signed-out",       [USER_ROLES_CHANGED] = "roles-changed",
        [USER_SESSION_ENDED] = "session-ended", [USER_CLIENT_ENDED] = "client-ended",
    };
    char text[UUID_TEXT_SIZE];
    log_info("revoked", "user=%s change=%s", uuid_is_nil(user) ? "-" : uuid_format(user, text),
             names[change]);
    revocations_on_user(sign_outs->revocations, user, change, what);
}

void sign_outs_release_tokens(struct sign_outs *sign_outs)
{
    uint64_t now_ms = loop_mono_ms(sign_outs->loop);
    const struct keycloak *keycloak = sign_outs->keycloak;
    if (sign_outs->keys_since_ms == 0 && auth_has_keys(sign_outs->auth))
        sign_outs->keys_since_ms = now_ms;
    if (!sign_outs->known || auth_ready(sign_outs->auth))
        return;
    bool followed = keycloak == NULL || keycloak_counters(keycloak)->followed_until_ms != 0;
    bool late = sign_outs->keys_since_ms != 0 && now_ms - sign_outs->keys_since_ms > FOLLOW_HOLD_MS;
    if (!followed && !late)
        return;
    if (!followed)
        log_warn("admin-events", "waited_ms=%d reason=\"%s\"", FOLLOW_HOLD_MS,
                 keycloak_followed(keycloak, KEYCLOAK_ADMIN_EVENTS).failure);
    auth_release(sign_outs->auth);
}

/* ---- sockets ---- */

static void on_revoked(void *ctx)
{
    requests_on_revoked(((struct sign_outs *)ctx)->requests);
}

static void on_signed_in(void *ctx, struct uuid subject, int64_t at_ms, const char *node)
{
    requests_on_signed_in(((struct sign_outs *)ctx)->requests, subject, at_ms, node);
}

void sign_outs_signed_in(void *ctx, struct uuid subject, int64_t at_ms)
{
    sign_ins_tell(((struct sign_outs *)ctx)->sign_ins, subject, at_ms);
}

/* ---- back-channel logout ---- */

/* A call of Keycloak's that waits for its answer. */
struct call {
    struct sign_outs *sign_outs;
    uint64_t ticket;
};

static void on_logout_answer(void *ctx, int status, const char *error, const char *description)
{
    struct call *call = ctx;
    char json[400] = "";
    if (error != NULL)
        snprintf(json, sizeof json, "{\"error\":\"%s\",\"error_description\":\"%s\"}\n", error, description);
    log_info("logout", "status=%d reason=\"%s\"", status, description != NULL ? description : "");
    if (call->sign_outs->socket != NULL)
        socket_answer(call->sign_outs->socket, call->ticket, status, slice_text(json));
    free(call);
}

void sign_outs_answer_logout(struct sign_outs *sign_outs, const struct http_request *request,
                             struct http_answer *answer)
{
    struct call *call = strcmp(request->method, "POST") == 0 ? malloc(sizeof *call) : NULL;
    if (call == NULL) {
        readiness_text(answer, 405, "only POST here\n");
        return;
    }
    *call = (struct call){sign_outs, answer->ticket};
    answer->status = 0;
    logout_take(sign_outs->revocations, sign_outs->auth, request->content_type, request->body,
                on_logout_answer, call);
}

/* ---- opening ---- */

int sign_outs_open(struct sign_outs *sign_outs, char ret_failure[200])
{
    struct revocations_config config = {.dsn = sign_outs->config->event_store_dsn,
                                        .on_revoked = on_revoked,
                                        .on_known = on_known,
                                        .ctx = sign_outs};
    struct sign_ins_config sign_ins = {.dsn = sign_outs->config->event_store_dsn,
                                       .node = sign_outs->config->node,
                                       .on_signed_in = on_signed_in,
                                       .ctx = sign_outs};
    sign_outs->revocations = revocations_open(sign_outs->loop, &config, sign_outs->auth, ret_failure);
    if (sign_outs->revocations != NULL && sign_outs->config->single_session)
        sign_outs->sign_ins = sign_ins_open(sign_outs->loop, &sign_ins, ret_failure);
    bool whole =
        sign_outs->revocations != NULL && (sign_outs->sign_ins != NULL || !sign_outs->config->single_session);
    return whole ? 0 : 1;
}

void sign_outs_close(struct sign_outs *sign_outs)
{
    revocations_close(sign_outs->revocations);
    sign_ins_close(sign_outs->sign_ins);
}
