/* rows: what can be said of a row by its descriptor alone.
 *
 * Keys are the leading fields of a view. They are values (uuid, slug, numbers), compared as memory, or texts,
 * compared by content. A copy walks the fields for what points outside the struct: texts and lists, also
 * within lists.
 *
 * When you add a field kind that refers to other memory, add it to copy_fields. */
#include "projection/rows.h"
#include "base/check.h"
#include "gen/c/schema.h"
#include "wire/frame.h"
#include "wire/value.h"
#include <string.h>

static bool is_slice(enum field_kind kind)
{
    return kind == FIELD_TEXT || kind == FIELD_BYTES || kind == FIELD_RAW;
}

/* The bytes that decide whether two values of a key field are equal. */
static struct slice key_bytes(const struct field_desc *field, const void *payload)
{
    const uint8_t *value = (const uint8_t *)payload + field->offset;
    check(field->kind != FIELD_LIST && field->kind != FIELD_STRUCT);
    if (!is_slice(field->kind))
        return slice_of(value, value_size(field->kind, NULL));
    struct slice text;
    memcpy(&text, value, sizeof text);
    return text;
}

bool rows_same(const struct row *a, const struct row *b)
{
    if (a->view != b->view)
        return false;
    const struct view_desc *view = schema_view((int)a->view);
    for (uint8_t i = 0; i < view->key_count; i++) {
        const struct field_desc *field = &view->payload->fields[i];
        if (!slice_equal(key_bytes(field, row_payload(a)), key_bytes(field, row_payload(b))))
            return false;
    }
    return true;
}

void rows_add(struct row *into, const struct row *delta)
{
    const struct view_desc *view = schema_view((int)into->view);
    check(view->delta && rows_same(into, delta) && !delta->deleted);
    for (uint16_t i = view->key_count; i < view->payload->field_count; i++) {
        const struct field_desc *field = &view->payload->fields[i];
        uint64_t sum, more;
        check(field->kind == FIELD_U64);
        memcpy(&sum, (const uint8_t *)row_payload(into) + field->offset, sizeof sum);
        memcpy(&more, (const uint8_t *)row_payload(delta) + field->offset, sizeof more);
        sum += more;
        memcpy((uint8_t *)row_payload_mutable(into) + field->offset, &sum, sizeof sum);
    }
    if (delta->position > into->position)
        into->position = delta->position;
}

/* A multiplication for eight bytes, as FNV-1a has one for each: keys are ids and slugs, some fifty bytes. */
static uint64_t hash_bytes(uint64_t hash, struct slice bytes)
{
    for (; bytes.size >= 8; bytes = slice_of(bytes.data + 8, bytes.size - 8)) {
        uint64_t word;
        memcpy(&word, bytes.data, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t rows_hash(const struct row *row)
{
    const struct view_desc *view = schema_view((int)row->view);
    check(view != NULL);
    uint64_t hash = UINT64_C(0xcbf29ce484222325) + (uint64_t)row->view;
    for (uint8_t i = 0; i < view->key_count; i++)
        hash = hash_bytes(hash, key_bytes(&view->payload->fields[i], row_payload(row)));
    return hash ^ (hash >> 29); /* the low bits choose the slot */
}

static bool copy_fields(struct arena *arena, const struct type_desc *type, void *value);

static bool copy_slice(struct arena *arena, struct slice *slice)
{
    if (slice->data == NULL)
        return true;
    *slice = slice_copy(arena, *slice);
    return slice->data != NULL;
}

static bool copy_list(struct arena *arena, const struct field_desc *field, struct list_value *list)
{
    if (list->count == 0)
        return true;
    size_t size = value_size(field->of, field->type);
    uint8_t *items = arena_array(arena, list->count, size);
    if (items == NULL)
        return false;
    memcpy(items, list->items, list->count * size);
    list->items = items;
    for (uint32_t i = 0; i < list->count; i++) {
        if (is_slice(field->of) && !copy_slice(arena, (struct slice *)(void *)(items + i * size)))
            return false;
        if (field->of == FIELD_STRUCT && !copy_fields(arena, field->type, items + i * size))
            return false;
    }
    return true;
}

/* `value` is a shallow copy already: what it refers to is copied and the references are replaced. */
static bool copy_fields(struct arena *arena, const struct type_desc *type, void *value)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        void *at = (uint8_t *)value + field->offset;
        if (is_slice(field->kind) && !copy_slice(arena, at))
            return false;
        if (field->kind == FIELD_LIST && !copy_list(arena, field, at))
            return false;
        if (field->kind == FIELD_STRUCT && !copy_fields(arena, field->type, at))
            return false;
    }
    return true;
}

bool rows_copy(struct arena *arena, const struct row *row, struct row *ret_row)
{
    *ret_row = *row;
    return copy_fields(arena, row_type(row->view), row_payload_mutable(ret_row));
}
