/* oracle_rows: the read models a second time, by position.
 *
 * Each committed event is projected once, alone, and each row it gives is kept as the bytes of the wire under
 * its key, with its position: a chain of versions, the newest in front. So what a row was at any position is
 * known, and four things can be said the moment they happen, not only at rest:
 *
 *   a checkpoint moved   the transaction wrote the rows of the events between, these and no others (promises
 * 4 and 7) a mark was told      the client has all that the log gives up to it (promise 6) a strong answer
 * the rows of its command are at the client (promise 5) a page was answered  its rows are true, at least as
 * new as it says, and none is missing (promises 5 and 7)
 *
 * Rows of a delta view are summed up here by rows_add, as the fold does; everything else is independent of
 * the projector: no batches, no folding, no order but that of the log. */
#include "oracle_rows.h"
#include "oracle.h"
#include "oracle_states.h"
#include "projection/columns.h"
#include "projection/rows.h"
#include "wire/frame.h"
#include "wire/token.h"

#define KNOWN_MAX 4096
#define WRITES_MAX 65536
#define POSITIONS_MAX 16385

/* A row as one event left it. */
struct version {
    struct version *before;
    uint64_t position;
    bool deleted;
    struct slice bytes;
};

struct known {
    int view;
    struct uuid player; /* whose own; nil: public */
    struct slice key;
    struct version *newest;
    uint64_t seen; /* by the check with this number */
};

static struct known known[KNOWN_MAX];
static uint32_t known_count;
static struct map by_key;                                 /* hash of view and key -> struct known */
static struct known *writes[WRITES_MAX];                  /* in the order of the log */
static uint32_t write_count, writes_until[POSITIONS_MAX]; /* of the events up to a position */
static struct row sums[512];                              /* of delta views */
static uint32_t sum_count;
static uint64_t check_number;

void rows_open(void)
{
    known_count = write_count = sum_count = 0;
    memset(writes_until, 0, sizeof writes_until);
    map_init(&by_key);
}

void rows_close(void)
{
    map_release(&by_key);
}

/* ---- keeping ---- */

static struct uuid hash_of(int view, struct slice key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) + (uint64_t)view;
    for (size_t i = 0; i < key.size; i++)
        hash = (hash ^ key.data[i]) * UINT64_C(0x100000001b3);
    return map_key_u64(hash ^ (hash >> 29));
}

static struct known *find(int view, struct slice key)
{
    struct known *row = map_get(&by_key, hash_of(view, key));
    check(row == NULL || (row->view == view && slice_equal(row->key, key)));
    return row;
}

static struct known *find_or_add(int view, struct slice key)
{
    struct known *row = find(view, key);
    if (row != NULL)
        return row;
    check(known_count < KNOWN_MAX);
    row = &known[known_count++];
    *row = (struct known){.view = view, .key = keep_slice(key)};
    if (schema_views[view].audience == AUDIENCE_OWN)
        memcpy(row->player.bytes, key.data + 2, sizeof row->player.bytes); /* behind the head of bin 8 */
    check(map_put(&by_key, hash_of(view, key), row) == ERR_OK);
    return row;
}

/* The sum of the delta rows with this key. */
static const struct row *add_up(const struct row *delta)
{
    uint32_t i = 0;
    while (i < sum_count && !rows_same(&sums[i], delta))
        i++;
    if (i == sum_count) {
        check(sum_count < sizeof sums / sizeof *sums && rows_copy(&world.arena, delta, &sums[i]));
        sum_count++;
    } else {
        rows_add(&sums[i], delta);
    }
    return &sums[i];
}

