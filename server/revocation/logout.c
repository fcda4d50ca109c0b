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
#include "base/form.h"
#include <stdlib.h>
#include <string.h>

struct logout {
    struct revocations *revocations;
    logout_answer answer;
    void *ctx;
    bool is_form;
};

static void on_verified(void *ctx, enum token_rule rule, const struct logout_claims *claims);
static void on_kept(void *ctx, enum err err, bool fresh);
static void end(struct logout *logout, int status, const char *error, const char *description);

/* No token, or more than one, or one that is not in a form, is judged as an empty one. */
void logout_take(struct revocations *revocations, struct auth *auth, struct slice content_type,
                 struct slice body, logout_answer answer, void *ctx)
{
    struct logout *logout = malloc(sizeof *logout);
    uint8_t *token = malloc(body.size + 1);
    size_t size = 0;
    check(logout != NULL && token != NULL);
    *logout = (struct logout){revocations, answer, ctx, form_is_type(content_type)};
    if (!logout->is_form || form_field(body, "logout_token", token, body.size, &size) != 1)
        size = 0;
    auth_verify_logout(auth, slice_of(token, size), on_verified, logout);
    explicit_bzero(token, body.size);
    free(token);
}

static void on_verified(void *ctx, enum token_rule rule, const struct logout_claims *claims)
{
    struct logout *logout = ctx;
    if (rule != TOKEN_GOOD) {
        bool away = rule == TOKEN_KEYS_UNAVAILABLE;
        end(logout, away ? 503 : 400, away ? "temporarily_unavailable" : "invalid_request",
            logout->is_form ? token_rule_text(rule) : "the body is to be application/x-www-form-urlencoded");
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
