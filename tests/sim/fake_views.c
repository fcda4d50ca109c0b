/* fake_views: the projections database: one table a view, a checkpoint a projection, and a disk that is
 * behind.
 *
 * A row is its columns' bytes, as the upserts give them, so the server's own code binds and reads every value
 * (projection/columns.c); keys compare by those bytes, as the "C" collation, uuids and numbers of these keys
 * do. Upserts write only over older rows, or add up in a delta view; move_checkpoints is compare-and-set, as
 * in migrations/projections and the generated statements.
 *
 * The database commits without waiting for its disk: views_fsync is when the disk has caught up,
 * views_go_back is a crash, after which everything is as of the last fsync. */
#include "fake_views.h"
#include "oracle_rows.h"
#include "projection/project.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct read_models views_now;
static struct read_models on_disk;
int64_t views_generations;
static uint64_t reached[SCHEMA_VIEW_COUNT];
static const char *refused;                                        /* projection */
static struct view_row *touched[SCHEMA_VIEW_COUNT][VIEW_ROWS_MAX]; /* by the transaction that executed last */
static uint32_t touched_count[SCHEMA_VIEW_COUNT];
static struct arena sums; /* of delta views */

void views_open(void)
{
    views_now = on_disk = (struct read_models){.generation = views_generations = 1};
    memset(reached, 0, sizeof reached);
    arena_init(&sums, 65536, 1u << 30);
    for (int i = 0; i < SCHEMA_VIEW_COUNT; i++) {
        views_now.tables[i].rows = calloc(VIEW_ROWS_MAX, sizeof(struct view_row));
        on_disk.tables[i].rows = calloc(VIEW_ROWS_MAX, sizeof(struct view_row));
        check(views_now.tables[i].rows != NULL && on_disk.tables[i].rows != NULL);
    }
}

void views_close(void)
{
    arena_release(&sums);
    for (int i = 0; i < SCHEMA_VIEW_COUNT; i++) {
        free(views_now.tables[i].rows);
        free(on_disk.tables[i].rows);
    }
}

int64_t views_lowest(const struct read_models *models)
{
    int64_t position = models->positions[0];
    for (int i = 1; i < SCHEMA_VIEW_COUNT; i++)
        position = models->positions[i] < position ? models->positions[i] : position;
    return position;
}

uint64_t views_position(void)
{
    return (uint64_t)views_lowest(&views_now);
}

uint64_t views_on_disk(void)
{
    return (uint64_t)views_lowest(&on_disk);
}

void views_refuse(const char *projection)
{
    refused = projection;
}

uint64_t views_reached(int view)
{
    return reached[view];
}

static void copy(struct read_models *to, const struct read_models *from)
{
    for (int i = 0; i < SCHEMA_VIEW_COUNT; i++) {
        to->tables[i].count = from->tables[i].count;
        memcpy(to->tables[i].rows, from->tables[i].rows, from->tables[i].count * sizeof(struct view_row));
    }
    memcpy(to->positions, from->positions, sizeof to->positions);
    memcpy(to->chains, from->chains, sizeof to->chains);
    to->generation = from->generation;
    to->epoch = from->epoch;
}

void views_fsync(void)
{
    trace("views: on disk up to %d", (int)views_lowest(&views_now));
    copy(&on_disk, &views_now);
}

void views_go_back(void)
{
    trace("views: crashed at %d, back at %d", (int)views_lowest(&views_now), (int)views_lowest(&on_disk));
    copy(&views_now, &on_disk);
}

/* ---- statements ---- */

/* "upsert_wallet" with "upsert_" gives the view; -1 for another statement. */
static int view_of(const char *name, const char *verb)
{
    size_t size = strlen(verb);
    if (strncmp(name, verb, size) != 0)
        return -1;
    for (int i = 0; i < SCHEMA_VIEW_COUNT; i++)
        if (strcmp(schema_views[i].name, name + size) == 0)
            return i;
    return -1;
}

