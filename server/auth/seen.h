/* seen: the fingerprints of the last events that were told, a fixed number of them. */
#ifndef AUTH_SEEN_H
#define AUTH_SEEN_H

#include "base/map.h"

struct seen {
    struct map places; /* fingerprint -> its place in `ring` */
    struct uuid *ring; /* the oldest is overwritten */
    size_t next;
};

/* False when out of memory. */
MUST_CHECK bool seen_init(struct seen *seen);
void seen_release(struct seen *seen);
bool seen_has(const struct seen *seen, struct uuid fingerprint);
/* Without memory it is forgotten at once: the event may be told twice then. */
void seen_add(struct seen *seen, struct uuid fingerprint);

#endif
