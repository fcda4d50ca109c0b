/* fold: an array of rows and an open-addressing index over view and key.
 *
 * Rows of a delta view are added up instead. Otherwise:
 *
 * Invariants: one row a key; of two with one key the one with the higher position stays, of equal positions
 * the later added (one event may touch a row twice). A row keeps the place its key first had, so the result
 * does not depend on hashing. The index is at most half full. What a replaced row referred to stays in the
 * arena until that is reset: whoever folds for long (notify) resets at each flush. */
#include "projection/fold.h"
#include "base/check.h"
#include "gen/c/schema.h"
#include "projection/rows.h"
#include <string.h>

#define ROWS_FIRST 64
#define EXPECTED_MAX 1024

void fold_init(struct fold *fold, struct arena *arena)
{
    *fold = (struct fold){.arena = arena};
}

void fold_restart(struct fold *fold)
{
    uint32_t expected = fold->count == 0 ? fold->expected : fold->count;
    if (expected > EXPECTED_MAX)
        expected = EXPECTED_MAX;
    *fold = (struct fold){.arena = fold->arena, .expected = expected};
}

static uint32_t *find(const struct fold *fold, const struct row *row)
{
    uint32_t mask = fold->slot_count - 1;
    uint32_t at = (uint32_t)rows_hash(row) & mask;
    while (fold->slots[at] != 0 && !rows_same(&fold->rows[fold->slots[at] - 1], row))
        at = (at + 1) & mask;
    return &fold->slots[at];
}

static bool grow(struct fold *fold)
{
    uint32_t capacity = fold->capacity == 0 ? ROWS_FIRST : fold->capacity * 2;
    while (capacity < fold->expected)
        capacity *= 2;
    struct row *rows = arena_array(fold->arena, capacity, sizeof *rows);
    uint32_t *slots = arena_array(fold->arena, (size_t)capacity * 2, sizeof *slots);
    if (rows == NULL || slots == NULL)
        return false;
    if (fold->count > 0)
        memcpy(rows, fold->rows, fold->count * sizeof *rows);
    fold->rows = rows;
    fold->slots = slots;
    fold->capacity = capacity;
    fold->slot_count = capacity * 2;
    for (uint32_t i = 0; i < fold->count; i++)
        *find(fold, &rows[i]) = i + 1;
    return true;
}

const struct row **fold_by_view(const struct fold *fold, struct arena *arena,
                                uint32_t ret_begins[SCHEMA_VIEW_COUNT + 1])
{
    uint32_t next[SCHEMA_VIEW_COUNT] = {0};
    const struct row **rows = arena_array(arena, fold->count + 1, sizeof *rows);
    if (rows == NULL)
        return NULL;
    for (uint32_t i = 0; i < fold->count; i++)
        next[schema_view((int)fold->rows[i].view) - schema_views]++;
    ret_begins[0] = 0;
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++) {
        ret_begins[view + 1] = ret_begins[view] + next[view];
        next[view] = ret_begins[view];
    }
    for (uint32_t i = 0; i < fold->count; i++)
        rows[next[schema_view((int)fold->rows[i].view) - schema_views]++] = &fold->rows[i];
    return rows;
}

enum err fold_add(struct fold *fold, const struct row *row)
{
    check(fold->arena != NULL);
    if (fold->count == fold->capacity && !grow(fold))
        return ERR_NOMEM;
    uint32_t *slot = find(fold, row);
    if (*slot != 0 && schema_view((int)row->view)->delta) {
        rows_add(&fold->rows[*slot - 1], row);
        return ERR_OK;
    }
    if (*slot != 0 && fold->rows[*slot - 1].position > row->position)
        return ERR_OK;
    struct row copy;
    if (!rows_copy(fold->arena, row, &copy))
        return ERR_NOMEM;
    if (*slot == 0)
        *slot = ++fold->count;
    fold->rows[*slot - 1] = copy;
    return ERR_OK;
}
