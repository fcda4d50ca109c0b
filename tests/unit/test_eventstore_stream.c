/* test_eventstore_stream: stream numbers are stored, so they never change; and what migrate puts into SQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/check.h"
#include "eventstore/eventstore_internal.h"
#include "eventstore/migrate.h"

/* Made with another implementation: SHA-256 over the kind as two bytes and the key, first 8 bytes, halved. */
static void test_numbers_are_for_ever(void **state)
{
    (void)state;
    struct stream_ref player = {.kind = STREAM_PLAYER};
    for (uint8_t i = 0; i < 16; i++)
        player.uuid.bytes[i] = i;
    assert_true(stream_number(player) == UINT64_C(107547772470277372));
    assert_true(stream_number((struct stream_ref){.kind = STREAM_PACK, .slug = slug_of("starter")}) ==
                UINT64_C(8013516396316899322));
    assert_true(stream_number((struct stream_ref){.kind = STREAM_STOCK, .slug = slug_of("starter")}) ==
                UINT64_C(8972719995635514469));
    assert_true(stream_number((struct stream_ref){.kind = STREAM_CATALOGUE}) ==
                UINT64_C(2853752290118784656));
}

static void test_keys_come_back(void **state)
{
    (void)state;
    struct stream_ref refs[] = {{.kind = STREAM_PLAYER, .uuid = {{9, 8, 7}}},
                                {.kind = STREAM_PACK, .slug = slug_of("a-pack-2")},
                                {.kind = STREAM_CATALOGUE}};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) {
        struct stream_ref back;
        assert_true(stream_parse((int16_t)refs[i].kind, stream_key(&refs[i]), &back));
        assert_true(stream_number(back) == stream_number(refs[i]));
    }
}

static void test_foreign_keys_are_refused(void **state)
{
    (void)state;
    struct stream_ref ref;
    assert_false(stream_parse(0, slice_of("", 0), &ref));
    assert_false(stream_parse(999, slice_of("", 0), &ref));
    assert_false(stream_parse(STREAM_PLAYER, slice_text("fifteen bytes.."), &ref));
    assert_false(stream_parse(STREAM_PACK, slice_text("Not A Slug"), &ref));
    assert_false(stream_parse(STREAM_PACK, slice_of("", 0), &ref));
    assert_false(stream_parse(STREAM_CATALOGUE, slice_text("x"), &ref));
}

static void substitutes(const char *sql, const char *expected)
{
    char *text = migrate_substitute(sql, "\"the \"\"role\"");
    assert_string_equal(text, expected);
    free(text);
}

static void test_role_is_put_in(void **state)
{
    (void)state;
    substitutes("", "");
    substitutes("select 1", "select 1");
    substitutes(":\"server_role\"", "\"the \"\"role\"");
    substitutes("a :\"server_role\" b :\"server_role\"", "a \"the \"\"role\" b \"the \"\"role\"");
    substitutes(":\"server_rol", ":\"server_rol");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_for_ever),
        cmocka_unit_test(test_keys_come_back),
        cmocka_unit_test(test_foreign_keys_are_refused),
        cmocka_unit_test(test_role_is_put_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
