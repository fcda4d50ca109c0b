/* snapshot: a state as plain data, and back. What lies in the store beside the log, so that a load need not
 * fold a stream from its first event; protocol/schema/states.yaml says what it holds. */
#ifndef DOMAIN_SNAPSHOT_H
#define DOMAIN_SNAPSHOT_H

#include "domain/state.h"

/* What `state` is made of. Texts borrow from the state; lists too, or are in `arena`. ERR_NOMEM. */
MUST_CHECK enum err snapshot_take(const struct state *state, struct arena *arena,
                                  struct snapshot *ret_snapshot);

/* The state that was taken, into a fresh state of the same kind (state_init); its version is left to the
 * caller. Everything is copied. ERR_NOMEM leaves a state that must be thrown away. */
MUST_CHECK enum err snapshot_restore(struct state *state, const struct snapshot *snapshot);

/* The union's member, whichever it is: what schema_stream(kind)->snapshot describes. */
static inline void *snapshot_payload(struct snapshot *snapshot)
{
    return &snapshot->player;
}

#endif
