/* helper_forged: a table of forged and misused tokens, each with the rule that refuses it. */
#ifndef HELPER_FORGED_H
#define HELPER_FORGED_H

#include "helper_token.h"

extern const struct forged forged_tokens[];
extern const size_t forged_token_count;

#endif
