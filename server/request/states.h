/* states: the streams' states in memory, what the walk's `load` step gets and `append` evolves.
 *
 * An entry is found by its stream, loaded once however many requests wait for it, pinned while a request
 * holds it, and kept in a bounded LRU afterwards. Its state may be ahead of the log: `pending_batch` names
 * the newest batch under way that wrote it; such an entry is always pinned by the requests of that batch.
 * Who finds that a state is wrong says so (states_doubt): it is then loaded anew, in place, as soon as
 * nothing that was written on it is under way. */
#ifndef REQUEST_STATES_H
#define REQUEST_STATES_H

#include "base/list.h"
#include "base/map.h"
#include "domain/state.h"
#include "eventstore/eventstore.h"
#include "request/snapshots.h"

enum state_situation {
    STATE_STALE,     /* not loaded yet, or its content may be wrong */
    STATE_LOADING,   /* a load is in flight; waiters queue */
    STATE_OVERTAKEN, /* as LOADING, but the log has moved meanwhile: the load comes to nothing */
    STATE_READY,
};

#define STATE_SOUND UINT32_MAX

struct state_entry {
    uint32_t magic;
    enum state_situation situation;
    struct states *states;
    struct stream_ref ref;
    uint64_t number; /* stream_number(ref) */
    struct arena arena;
    struct state state;
    uint32_t pins;
    uint64_t pending_batch;    /* newest batch under way that wrote it; 0: as committed */
    uint32_t loaded;           /* version that it was loaded at: later ones are this node's own */
    uint32_t committed;        /* version up to which this node knows that they are in the log */
    uint64_t listed_batch;     /* newest batch that lists it among its streams */
    uint32_t unsound_from;     /* who saw this version or a later one decided on what is not so */
    uint32_t snapshot_version; /* of its last snapshot, read or made; 0: none */
    bool has_key;
    uint8_t personal_key[32];
    size_t idle_bytes;        /* what it counts for while nobody pins it */
    struct list_node waiters; /* struct state_waiter */
    struct list_node place;   /* in the LRU when nobody pins it; among those asked for when STALE */
};

/* One wait for one entry, embedded in the request. `ready` runs once per states_get that returned false,
 * never before that returned. */
struct state_waiter {
    struct list_node node;
    void (*ready)(void *ctx, enum err err);
    void *ctx;
};

struct states;

/* The bounds are on entries that nobody pins; what is pinned is bounded by the requests. NULL: no memory. */
struct states *states_new(struct eventstore *store, uint32_t entries_max, size_t bytes_max);
/* Accepts NULL. Frees pinned entries too: the process ends, nobody comes back to them. */
void states_free(struct states *states);

/* The pinned entry of a stream. True: READY. False: not loaded, `waiter` is told; the entry is pinned all the
 * same. NULL entry with true: out of memory, or another stream of the same number is in memory. */
bool states_get(struct states *states, struct stream_ref ref, struct state_waiter *waiter,
                struct state_entry **ret_entry);
/* Begins the loads that states_get asked for. At the end of a turn, when all that is to be withdrawn is. */
void states_load(struct states *states);
/* Stops waiting (the request ends early). */
void states_cancel(struct state_waiter *waiter);
void states_unpin(struct state_entry *entry);
/* The state is wrong for who saw version `unsound_from` or a later one (STATE_SOUND: for nobody yet); it will
 * be loaded anew. */
void states_doubt(struct state_entry *entry, uint32_t unsound_from);
/* The stream's head is not what we thought. */
void states_doubt_number(struct states *states, uint64_t number);
/* The log holds `version` of this stream, maybe by another writer: a state that has not seen it is wrong.
 * True when it was. */
bool states_seen(struct states *states, struct stream_ref ref, uint32_t version);
/* This node's commit has reached `version`; 0: nothing is known. */
void states_committed(struct state_entry *entry, uint32_t version);
/* Whether the log, which has `head` versions of the stream, had the state that was `seen` for some time since
 * this node saw it: nobody else has written since. */
bool states_held(const struct state_entry *entry, uint32_t seen, uint32_t head);
/* A snapshot of the state as it is, when one is due: its bytes in `arena`, to be kept by whoever took it
 * until all that the state is made of has committed, or thrown away. Not due: absent data. */
void states_take_snapshot(struct state_entry *entry, struct arena *arena, struct kept_state *ret_kept);
/* Now it has committed. Absent data: does nothing. */
void states_keep_snapshot(struct state_entry *entry, const struct kept_state *kept);
/* Gives the store the next snapshot; at the end of a turn. */
void states_write_snapshots(struct states *states);
uint32_t states_snapshots_waiting(const struct states *states);
/* Entries that somebody holds: none when no request is under way. */
uint32_t states_pinned(const struct states *states);

struct states_counters {
    uint64_t loaded, evicted, doubted;
    uint32_t entries, idle; /* all, and those that nobody pins */
    size_t idle_bytes;
};
const struct states_counters *states_counters(struct states *states);

#endif
