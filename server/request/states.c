/* states: a map from stream number to entry, a list of those that nobody pins in order of use, and loads.
 *
 * The problem: a command decides on states; reading a stream from PostgreSQL for each command would cost a
 * round trip and grow with the stream. So states stay in memory, evolve as commands are accepted, and are
 * loaded anew whenever there is doubt (what they were made of withdrawn, another node wrote): the log is the
 * truth and a load is always possible.
 *
 *   STALE --asked for, nothing pending--> LOADING --> READY --doubt--> STALE
 *                                            `--doubt--> OVERTAKEN --> STALE (who waited asks again)
 *
 * Invariants:
 *  - there is at most one entry of a stream, and it is in the map; who pins it may find it STALE, and READY
 * with another content later;
 *  - an entry that is ahead of the log (pending_batch) is pinned, so it is never evicted, and it is never
 * loaded: the log does not have yet what must be in the state. In doubt about the newest of several
 * uncommitted writes, the load waits for the others' commit;
 *  - one load per entry: whoever comes meanwhile waits on it; a failed load tells all waiters.
 *
 * Loads begin at the end of a turn, in the order asked for, LOADS_MAX at once. A load reads the stream's
 * snapshot and the events behind it, in pages of LOAD_PAGE until there are no more; a snapshot that cannot be
 * read any more is left aside, and the stream is folded from its first event. What snapshots are, and when
 * their bytes leave: snapshots.c.
 *
 * The bound is on entries that nobody pins, in number and in bytes, so that a few players with huge
 * collections cannot take what thousands of others need: the least recently used go first. */
#include "request/states.h"
#include "base/check.h"
#include "base/log.h"
#include "eventstore/event_decode.h"
#include "gen/c/schema.h"
#include <inttypes.h>
#include <stdlib.h>

#define ENTRY_MAGIC 0x53544154u
#ifndef LOAD_PAGE /* smaller in the simulation */
#define LOAD_PAGE 1000
#endif
#define LOADS_MAX 256 /* in flight; well below what a connection takes */
#define NAMED_KEPT 64 /* power of two */
#define STATE_CHUNK_BYTES 512
#define STATE_MAX_BYTES (4u << 20)

struct states {
    struct eventstore *store;
    struct map by_number;
    struct list_node idle;  /* least recently used first */
    struct list_node asked; /* STALE, and somebody waits */
    uint32_t idle_max;
    size_t idle_bytes_max;
    uint32_t loads; /* in flight */
    struct snapshots *snapshots;
    struct states_counters counters;
    struct named {
        struct stream_ref ref;
        uint64_t number; /* 0: empty */
    } named[NAMED_KEPT]; /* streams with a slug, by a hash of it; see number_of */
};

struct states *states_new(struct eventstore *store, uint32_t entries_max, size_t bytes_max)
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
    states->idle_bytes_max = bytes_max;
    map_init(&states->by_number);
    list_init(&states->idle);
    list_init(&states->asked);
    return states;
}

static void entry_free(struct state_entry *entry)
{
    arena_release(&entry->arena);
    explicit_bzero(entry->personal_key, sizeof entry->personal_key);
    entry->magic = 0;
    free(entry);
}

void states_free(struct states *states)
{
    if (states == NULL)
        return;
    struct state_entry *entry;
    for (size_t cursor = 0; (entry = map_next(&states->by_number, &cursor)) != NULL;)
        entry_free(entry);
    map_release(&states->by_number);
    snapshots_free(states->snapshots);
    free(states);
}

const struct states_counters *states_counters(struct states *states)
{
    states->counters.entries = (uint32_t)states->by_number.count;
    return &states->counters;
}

uint32_t states_pinned(const struct states *states)
{
    const struct state_entry *entry;
    uint32_t count = 0;
    for (size_t cursor = 0; (entry = map_next(&states->by_number, &cursor)) != NULL;)
        count += entry->pins > 0;
    return count;
}

static void begin_load(struct state_entry *entry);
static void on_state(void *ctx, enum err err, const struct stored_snapshot *snapshot,
                     const struct stored_event *events, uint32_t count, bool more);
static void on_load(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);
static void keep_loaded(struct state_entry *entry);

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
    entry->unsound_from = STATE_SOUND;
    arena_init(&entry->arena, STATE_CHUNK_BYTES, STATE_MAX_BYTES);
    state_init(&entry->state, ref.kind, &entry->arena);
    if (map_put(&states->by_number, map_key_u64(number), entry) != ERR_OK) {
        entry_free(entry);
        return NULL;
    }
    return entry;
}

/* Counts it among those that nobody pins, or no more. */
static void set_idle(struct state_entry *entry, bool idle)
{
    struct states_counters *counters = &entry->states->counters;
    if (idle) {
        entry->idle_bytes = sizeof *entry + entry->arena.held_bytes;
        list_append(&entry->states->idle, &entry->place);
        counters->idle++;
        counters->idle_bytes += entry->idle_bytes;
    } else {
        list_remove(&entry->place);
        counters->idle--;
        counters->idle_bytes -= entry->idle_bytes;
    }
}

/* A stream's number is a SHA-256 of its name. Every command names the catalogue or a pack and its stock, of
 * which there are few: theirs are remembered. */
