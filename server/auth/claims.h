/* claims: judges the payload of a token whose signature is good. */
#ifndef AUTH_CLAIMS_H
#define AUTH_CLAIMS_H

#include "auth/token.h"

/* The rules from "payload-json" to "iat", in their order. TOKEN_GOOD fills *ret_claims. */
MUST_CHECK enum token_rule claims_judge(const struct token_policy *policy, struct slice payload,
                                        int64_t now_ms, struct token_claims *ret_claims);

/* The bit (enum role of base/descriptor.h) of a realm role that the game knows; 0 for any other. */
uint8_t claims_role(struct slice name);

#endif
