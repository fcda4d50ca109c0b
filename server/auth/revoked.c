/* revoked: a bounded set of (subject or session, not before, roles left).
 *
 * A token is good for anyone until it expires, so what Keycloak takes back must be remembered here that long:
 * an entry lives TOKEN_LIFE_MAX_S, and tokens that would live longer are refused by the rule "exp". It is
 * counted by a clock that never jumps; the moments that are compared with `iat` are Keycloak's own.
 *
 * A session that has ended gives no tokens any more, so its entry needs no moment: all its tokens are
 * refused.
 *
 * A role taken away ends tokens that still name it, and no others: someone whose roles an operator sets and
 * who signs in a moment later holds a token with just those roles, and `iat` (whole seconds) cannot say
 * whether it came before.
 *
 * The bound must not become a hole. When the set is full of entries that still matter, the oldest leaves and
 * its moment becomes the floor: everybody's tokens from before it are refused. Those users sign in again
 * once, which costs them a round trip; letting a disabled user's token through would cost more. An attacker
 * who can disable 65,536 users a day is an administrator. */
#include "auth/revoked.h"
#include "auth/limits.h"
#include "base/check.h"
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

/* In a key's seventh byte; a subject's has its UUID's version there, times 16. */
enum { VERSION_SESSION = 0, VERSION_CLIENT = 1 };

struct entry {
    struct list_node node;
    struct uuid key;
    bool session; /* all its tokens; the moment is only for the floor */
    bool client;
    int64_t not_before_ms;
    enum close_code close;
    int64_t limited_before_ms; /* 0: roles are not limited */
    uint8_t roles;             /* that tokens from before it may name */
    int64_t added_at_ms;
};

static void add_everybody(struct revoked *revoked, int64_t at_ms, enum close_code close);
static struct entry *entry_for(struct revoked *revoked, struct uuid key, int64_t now_ms);
static struct uuid key_for(const struct revocation *revocation);
static struct uuid named_key(const char *name, uint8_t version);
static void forget(struct revoked *revoked, struct entry *entry);
static void forget_over(struct revoked *revoked, int64_t now_ms);

void revoked_init(struct revoked *revoked, uint32_t max)
{
    check(max > 0);
    *revoked = (struct revoked){.max = max, .floor_close = CLOSE_SIGNED_OUT};
    map_init(&revoked->entries);
    list_init(&revoked->order);
}

void revoked_release(struct revoked *revoked)
{
    list_each(node, &revoked->order) forget(revoked, list_entry(node, struct entry, node));
    map_release(&revoked->entries);
}

void revoked_add(struct revoked *revoked, const struct revocation *revocation, int64_t now_ms)
{
    bool session = revocation->kind == REVOKED_SESSION, client = revocation->kind == REVOKED_CLIENT;
    struct entry *entry = NULL;
    if (revocation->kind != REVOKED_EVERYBODY)
        entry = entry_for(revoked, key_for(revocation), now_ms);
    if (entry == NULL) {
        add_everybody(revoked, revocation->at_ms, revocation->close);
        return;
    }
    if (revocation->kind == REVOKED_ROLES) {
        if (entry->limited_before_ms > revocation->at_ms)
            return;
        entry->limited_before_ms = revocation->at_ms;
        entry->roles = revocation->roles;
        return;
    }
    revoked->sessions += session && !entry->session;
    entry->session = session;
    revoked->clients += client && !entry->client;
    entry->client = client;
    if (entry->not_before_ms < revocation->at_ms) {
        entry->not_before_ms = revocation->at_ms;
        entry->close = revocation->close;
    }
}

static void add_everybody(struct revoked *revoked, int64_t at_ms, enum close_code close)
{
    if (revoked->floor_ms >= at_ms)
        return;
    revoked->floor_ms = at_ms;
    revoked->floor_close = close;
}

static int ask(const struct revoked *revoked, const struct revoked_token *token, bool open)
{
    if (token->issued_at_ms < revoked->floor_ms)
        return (int)revoked->floor_close;
    const struct entry *entry = map_get(&revoked->entries, token->subject);
    if (entry != NULL && token->issued_at_ms < entry->not_before_ms)
        return (int)entry->close;
    if (entry != NULL && token->issued_at_ms < entry->limited_before_ms &&
        (open ? token->roles != entry->roles : (token->roles & ~entry->roles) != 0))
        return CLOSE_ROLES_CHANGED;
    entry =
        revoked->clients > 0 ? map_get(&revoked->entries, named_key(token->client, VERSION_CLIENT)) : NULL;
    if (entry != NULL && token->issued_at_ms < entry->not_before_ms)
        return (int)entry->close;
    if (revoked->sessions == 0 || token->sid[0] == '\0')
        return 0;
    entry = map_get(&revoked->entries, named_key(token->sid, VERSION_SESSION));
    return entry != NULL ? (int)entry->close : 0;
}

int revoked_refuses(const struct revoked *revoked, const struct revoked_token *token)
{
    return ask(revoked, token, false);
}

int revoked_closes(const struct revoked *revoked, const struct revoked_token *token)
{
    return ask(revoked, token, true);
}

/* The entry, as the youngest; NULL without memory. */
static struct entry *entry_for(struct revoked *revoked, struct uuid key, int64_t now_ms)
{
    forget_over(revoked, now_ms);
    struct entry *entry = map_get(&revoked->entries, key);
    if (entry == NULL) {
        while (revoked->entries.count >= revoked->max) {
            struct entry *oldest = list_entry(revoked->order.next, struct entry, node);
            add_everybody(revoked, oldest->not_before_ms, oldest->close);
            add_everybody(revoked, oldest->limited_before_ms, CLOSE_ROLES_CHANGED);
            forget(revoked, oldest);
        }
        entry = calloc(1, sizeof *entry);
        if (entry == NULL || map_put(&revoked->entries, key, entry) != ERR_OK) {
            free(entry);
            return NULL;
        }
        entry->key = key;
        entry->close = CLOSE_SIGNED_OUT;
    }
    entry->added_at_ms = now_ms;
    list_remove(&entry->node);
    list_append(&revoked->order, &entry->node);
    return entry;
}

static struct uuid key_for(const struct revocation *revocation)
{
    if (revocation->kind == REVOKED_SESSION)
        return named_key(revocation->sid, VERSION_SESSION);
    if (revocation->kind == REVOKED_CLIENT)
        return named_key(revocation->sid, VERSION_CLIENT);
    return revocation->subject;
}

/* No subject's id, which is a UUID of another version. */
static struct uuid named_key(const char *name, uint8_t version)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    struct uuid key;
    SHA256((const uint8_t *)name, strlen(name), hash);
    memcpy(key.bytes, hash, sizeof key.bytes);
    key.bytes[6] = version;
    return key;
}

/* Entries are in order of added_at_ms, so the ones that are over are in front. */
static void forget_over(struct revoked *revoked, int64_t now_ms)
{
    list_each(node, &revoked->order)
    {
        struct entry *entry = list_entry(node, struct entry, node);
        if (now_ms - entry->added_at_ms < (int64_t)TOKEN_LIFE_MAX_S * 1000)
            return;
        forget(revoked, entry);
    }
}

static void forget(struct revoked *revoked, struct entry *entry)
{
    check(map_remove(&revoked->entries, entry->key) == entry);
    revoked->sessions -= entry->session;
    revoked->clients -= entry->client;
    list_remove(&entry->node);
    free(entry);
}
