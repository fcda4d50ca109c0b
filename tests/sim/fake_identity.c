/* fake_identity: auth.h and keycloak.h for a world where a token says who it is.
 *
 * A token is "<subject>:<roles>:<issued, ms>:<expires, ms>". Judging it takes a step of its own (auth_verify
 * answers from the loop, as the real one does), so a user can be disabled in between. There is no Keycloak:
 * `register` is answered with identity_unavailable; what Keycloak would say of users, tests say through
 * auth_revoke and requests_on_revoked. */
#include "identity.h"
#include "world.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct verify {
    struct list_node node;
    char token[160];
    auth_done done;
    void *ctx;
};

struct auth {
    struct loop *loop;
    struct list_node verifies;
    struct loop_timer judge;
    struct {
        struct uuid subject;
        int64_t not_before_ms;
    } revoked[64];
    uint32_t revoked_count;
};

struct slice token_make(char text[160], struct uuid subject, uint8_t roles, int64_t issued_ms,
                        int64_t expires_ms)
{
    char id[UUID_TEXT_SIZE];
    snprintf(text, 160, "%s:%u:%" PRId64 ":%" PRId64, uuid_format(subject, id), roles, issued_ms, expires_ms);
    return slice_text(text);
}

enum token_rule auth_check(struct auth *auth, struct slice token, int64_t now_ms,
                           struct token_claims *ret_claims)
{
    char text[160], id[UUID_TEXT_SIZE];
    struct token_claims claims = {.name = "Somebody"};
    unsigned roles;
    check(token.size < sizeof text);
    memcpy(text, token.data, token.size);
    text[token.size] = '\0';
    if (sscanf(text, "%36[^:]:%u:%" SCNd64 ":%" SCNd64, id, &roles, &claims.issued_at_ms,
               &claims.expires_at_ms) != 4 ||
        !uuid_parse(slice_text(id), &claims.subject))
        return TOKEN_NOT_THREE_PARTS;
    claims.roles = (uint8_t)roles;
    if (claims.expires_at_ms <= now_ms)
        return TOKEN_EXPIRED;
    if (auth_revoked(auth, &claims))
        return TOKEN_REVOKED;
    *ret_claims = claims;
    return TOKEN_GOOD;
}

uint32_t auth_waiting(const struct auth *auth)
{
    (void)auth;
    return 0;
}

bool auth_revoked(const struct auth *auth, const struct token_claims *claims)
{
    for (uint32_t i = 0; i < auth->revoked_count; i++)
        if (uuid_equal(auth->revoked[i].subject, claims->subject) &&
            claims->issued_at_ms < auth->revoked[i].not_before_ms)
            return true;
    return false;
}

static void judge(void *ctx)
{
    struct auth *auth = ctx;
    struct verify *verify = list_entry(list_pop(&auth->verifies), struct verify, node);
    struct token_claims claims;
    enum token_rule rule = auth_check(auth, slice_text(verify->token), world.wall_ms, &claims);
    if (!list_empty(&auth->verifies))
        loop_timer_start(&auth->judge, 0);
    verify->done(verify->ctx, rule, rule == TOKEN_GOOD ? &claims : NULL);
    free(verify);
}

struct auth *identity_new(struct loop *loop)
{
    struct auth *auth = calloc(1, sizeof *auth);
    check(auth != NULL);
    auth->loop = loop;
    list_init(&auth->verifies);
    loop_timer_init(&auth->judge, loop, judge, auth);
    return auth;
}

void auth_close(struct auth *auth)
{
    struct list_node *node;
    loop_timer_stop(&auth->judge);
    while ((node = list_pop(&auth->verifies)) != NULL) {
        struct verify *verify = list_entry(node, struct verify, node);
        verify->done(verify->ctx, TOKEN_KEYS_UNAVAILABLE, NULL);
        free(verify);
    }
    free(auth);
}

void auth_verify(struct auth *auth, struct slice token, auth_done done, void *ctx)
{
    struct verify *verify = calloc(1, sizeof *verify);
    check(verify != NULL && token.size < sizeof verify->token);
    memcpy(verify->token, token.data, token.size);
    verify->done = done;
    verify->ctx = ctx;
    list_append(&auth->verifies, &verify->node);
    if (!loop_timer_running(&auth->judge))
        loop_timer_start(&auth->judge, 0);
}

void auth_revoke(struct auth *auth, const struct revocation *revocation, uint64_t age_ms)
{
    (void)age_ms;
    check(auth->revoked_count < 64 && revocation->kind == REVOKED_SUBJECT);
    auth->revoked[auth->revoked_count].subject = revocation->subject;
    auth->revoked[auth->revoked_count++].not_before_ms = revocation->at_ms;
}

int auth_closes(const struct auth *auth, struct uuid subject, const char *sid, const char *azp,
                int64_t issued_at_ms, uint8_t roles)
{
    struct token_claims claims = {.subject = subject, .issued_at_ms = issued_at_ms, .roles = roles};
    (void)sid, (void)azp;
    return auth_revoked(auth, &claims) ? CLOSE_DISABLED : 0;
}

const char *token_rule_name(enum token_rule rule)
{
    static const char *const names[] = {
#define X(name, text) text,
        TOKEN_RULES(X)
#undef X
    };
    return names[rule];
}

/* ---- Keycloak ---- */

void keycloak_create_user(struct keycloak *keycloak, struct slice email, struct slice password,
                          struct uuid registration_id, keycloak_user_done done, void *ctx)
{
    (void)keycloak, (void)email, (void)password, (void)registration_id, (void)done, (void)ctx;
    check(!"there is no Keycloak here");
}

void keycloak_missing_actions(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx)
{
    (void)keycloak, (void)user, (void)done, (void)ctx;
    check(!"there is no Keycloak here");
}

void keycloak_password_grant(struct keycloak *keycloak, struct slice email, struct slice password,
                             keycloak_tokens_done done, void *ctx)
{
    (void)keycloak, (void)email, (void)password, (void)done, (void)ctx;
    check(!"there is no Keycloak here");
}

void keycloak_create_guest(struct keycloak *keycloak, struct slice secret, struct uuid registration_id,
                           keycloak_user_done done, void *ctx)
{
    (void)keycloak, (void)secret, (void)registration_id, (void)done, (void)ctx;
    check(!"there is no Keycloak here");
}

const char *keycloak_guest_name(struct uuid registration_id, char ret_name[KEYCLOAK_GUEST_NAME_SIZE])
{
    (void)registration_id;
    return strcpy(ret_name, "guest-nobody");
}

void keycloak_let_guest_off(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx)
{
    (void)keycloak, (void)user, (void)done, (void)ctx;
    check(!"there is no Keycloak here");
}

void keycloak_claim_guest(struct keycloak *keycloak, struct uuid user, struct slice email,
                          struct slice password, struct uuid registration_id, keycloak_user_done done,
                          void *ctx)
{
    (void)keycloak, (void)user, (void)email, (void)password, (void)registration_id, (void)done, (void)ctx;
    check(!"there is no Keycloak here");
}

void keycloak_end_sessions(struct keycloak *keycloak, struct uuid user, const char *keep_sid,
                           keycloak_user_done done, void *ctx)
{
    (void)keycloak, (void)user, (void)keep_sid, (void)done, (void)ctx;
    check(!"there is no Keycloak here");
}

void keycloak_find_user(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx)
{
    (void)keycloak, (void)user, (void)done, (void)ctx;
    check(!"there is no Keycloak here");
}
