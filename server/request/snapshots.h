/* snapshots: which states are worth keeping, as bytes, and a short queue of those that the store has yet to
 * take. Owned by states. */
#ifndef REQUEST_SNAPSHOTS_H
#define REQUEST_SNAPSHOTS_H

#include "domain/state.h"
#include "eventstore/eventstore.h"

#ifndef SNAPSHOT_EVERY     /* the simulation has more */
#define SNAPSHOT_EVERY 256 /* events of a stream between two of its snapshots */
#endif

/* A state's bytes at a version. Absent data: none. */
struct kept_state {
    uint32_t version;
    struct slice data;
};

/* The state as stored, into `arena`; absent when it cannot be: no memory, too large, or it has personal texts
 * and no key (its player was erased). */
struct slice snapshot_encode(const struct state *state, struct slice personal_key, struct arena *arena);
/* The reverse, into a fresh state (state_init). False: not what snapshot_encode makes; the state is spoilt.
 */
MUST_CHECK bool snapshot_decode(struct state *state, const struct stored_snapshot *snapshot);

struct snapshots;
struct snapshots *snapshots_new(struct eventstore *store); /* NULL: out of memory */
void snapshots_free(struct snapshots *snapshots);          /* accepts NULL */

/* Queues a snapshot of a state whose events have committed; copied. Dropped when the queue is full: the
 * stream has its next one SNAPSHOT_EVERY events later. */
void snapshots_keep(struct snapshots *snapshots, struct stream_ref stream, const struct kept_state *kept);
/* Gives the store the next one of the queue, one at a time. At the end of a turn, after its batch was sent.
 */
void snapshots_write(struct snapshots *snapshots);
/* Of the queue, the one under way included. */
uint32_t snapshots_waiting(const struct snapshots *snapshots);

#endif
