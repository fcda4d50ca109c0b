/* remembered: tokens that were found good, by the SHA-256 of their text, so that the next look costs 2 us,
 * not 300. */
#ifndef AUTH_REMEMBERED_H
#define AUTH_REMEMBERED_H

#include <stdint.h>
#include "auth/auth.h"
#include "base/list.h"
#include "base/map.h"
#include "base/sha256.h"

struct remembered {
    struct map tokens;       /* by the first 16 bytes of the hash */
    struct list_node recent; /* least recently used first */
    uint32_t max;
};

void remembered_init(struct remembered *remembered, uint32_t max);
void remembered_release(struct remembered *remembered);

/* The claims of a token that was added, else NULL. The caller still judges time and revocation. Borrowed
 * until the next call. */
const struct token_claims *remembered_find(struct remembered *remembered, const struct hash *hash);
/* Forgets the least recently used one at the bound; adds nothing when memory is short. */
void remembered_add(struct remembered *remembered, const struct hash *hash,
                    const struct token_claims *claims);
void remembered_remove(struct remembered *remembered, const struct hash *hash);
/* After the issuer's keys changed: a key that was taken out no longer vouches for anything. */
void remembered_clear(struct remembered *remembered);

#endif
