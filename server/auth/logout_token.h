/* logout_token: judges the payload of a logout token whose signature is good. */
#ifndef AUTH_LOGOUT_TOKEN_H
#define AUTH_LOGOUT_TOKEN_H

#include "auth/token.h"

/* TOKEN_GOOD fills *ret_claims; anything else leaves it alone. */
MUST_CHECK enum token_rule logout_claims_judge(const struct token_policy *policy, struct slice payload,
                                               int64_t now_ms, struct logout_claims *ret_claims);

#endif
