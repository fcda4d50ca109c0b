/* database: binary values in and out, as libpq and PostgreSQL would have them.
 *
 * Results are real PGresult objects, made by libpq's own client-side functions, so the server's readers
 * (pg_result.c) run unchanged on them. */
#include "database.h"
#include <endian.h>

static uint32_t take_u32(struct slice *rest)
{
    uint32_t value;
    check(rest->size >= sizeof value);
    memcpy(&value, rest->data, sizeof value);
    *rest = slice_of(rest->data + sizeof value, rest->size - sizeof value);
    return be32toh(value);
}

int64_t element_int(struct slice element)
{
    uint64_t value = 0;
    check(element.size == 1 || element.size == 2 || element.size == 4 || element.size == 8);
    for (size_t i = 0; i < element.size; i++)
        value = value << 8 | element.data[i];
    if (element.size < 8 && element.size > 1 && (element.data[0] & 0x80) != 0)
        value |= ~UINT64_C(0) << (element.size * 8);
    return (int64_t)value;
}

struct uuid element_uuid(struct slice element)
{
    struct uuid uuid;
    check(element.size == sizeof uuid.bytes);
    memcpy(uuid.bytes, element.data, sizeof uuid.bytes);
    return uuid;
}

int64_t call_int(const struct wire_call *call, uint32_t number)
{
    check(number >= 1 && number <= call->count);
    return element_int(call->values[number - 1]);
}

int64_t call_i64(const struct wire_call *call, uint32_t number)
{
    check(number >= 1 && number <= call->count && call->values[number - 1].size == 8);
    return element_int(call->values[number - 1]);
}

struct uuid call_uuid(const struct wire_call *call, uint32_t number)
{
    check(number >= 1 && number <= call->count);
    return element_uuid(call->values[number - 1]);
}

uint32_t call_array(const struct wire_call *call, uint32_t number, struct slice *ret_elements, uint32_t max)
{
    check(number >= 1 && number <= call->count);
    struct slice rest = call->values[number - 1];
    uint32_t dimensions = take_u32(&rest);
    take_u32(&rest); /* has nulls */
    take_u32(&rest); /* element type */
    if (dimensions == 0)
        return 0;
    uint32_t count = take_u32(&rest);
    take_u32(&rest); /* lower bound */
    check(dimensions == 1 && count <= max);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t size = take_u32(&rest);
        ret_elements[i] = (struct slice){0};
        if (size == UINT32_MAX)
            continue;
        check(size <= rest.size);
        ret_elements[i] = slice_of(rest.data, size);
        rest = slice_of(rest.data + size, rest.size - size);
    }
    return count;
}

/* ---- results ---- */

PGresult *result_new(int columns)
{
    PGresAttDesc attributes[40] = {0};
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    check(result != NULL && columns <= 40);
    for (int i = 0; i < columns; i++)
        attributes[i] = (PGresAttDesc){.name = (char *)"column", .format = 1, .typlen = -1, .atttypmod = -1};
    check(PQsetResultAttrs(result, columns, attributes) == 1);
    return result;
}

static void set(PGresult *result, int row, int column, const void *value, int size)
{
    static char nothing[1];
    check(PQsetvalue(result, row, column, size == 0 ? nothing : (char *)(uintptr_t)value, size) == 1);
}

void result_int(PGresult *result, int row, int column, int64_t value, int size_bytes)
{
    uint8_t bytes[8];
    for (int i = 0; i < size_bytes; i++)
        bytes[i] = (uint8_t)((uint64_t)value >> (8 * (size_bytes - 1 - i)));
    set(result, row, column, bytes, size_bytes);
}

void result_bool(PGresult *result, int row, int column, bool value)
{
    result_int(result, row, column, value, 1);
}

void result_slice(PGresult *result, int row, int column, struct slice value)
{
    if (value.data == NULL)
        check(PQsetvalue(result, row, column, NULL, -1) == 1);
    else
        set(result, row, column, value.data, (int)value.size);
}

void result_uuid(PGresult *result, int row, int column, struct uuid value)
{
    result_slice(result, row, column,
                 uuid_is_nil(value) ? (struct slice){0} : slice_of(value.bytes, sizeof value.bytes));
}

static void put_u32(uint8_t **at, uint32_t value)
{
    memcpy(*at, &(uint32_t){htobe32(value)}, 4);
    *at += 4;
}

void result_array(PGresult *result, int row, int column, uint32_t type, const struct slice *elements,
                  uint32_t count)
{
    size_t size = 20;
    for (uint32_t i = 0; i < count; i++)
        size += 4 + elements[i].size;
    uint8_t *bytes = keep("", 0), *at;
    bytes = at = arena_alloc(&world.arena, size);
    check(bytes != NULL);
    put_u32(&at, count == 0 ? 0 : 1);
    put_u32(&at, 0);
    put_u32(&at, type);
    if (count > 0) {
        put_u32(&at, count);
        put_u32(&at, 1);
    }
    for (uint32_t i = 0; i < count; i++) {
        put_u32(&at, (uint32_t)elements[i].size);
        memcpy(at, elements[i].data, elements[i].size);
        at += elements[i].size;
    }
    set(result, row, column, bytes, (int)(at - bytes));
}

void wire_call_make(struct wire_call *call, const char *name, const struct pg_params *params)
{
    *call =
        (struct wire_call){.name = keep(name, strlen(name) + 1), .count = params == NULL ? 0 : params->count};
    for (uint32_t i = 0; i < call->count; i++)
        if (params->values[i] != NULL)
            call->values[i] = keep_slice(slice_of(params->values[i], (size_t)params->lengths[i]));
}

void wire_answer_release(struct wire_answer *answer)
{
    for (uint32_t i = 0; i < answer->count; i++)
        PQclear(answer->results[i]);
    answer->count = 0;
}
