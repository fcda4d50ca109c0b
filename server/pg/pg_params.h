/* pg_params: the parameters of one call, built in PostgreSQL's binary format inside an arena.
 *
 * Add them in order: $1 first. Memory failures are sticky in `failure`; pg_run reports them, so callers need
 * not look. struct pg_params params; pg_params_init(&params, arena); pg_param_i64(&params, 7);
 *   pg_array_begin(&params, PG_TYPE_I64, count); for (...) pg_array_i64(&params, x); pg_array_end(&params);
 */
#ifndef PG_PG_PARAMS_H
#define PG_PG_PARAMS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/uuid.h"

#define PG_PARAMS_MAX 40 /* parameters of one call */

/* Element types of arrays: PostgreSQL's own type numbers (pg_type.oid). */
enum pg_type {
    PG_TYPE_BOOL = 16,
    PG_TYPE_BYTEA = 17,
    PG_TYPE_I64 = 20,
    PG_TYPE_I16 = 21,
    PG_TYPE_I32 = 23,
    PG_TYPE_TEXT = 25,
    PG_TYPE_TIMESTAMP = 1184, /* timestamptz */
    PG_TYPE_UUID = 2950,
};

struct pg_params {
    struct arena *arena; /* borrowed */
    enum err failure;    /* ERR_OK or ERR_NOMEM */
    uint32_t count;
    const char *values[PG_PARAMS_MAX]; /* NULL: SQL null */
    int lengths[PG_PARAMS_MAX];
    struct { /* the array being built; data NULL: none */
        uint8_t *data;
        uint32_t size, capacity;
        uint32_t count;
        bool has_null;
    } array;
};

void pg_params_init(struct pg_params *params, struct arena *arena);

void pg_param_null(struct pg_params *params);
void pg_param_bool(struct pg_params *params, bool value);
void pg_param_i16(struct pg_params *params, int16_t value);
void pg_param_i32(struct pg_params *params, int32_t value);
void pg_param_i64(struct pg_params *params, int64_t value);
/* Unix microseconds, as timestamptz. */
void pg_param_timestamp_us(struct pg_params *params, int64_t unix_us);
/* Borrowed until pg_run; absent (data NULL) is SQL null. */
void pg_param_text(struct pg_params *params, struct slice text);
void pg_param_bytea(struct pg_params *params, struct slice bytes);
void pg_param_uuid(struct pg_params *params, struct uuid uuid);

/* An array parameter: begin, one call per element, end. `count_hint` only saves copying. */
void pg_array_begin(struct pg_params *params, enum pg_type element, uint32_t count_hint);
void pg_array_null(struct pg_params *params);
void pg_array_bool(struct pg_params *params, bool value);
void pg_array_i16(struct pg_params *params, int16_t value);
void pg_array_i32(struct pg_params *params, int32_t value);
void pg_array_i64(struct pg_params *params, int64_t value);
void pg_array_timestamp_us(struct pg_params *params, int64_t unix_us);
/* text and bytea; absent (data NULL) is SQL null, empty with data is empty. Copied. */
void pg_array_slice(struct pg_params *params, struct slice value);
void pg_array_uuid(struct pg_params *params, struct uuid uuid);
void pg_array_end(struct pg_params *params);

/* PostgreSQL counts from 2000-01-01, this program from 1970. */
#define PG_EPOCH_OFFSET_US INT64_C(946684800000000)

#endif
