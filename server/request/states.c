/* states: a map from stream number to entry, a list of those that nobody pins in order of use, and loads.
 *
 * The problem: a command decides on states; reading a stream from PostgreSQL for each command would cost a
 * round trip and grow with the stream. So states stay in memory, evolve as commands are accepted, and are
 * thrown away whenever there is doubt (a batch refused, another node wrote): the log is the truth and a load
 * is always possible.
 *
 * Invariants:
 *  - at most one entry of a stream is in the map; an entry out of the map is FORGOTTEN and only waits for its
 * pins;
 *  - an entry that is ahead of the log (pending_batch) is pinned, so it is never evicted and never loaded
 * anew;
 *  - one load per entry: whoever comes meanwhile waits on it; a failed load forgets the entry and tells all
 * waiters.
 *
 * A load reads the stream's snapshot and the events behind it, in pages of LOAD_PAGE until there are no more;
 * one that cannot be read any more is left aside, and the stream is folded from its first event. What
 * snapshots are, and when their bytes leave: snapshots.c. */
#include "request/states.h"
#include "base/check.h"
#include "base/log.h"
#include "eventstore/event_decode.h"
#include <inttypes.h>
#include <stdlib.h>

#define ENTRY_MAGIC 0x53544154u
#define LOAD_PAGE 1000
#define STATE_CHUNK_BYTES 512
#define STATE_MAX_BYTES (4u << 20)

struct states {
    struct eventstore *store;
    struct map by_number;
    struct list_node idle; /* least recently used first */
    struct list_node all;
    uint32_t idle_count, idle_max;
    uint32_t loads; /* in flight */
    struct snapshots *snapshots;
};

struct states *states_new(struct eventstore *store, uint32_t entries_max)
{
    struct states *states = calloc(1, sizeof *states);
    if (states == NULL)
        return NULL;
    states->snapshots = snapshots_new(store);
    if (states->snapshots == NULL) {
        free(states);
        return NULL;
    }
    states->store = store;
    states->idle_max = entries_max;
    map_init(&states->by_number);
    list_init(&states->idle);
    list_init(&states->all);
    return states;
}

static void entry_free(struct state_entry *entry)
{
    list_remove(&entry->all);
    arena_release(&entry->arena);
    explicit_bzero(entry->personal_key, sizeof entry->personal_key);
    entry->magic = 0;
    free(entry);
}

void states_free(struct states *states)
{
    if (states == NULL)
        return;
    list_each(node, &states->all) entry_free(list_entry(node, struct state_entry, all));
    map_release(&states->by_number);
    snapshots_free(states->snapshots);
    free(states);
}

uint32_t states_count(const struct states *states)
{
    return (uint32_t)states->by_number.count;
}

uint32_t states_pinned(const struct states *states)
{
    uint32_t count = 0;
    for (const struct list_node *node = states->all.next; node != &states->all; node = node->next)
        count += list_entry(node, struct state_entry, all)->pins > 0;
    return count;
}

static void begin_load(struct state_entry *entry);
static void on_state(void *ctx, enum err err, const struct stored_snapshot *snapshot,
                     const struct stored_event *events, uint32_t count, bool more);
static void on_load(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);
static void keep_loaded(struct state_entry *entry);

static void evict(struct states *states)
{
    while (states->idle_count > states->idle_max)
        states_forget(list_entry(states->idle.next, struct state_entry, lru));
}

static struct state_entry *entry_new(struct states *states, struct stream_ref ref, uint64_t number)
{
    struct state_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->magic = ENTRY_MAGIC;
    entry->states = states;
    entry->ref = ref;
    entry->number = number;
    list_init(&entry->waiters);
    list_append(&states->all, &entry->all);
    arena_init(&entry->arena, STATE_CHUNK_BYTES, STATE_MAX_BYTES);
    state_init(&entry->state, ref.kind, &entry->arena);
    if (map_put(&states->by_number, map_key_u64(number), entry) != ERR_OK) {
        entry_free(entry);
        return NULL;
    }
    return entry;
}