static uint64_t number_of(struct states *states, const struct stream_ref *ref)
{
    uint64_t words[sizeof ref->slug / sizeof(uint64_t)], mixed = (uint64_t)ref->kind;
    if (schema_stream((int)ref->kind)->key == STREAM_KEY_UUID)
        return stream_number(*ref);
    memcpy(words, ref->slug.text, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        mixed = (mixed ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
    struct named *named = &states->named[(mixed >> 32) % NAMED_KEPT];
    if (named->number == 0 || !stream_ref_equal(&named->ref, ref))
        *named = (struct named){*ref, stream_number(*ref)};
    return named->number;
}

bool states_get(struct states *states, struct stream_ref ref, struct state_waiter *waiter,
                struct state_entry **ret_entry)
{
    uint64_t number = number_of(states, &ref);
    struct state_entry *entry = map_get(&states->by_number, map_key_u64(number));
    if (entry == NULL)
        entry = entry_new(states, ref, number);
    if (entry != NULL && !stream_ref_equal(&entry->ref, &ref))
        entry = NULL; /* someone searched for keys with equal numbers; the store would refuse it too */
    *ret_entry = entry;
    if (entry == NULL)
        return true;
    check_magic(entry, ENTRY_MAGIC);
    if (entry->pins++ == 0 && entry->situation == STATE_READY)
        set_idle(entry, false);
    if (entry->situation == STATE_READY)
        return true;
    list_append(&entry->waiters, &waiter->node);
    if (entry->situation == STATE_STALE && !list_linked(&entry->place))
        list_append(&states->asked, &entry->place);
    return false;
}

void states_load(struct states *states)
{
    list_each(node, &states->asked)
    {
        struct state_entry *entry = list_entry(node, struct state_entry, place);
        if (states->loads >= LOADS_MAX)
            return;
        if (entry->pending_batch == 0)
            begin_load(entry);
    }
}

static void forget_key(struct state_entry *entry)
{
    explicit_bzero(entry->personal_key, sizeof entry->personal_key);
    entry->has_key = false;
}

static void begin_load(struct state_entry *entry)
{
    check(entry->situation == STATE_STALE && entry->pins > 0);
    list_remove(&entry->place);
    entry->situation = STATE_LOADING;
    entry->pins++; /* the load holds it */
    entry->states->loads++;
    entry->states->counters.loaded++;
    forget_key(entry);
    entry->snapshot_version = 0;
    arena_reset(&entry->arena);
    state_init(&entry->state, entry->ref.kind, &entry->arena);
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
    bool overtaken = entry->situation == STATE_OVERTAKEN; /* another node wrote while it was read */
    if (err == ERR_OK && more && !overtaken) {
        eventstore_load(entry->states->store, entry->ref, entry->state.version, LOAD_PAGE, on_load, entry);
        return;
    }
    entry->states->loads--;
    if (err == ERR_OK && !overtaken) {
        entry->situation = STATE_READY;
        entry->unsound_from = STATE_SOUND;
        entry->loaded = entry->committed = entry->state.version;
        keep_loaded(entry);
    } else {
        entry->situation = STATE_STALE;
    }
    tell_waiters(entry, err == ERR_OK && overtaken ? ERR_CONFLICT : err);
    states_unpin(entry);
}

void states_committed(struct state_entry *entry, uint32_t version)
{
    check_magic(entry, ENTRY_MAGIC);
    if (version > entry->committed)
        entry->committed = version;
}

bool states_held(const struct state_entry *entry, uint32_t seen, uint32_t head)
{
    check_magic(entry, ENTRY_MAGIC);
    return head == seen || (head > seen && entry->situation == STATE_READY && seen >= entry->loaded &&
                            head <= entry->committed);
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

static void drop(struct state_entry *entry)
{
    check(entry->pins == 0 && entry->pending_batch == 0 && list_empty(&entry->waiters));
    list_remove(&entry->place);
    map_remove(&entry->states->by_number, map_key_u64(entry->number));
    entry_free(entry);
}

static void evict(struct states *states)
{
    while (states->counters.idle > states->idle_max || states->counters.idle_bytes > states->idle_bytes_max) {
        struct state_entry *entry = list_entry(states->idle.next, struct state_entry, place);
        set_idle(entry, false);
        drop(entry);
        states->counters.evicted++;
    }
}

void states_unpin(struct state_entry *entry)
{
    check_magic(entry, ENTRY_MAGIC);
    check(entry->pins > 0);
    if (--entry->pins > 0)
        return;
    if (entry->situation == STATE_STALE) {
        drop(entry);
        return;
    }
    check(entry->situation == STATE_READY && entry->pending_batch == 0);
    set_idle(entry, true);
    evict(entry->states);
}

void states_doubt(struct state_entry *entry, uint32_t unsound_from)
{
    check_magic(entry, ENTRY_MAGIC);
    entry->states->counters.doubted++;
    if (unsound_from < entry->unsound_from)
        entry->unsound_from = unsound_from;
    if (entry->situation == STATE_LOADING)
        entry->situation = STATE_OVERTAKEN;
    if (entry->situation != STATE_READY)
        return;
    entry->situation = STATE_STALE;
    if (entry->pins == 0) {
        set_idle(entry, false);
        drop(entry);
    }
}

void states_doubt_number(struct states *states, uint64_t number)
{
    struct state_entry *entry = map_get(&states->by_number, map_key_u64(number));
    if (entry != NULL)
        states_doubt(entry, 0);
}

bool states_seen(struct states *states, struct stream_ref ref, uint32_t version)
{
    struct state_entry *entry = map_get(&states->by_number, map_key_u64(stream_number(ref)));
    if (entry == NULL || (entry->situation == STATE_READY && entry->state.version >= version))
        return false;
    states_doubt(entry, 0);
    return true;
}
