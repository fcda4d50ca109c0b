/* replica: rows as bytes, compared as bytes: nothing here knows a field. */
#include "replica.h"
#include "wire/token.h"
#include <stdlib.h>

void replica_init(struct replica *replica)
{
    *replica = (struct replica){.rows = calloc(REPLICA_ROWS_MAX, sizeof *replica->rows)};
    check(replica->rows != NULL);
}

void replica_release(struct replica *replica)
{
    free(replica->rows);
}

void replica_clear(struct replica *replica, enum audience audience)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < replica->count; i++)
        if (schema_views[replica->rows[i].view].audience != (int)audience)
            replica->rows[kept++] = replica->rows[i];
    replica->count = kept;
    replica->marks[audience == AUDIENCE_PUBLIC] = 0;
}

static struct slice skip(struct slice bytes)
{
    size_t size;
    check(wire_token_skip(bytes, &size));
    return wire_token_after(bytes, size);
}

static uint64_t enter_array(struct slice *bytes)
{
    struct wire_token token;
    check(wire_token_read(*bytes, &token) && token.kind == WIRE_ARRAY);
    *bytes = wire_token_after(*bytes, token.length);
    return token.count;
}

struct slice row_key(struct slice row, int count)
{
    enter_array(&row);
    struct slice from = skip(skip(row)), rest = from;
    for (int i = 0; i < count; i++)
        rest = skip(rest);
    return slice_of(from.data, from.size - rest.size);
}

uint64_t row_position(struct slice row)
{
    struct wire_token position;
    enter_array(&row);
    check(wire_token_read(row, &position));
    return position.number;
}

const struct replica_row *replica_find(const struct replica *replica, int view, struct slice key)
{
    for (uint32_t i = 0; i < replica->count; i++)
        if (replica->rows[i].view == view && slice_equal(replica->rows[i].key, key))
            return &replica->rows[i];
    return NULL;
}

static void apply_row(struct replica *replica, int view, struct slice bytes)
{
    struct wire_token deleted;
    struct slice rest = bytes;
    uint64_t position = row_position(bytes);
    enter_array(&rest);
    check(wire_token_read(skip(rest), &deleted));
    struct slice key = row_key(bytes, schema_views[view].key_count);
    struct replica_row *row = (struct replica_row *)replica_find(replica, view, key);
    if (row != NULL && row->position > position)
        return;
    if (row == NULL) {
        check(replica->count < REPLICA_ROWS_MAX);
        row = &replica->rows[replica->count++];
    }
    *row = (struct replica_row){.view = view,
                                .position = position,
                                .deleted = deleted.number != 0,
                                .key = keep_slice(key),
                                .bytes = keep_slice(bytes)};
}

void replica_apply(struct replica *replica, const struct message_changed *changed)
{
    for (uint32_t i = 0; i < changed->changes.count; i++) {
        const struct change *change = &changed->changes.items[i];
        const struct view_desc *view = schema_view(change->view);
        struct slice rest = change->rows;
        hold(view != NULL && view->push && view->audience == (int)changed->audience,
             "rows of view %d in a message for audience %d", change->view, (int)changed->audience);
        uint64_t count = enter_array(&rest);
        for (uint64_t row = 0; row < count; row++) {
            struct slice after = skip(rest);
            apply_row(replica, (int)(view - schema_views), slice_of(rest.data, rest.size - after.size));
            rest = after;
        }
    }
    uint64_t *mark = &replica->marks[changed->audience == AUDIENCE_PUBLIC];
    if (changed->mark != 0)
        *mark = changed->mark;
}
