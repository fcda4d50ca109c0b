/* pg_result: binary results to values, with every length checked.
 *
 * The statement decides a column's type (its .sql file casts), so a wrong length means that statement and
 * reader do not fit: a bug, and check() says where. Array values come from the server too, but their inner
 * lengths are walked defensively, as a wrong step there would read past the value. */
#include "pg/pg_result.h"
#include "base/check.h"
#include "pg/pg_params.h"
#include <endian.h>
#include <string.h>

uint32_t pg_rows(const PGresult *result)
{
    return (uint32_t)PQntuples(result);
}

bool pg_is_null(const PGresult *result, uint32_t row, int column)
{
    check(row < pg_rows(result) && column >= 0 && column < PQnfields(result));
    return PQgetisnull(result, (int)row, column) != 0;
}

bool pg_schema_differs(const char *sqlstate)
{
    static const char *const states[] = {"42P01", "42703", "42883", "42704", "3F000"};
    for (size_t i = 0; sqlstate != NULL && i < sizeof states / sizeof states[0]; i++)
        if (strcmp(sqlstate, states[i]) == 0)
            return true;
    return false;
}

/* The value's bytes, which must be `size`; NULL for SQL null. */
static const void *fixed(const PGresult *result, uint32_t row, int column, int size)
{
    if (pg_is_null(result, row, column))
        return NULL;
    check(PQfformat(result, column) == 1 && PQgetlength(result, (int)row, column) == size);
    return PQgetvalue(result, (int)row, column);
}

bool pg_get_bool(const PGresult *result, uint32_t row, int column)
{
    const uint8_t *bytes = fixed(result, row, column, 1);
    return bytes != NULL && bytes[0] != 0;
}

int16_t pg_get_i16(const PGresult *result, uint32_t row, int column)
{
    uint16_t value = 0;
    const void *bytes = fixed(result, row, column, sizeof value);
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    return (int16_t)be16toh(value);
}

int32_t pg_get_i32(const PGresult *result, uint32_t row, int column)
{
    uint32_t value = 0;
    const void *bytes = fixed(result, row, column, sizeof value);
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    return (int32_t)be32toh(value);
}

int64_t pg_get_i64(const PGresult *result, uint32_t row, int column)
{
    const void *bytes = fixed(result, row, column, 8);
    return bytes == NULL ? 0 : pg_slice_i64(slice_of(bytes, 8));
}

int64_t pg_get_timestamp_us(const PGresult *result, uint32_t row, int column)
{
    return pg_is_null(result, row, column) ? 0 : pg_get_i64(result, row, column) + PG_EPOCH_OFFSET_US;
}

struct slice pg_get_slice(const PGresult *result, uint32_t row, int column)
{
    if (pg_is_null(result, row, column))
        return (struct slice){0};
    check(PQfformat(result, column) == 1);
    return slice_of(PQgetvalue(result, (int)row, column), (size_t)PQgetlength(result, (int)row, column));
}

struct uuid pg_get_uuid(const PGresult *result, uint32_t row, int column)
{
    const void *bytes = fixed(result, row, column, 16);
    return bytes == NULL ? (struct uuid){{0}} : pg_slice_uuid(slice_of(bytes, 16));
}

static uint32_t take_u32(struct slice *rest)
{
    uint32_t value;
    check(rest->size >= sizeof value);
    memcpy(&value, rest->data, sizeof value);
    *rest = slice_of(rest->data + sizeof value, rest->size - sizeof value);
    return be32toh(value);
}

struct pg_array pg_array_open(const PGresult *result, uint32_t row, int column)
{
    struct pg_array array = {.rest = pg_get_slice(result, row, column)};
    if (array.rest.data == NULL)
        return array;
    uint32_t dimensions = take_u32(&array.rest);
    check(dimensions <= 1);
    take_u32(&array.rest); /* has nulls */
    take_u32(&array.rest); /* element type */
    if (dimensions == 0)
        return array;
    array.left = take_u32(&array.rest);
    take_u32(&array.rest); /* lower bound */
    return array;
}

bool pg_array_next(struct pg_array *array, struct slice *ret_element)
{
    if (array->left == 0)
        return false;
    array->left--;
    uint32_t size = take_u32(&array->rest);
    if (size == UINT32_MAX) {
        *ret_element = (struct slice){0};
        return true;
    }
    check(size <= array->rest.size);
    *ret_element = slice_of(array->rest.data, size);
    array->rest = slice_of(array->rest.data + size, array->rest.size - size);
    return true;
}

int64_t pg_slice_i64(struct slice element)
{
    uint64_t value;
    check(element.size == sizeof value);
    memcpy(&value, element.data, sizeof value);
    return (int64_t)be64toh(value);
}

struct uuid pg_slice_uuid(struct slice element)
{
    struct uuid uuid;
    check(element.size == sizeof uuid.bytes);
    memcpy(uuid.bytes, element.data, sizeof uuid.bytes);
    return uuid;
}
