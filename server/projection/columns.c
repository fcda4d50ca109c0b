/* columns: the one place that knows how each field kind is stored in PostgreSQL.
 *
 *   bool boolean | u8, enum smallint | u32, u64, i64 bigint | time timestamptz | uuid uuid | hash, bytes
 * bytea slug, text text | list bytea: the list's msgpack array
 *
 * These are the generator's choices (protocol/generate/sql_views.py, COLUMNS); the two must agree, and the
 * tests write and read every view to see that they do. A 64-bit number over 2^63-1 is stored as the negative
 * number with the same bits. An optional field that is absent is null; of a tombstone everything but the key
 * is null.
 *
 * A list is encoded by the codec of the wire, as a struct with this one field, less the head of that struct.
 */
#include "projection/columns.h"
#include "base/check.h"
#include "gen/c/schema.h"
#include "wire/frame.h"
#include "wire/value.h"
#include <string.h>

#define LIST_MAX_BYTES 65536
#define ARRAY_OF_ONE 0x91 /* msgpack: the head of a struct with one field */
#define CURSOR_VALUES_MAX 8

static enum pg_type column_type(enum field_kind kind)
{
    switch (kind) {
    case FIELD_BOOL:
        return PG_TYPE_BOOL;
    case FIELD_U8:
    case FIELD_ENUM:
        return PG_TYPE_I16;
    case FIELD_U32:
    case FIELD_U64:
    case FIELD_I64:
        return PG_TYPE_I64;
    case FIELD_TIME:
        return PG_TYPE_TIMESTAMP;
    case FIELD_UUID:
        return PG_TYPE_UUID;
    case FIELD_HASH:
    case FIELD_BYTES:
    case FIELD_LIST:
        return PG_TYPE_BYTEA;
    case FIELD_SLUG:
    case FIELD_TEXT:
        return PG_TYPE_TEXT;
    case FIELD_U16:
    case FIELD_RAW:
    case FIELD_STRUCT:
        break;
    }
    check(!"a field kind that has no column");
}

/* ---- rows to arrays ---- */

/* A type with `field` alone, for the codec. */
static struct type_desc type_of_one(const struct field_desc *field, struct field_desc *ret_field)
{
    *ret_field = *field;
    ret_field->offset = 0;
    return (struct type_desc){.name = field->name,
                              .size = value_size(field->kind, field->type),
                              .fields = ret_field,
                              .field_count = 1};
}

static void bind_list(struct pg_params *params, const struct field_desc *field, const void *value)
{
    struct field_desc only;
    struct type_desc type = type_of_one(field, &only);
    struct buf bytes;
    buf_init(&bytes, LIST_MAX_BYTES);
    if (codec_encode(&bytes, &type, value, CODEC_PLAIN) == ERR_OK) {
        check(bytes.size > 1 && bytes.data[0] == ARRAY_OF_ONE);
        pg_array_slice(params, slice_of(bytes.data + 1, bytes.size - 1));
    } else {
        params->failure = ERR_NOMEM;
    }
    buf_release(&bytes);
}

static void bind_text(struct pg_params *params, struct slice text)
{
    pg_array_slice(params, text.data == NULL ? slice_text("") : text);
}

static void bind_value(struct pg_params *params, const struct field_desc *field, const void *value)
{
    switch (field->kind) {
    case FIELD_BOOL:
        pg_array_bool(params, *(const bool *)value);
        return;
    case FIELD_U8:
        pg_array_i16(params, *(const uint8_t *)value);
        return;
    case FIELD_ENUM:
        pg_array_i16(params, (int16_t) * (const int *)value);
        return;
    case FIELD_U32:
        pg_array_i64(params, *(const uint32_t *)value);
        return;
    case FIELD_U64:
    case FIELD_I64:
        pg_array_i64(params, *(const int64_t *)value);
        return;
    case FIELD_TIME:
        pg_array_timestamp_us(params, *(const int64_t *)value * 1000);
        return;
    case FIELD_UUID:
        pg_array_uuid(params, *(const struct uuid *)value);
        return;
    case FIELD_HASH:
        pg_array_slice(params, slice_of(value, sizeof(struct hash)));
        return;
    case FIELD_SLUG:
        pg_array_slice(params, slug_slice(value));
        return;
    case FIELD_TEXT:
    case FIELD_BYTES:
        bind_text(params, *(const struct slice *)value);
        return;
    case FIELD_LIST:
        bind_list(params, field, value);
        return;
    case FIELD_U16:
    case FIELD_RAW:
    case FIELD_STRUCT:
        break;
    }
    check(!"a field kind that has no column");
}

