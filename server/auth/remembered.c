/* remembered: an LRU of verified tokens.
 *
 * libjwt parses the PEM for every token, 300 us; a game client that reconnects brings the same token again.
 * Kept are the claims and the hash of the token, never the token. The map's key is half of the hash; the
 * other half is compared too, so a hit means the same token as long as SHA-256 stands, and a token differing
 * in one character (which the strict base64url rule makes a different token) is judged anew.
 *
 * What may change after a token was found good is not remembered but asked each time, by auth.c: the time,
 * the revocations; and the issuer's keys, by clearing all when their set changes. */
#include "auth/remembered.h"
#include "base/check.h"
#include <stdlib.h>

struct entry {
    struct list_node node;
    struct hash hash;
    struct token_claims claims;
};

static struct entry *entry_of(const struct remembered *remembered, const struct hash *hash);
static void forget(struct remembered *remembered, struct entry *entry);
static struct uuid key_of(const struct hash *hash);

void remembered_init(struct remembered *remembered, uint32_t max)
{
    check(max > 0);
    *remembered = (struct remembered){.max = max};
    map_init(&remembered->tokens);
    list_init(&remembered->recent);
}

void remembered_release(struct remembered *remembered)
{
    remembered_clear(remembered);
    map_release(&remembered->tokens);
}

const struct token_claims *remembered_find(struct remembered *remembered, const struct hash *hash)
{
    struct entry *entry = entry_of(remembered, hash);
    if (entry == NULL)
        return NULL;
    list_remove(&entry->node);
    list_append(&remembered->recent, &entry->node);
    return &entry->claims;
}

void remembered_add(struct remembered *remembered, const struct hash *hash, const struct token_claims *claims)
{
    if (map_get(&remembered->tokens, key_of(hash)) != NULL)
        return;
    if (remembered->tokens.count >= remembered->max)
        forget(remembered, list_entry(remembered->recent.next, struct entry, node));
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL || map_put(&remembered->tokens, key_of(hash), entry) != ERR_OK) {
        free(entry);
        return;
    }
    entry->hash = *hash;
    entry->claims = *claims;
    list_append(&remembered->recent, &entry->node);
    check(remembered->tokens.count <= remembered->max);
}

void remembered_remove(struct remembered *remembered, const struct hash *hash)
{
    struct entry *entry = entry_of(remembered, hash);
    if (entry != NULL)
        forget(remembered, entry);
}

void remembered_clear(struct remembered *remembered)
{
    list_each(node, &remembered->recent) forget(remembered, list_entry(node, struct entry, node));
}

static struct entry *entry_of(const struct remembered *remembered, const struct hash *hash)
{
    struct entry *entry = map_get(&remembered->tokens, key_of(hash));
    if (entry == NULL || memcmp(&entry->hash, hash, sizeof *hash) != 0)
        return NULL;
    return entry;
}

static void forget(struct remembered *remembered, struct entry *entry)
{
    check(map_remove(&remembered->tokens, key_of(&entry->hash)) == entry);
    list_remove(&entry->node);
    free(entry);
}

static struct uuid key_of(const struct hash *hash)
{
    struct uuid key;
    memcpy(key.bytes, hash->bytes, sizeof key.bytes);
    return key;
}
