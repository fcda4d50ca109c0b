/* signature: whether a token's signature is this key's, by OpenSSL with the key as it was parsed at fetch. */
#ifndef AUTH_SIGNATURE_H
#define AUTH_SIGNATURE_H

#include "auth/jwks.h"

enum signature {
    SIGNATURE_GOOD,   /* over the first two parts, made with the key and its algorithm */
    SIGNATURE_BAD,    /* it was not */
    SIGNATURE_UNKNOWN /* OpenSSL could not be made to look: no memory */
};
/* The parts were decoded before, so they are strict base64url, and the header's `alg` is the key's. */
enum signature signature_judge(const struct jwk *key, struct slice token);

#endif
