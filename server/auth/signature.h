/* signature: whether a token's signature is this key's, by OpenSSL with the key as it was parsed at fetch. */
#ifndef AUTH_SIGNATURE_H
#define AUTH_SIGNATURE_H

#include "auth/jwks.h"

/* True: the signature over the first two parts was made with the key and its algorithm. The parts were
 * decoded before, so they are strict base64url, and the header's `alg` is the key's. False: it was not, or
 * nobody can tell here. */
bool signature_is_good(const struct jwk *key, struct slice token);

#endif
