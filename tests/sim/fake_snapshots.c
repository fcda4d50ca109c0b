/* fake_snapshots: the table of snapshots, and what is asked of one.
 *
 * put_snapshot's own conditions stand in fake_store.c. Here each snapshot that is kept is judged: it must be
 * what the committed events of its stream fold to, whatever was decided on the state and withdrawn meanwhile.
 */
#include "database.h"
#include "domain/snapshot.h"
#include "eventstore/event_decode.h"
#include "request/snapshots.h"
#include "wire/codec.h"
#include <stdlib.h>

struct snapshot_row {
    uint32_t version;
    int32_t schema_version;
    struct slice data; /* malloc'd */
};

static struct map rows; /* stream -> struct snapshot_row */

void snapshots_open(void)
{
    map_init(&rows);
}

void snapshots_close(void)
{
    struct snapshot_row *row;
    for (size_t cursor = 0; (row = map_next(&rows, &cursor)) != NULL;)
        free((void *)row->data.data);
    map_release(&rows);
}

/* What the state holds, unsealed. */
static void plain_state(const struct state *state, struct buf *out)
{
    struct arena scratch;
    struct snapshot taken;
    arena_init(&scratch, 4096, 1u << 20);
    buf_clear(out);
    check(snapshot_take(state, &scratch, &taken) == ERR_OK);
    check(codec_encode(out, schema_stream((int)state->kind)->snapshot, snapshot_payload(&taken),
                       CODEC_PLAIN) == ERR_OK);
    arena_release(&scratch);
}

/* A snapshot is what the committed events of its stream fold to, whatever was withdrawn meanwhile. */
static void judge_snapshot(const struct logged *head, uint32_t version, struct slice data)
{
    struct arena folded_arena, kept_arena;
    struct state folded, kept;
    struct buf plain[2];
    arena_init(&folded_arena, 4096, 1u << 22);
    arena_init(&kept_arena, 4096, 1u << 22);
    state_init(&folded, head->ref.kind, &folded_arena);
    state_init(&kept, head->ref.kind, &kept_arena);
    for (uint64_t i = 1; i <= store_head() && folded.version < version; i++) {
        const struct logged *logged = store_event(i);
        struct stored_event stored = {.type = logged->type,
                                      .schema_version = logged->schema_version,
                                      .data = logged->data,
                                      .personal_key = store_personal_key(logged->stream)};
        struct event event;
        struct wire_fault fault;
        if (logged->stream != head->stream)
            continue;
        check(event_decode(&stored, &folded_arena, &event, &fault));
        check(state_evolve(&folded, &event) == ERR_OK);
        folded.version++;
    }
    struct stored_snapshot stored = {
        .version = version, .data = data, .personal_key = store_personal_key(head->stream)};
    hold(snapshot_decode(&kept, &stored), "a snapshot that cannot be read");
    for (int i = 0; i < 2; i++)
        buf_init(&plain[i], 1u << 20);
    plain_state(&folded, &plain[0]);
    plain_state(&kept, &plain[1]);
    hold(slice_equal(buf_slice(&plain[0]), buf_slice(&plain[1])),
         "a snapshot at version %u of a %s stream is not what its events fold to", version,
         schema_stream((int)head->ref.kind)->name);
    for (int i = 0; i < 2; i++)
        buf_release(&plain[i]);
    arena_release(&folded_arena);
    arena_release(&kept_arena);
}

bool snapshots_put(const struct logged *head, uint32_t version, int32_t schema_version, struct slice data)
{
    struct snapshot_row *row = map_get(&rows, map_key_u64(head->stream));
    if (row != NULL && row->schema_version == schema_version && row->version > version)
        return false;
    judge_snapshot(head, version, data);
    if (row == NULL)
        row = keep(&(struct snapshot_row){0}, sizeof *row);
    free((void *)row->data.data);
    uint8_t *bytes = malloc(data.size);
    check(bytes != NULL && map_put(&rows, map_key_u64(head->stream), row) == ERR_OK);
    memcpy(bytes, data.data, data.size);
    *row = (struct snapshot_row){version, schema_version, slice_of(bytes, data.size)};
    return true;
}

bool snapshots_get(uint64_t stream, int32_t schema_version, uint32_t *ret_version, struct slice *ret_data)
{
    const struct snapshot_row *row = map_get(&rows, map_key_u64(stream));
    if (row == NULL || row->schema_version != schema_version)
        return false;
    *ret_version = row->version;
    *ret_data = row->data;
    return true;
}