static void bind_column(struct pg_params *params, const struct view_desc *view, uint16_t number,
                        const struct row *const *rows, uint32_t count)
{
    const struct field_desc *field = &view->payload->fields[number];
    pg_array_begin(params, column_type(field->kind), count);
    for (uint32_t i = 0; i < count; i++) {
        const void *value = (const uint8_t *)row_payload(rows[i]) + field->offset;
        bool absent = (field->flags & FIELD_OPTIONAL) != 0 && value_is_zero(field->kind, field->type, value);
        if (number >= view->key_count && (rows[i]->deleted || absent))
            pg_array_null(params);
        else
            bind_value(params, field, value);
    }
    pg_array_end(params);
}

void columns_bind(struct pg_params *params, const struct view_desc *view, const struct row *const *rows,
                  uint32_t count)
{
    pg_array_begin(params, PG_TYPE_I64, count);
    for (uint32_t i = 0; i < count; i++) {
        check((int)rows[i]->view == view->number);
        pg_array_i64(params, (int64_t)rows[i]->position);
    }
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_BOOL, count);
    for (uint32_t i = 0; i < count; i++)
        pg_array_bool(params, rows[i]->deleted);
    pg_array_end(params);
    for (uint16_t field = 0; field < view->payload->field_count; field++)
        bind_column(params, view, field, rows, count);
}

/* ---- results to rows ---- */

static enum err read_list(struct slice bytes, const struct field_desc *field, struct arena *arena,
                          void *value)
{
    struct field_desc only;
    struct type_desc type = type_of_one(field, &only);
    size_t size;
    uint8_t *whole = arena_alloc(arena, bytes.size + 1);
    if (whole == NULL)
        return ERR_NOMEM;
    whole[0] = ARRAY_OF_ONE;
    if (bytes.size > 0)
        memcpy(whole + 1, bytes.data, bytes.size);
    struct slice payload = slice_of(whole, bytes.size + 1);
    struct wire_fault fault;
    if (wire_scan(payload, LIMIT_DEPTH_MAX, LIMIT_VALUES_MAX, &size) != ERROR_NONE || size != payload.size ||
        !codec_decode(&type, payload, arena, value, &fault))
        return ERR_INTEGRITY;
    return ERR_OK;
}

static enum err read_bytes(struct slice bytes, void *value, size_t size, bool exactly)
{
    if (bytes.size > size || (exactly && bytes.size != size))
        return ERR_INTEGRITY;
    if (bytes.size > 0)
        memcpy(value, bytes.data, bytes.size);
    return ERR_OK;
}

static enum err read_value(const PGresult *result, uint32_t row, int column, const struct field_desc *field,
                           struct arena *arena, void *value)
{
    switch (field->kind) {
    case FIELD_BOOL:
        *(bool *)value = pg_get_bool(result, row, column);
        return ERR_OK;
    case FIELD_U8:
        *(uint8_t *)value = (uint8_t)pg_get_i16(result, row, column);
        return ERR_OK;
    case FIELD_ENUM:
        *(int *)value = pg_get_i16(result, row, column);
        return ERR_OK;
    case FIELD_U32:
        *(uint32_t *)value = (uint32_t)pg_get_i64(result, row, column);
        return ERR_OK;
    case FIELD_U64:
    case FIELD_I64:
        *(int64_t *)value = pg_get_i64(result, row, column);
        return ERR_OK;
    case FIELD_TIME:
        *(int64_t *)value = pg_get_timestamp_us(result, row, column) / 1000;
        return ERR_OK;
    case FIELD_UUID:
        *(struct uuid *)value = pg_get_uuid(result, row, column);
        return ERR_OK;
    case FIELD_HASH:
        return read_bytes(pg_get_slice(result, row, column), value, sizeof(struct hash), true);
    case FIELD_SLUG: /* the row was zeroed; 31 bytes leave a NUL */
        return read_bytes(pg_get_slice(result, row, column), value, sizeof(struct slug) - 1, false);
    case FIELD_TEXT:
    case FIELD_BYTES:
        *(struct slice *)value = pg_get_slice(result, row, column);
        return ERR_OK;
    case FIELD_LIST:
        return read_list(pg_get_slice(result, row, column), field, arena, value);
    case FIELD_U16:
    case FIELD_RAW:
    case FIELD_STRUCT:
        break;
    }
    check(!"a field kind that has no column");
}

