/* pg_result: checked reading of binary results. Column types are fixed by the statement (casts in its .sql
 * file), so a value of another size is a bug and aborts; SQL nulls read as zero, or as an absent slice. */
#ifndef PG_PG_RESULT_H
#define PG_PG_RESULT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/slice.h"
#include "base/uuid.h"

uint32_t pg_rows(const PGresult *result);
bool pg_is_null(const PGresult *result, uint32_t row, int column);
bool pg_get_bool(const PGresult *result, uint32_t row, int column);
int16_t pg_get_i16(const PGresult *result, uint32_t row, int column);
int32_t pg_get_i32(const PGresult *result, uint32_t row, int column);
int64_t pg_get_i64(const PGresult *result, uint32_t row, int column);
/* timestamptz as unix microseconds. */
int64_t pg_get_timestamp_us(const PGresult *result, uint32_t row, int column);
/* text and bytea; borrowed from the result. */
struct slice pg_get_slice(const PGresult *result, uint32_t row, int column);
struct uuid pg_get_uuid(const PGresult *result, uint32_t row, int column);

/* Whether this SQLSTATE (NULL and "" are none) says that the database has not the table, column or function a
 * statement is about: it was not migrated, or by another release. What to say of it then. */
bool pg_schema_differs(const char *sqlstate);
#define PG_SCHEMA_ADVICE "is not of this release: run gachapon migrate"

/* Walks a one-dimensional array value: pg_array_open, then pg_array_next until false. */
struct pg_array {
    struct slice rest;
    uint32_t left; /* elements not taken yet */
};
/* SQL null opens as an empty array. */
struct pg_array pg_array_open(const PGresult *result, uint32_t row, int column);
/* The next element as its bytes (big endian numbers); absent for null. False at the end. */
bool pg_array_next(struct pg_array *array, struct slice *ret_element);
int64_t pg_slice_i64(struct slice element);
struct uuid pg_slice_uuid(struct slice element);

#endif
