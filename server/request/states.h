/* states: the streams' states in memory, what the walk's `load` step gets and `append` evolves.
 *
 * An entry is found by its stream, loaded once however many requests wait for it, pinned while a request
 * holds it, and kept in a bounded LRU afterwards. Its state may be ahead of the log: `pending_batch` names
 * the newest batch that wrote it and is not committed; such an entry is always pinned by the requests of that
 * batch. */
#ifndef REQUEST_STATES_H
#define REQUEST_STATES_H

#include "base/list.h"
#include "base/map.h"
#include "domain/state.h"
#include "eventstore/eventstore.h"
#include "request/snapshots.h"

enum state_situation {
    STATE_LOADING, /* a load is in flight; waiters queue */
    STATE_READY,
    STATE_FORGOTTEN, /* out of the map: its content may be wrong; freed when the last pin goes */
};

struct state_entry {
    uint32_t magic;
    enum state_situation situation;
    struct states *states;
    struct stream_ref ref;
    uint64_t number; /* stream_number(ref) */
    struct arena arena;
    struct state state;
    uint32_t pins;
    uint64_t pending_batch;    /* newest uncommitted batch that wrote it; 0: as committed */
    uint64_t listed_batch;     /* newest batch that lists it among its streams */
    uint32_t snapshot_version; /* of its last snapshot, read or made; 0: none */
    bool has_key;
    uint8_t personal_key[32];
    struct list_node waiters; /* struct state_waiter */
    struct list_node lru;     /* linked when nobody pins it */
    struct list_node all;     /* every entry, forgotten ones too */
};

/* One wait for one entry, embedded in the request. `ready` runs once per states_get that returned false,
 * never before that returned. */
struct state_waiter {
    struct list_node node;
    void (*ready)(void *ctx, enum err err);
    void *ctx;
};

struct states;

/* `entries_max` bounds entries that nobody pins. */
struct states *states_new(struct eventstore *store, uint32_t entries_max);
/* Accepts NULL. Frees pinned entries too: the process ends, nobody comes back to them. */
void states_free(struct states *states);

/* The pinned entry of a stream. True: READY. False: loading, `waiter` is told; the entry is pinned all the
 * same. NULL entry with true: out of memory, or another stream of the same number is in memory. */
bool states_get(struct states *states, struct stream_ref ref, struct state_waiter *waiter,
                struct state_entry **ret_entry);
/* Stops waiting (the request ends early). */
void states_cancel(struct state_waiter *waiter);
void states_unpin(struct state_entry *entry);
/* The entry may be wrong: later states_get loads anew. */
void states_forget(struct state_entry *entry);
/* The stream's head is not what we thought. */
void states_forget_number(struct states *states, uint64_t number);
/* The log holds `version` of this stream, maybe by another writer: a state that has not seen it is forgotten.
 * Gives the newest batch that lists what was forgotten; 0 for none. */
uint64_t states_seen(struct states *states, struct stream_ref ref, uint32_t version);
/* A snapshot of the state as it is, when one is due: its bytes in `arena`, to be kept by whoever took it
 * until all that the state is made of has committed, or thrown away. Not due: absent data. */
void states_take_snapshot(struct state_entry *entry, struct arena *arena, struct kept_state *ret_kept);
/* Now it has committed. Absent data: does nothing. */
void states_keep_snapshot(struct state_entry *entry, const struct kept_state *kept);
/* Gives the store the next snapshot; at the end of a turn. */
void states_write_snapshots(struct states *states);
uint32_t states_snapshots_waiting(const struct states *states);
/* Forgets all that is not pinned, and all that is. */
void states_forget_all(struct states *states);
uint32_t states_count(const struct states *states);
/* Entries that somebody holds, forgotten ones too: none when no request is under way. */
uint32_t states_pinned(const struct states *states);

#endif