static int compare(struct slice a, struct slice b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : a.size < b.size ? -1 : a.size > b.size;
}

static int compare_keys(const struct slice *a, const struct slice *b, int count)
{
    for (int i = 0; i < count; i++) {
        int order = compare(a[i], b[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

static struct view_row *find(struct table *table, const struct slice *key, int key_count)
{
    for (uint32_t i = 0; i < table->count; i++)
        if (compare_keys(table->rows[i].columns, key, key_count) == 0)
            return &table->rows[i];
    return NULL;
}

/* As `column + excluded.column`: bigint, in the bytes of a binary parameter. */
static struct slice sum_of(struct slice a, struct slice b)
{
    uint64_t sum = (uint64_t)element_int(a) + (uint64_t)element_int(b);
    uint8_t *bytes = arena_alloc(&sums, 8);
    check(bytes != NULL);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(sum >> (56 - 8 * i));
    return slice_of(bytes, 8);
}

static void add_delta(int view, struct view_row *old, const struct view_row *row)
{
    for (int k = schema_views[view].key_count; k < schema_views[view].payload->field_count; k++)
        old->columns[k] = sum_of(old->columns[k], row->columns[k]);
    if (row->position > old->position)
        old->position = row->position;
}

void views_upsert(int view, const struct wire_call *call)
{
    static struct slice columns[COLUMNS_MAX + 2][VIEW_ROWS_MAX];
    struct table *table = &views_now.tables[view];
    int fields = schema_views[view].payload->field_count, keys = schema_views[view].key_count;
    uint32_t count = 0;
    check(call->count == (uint32_t)fields + 2 && fields <= COLUMNS_MAX);
    for (uint32_t i = 0; i < call->count; i++)
        count = call_array(call, i + 1, columns[i], VIEW_ROWS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        struct view_row row = {.position = element_int(columns[0][i]),
                               .deleted = element_int(columns[1][i]) != 0};
        for (int k = 0; k < fields; k++)
            row.columns[k] = columns[k + 2][i]; /* the call's bytes live as long as the run */
        for (uint32_t k = 0; k < i; k++)
            hold(compare(columns[2][k], columns[2][i]) != 0 || keys > 1, "an upsert names a key twice");
        struct view_row *old = find(table, row.columns, keys);
        touched[view][touched_count[view]++] = old != NULL ? old : &table->rows[table->count];
        if (old == NULL) {
            check(table->count < VIEW_ROWS_MAX);
            old = &table->rows[table->count++];
        } else if (schema_views[view].delta) {
            add_delta(view, old, &row);
            continue;
        } else if (old->position > row.position) {
            continue;
        }
        *old = row;
    }
}

static int sort_keys;
static int by_key(const void *a, const void *b)
{
    return compare_keys((*(struct view_row *const *)a)->columns, (*(struct view_row *const *)b)->columns,
                        sort_keys);
}

static PGresult *rows_result(int view, struct view_row **rows, uint32_t count)
{
    int fields = schema_views[view].payload->field_count;
    PGresult *result = result_new(fields + 2);
    for (uint32_t i = 0; i < count; i++) {
        result_int(result, (int)i, 0, rows[i]->position, 8);
        result_bool(result, (int)i, 1, rows[i]->deleted);
        for (int k = 0; k < fields; k++)
            result_slice(result, (int)i, k + 2, rows[i]->columns[k]);
    }
    return result;
}

/* [player] [position, if since] key to start after... limit */
static PGresult *page(int view, const struct wire_call *call, bool since)
{
    static struct view_row *found[VIEW_ROWS_MAX];
    struct table *table = &views_now.tables[view];
    bool own = schema_views[view].audience == AUDIENCE_OWN;
    int skip = own ? 1 : 0, keys = schema_views[view].key_count;
    uint32_t at = 0, count = 0;
    struct slice player = own ? call->values[at++] : (struct slice){0};
    int64_t newer_than = since ? call_int(call, ++at) : 0;
    const struct slice *after = &call->values[at];
    int64_t limit = call_int(call, call->count);
    for (uint32_t i = 0; i < table->count; i++) {
        struct view_row *row = &table->rows[i];
        if ((own && compare(row->columns[0], player) != 0) || (since && row->position <= newer_than) ||
            (!since && row->deleted))
            continue;
        if (keys > skip && after[0].data != NULL &&
            compare_keys(row->columns + skip, after, keys - skip) <= 0)
            continue;
        found[count++] = row;
    }
    sort_keys = keys;
    qsort(found, count, sizeof *found, by_key);
    return rows_result(view, found, count < limit ? count : (uint32_t)limit);
}

PGresult *views_table(int view)
{
    static struct view_row *all[VIEW_ROWS_MAX];
    for (uint32_t i = 0; i < views_now.tables[view].count; i++)
        all[i] = &views_now.tables[view].rows[i];
    return rows_result(view, all, views_now.tables[view].count);
}

PGresult *views_touched(int view)
{
    return rows_result(view, touched[view], touched_count[view]);
}

/* The first view of each projection stands for it. */
static bool is_first(int view)
{
    for (int before = 0; before < view; before++)
        if (strcmp(schema_views[before].projection, schema_views[view].projection) == 0)
            return false;
    return true;
}

/* Whether an array parameter names the view's projection. */
static bool names(const struct wire_call *call, uint32_t number, int view)
{
    struct slice found[SCHEMA_VIEW_COUNT];
    uint32_t count = call_array(call, number, found, SCHEMA_VIEW_COUNT);
    for (uint32_t i = 0; i < count; i++)
        if (slice_equal_text(found[i], schema_views[view].projection))
            return true;
    return false;
}

/* A set of views, a bit each. */
static uint32_t views_named(const struct wire_call *call)
{
    uint32_t views = 0;
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        views |= (uint32_t)names(call, 1, view) << view;
    return views;
}

static PGresult *read_checkpoints(const struct wire_call *call)
{
    char fingerprint[PROJECT_FINGERPRINT_SIZE];
    int row = 0;
    project_fingerprint(fingerprint);
    PGresult *result = result_new(7);
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++) {
        if (!is_first(view))
            continue;
        result_slice(result, row, 0, slice_text(schema_views[view].projection));
        result_int(result, row, 1, views_now.positions[view], 8);
        result_uuid(result, row, 2, views_now.epoch);
        result_bool(result, row, 3, slice_equal_text(call->values[0], fingerprint));
        result_int(result, row, 4, views_now.generation, 8);
        result_slice(result, row, 5, views_now.chains[view]);
        result_int(result, row, 6, 0, 8); /* nobody prunes */
        row++;
    }
    return result;
}

static PGresult *read_position(const struct wire_call *call)
{
    int64_t position = INT64_MAX;
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        if (names(call, 1, view) && views_now.positions[view] < position)
            position = views_now.positions[view];
    PGresult *result = result_new(3);
    result_int(result, 0, 0, position, 8);
    result_int(result, 0, 1, views_now.generation, 8);
    result_int(result, 0, 2, 0, 8);
    return result;
}

static PGresult *look_checkpoints(const struct wire_call *call)
{
    int64_t lowest = INT64_MAX, highest = 0;
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++) {
        if (!names(call, 1, view))
            continue;
        lowest = views_now.positions[view] < lowest ? views_now.positions[view] : lowest;
        highest = views_now.positions[view] > highest ? views_now.positions[view] : highest;
    }
    PGresult *result = result_new(4);
    result_int(result, 0, 3, 0, 8);
    result_int(result, 0, 0, lowest == INT64_MAX ? 0 : lowest, 8);
    result_int(result, 0, 1, highest, 8);
    result_int(result, 0, 2, views_now.generation, 8);
    return result;
}

/* "views: openings, packs: 3 to 7" */
static void trace_move(const struct wire_call *call)
{
    char who[200] = "";
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        if (names(call, 1, view) && strstr(who, schema_views[view].projection) == NULL)
            snprintf(who + strlen(who), sizeof who - strlen(who), " %s", schema_views[view].projection);
    trace("views:%s: %d to %d", who, (int)call_i64(call, 2), (int)call_i64(call, 3));
}

void views_stand_at(int view, uint64_t position)
{
    views_now.positions[view] = (int64_t)position;
    reached[view] = position > reached[view] ? position : reached[view];
}

/* False: a checkpoint is elsewhere. */
static bool move_checkpoints(const struct wire_call *call)
{
    struct uuid epoch = call_uuid(call, 4);
    if (views_now.generation != call_i64(call, 5) ||
        !(uuid_is_nil(views_now.epoch) || uuid_equal(views_now.epoch, epoch)))
        return false;
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        if (names(call, 1, view) && views_now.positions[view] != call_i64(call, 2))
            return false;
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++)
        if (names(call, 1, view)) {
            views_stand_at(view, (uint64_t)call_i64(call, 3));
            views_now.chains[view] = call->values[5];
        }
    trace_move(call);
    views_now.epoch = epoch;
    return true;
}

static void reset(const struct wire_call *call)
{
    if (views_now.generation != call_i64(call, 1))
        return;
    for (int i = 0; i < SCHEMA_VIEW_COUNT; i++)
        views_now.tables[i].count = 0;
    views_now.generation = ++views_generations;
    memset(views_now.positions, 0, sizeof views_now.positions);
    memset(views_now.chains, 0, sizeof views_now.chains);
    memset(reached, 0, sizeof reached);
    views_now.epoch = call_uuid(call, 2);
}

static bool is_refused(const struct wire_call *call)
{
    for (int view = 0; view < SCHEMA_VIEW_COUNT && refused != NULL; view++)
        if (strcmp(schema_views[view].projection, refused) == 0 && names(call, 1, view))
            return true;
    return false;
}

void views_execute(const struct wire_call *calls, uint32_t count, struct wire_answer *ret_answer)
{
    *ret_answer = (struct wire_answer){.message = ""};
    memset(touched_count, 0, sizeof touched_count);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = calls[i].name;
        PGresult *result = NULL;
        int view;
        if (strcmp(name, "read_checkpoints") == 0) {
            result = read_checkpoints(&calls[i]);
        } else if (strcmp(name, "read_position") == 0) {
            result = read_position(&calls[i]);
        } else if (strcmp(name, "look_checkpoints") == 0) {
            result = look_checkpoints(&calls[i]);
        } else if (strcmp(name, "move_checkpoints") == 0) {
            if (is_refused(&calls[i])) {
                memcpy(ret_answer->sqlstate, "23514", 6);
                ret_answer->message = "a row that the table does not take";
                return;
            }
            if (!move_checkpoints(&calls[i])) { /* the first of its group: nothing to undo */
                check(i == 0);
                memcpy(ret_answer->sqlstate, "GP001", 6);
                ret_answer->message = "the checkpoint is elsewhere";
                return;
            }
        } else if (strcmp(name, "note_failure") == 0) {
            /* for people */
        } else if (strcmp(name, "reset_projections") == 0) {
            reset(&calls[i]);
        } else if ((view = view_of(name, "upsert_")) >= 0) {
            views_upsert(view, &calls[i]);
        } else if ((view = view_of(name, "since_")) >= 0) {
            result = page(view, &calls[i], true);
        } else if ((view = view_of(name, "page_")) >= 0) {
            result = page(view, &calls[i], false);
        } else {
            broken("a statement that the simulated projections do not know: %s", name);
        }
        ret_answer->results[ret_answer->count++] = result != NULL ? result : result_new(1);
    }
    if (strcmp(calls[0].name, "move_checkpoints") == 0 && uuid_equal(views_now.epoch, store_epoch()))
        rows_hold_checkpoint(views_named(&calls[0]), (uint64_t)call_i64(&calls[0], 2),
                             (uint64_t)call_i64(&calls[0], 3));
}
