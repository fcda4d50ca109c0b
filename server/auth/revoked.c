/* revoked: a bounded set of (subject, not before).
 *
 * A token is good for anyone until it expires, so what Keycloak takes back must be remembered here that long:
 * an entry lives TOKEN_LIFE_MAX_S, and tokens that would live longer are refused by the rule "exp".
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
    int64_t added_at_ms;
};

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
    forget_over(revoked, now_ms);
    struct entry *entry = map_get(&revoked->subjects, subject);
    if (entry != NULL) {
        if (entry->not_before_ms < not_before_ms)
            entry->not_before_ms = not_before_ms;
        entry->added_at_ms = now_ms;
        list_remove(&entry->node);
        list_append(&revoked->entries, &entry->node);
        return;
    }
    while (revoked->subjects.count >= revoked->max) {
        struct entry *oldest = list_entry(revoked->entries.next, struct entry, node);
        revoked_add_all(revoked, oldest->not_before_ms);
        forget(revoked, oldest);
    }
    entry = calloc(1, sizeof *entry);
    if (entry == NULL || map_put(&revoked->subjects, subject, entry) != ERR_OK) {
        free(entry);
        revoked_add_all(revoked, not_before_ms);
        return;
    }
    entry->subject = subject;
    entry->not_before_ms = not_before_ms;
    entry->added_at_ms = now_ms;
    list_append(&revoked->entries, &entry->node);
}

void revoked_add_all(struct revoked *revoked, int64_t not_before_ms)
{
    if (revoked->floor_ms < not_before_ms)
        revoked->floor_ms = not_before_ms;
}

bool revoked_holds(const struct revoked *revoked, struct uuid subject, int64_t issued_at_ms)
{
    const struct entry *entry = map_get(&revoked->subjects, subject);
    if (issued_at_ms < revoked->floor_ms)
        return true;
    return entry != NULL && issued_at_ms < entry->not_before_ms;
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
