/* snapshots: states to bytes, and off to the store when there is time.
 *
 * The problem: a load should read few events however long the stream is, and keeping states must not cost the
 * hot path. A stream has a snapshot made once in SNAPSHOT_EVERY events, so a load reads about that many at
 * most, and what making one costs (some ten microseconds, a few kilobytes) is a 256th of that an event.
 *
 * A hot stream is ahead of its commits all the time, so waiting for the moment at which it is as committed
 * would be waiting for ever. Therefore the bytes are taken when a command's events have evolved the state,
 * stay with that command (in its arena), and are queued when it has committed: then all that the state was
 * made of has, since a command is withdrawn when anything that it read is. Withdrawn, the bytes are gone with
 * it.
 *
 * From the queue the store takes one at a time, through a connection that no commit waits for, at the end of
 * a turn. The queue is short; when it is full the next one is dropped, as one that comes later is better.
 *
 * Does not: decide when a snapshot is due (states.c), or look whether the log still holds its events
 * (put_snapshot in migrations/eventstore). */
#include "request/snapshots.h"
#include "base/check.h"
#include "base/list.h"
#include "domain/snapshot.h"
#include "gen/c/schema.h"
#include "wire/codec.h"
#include <stdlib.h>

#define QUEUE_MAX 64
#define QUEUE_BYTES_MAX (8u << 20)
#define SNAPSHOT_BYTES_MAX (1u << 20)
#define SCRATCH_BYTES_MAX (8u << 20)

struct waiting {
    struct list_node node;
    struct stream_ref stream;
    uint32_t version;
    size_t size;
    uint8_t data[];
};

struct snapshots {
    struct eventstore *store;
    struct list_node queue; /* struct waiting */
    uint32_t count;
    size_t bytes;
    bool saving; /* the store has one */
};

/* ---- bytes ---- */

struct slice snapshot_encode(const struct state *state, struct slice personal_key, struct arena *arena)
{
    const struct type_desc *type = schema_stream((int)state->kind)->snapshot;
    struct arena scratch;
    struct snapshot taken;
    struct buf out;
    struct slice data = {0};
    arena_init(&scratch, 4096, SCRATCH_BYTES_MAX);
    buf_init(&out, SNAPSHOT_BYTES_MAX);
    if (snapshot_take(state, &scratch, &taken) == ERR_OK &&
        codec_encode_stored(&out, type, snapshot_payload(&taken), personal_key) == ERR_OK)
        data = slice_copy(arena, buf_slice(&out));
    buf_release(&out);
    arena_release(&scratch);
    return data;
}

bool snapshot_decode(struct state *state, const struct stored_snapshot *snapshot)
{
    const struct type_desc *type = schema_stream((int)state->kind)->snapshot;
    struct arena scratch;
    struct snapshot taken = {.kind = state->kind};
    struct wire_fault fault;
    arena_init(&scratch, 4096, SCRATCH_BYTES_MAX);
    bool restored = codec_decode_stored(type, snapshot->data, snapshot->personal_key, &scratch,
                                        snapshot_payload(&taken), &fault) &&
                    snapshot_restore(state, &taken) == ERR_OK;
    arena_release(&scratch);
    return restored;
}

/* ---- the queue ---- */

struct snapshots *snapshots_new(struct eventstore *store)
{
    struct snapshots *snapshots = calloc(1, sizeof *snapshots);
    if (snapshots == NULL)
        return NULL;
    snapshots->store = store;
    list_init(&snapshots->queue);
    return snapshots;
}

void snapshots_free(struct snapshots *snapshots)
{
    if (snapshots == NULL)
        return;
    for (struct list_node *node; (node = list_pop(&snapshots->queue)) != NULL;)
        free(list_entry(node, struct waiting, node));
    free(snapshots);
}

void snapshots_keep(struct snapshots *snapshots, struct stream_ref stream, const struct kept_state *kept)
{
    check(kept->version > 0 && kept->data.data != NULL);
    if (snapshots->count >= QUEUE_MAX || snapshots->bytes + kept->data.size > QUEUE_BYTES_MAX)
        return;
    struct waiting *waiting = malloc(sizeof *waiting + kept->data.size);
    if (waiting == NULL)
        return;
    *waiting = (struct waiting){.stream = stream, .version = kept->version, .size = kept->data.size};
    memcpy(waiting->data, kept->data.data, kept->data.size);
    list_append(&snapshots->queue, &waiting->node);
    snapshots->count++;
    snapshots->bytes += waiting->size;
}

static void on_saved(void *ctx, bool kept)
{
    struct snapshots *snapshots = ctx;
    (void)kept; /* not kept is as good: a later one will be */
    snapshots->saving = false;
}

void snapshots_write(struct snapshots *snapshots)
{
    if (snapshots->saving || list_empty(&snapshots->queue))
        return;
    struct waiting *waiting = list_entry(list_pop(&snapshots->queue), struct waiting, node);
    snapshots->count--;
    snapshots->bytes -= waiting->size;
    snapshots->saving = true;
    eventstore_save_snapshot(snapshots->store, waiting->stream, waiting->version, SNAPSHOT_VERSION,
                             slice_of(waiting->data, waiting->size), on_saved, snapshots);
    free(waiting);
}

uint32_t snapshots_waiting(const struct snapshots *snapshots)
{
    return snapshots->count + snapshots->saving;
}