static bool stream_ref_equal(const struct stream_ref *a, const struct stream_ref *b)
{
    return a->kind == b->kind && uuid_equal(a->uuid, b->uuid) && slug_equal(a->slug, b->slug);
}

bool states_get(struct states *states, struct stream_ref ref, struct state_waiter *waiter,
                struct state_entry **ret_entry)
{
    uint64_t number = stream_number(ref);
    struct state_entry *entry = map_get(&states->by_number, map_key_u64(number));
    bool is_new = entry == NULL;
    if (is_new)
        entry = entry_new(states, ref, number);
    if (entry != NULL && !stream_ref_equal(&entry->ref, &ref))
        entry = NULL; /* someone searched for keys with equal numbers; the store would refuse it too */
    *ret_entry = entry;
    if (entry == NULL)
        return true;
    check_magic(entry, ENTRY_MAGIC);
    if (entry->pins++ == 0 && list_linked(&entry->lru)) {
        list_remove(&entry->lru);
        states->idle_count--;
    }
    if (is_new)
        begin_load(entry);
    if (entry->situation == STATE_READY)
        return true;
    list_append(&entry->waiters, &waiter->node);
    return false;
}

static void begin_load(struct state_entry *entry)
{
    entry->situation = STATE_LOADING;
    entry->pins++; /* the load holds it */
    entry->states->loads++;
    eventstore_load_state(entry->states->store, entry->ref, SNAPSHOT_VERSION, LOAD_PAGE, on_state, entry);
}

static void keep_key(struct state_entry *entry, struct slice key)
{
    if (key.data == NULL || key.size != sizeof entry->personal_key)
        return;
    memcpy(entry->personal_key, key.data, sizeof entry->personal_key);
    entry->has_key = true;
}

/* Evolves the state by one page. */
static enum err evolve_page(struct state_entry *entry, const struct stored_event *events, uint32_t count)
{
    struct arena scratch;
    arena_init(&scratch, 4096, 1u << 20);
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        const struct stored_event *stored = &events[i];
        struct event event;
        struct wire_fault fault;
        if (stored->version != entry->state.version + 1 || !event_decode(stored, &scratch, &event, &fault)) {
            err = ERR_INTEGRITY;
            break;
        }
        keep_key(entry, stored->personal_key);
        err = state_evolve(&entry->state, &event);
        entry->state.version = stored->version;
        arena_reset(&scratch);
    }
    arena_release(&scratch);
    return err;
}

static void tell_waiters(struct state_entry *entry, enum err err)
{
    struct state_waiter *waiter;
    while (!list_empty(&entry->waiters)) {
        waiter = list_entry(list_pop(&entry->waiters), struct state_waiter, node);
        waiter->ready(waiter->ctx, err);
    }
}

/* The first answer of a load: a snapshot may be in front. */
static void on_state(void *ctx, enum err err, const struct stored_snapshot *snapshot,
                     const struct stored_event *events, uint32_t count, bool more)
{
    struct state_entry *entry = ctx;
    check_magic(entry, ENTRY_MAGIC);
    if (err == ERR_OK && snapshot != NULL) {
        if (!snapshot_decode(&entry->state, snapshot)) {
            log_warn("snapshot", "stream=%" PRIu64 " version=%u ignored=1", entry->number, snapshot->version);
            arena_reset(&entry->arena);
            state_init(&entry->state, entry->ref.kind, &entry->arena);
            eventstore_load(entry->states->store, entry->ref, 0, LOAD_PAGE, on_load, entry);
            return;
        }
        entry->state.version = entry->snapshot_version = snapshot->version;
        keep_key(entry, snapshot->personal_key);
    }
    on_load(entry, err, events, count, more);
}

