/* secrets: keys derived from the master key, which lives outside both databases (--master-key-file). */
#ifndef REQUEST_SECRETS_H
#define REQUEST_SECRETS_H

#include "base/err.h"
#include "base/sha256.h"
#include "base/uuid.h"

struct secrets {
    struct hmac_key seeds; /* server seeds of the draws */
    uint8_t digests[32];   /* command digests */
};

/* Reads 64 hex digits (and white space) from `path`. ERR_IO, or ERR_CONFIG when it holds something else. */
MUST_CHECK enum err secrets_read(struct secrets *secrets, const char *path);
void secrets_release(struct secrets *secrets); /* wipes */

/* Server seed number `number` of a player: HMAC-SHA256(seed key, player || number as 4 bytes big-endian). */
struct hash secrets_seed(const struct secrets *secrets, struct uuid player, uint32_t number);
/* The digest that binds a command id to its sender, type and content: keyed BLAKE2b, 16 bytes. */
void secrets_digest(const struct secrets *secrets, struct uuid sender, uint32_t type, struct slice content,
                    uint8_t ret_digest[16]);

#endif
