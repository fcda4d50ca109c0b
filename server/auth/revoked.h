/* revoked: who may not use tokens from before a moment, or not all roles in them. Bounded; forgets nothing it
 * must not. */
#ifndef AUTH_REVOKED_H
#define AUTH_REVOKED_H

#include <stdint.h>
#include "base/list.h"
#include "base/map.h"

struct revoked {
    struct map subjects;
    struct list_node entries; /* in order of their last change */
    int64_t floor_ms;         /* for everybody */
    uint32_t max;
};

void revoked_init(struct revoked *revoked, uint32_t max);
void revoked_release(struct revoked *revoked);

/* Tokens of `subject` issued before `not_before_ms` are refused; a later call with an earlier time changes
 * nothing. At the bound, or without memory, the moment holds for everybody instead. */
void revoked_add(struct revoked *revoked, struct uuid subject, int64_t not_before_ms, int64_t now_ms);
void revoked_add_all(struct revoked *revoked, int64_t not_before_ms);
/* Tokens of `subject` issued before `at_ms` are refused when they name a role that is not among `roles`. */
void revoked_limit(struct revoked *revoked, struct uuid subject, uint8_t roles, int64_t at_ms,
                   int64_t now_ms);

/* Whether a token of this subject, issued then, with these roles, is refused. */
bool revoked_holds(const struct revoked *revoked, struct uuid subject, int64_t issued_at_ms, uint8_t roles);

#endif