static void on_load(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct state_entry *entry = ctx;
    check_magic(entry, ENTRY_MAGIC);
    if (err == ERR_OK)
        err = evolve_page(entry, events, count);
    if (err == ERR_OK && more) {
        eventstore_load(entry->states->store, entry->ref, entry->state.version, LOAD_PAGE, on_load, entry);
        return;
    }
    entry->states->loads--;
    bool forgotten = entry->situation == STATE_FORGOTTEN; /* another node wrote while it was read */
    if (!forgotten && err == ERR_OK) {
        entry->situation = STATE_READY;
        keep_loaded(entry);
    } else {
        states_forget(entry);
    }
    tell_waiters(entry, err == ERR_OK && forgotten ? ERR_CONFLICT : err);
    states_unpin(entry);
}

/* ---- snapshots ---- */

void states_take_snapshot(struct state_entry *entry, struct arena *arena, struct kept_state *ret_kept)
{
    check_magic(entry, ENTRY_MAGIC);
    *ret_kept = (struct kept_state){.version = entry->state.version};
    if (entry->state.version < entry->snapshot_version + SNAPSHOT_EVERY)
        return;
    entry->snapshot_version = entry->state.version; /* also when none can be made: not again at every event */
    struct slice key =
        entry->has_key ? slice_of(entry->personal_key, sizeof entry->personal_key) : (struct slice){0};
    ret_kept->data = snapshot_encode(&entry->state, key, arena);
}

void states_keep_snapshot(struct state_entry *entry, const struct kept_state *kept)
{
    check_magic(entry, ENTRY_MAGIC);
    if (kept->data.data != NULL)
        snapshots_keep(entry->states->snapshots, entry->ref, kept);
}

void states_write_snapshots(struct states *states)
{
    snapshots_write(states->snapshots);
}

uint32_t states_snapshots_waiting(const struct states *states)
{
    return snapshots_waiting(states->snapshots);
}

/* What was loaded has committed. */
static void keep_loaded(struct state_entry *entry)
{
    struct arena scratch;
    struct kept_state kept;
    arena_init(&scratch, 4096, 1u << 21);
    states_take_snapshot(entry, &scratch, &kept);
    states_keep_snapshot(entry, &kept);
    arena_release(&scratch);
}

/* ---- letting go ---- */

void states_cancel(struct state_waiter *waiter)
{
    list_remove(&waiter->node);
}

void states_unpin(struct state_entry *entry)
{
    check_magic(entry, ENTRY_MAGIC);
    check(entry->pins > 0);
    if (--entry->pins > 0)
        return;
    check(entry->pending_batch == 0 || entry->situation == STATE_FORGOTTEN);
    if (entry->situation == STATE_FORGOTTEN) {
        entry_free(entry);
        return;
    }
    list_append(&entry->states->idle, &entry->lru);
    entry->states->idle_count++;
    evict(entry->states);
}

void states_forget(struct state_entry *entry)
{
    check_magic(entry, ENTRY_MAGIC);
    if (entry->situation == STATE_FORGOTTEN)
        return;
    entry->situation = STATE_FORGOTTEN;
    map_remove(&entry->states->by_number, map_key_u64(entry->number));
    if (entry->pins == 0) {
        list_remove(&entry->lru);
        entry->states->idle_count--;
        entry_free(entry);
    }
}

void states_forget_number(struct states *states, uint64_t number)
{
    struct state_entry *entry = map_get(&states->by_number, map_key_u64(number));
    if (entry != NULL)
        states_forget(entry);
}

uint64_t states_seen(struct states *states, struct stream_ref ref, uint32_t version)
{
    struct state_entry *entry = map_get(&states->by_number, map_key_u64(stream_number(ref)));
    if (entry == NULL || (entry->situation == STATE_READY && entry->state.version >= version))
        return 0;
    uint64_t listed_batch = entry->listed_batch;
    states_forget(entry);
    return listed_batch;
}

void states_forget_all(struct states *states)
{
    struct state_entry *entry;
    for (size_t cursor = 0; (entry = map_next(&states->by_number, &cursor)) != NULL; cursor = 0)
        states_forget(entry);
}