static void add_version(const struct row *row)
{
    int view = (int)(schema_view((int)row->view) - schema_views);
    const struct row *now = schema_views[view].delta ? add_up(row) : row;
    struct buf bytes;
    buf_init(&bytes, 1u << 20);
    check(frame_row(&bytes, now) == ERR_OK);
    struct known *key = find_or_add(view, row_key(buf_slice(&bytes), schema_views[view].key_count));
    if (key->newest == NULL || key->newest->position < row->position) {
        key->newest = keep(&(struct version){.before = key->newest}, sizeof *key->newest);
        check(write_count < WRITES_MAX);
        writes[write_count++] = key;
    }
    key->newest->position = row->position;
    key->newest->deleted = row->deleted;
    key->newest->bytes = keep_slice(buf_slice(&bytes));
    buf_release(&bytes);
}

void rows_appended(const struct logged *stored, const struct event *event)
{
    struct arena arena;
    arena_init(&arena, 4096, 1u << 22);
    struct row_sink sink = {.arena = &arena};
    project(event, &sink);
    check(sink.failure == ERR_OK && stored->position < POSITIONS_MAX);
    for (uint32_t i = 0; i < sink.count; i++) {
        sink.rows[i].position = stored->position;
        add_version(&sink.rows[i]);
    }
    writes_until[stored->position] = write_count;
    arena_release(&arena);
}

/* ---- looking up ---- */

/* As of `position`; NULL: it was not there yet, not even deleted. */
static const struct version *version_at(const struct known *row, uint64_t position)
{
    const struct version *version = row->newest;
    while (version != NULL && version->position > position)
        version = version->before;
    return version;
}

/* Whether it was deleted in this version or a later one: whoever reads all live rows then does not get it. */
static bool deleted_since(const struct known *row, const struct version *version)
{
    for (const struct version *later = row->newest; later != version; later = later->before)
        if (later->deleted)
            return true;
    return version->deleted;
}

static const char *table_of(int view)
{
    return schema_views[view].table;
}

/* A row as somebody has it is one that was. Gives its key. */
static struct known *hold_true(int view, struct slice bytes, const char *name)
{
    uint64_t position = row_position(bytes);
    struct known *row = find(view, row_key(bytes, schema_views[view].key_count));
    hold(row != NULL, "%s has a row of %s that never was", name, table_of(view));
    const struct version *version = version_at(row, position);
    hold(version != NULL && slice_equal(version->bytes, bytes),
         "%s has a row of %s as of %d that the log does not give", name, table_of(view), (int)position);
    return row;
}

/* ---- a checkpoint moved ---- */

static uint32_t rows_between(int view, uint64_t from, uint64_t to)
{
    uint32_t count = 0;
    check_number++;
    for (uint32_t i = writes_until[from]; i < writes_until[to]; i++) {
        if (writes[i]->view != view || writes[i]->seen == check_number)
            continue;
        writes[i]->seen = check_number;
        count++;
    }
    return count;
}

static void hold_written(int view, uint64_t from, uint64_t to)
{
    PGresult *result = views_touched(view);
    uint32_t wanted = rows_between(view, from, to), count = pg_rows(result);
    struct arena arena;
    struct buf bytes;
    struct row row;
    arena_init(&arena, 4096, 1u << 22);
    buf_init(&bytes, 1u << 20);
    for (uint32_t i = 0; i < count; i++) {
        buf_clear(&bytes);
        check(columns_read(result, i, &schema_views[view], &arena, &row) == ERR_OK);
        check(frame_row(&bytes, &row) == ERR_OK);
        const struct known *key = find(view, row_key(buf_slice(&bytes), schema_views[view].key_count));
        const struct version *version = key == NULL ? NULL : version_at(key, to);
        hold(version != NULL && slice_equal(version->bytes, buf_slice(&bytes)),
             "%s at checkpoint %d holds a row as of %d that the log does not give", table_of(view), (int)to,
             (int)row.position);
    }
    hold(count == wanted, "the checkpoint of %s moved from %d to %d with %u rows, the log gives %u",
         table_of(view), (int)from, (int)to, count, wanted);
    buf_release(&bytes);
    arena_release(&arena);
    PQclear(result);
}

