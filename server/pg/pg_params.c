/* pg_params: values to PostgreSQL's binary wire format.
 *
 * The problem: a batch carries some hundred events in a dozen array parameters; text would have to be escaped
 * on this side and parsed on the other. In binary an array is a header and (length, bytes) pairs, so one is
 * written by appending. Scalars are put into the arena as big endian bytes; text and bytea are not copied at
 * all.
 *
 * An array grows by doubling inside the arena: the old copy stays there until the arena is reset, so a good
 * `count_hint` saves memory as well as time. The header's count is patched in by pg_array_end.
 *
 * A failed allocation is remembered in `failure` and everything after it does nothing; pg_run refuses the
 * call. When you add a type: its number in enum pg_type, the array type's number in array_type_ok, a pair of
 * functions. */
#include "pg/pg_params.h"
#include "base/check.h"
#include <endian.h>
#include <string.h>

#define ARRAY_HEADER_BYTES 20 /* dimensions, has-null flag, element type, count, lower bound: five int32 */
#define ARRAY_MAX_BYTES (256u << 20)

void pg_params_init(struct pg_params *params, struct arena *arena)
{
    check(arena != NULL);
    params->arena = arena;
    params->failure = ERR_OK;
    params->count = 0;
    memset(&params->array, 0, sizeof params->array);
}

static void add(struct pg_params *params, const void *value, size_t size)
{
    if (params->failure != ERR_OK)
        return;
    check(params->array.data == NULL);
    check(params->count < PG_PARAMS_MAX && size <= INT32_MAX);
    params->values[params->count] = value;
    params->lengths[params->count] = (int)size;
    params->count++;
}

/* As add, but `value` is copied into the arena. */
static void add_copy(struct pg_params *params, const void *value, size_t size)
{
    void *copy = arena_alloc(params->arena, size);
    if (copy == NULL) {
        params->failure = ERR_NOMEM;
        return;
    }
    memcpy(copy, value, size);
    add(params, copy, size);
}

void pg_param_null(struct pg_params *params)
{
    add(params, NULL, 0);
}

void pg_param_bool(struct pg_params *params, bool value)
{
    add_copy(params, &(uint8_t){value}, 1);
}

void pg_param_i16(struct pg_params *params, int16_t value)
{
    add_copy(params, &(uint16_t){htobe16((uint16_t)value)}, 2);
}

void pg_param_i32(struct pg_params *params, int32_t value)
{
    add_copy(params, &(uint32_t){htobe32((uint32_t)value)}, 4);
}

void pg_param_i64(struct pg_params *params, int64_t value)
{
    add_copy(params, &(uint64_t){htobe64((uint64_t)value)}, 8);
}

void pg_param_timestamp_us(struct pg_params *params, int64_t unix_us)
{
    pg_param_i64(params, unix_us - PG_EPOCH_OFFSET_US);
}

void pg_param_text(struct pg_params *params, struct slice text)
{
    add(params, text.data, text.size);
}

void pg_param_bytea(struct pg_params *params, struct slice bytes)
{
    add(params, bytes.data, bytes.size);
}

void pg_param_uuid(struct pg_params *params, struct uuid uuid)
{
    add_copy(params, uuid.bytes, sizeof uuid.bytes);
}

/* ---- arrays ---- */

static bool array_type_ok(enum pg_type element)
{
    switch (element) {
    case PG_TYPE_BOOL:
    case PG_TYPE_BYTEA:
    case PG_TYPE_I64:
    case PG_TYPE_I16:
    case PG_TYPE_I32:
    case PG_TYPE_TEXT:
    case PG_TYPE_TIMESTAMP:
    case PG_TYPE_UUID:
        return true;
    }
    return false;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    memcpy(at, &(uint32_t){htobe32(value)}, 4);
}

/* Where `size` more bytes of the array go; NULL after a failure. */
static uint8_t *array_room(struct pg_params *params, size_t size)
{
    check(params->array.data != NULL || params->failure != ERR_OK);
    if (params->failure != ERR_OK)
        return NULL;
    size_t need = params->array.size + size;
    if (need > params->array.capacity) {
        size_t capacity = (size_t)params->array.capacity * 2;
        capacity = capacity < need ? need : capacity;
        uint8_t *grown = capacity > ARRAY_MAX_BYTES ? NULL : arena_alloc(params->arena, capacity);
        if (grown == NULL) {
            params->failure = ERR_NOMEM;
            return NULL;
        }
        memcpy(grown, params->array.data, params->array.size);
        params->array.data = grown;
        params->array.capacity = (uint32_t)capacity;
    }
    uint8_t *room = params->array.data + params->array.size;
    params->array.size = (uint32_t)need;
    return room;
}

static void array_add(struct pg_params *params, const void *value, size_t size)
{
    uint8_t *room = array_room(params, 4 + size);
    if (room == NULL)
        return;
    put_u32(room, (uint32_t)size);
    if (size > 0)
        memcpy(room + 4, value, size);
    params->array.count++;
}

void pg_array_begin(struct pg_params *params, enum pg_type element, uint32_t count_hint)
{
    check(array_type_ok(element) && params->array.data == NULL);
    if (params->failure != ERR_OK)
        return;
    uint32_t capacity = ARRAY_HEADER_BYTES + (count_hint > (1u << 20) ? 1u << 20 : count_hint) * 12;
    params->array.data = arena_alloc(params->arena, capacity);
    if (params->array.data == NULL) {
        params->failure = ERR_NOMEM;
        return;
    }
    params->array.capacity = capacity;
    params->array.size = ARRAY_HEADER_BYTES;
    params->array.count = 0;
    params->array.has_null = false;
    put_u32(params->array.data + 8, (uint32_t)element);
    put_u32(params->array.data + 16, 1);
}

void pg_array_null(struct pg_params *params)
{
    uint8_t *room = array_room(params, 4);
    if (room == NULL)
        return;
    put_u32(room, UINT32_MAX);
    params->array.count++;
    params->array.has_null = true;
}

void pg_array_bool(struct pg_params *params, bool value)
{
    array_add(params, &(uint8_t){value}, 1);
}

void pg_array_i16(struct pg_params *params, int16_t value)
{
    array_add(params, &(uint16_t){htobe16((uint16_t)value)}, 2);
}

void pg_array_i32(struct pg_params *params, int32_t value)
{
    array_add(params, &(uint32_t){htobe32((uint32_t)value)}, 4);
}

void pg_array_i64(struct pg_params *params, int64_t value)
{
    array_add(params, &(uint64_t){htobe64((uint64_t)value)}, 8);
}

void pg_array_timestamp_us(struct pg_params *params, int64_t unix_us)
{
    pg_array_i64(params, unix_us - PG_EPOCH_OFFSET_US);
}

void pg_array_slice(struct pg_params *params, struct slice value)
{
    if (value.data == NULL)
        pg_array_null(params);
    else
        array_add(params, value.data, value.size);
}

void pg_array_uuid(struct pg_params *params, struct uuid uuid)
{
    array_add(params, uuid.bytes, sizeof uuid.bytes);
}

void pg_array_end(struct pg_params *params)
{
    if (params->failure != ERR_OK)
        return;
    uint8_t *data = params->array.data;
    uint32_t size = params->array.size;
    check(data != NULL);
    bool empty = params->array.count == 0; /* an empty array has no dimensions */
    put_u32(data, empty ? 0 : 1);
    put_u32(data + 4, params->array.has_null);
    put_u32(data + 12, params->array.count);
    memset(&params->array, 0, sizeof params->array);
    add(params, data, empty ? 12 : size);
}
