/* logout: Keycloak posts a logout token here when a session of the players' client ends: signed out by the
 * player, in its account page, in the console, by a password reset that signs out elsewhere.
 *
 *   form -> auth_verify_logout -> revocations_take -> 204 once it is kept
 *
 * A token with a `sid` ends that session and no other one of the player; one without it ends all of the
 * subject's from before it. Sockets are closed as soon as the token is found good, before it is kept.
 *
 * The answer is 204 only when the revocation is in the database, where a kill cannot lose it. While that is
 * away it is 503: felt here all the same, and kept when the database is back, if this process lives that
 * long. A `jti` that is known already is a replay: 400 (a repeat after an answer that was lost looks the
 * same, and has nothing left to do). */
#include "revocation/logout.h"
#include "base/check.h"
#include <stdlib.h>

struct logout {
    struct revocations *revocations;
    logout_answer answer;
    void *ctx;
};

static void on_verified(void *ctx, enum token_rule rule, const struct logout_claims *claims);
static void on_kept(void *ctx, enum err err, bool fresh);
static void end(struct logout *logout, int status, const char *error, const char *description);
static struct slice form_token(struct slice body);

void logout_take(struct revocations *revocations, struct auth *auth, struct slice body, logout_answer answer,
                 void *ctx)
{
    struct logout *logout = malloc(sizeof *logout);
    check(logout != NULL);
    *logout = (struct logout){revocations, answer, ctx};
    auth_verify_logout(auth, form_token(body), on_verified, logout);
}

static void on_verified(void *ctx, enum token_rule rule, const struct logout_claims *claims)
{
    struct logout *logout = ctx;
    if (rule != TOKEN_GOOD) {
        bool away = rule == TOKEN_KEYS_UNAVAILABLE;
        end(logout, away ? 503 : 400, away ? "temporarily_unavailable" : "invalid_request",
            token_rule_text(rule));
        return;
    }
    struct revocation revocation = {.kind = claims->sid[0] != '\0' ? REVOKED_SESSION : REVOKED_SUBJECT,
                                    .close = CLOSE_SIGNED_OUT,
                                    .subject = claims->sid[0] != '\0' ? (struct uuid){{0}} : claims->subject,
                                    .at_ms = claims->issued_at_ms + 1, /* tokens of that very second too */
                                    .cause = claims->jti};
    memcpy(revocation.sid, claims->sid, sizeof revocation.sid);
    revocations_take(logout->revocations, &revocation, on_kept, logout);
}

static void on_kept(void *ctx, enum err err, bool fresh)
{
    if (err != ERR_OK)
        end(ctx, 503, "temporarily_unavailable", "taken, but it could not be kept yet");
    else if (!fresh)
        end(ctx, 400, "invalid_request", "this logout token was taken before");
    else
        end(ctx, 204, NULL, NULL);
}

static void end(struct logout *logout, int status, const char *error, const char *description)
{
    logout_answer answer = logout->answer;
    void *ctx = logout->ctx;
    free(logout);
    answer(ctx, status, error, description);
}

/* The one `logout_token` of the form, whose characters need no escapes; empty when there is not just one. */
static struct slice form_token(struct slice body)
{
    static const char name[] = "logout_token=";
    struct slice found = slice_text("");
    for (size_t start = 0, at = 0; at <= body.size; at++) {
        if (at < body.size && body.data[at] != '&')
            continue;
        if (at - start >= sizeof name - 1 && memcmp(body.data + start, name, sizeof name - 1) == 0) {
            if (found.size > 0)
                return slice_text("");
            found = slice_of(body.data + start + sizeof name - 1, at - start - (sizeof name - 1));
        }
        start = at + 1;
    }
    return found;
}
