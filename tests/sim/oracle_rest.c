/* oracle_rest: at rest, the read models are what a fold of the log gives, and so is every replica.
 *
 * The whole log is projected again, in one go, by project() and fold_add(); each row is encoded as on the
 * wire, and those bytes are what the database's tables (read back through columns_read) and the clients'
 * replicas must hold. */
#include "game.h"
#include "oracle.h"
#include "oracle_states.h"
#include "projection/columns.h"
#include "projection/fold.h"
#include "wire/frame.h"

#define ROWS_MAX 2048

struct expected {
    int view;
    bool deleted;
    uint64_t position;
    struct slice bytes, key;
};

static struct expected expected[ROWS_MAX];
static uint32_t expected_count;

static struct slice encode(const struct row *row, struct arena *arena)
{
    struct buf bytes;
    buf_init(&bytes, 1u << 20);
    check(frame_row(&bytes, row) == ERR_OK);
    struct slice kept = slice_copy(arena, buf_slice(&bytes));
    buf_release(&bytes);
    return kept;
}

static void project_log(struct arena *arena)
{
    struct fold fold;
    fold_init(&fold, arena);
    for (uint64_t at = 1; at <= store_head(); at++) {
        struct event event;
        struct row_sink sink = {.arena = arena};
        states_decode(store_event(at), arena, &event);
        project(&event, &sink);
        check(sink.failure == ERR_OK);
        for (uint32_t i = 0; i < sink.count; i++) {
            sink.rows[i].position = at;
            check(fold_add(&fold, &sink.rows[i]) == ERR_OK);
        }
    }
    check(fold.count <= ROWS_MAX);
    expected_count = fold.count;
    for (uint32_t i = 0; i < fold.count; i++) {
        int view = (int)(schema_view((int)fold.rows[i].view) - schema_views);
        struct slice bytes = encode(&fold.rows[i], arena);
        expected[i] = (struct expected){.view = view,
                                        .deleted = fold.rows[i].deleted,
                                        .position = fold.rows[i].position,
                                        .bytes = bytes,
                                        .key = row_key(bytes, schema_views[view].key_count)};
    }
}

static const struct expected *expect(int view, struct slice key)
{
    for (uint32_t i = 0; i < expected_count; i++)
        if (expected[i].view == view && slice_equal(expected[i].key, key))
            return &expected[i];
    return NULL;
}

static void check_table(int view, struct arena *arena)
{
    PGresult *result = views_table(view);
    uint32_t count = pg_rows(result), wanted = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct row row;
        check(columns_read(result, i, &schema_views[view], arena, &row) == ERR_OK);
        struct slice bytes = encode(&row, arena);
        const struct expected *same = expect(view, row_key(bytes, schema_views[view].key_count));
        hold(same != NULL && slice_equal(same->bytes, bytes), "row %u of %s is not what the log gives", i,
             schema_views[view].table);
    }
    PQclear(result);
    for (uint32_t i = 0; i < expected_count; i++)
        wanted += expected[i].view == view;
    hold(wanted == count, "%s has %u rows, the log gives %u", schema_views[view].table, count, wanted);
}

static bool is_followed(const struct expected *row, struct uuid user)
{
    const struct view_desc *view = &schema_views[row->view];
    if (!view->push)
        return false;
    return view->audience == AUDIENCE_PUBLIC ||
           memcmp(row->key.data + 2, user.bytes, 16) == 0; /* bin 8 head */
}

static void check_replica(const struct client *client)
{
    const struct replica *replica = client_replica(client);
    for (uint32_t i = 0; i < expected_count; i++) {
        if (!is_followed(&expected[i], client_user(client)))
            continue;
        const struct replica_row *row = replica_find(replica, expected[i].view, expected[i].key);
        const char *table = schema_views[expected[i].view].table;
        if (expected[i].deleted) {
            hold(row == NULL || row->deleted, "%s still has a row of %s as of %d that was deleted at %d",
                 client_name(client), table, (int)row->position, (int)expected[i].position);
            continue;
        }
        hold(row != NULL, "%s misses a row of %s", client_name(client), table);
        hold(slice_equal(row->bytes, expected[i].bytes), "%s has a row of %s as of %d that is out of date",
             client_name(client), table, (int)row->position);
    }
    for (uint32_t i = 0; i < replica->count; i++) {
        const struct replica_row *row = &replica->rows[i];
        hold(row->deleted || expect(row->view, row->key) != NULL, "%s has a row of %s that never was",
             client_name(client), schema_views[row->view].table);
    }
}

void rest_check(void)
{
    struct arena arena;
    arena_init(&arena, 65536, 64u << 20);
    project_log(&arena);
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        check_table(view, &arena);
    for (uint32_t i = 0; i < world.client_count; i++)
        if (client_following(world.clients[i]))
            check_replica(world.clients[i]);
    arena_release(&arena);
}
