/* seen: a ring, and a map into it.
 *
 * The follower reads the end of Keycloak's list of events again and again, and tells each event once. What it
 * told is known by a fingerprint (answers.c), as events have no ids. With more than FOLLOW_SEEN_MAX events in
 * what is read again, the oldest are forgotten and told twice, which is harmless: a revocation is taken once
 * by its cause. Nothing here depends on the events' times, which may repeat or run backwards. */
#include "auth/seen.h"
#include "auth/limits.h"
#include "base/check.h"
#include <stdlib.h>

bool seen_init(struct seen *seen)
{
    *seen = (struct seen){.ring = calloc(FOLLOW_SEEN_MAX, sizeof *seen->ring)};
    map_init(&seen->places);
    return seen->ring != NULL;
}

void seen_release(struct seen *seen)
{
    map_release(&seen->places);
    free(seen->ring);
    seen->ring = NULL;
}

bool seen_has(const struct seen *seen, struct uuid fingerprint)
{
    return map_get(&seen->places, fingerprint) != NULL;
}

void seen_add(struct seen *seen, struct uuid fingerprint)
{
    struct uuid *place = &seen->ring[seen->next];
    if (seen_has(seen, fingerprint))
        return;
    if (!uuid_is_nil(*place))
        check(map_remove(&seen->places, *place) == place);
    *place = fingerprint;
    if (map_put(&seen->places, fingerprint, place) != ERR_OK)
        *place = (struct uuid){{0}};
    seen->next = (seen->next + 1) % FOLLOW_SEEN_MAX;
}
