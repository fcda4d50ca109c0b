/* jwks: a JSON Web Key Set (RFC 7517) made into keys that tokens can be verified with. Parsing only; keys.h
 * fetches. */
#ifndef AUTH_JWKS_H
#define AUTH_JWKS_H

#include <jwt.h>
#include <stdbool.h>
#include "auth/limits.h"
#include "base/err.h"
#include "base/slice.h"

/* A signature algorithm that the server accepts. Asymmetric ones only: no HS*, no "none". */
struct algorithm {
    const char *name;  /* as in the header, compared exactly */
    const char *kty;   /* key type it takes */
    const char *curve; /* of an EC key; NULL for RSA */
    const char *group; /* OpenSSL's name of the curve */
    size_t coordinate_bytes;
    bool pss; /* RSASSA-PSS, its salt as long as the digest: OpenSSL verifies it, libjwt does not */
};

/* The algorithm of that name; NULL for every other. */
const struct algorithm *algorithm_named(struct slice name);

/* One key of the set. `algorithm` NULL: it is there but not for verifying tokens (encryption, too weak,
 * unknown kind); it is remembered so that a token naming it is refused without asking the issuer again. */
struct jwk {
    char kid[TOKEN_KID_MAX_BYTES + 1];
    const struct algorithm *algorithm; /* the only one this key verifies */
    jwt_alg_t jwt_algorithm;
    char *pem; /* SubjectPublicKeyInfo, NUL-terminated; what libjwt takes */
    int pem_size;
    struct evp_pkey_st *parsed;     /* the same, for OpenSSL */
    const struct evp_md_st *digest; /* of the algorithm */
};

struct jwks {
    struct jwk *keys;
    uint32_t count;
    uint32_t usable; /* with an algorithm */
};

/* ERR_MALFORMED: not a key set, or no key in it can verify a token. ERR_TOO_LARGE: over JWKS_KEYS_MAX.
 * `ret_failure` in words. Keys without a kid are skipped. */
MUST_CHECK enum err jwks_parse(struct slice json, struct jwks *ret_jwks, char ret_failure[200]);
void jwks_release(struct jwks *jwks); /* accepts a zeroed one */

/* NULL when no key has this kid. */
const struct jwk *jwks_find(const struct jwks *jwks, struct slice kid);
/* Same kids with the same keys, in whatever order. */
bool jwks_equal(const struct jwks *a, const struct jwks *b);

#endif
