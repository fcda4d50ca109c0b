/* helper_token: tokens for tests, good ones and ones with a member changed, signed by an issuer's keys or a
 * stranger's. */
#ifndef HELPER_TOKEN_H
#define HELPER_TOKEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "auth/jwks.h"
#include "auth/token.h"
#include "base/check.h"
#include "helper_issuer.h"

#define ISSUER "https://id.example.com/realms/gachapon"
#define SUBJECT "5f0c7a3e-9a1f-4a7b-8b45-0123456789ab"
#define NOW_S 1800000000LL

/* The issuer's keys; the kid is the name. WEAK is in the set with 1024 bits, ENC with use "enc", STRANGER is
 * not. */
enum key {
    RS256,
    RS384,
    RS512,
    ES256,
    ES384,
    ES512,
    PS256,
    PLAIN_RSA,
    PLAIN_EC,
    ENC,
    WEAK,
    STRANGER,
    KEY_COUNT
};
struct member {
    const char *name, *value; /* value is JSON; NULL: left out */
};

/* One line of the table. `header` and `payload` replace the member of that name, or add it. */
struct forged {
    const char *name;
    enum token_rule rule;
    struct member header, payload;
    const char *header_extra, *payload_extra; /* appended inside the object as they are */
    const char *alg;                          /* that signs; NULL: RS256 */
    enum key key;                             /* that signs */
    char *(*build)(void);                     /* instead of all this */
};

#define PAYLOAD(name, value) .payload = {name, value}
#define HEADER(name, value) .header = {name, value}

/* Makes the keys and the key set; once, before everything else. For cmocka's group setup and teardown. */
int make_keys(void **state);
int make_keys_end(void **state);
EVP_PKEY *make_key(enum key key);
const char *make_kid(enum key key);
const struct jwks *make_jwks(void);
extern const struct token_policy make_policy;

/* Texts are malloc'd; the caller frees. */
char *make_token(const struct forged *forged);
char *make_good_token(void);
char *make_payload(void); /* the good one's JSON */
char *make_signed(const char *header, const char *payload, const char *alg, enum key key);
char *make_with_payload(const char *payload);                              /* under a good header, by RS256 */
char *make_with_header(const char *header, const char *alg, enum key key); /* over the good payload */

/* With everything of make_policy, at NOW_S. */
enum token_rule make_judged(const char *token, struct token_claims *ret_claims);

#endif