enum err columns_read(const PGresult *result, uint32_t number, const struct view_desc *view,
                      struct arena *arena, struct row *ret_row)
{
    struct row row = {.view = (enum view)view->number,
                      .position = (uint64_t)pg_get_i64(result, number, 0),
                      .deleted = pg_get_bool(result, number, 1)};
    check(PQnfields(result) == view->payload->field_count + 2);
    for (uint16_t i = 0; i < view->payload->field_count; i++) {
        const struct field_desc *field = &view->payload->fields[i];
        if (pg_is_null(result, number, i + 2))
            continue;
        void *value = (uint8_t *)row_payload_mutable(&row) + field->offset;
        enum err err = read_value(result, number, i + 2, field, arena, value);
        if (err != ERR_OK)
            return err;
    }
    *ret_row = row;
    return ERR_OK;
}

/* ---- cursors ---- */

/* The part of the key that a page goes on from, as a type for the codec: same struct, fewer fields. */
static struct type_desc cursor_type(const struct view_desc *view)
{
    uint16_t skip = view->audience == AUDIENCE_OWN ? 1 : 0; /* the player is a parameter of its own */
    uint16_t count = (uint16_t)(view->key_count - skip);
    return (struct type_desc){.name = "cursor",
                              .size = view->payload->size,
                              .fields = view->payload->fields + skip,
                              .field_count = count};
}

enum err columns_encode_cursor(struct buf *out, const struct view_desc *view, const struct row *row)
{
    struct type_desc type = cursor_type(view);
    return codec_encode(out, &type, row_payload(row), CODEC_PLAIN);
}

static void bind_key(struct pg_params *params, const struct field_desc *field, const void *value)
{
    switch (column_type(field->kind)) {
    case PG_TYPE_I64:
        pg_param_i64(params, field->kind == FIELD_U32 ? *(const uint32_t *)value : *(const int64_t *)value);
        return;
    case PG_TYPE_I16:
        pg_param_i16(params,
                     field->kind == FIELD_U8 ? *(const uint8_t *)value : (int16_t) * (const int *)value);
        return;
    case PG_TYPE_UUID:
        pg_param_uuid(params, *(const struct uuid *)value);
        return;
    case PG_TYPE_TEXT:
        pg_param_text(params, field->kind == FIELD_SLUG ? slug_slice(value) : *(const struct slice *)value);
        return;
    case PG_TYPE_BOOL:
    case PG_TYPE_BYTEA:
    case PG_TYPE_I32:
    case PG_TYPE_TIMESTAMP:
        break;
    }
    check(!"a field kind that is in no key");
}

bool columns_bind_cursor(struct pg_params *params, const struct view_desc *view, struct slice cursor,
                         struct arena *arena)
{
    struct type_desc type = cursor_type(view);
    struct wire_fault fault;
    size_t size;
    if (cursor.size == 0) {
        for (uint16_t i = 0; i < type.field_count; i++)
            pg_param_null(params);
        return true;
    }
    struct row *start = arena_alloc(arena, sizeof *start);
    if (start == NULL || type.field_count == 0 ||
        wire_scan(cursor, 2, CURSOR_VALUES_MAX, &size) != ERROR_NONE || size != cursor.size ||
        !codec_decode(&type, cursor, arena, row_payload_mutable(start), &fault))
        return false;
    for (uint16_t i = 0; i < type.field_count; i++)
        bind_key(params, &type.fields[i], (uint8_t *)row_payload_mutable(start) + type.fields[i].offset);
    return true;
}
