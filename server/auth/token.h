/* token: judges one token, given the keys and the time. No I/O, nothing kept: auth.h is what the server
 * calls. */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include "auth/auth.h"
#include "auth/jwks.h"

/* What a token must say. Texts are borrowed. */
struct token_policy {
    const char *issuer, *audience;
    const char *clients[TOKEN_CLIENTS_MAX]; /* allowed azp */
    uint32_t client_count;
    uint32_t skew_s;
};

/* `keys` NULL: none are held. TOKEN_GOOD fills *ret_claims; anything else leaves it alone. */
MUST_CHECK enum token_rule token_judge(const struct token_policy *policy, const struct jwks *keys,
                                       struct slice token, int64_t now_ms, struct token_claims *ret_claims);

/* The same for a logout token, whose payload has rules of its own: logout_token.h. */
MUST_CHECK enum token_rule token_judge_logout(const struct token_policy *policy, const struct jwks *keys,
                                              struct slice token, int64_t now_ms,
                                              struct logout_claims *ret_claims);

/* The rules that time alone changes, for a token judged before. */
MUST_CHECK enum token_rule token_judge_again(const struct token_policy *policy,
                                             const struct token_claims *claims, int64_t now_ms);

#endif
