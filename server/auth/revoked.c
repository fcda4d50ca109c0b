/* revoked: a bounded set of (subject, not before, roles left).
 *
 * A token is good for anyone until it expires, so what Keycloak takes back must be remembered here that long:
 * an entry lives TOKEN_LIFE_MAX_S, and tokens that would live longer are refused by the rule "exp".
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
#include <stdlib.h>

struct entry {
    struct list_node node;
    struct uuid subject;
    int64_t not_before_ms;
    int64_t limited_before_ms; /* 0: roles are not limited */
    uint8_t roles;             /* that tokens from before it may name */
    int64_t added_at_ms;
};

static struct entry *entry_for(struct revoked *revoked, struct uuid subject, int64_t now_ms);
static void forget(struct revoked *revoked, struct entry *entry);
static void forget_over(struct revoked *revoked, int64_t now_ms);

void revoked_init(struct revoked *revoked, uint32_t max)
{
    check(max > 0);
    *revoked = (struct revoked){.max = max};
    map_init(&revoked->subjects);
    list_init(&revoked->entries);
}

void revoked_release(struct revoked *revoked)
{
    list_each(node, &revoked->entries) forget(revoked, list_entry(node, struct entry, node));
    map_release(&revoked->subjects);
}

void revoked_add(struct revoked *revoked, struct uuid subject, int64_t not_before_ms, int64_t now_ms)
{
    struct entry *entry = entry_for(revoked, subject, now_ms);
    if (entry == NULL)
        revoked_add_all(revoked, not_before_ms);
    else if (entry->not_before_ms < not_before_ms)
        entry->not_before_ms = not_before_ms;
}

void revoked_add_all(struct revoked *revoked, int64_t not_before_ms)
{
    if (revoked->floor_ms < not_before_ms)
        revoked->floor_ms = not_before_ms;
}

void revoked_limit(struct revoked *revoked, struct uuid subject, uint8_t roles, int64_t at_ms, int64_t now_ms)
{
    struct entry *entry = entry_for(revoked, subject, now_ms);
    if (entry == NULL) {
        revoked_add_all(revoked, at_ms);
        return;
    }
    entry->roles = roles;
    if (entry->limited_before_ms < at_ms)
        entry->limited_before_ms = at_ms;
}

bool revoked_holds(const struct revoked *revoked, struct uuid subject, int64_t issued_at_ms, uint8_t roles)
{
    const struct entry *entry = map_get(&revoked->subjects, subject);
    if (issued_at_ms < revoked->floor_ms)
        return true;
    if (entry == NULL)
        return false;
    return issued_at_ms < entry->not_before_ms ||
           (issued_at_ms < entry->limited_before_ms && (roles & ~entry->roles) != 0);
}

/* The subject's entry, as the youngest; NULL without memory. */
static struct entry *entry_for(struct revoked *revoked, struct uuid subject, int64_t now_ms)
{
    forget_over(revoked, now_ms);
    struct entry *entry = map_get(&revoked->subjects, subject);
    if (entry == NULL) {
        while (revoked->subjects.count >= revoked->max) {
            struct entry *oldest = list_entry(revoked->entries.next, struct entry, node);
            revoked_add_all(revoked, oldest->not_before_ms);
            revoked_add_all(revoked, oldest->limited_before_ms);
            forget(revoked, oldest);
        }
        entry = calloc(1, sizeof *entry);
        if (entry == NULL || map_put(&revoked->subjects, subject, entry) != ERR_OK) {
            free(entry);
            return NULL;
        }
        entry->subject = subject;
    }
    entry->added_at_ms = now_ms;
    list_remove(&entry->node);
    list_append(&revoked->entries, &entry->node);
    return entry;
}

/* Entries are in order of added_at_ms, so the ones that are over are in front. */
static void forget_over(struct revoked *revoked, int64_t now_ms)
{
    list_each(node, &revoked->entries)
    {
        struct entry *entry = list_entry(node, struct entry, node);
        if (now_ms - entry->added_at_ms < (int64_t)TOKEN_LIFE_MAX_S * 1000)
            return;
        forget(revoked, entry);
    }
}

static void forget(struct revoked *revoked, struct entry *entry)
{
    check(map_remove(&revoked->subjects, entry->subject) == entry);
    list_remove(&entry->node);
    free(entry);
}