void rows_hold_checkpoint(uint32_t views, uint64_t from, uint64_t to)
{
    hold(from < to && to <= store_head(), "a checkpoint moves from %d to %d, the log ends at %d", (int)from,
         (int)to, (int)store_head());
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        if ((views & 1u << view) != 0)
            hold_written(view, from, to);
    oracle_counters()->checkpoints++;
}

/* ---- what clients have ---- */

static bool is_visible(const struct known *row, struct uuid user, enum audience audience)
{
    const struct view_desc *view = &schema_views[row->view];
    return view->push && view->audience == (int)audience &&
           (audience == AUDIENCE_PUBLIC || uuid_equal(row->player, user));
}

/* The replica has this row as of `position` or later. */
static void hold_row(const struct replica *replica, const struct known *row, uint64_t position,
                     const char *name, const char *promise)
{
    const struct version *version = version_at(row, position);
    if (version == NULL)
        return;
    const struct replica_row *found = replica_find(replica, row->view, row->key);
    if (found == NULL) {
        hold(deleted_since(row, version), "%s misses a row of %s as of %d, %s %d", name, table_of(row->view),
             (int)version->position, promise, (int)position);
        return;
    }
    hold(found->position >= version->position, "%s has a row of %s as of %d and not as of %d, %s %d", name,
         table_of(row->view), (int)found->position, (int)version->position, promise, (int)position);
    hold_true(row->view, found->bytes, name);
}

void rows_hold_mark(const struct replica *replica, struct uuid user, enum audience audience, uint64_t mark,
                    const char *name)
{
    hold(mark <= store_head(), "%s is told the mark %d, the log ends at %d", name, (int)mark,
         (int)store_head());
    for (uint32_t i = 0; i < known_count; i++)
        if (is_visible(&known[i], user, audience))
            hold_row(replica, &known[i], mark, name, "and its mark is");
    oracle_counters()->marks++;
}

void rows_hold_own(const struct replica *replica, struct uuid user, uint64_t first, uint64_t last,
                   const char *name)
{
    for (uint32_t i = writes_until[first - 1]; i < writes_until[last]; i++)
        if (is_visible(writes[i], user, AUDIENCE_OWN))
            hold_row(replica, writes[i], last, name, "and is answered strongly at");
}

/* ---- pages ---- */

static void hold_complete(int view, struct uuid player, uint64_t position, const char *name)
{
    for (uint32_t i = 0; i < known_count; i++) {
        const struct known *row = &known[i];
        const struct version *version = row->view == view ? version_at(row, position) : NULL;
        if (version == NULL || !uuid_equal(row->player, player) || row->seen == check_number)
            continue;
        hold(deleted_since(row, version), "%s asked for %s, which misses a row as of %d at %d", name,
             table_of(view), (int)version->position, (int)position);
    }
}

void rows_hold_page(int view, struct uuid player, struct slice rows, uint64_t position, bool whole,
                    const char *name)
{
    struct wire_token array;
    struct slice rest = rows;
    check(wire_token_read(rest, &array) && array.kind == WIRE_ARRAY);
    rest = wire_token_after(rest, array.length);
    check_number++;
    for (uint64_t i = 0; i < array.count; i++) {
        size_t size;
        check(wire_token_skip(rest, &size));
        struct slice bytes = slice_of(rest.data, size);
        struct known *row = hold_true(view, bytes, name);
        const struct version *least = version_at(row, position);
        hold(uuid_equal(row->player, player), "%s is answered with another's row of %s", name,
             table_of(view));
        hold(row->seen != check_number, "%s is answered with a row of %s twice", name, table_of(view));
        hold(least == NULL || row_position(bytes) >= least->position,
             "%s is answered with a row of %s as of %d, at %d", name, table_of(view),
             (int)row_position(bytes), (int)position);
        row->seen = check_number;
        rest = wire_token_after(rest, size);
    }
    if (whole)
        hold_complete(view, player, position, name);
    oracle_counters()->pages++;
}
