/* test_pg_params: parameters as bytes on the wire, and what happens when memory ends. Reading results back is
 * tested on a real server (tests/integration_c/test_pg.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "pg/pg_params.h"

static struct arena arena;

static void is(const struct pg_params *params, uint32_t index, const char *bytes, size_t size)
{
    assert_true(index < params->count);
    assert_int_equal(params->lengths[index], size);
    assert_memory_equal(params->values[index], bytes, size);
}

static void test_scalars(void **state)
{
    (void)state;
    struct pg_params params;
    pg_params_init(&params, &arena);
    pg_param_bool(&params, true);
    pg_param_i16(&params, -2);
    pg_param_i32(&params, 0x01020304);
    pg_param_i64(&params, INT64_MIN);
    pg_param_null(&params);
    pg_param_text(&params, slice_text("ab"));
    pg_param_text(&params, slice_text(""));
    pg_param_bytea(&params, (struct slice){0});
    pg_param_uuid(&params, (struct uuid){{1, 2, 3}});
    pg_param_timestamp_us(&params, PG_EPOCH_OFFSET_US + 1);
    assert_int_equal(params.failure, ERR_OK);
    assert_int_equal(params.count, 10);
    is(&params, 0, "\x01", 1);
    is(&params, 1, "\xff\xfe", 2);
    is(&params, 2, "\x01\x02\x03\x04", 4);
    is(&params, 3, "\x80\0\0\0\0\0\0\0", 8);
    assert_null(params.values[4]);
    is(&params, 5, "ab", 2);
    assert_non_null(params.values[6]); /* empty is not null */
    assert_int_equal(params.lengths[6], 0);
    assert_null(params.values[7]);
    is(&params, 8, "\x01\x02\x03\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    is(&params, 9, "\0\0\0\0\0\0\0\x01", 8);
}

static void test_arrays(void **state)
{
    (void)state;
    struct pg_params params;
    pg_params_init(&params, &arena);
    pg_array_begin(&params, PG_TYPE_I16, 0);
    pg_array_i16(&params, 7);
    pg_array_null(&params);
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_BYTEA, 100);
    pg_array_slice(&params, slice_text(""));
    pg_array_slice(&params, slice_text("xyz"));
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_UUID, 3);
    pg_array_end(&params);
    is(&params, 0,
       "\0\0\0\x01"
       "\0\0\0\x01"
       "\0\0\0\x15"
       "\0\0\0\x02"
       "\0\0\0\x01"
       "\0\0\0\x02\0\x07"
       "\xff\xff\xff\xff",
       30);
    is(&params, 1,
       "\0\0\0\x01"
       "\0\0\0\0"
       "\0\0\0\x11"
       "\0\0\0\x02"
       "\0\0\0\x01"
       "\0\0\0\0"
       "\0\0\0\x03xyz",
       31);
    is(&params, 2,
       "\0\0\0\0"
       "\0\0\0\0"
       "\0\0\x0b\x86",
       12);
}

static void test_array_grows(void **state)
{
    (void)state;
    struct pg_params params;
    pg_params_init(&params, &arena);
    pg_array_begin(&params, PG_TYPE_I64, 0);
    for (int i = 0; i < 5000; i++)
        pg_array_i64(&params, i);
    pg_array_end(&params);
    assert_int_equal(params.lengths[0], 20 + 5000 * 12);
    assert_memory_equal(params.values[0] + 20 + 4999 * 12, "\0\0\0\x08\0\0\0\0\0\0\x13\x87", 12);
}

/* Every allocation fails once: nothing crashes, and the failure is kept. */
static void test_memory_ends_anywhere(void **state)
{
    (void)state;
    bool succeeded = false;
    for (size_t bytes = 64; bytes < 65536 && !succeeded; bytes += 64) {
        struct arena small;
        struct pg_params params;
        arena_init(&small, 64, bytes);
        pg_params_init(&params, &small);
        pg_param_i64(&params, 1);
        pg_array_begin(&params, PG_TYPE_TEXT, 1);
        for (int i = 0; i < 50; i++)
            pg_array_slice(&params, slice_text("some text"));
        pg_array_null(&params);
        pg_array_end(&params);
        pg_param_uuid(&params, (struct uuid){{0}});
        succeeded = params.failure == ERR_OK;
        assert_true(succeeded || params.failure == ERR_NOMEM);
        arena_release(&small);
    }
    assert_true(succeeded);
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 4096, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_array_grows),
        cmocka_unit_test(test_memory_ends_anywhere),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
