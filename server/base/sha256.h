/* sha256: SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104) as pure code, because the domain draws with them
 * and links nothing. Everything else (tokens, TLS, personal fields) uses OpenSSL or libsodium. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>
#include "base/slice.h"

struct hash {
    uint8_t bytes[32];
};

struct sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    uint8_t block[64];
};

void sha256_init(struct sha256 *sha);
void sha256_update(struct sha256 *sha, const void *data, size_t size);
struct hash sha256_final(struct sha256 *sha);
struct hash sha256(struct slice data);
/* Takes one block into the state without the processor's own instructions, which everything else uses where
 * they are: for the test that compares the two. */
void sha256_portable(uint32_t state[8], const uint8_t block[64]);

/* An HMAC key with both pads already hashed, so that one message costs two compressions and its own blocks.
 */
struct hmac_key {
    struct sha256 inner, outer;
};
void hmac_key_init(struct hmac_key *hmac, struct slice key);
struct hash hmac_key_sign(const struct hmac_key *hmac, struct slice message);
struct hash hmac_sha256(struct slice key, struct slice message);

#endif
