/* test_tools_history: what is typed at `gachapon events` and `gachapon player` - moments, streams, options -
 * and how one stored event reads. Against real logs: tests/integration/test_42_operator.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>
#include "gen/c/schema.h"
#include "tools/event_text.h"
#include "tools/moment.h"
#include "tools/options.h"
#include "wire/codec.h"

static void test_positions_and_times(void **state)
{
    static const struct {
        const char *text;
        int64_t value; /* -1: refused */
        bool is_time;
    } cases[] = {
        {"0", 0, false},
        {"81734", 81734, false},
        {"999999999999999999", 999999999999999999, false},
        {"9999999999999999999", -1, false},
        {"1970-01-01T00:00:00Z", 0, true},
        {"2026-11-23T14:03:05Z", 1795442585000000, true},
        {"2026-11-23t14:03:05z", 1795442585000000, true},
        {"2026-11-23 14:03:05Z", 1795442585000000, true},
        {"2026-11-23T14:03:05.25Z", 1795442585250000, true},
        {"2026-11-23T14:03:05.000001Z", 1795442585000001, true},
        {"2026-11-23T15:03:05+01:00", 1795442585000000, true},
        {"2026-11-23T08:33:05-05:30", 1795442585000000, true},
        {"2024-02-29T00:00:00Z", 1709164800000000, true},
        {"2016-12-31T23:59:60Z", 1483228800000000, true},
        {"", -1, false},
        {"-1", -1, false},
        {"+1", -1, false},
        {" 1", -1, false},
        {"1 ", -1, false},
        {"0x10", -1, false},
        {"now", -1, false},
        {"2026-11-23", -1, false},
        {"2026-11-23T14:03Z", -1, false},
        {"2026-11-23T14:03:05", -1, false},
        {"2026-11-23T14:03:05.Z", -1, false},
        {"2026-11-23T14:03:05.1234567Z", -1, false},
        {"2026-11-23T14:03:05Zulu", -1, false},
        {"2026-11-23T14:03:05+0100", -1, false},
        {"2026-11-23T14:03:05+24:00", -1, false},
        {"2026-11-31T14:03:05Z", -1, false},
        {"2026-02-29T14:03:05Z", -1, false},
        {"2026-00-10T14:03:05Z", -1, false},
        {"2026-13-10T14:03:05Z", -1, false},
        {"2026-11-00T14:03:05Z", -1, false},
        {"2026-11-23T24:00:00Z", -1, false},
        {"2026-11-23T14:60:05Z", -1, false},
        {"2026-11-23T14:03:61Z", -1, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct moment moment;
        bool good = moment_parse(cases[i].text, &moment);
        if (good != (cases[i].value >= 0))
            fail_msg("\"%s\" is %s", cases[i].text, good ? "taken" : "refused");
        if (!good)
            continue;
        int64_t value = moment.is_time ? moment.time_us : (int64_t)moment.position;
        if (moment.is_time != cases[i].is_time || value != cases[i].value)
            fail_msg("\"%s\" reads as %lld", cases[i].text, (long long)value);
    }
}

static void test_a_time_reads_as_it_is_written(void **state)
{
    static const int64_t times[] = {0, 1795442585123456, -1, 253402300799999999, -62135596800000000};
    char text[MOMENT_TEXT_SIZE];
    struct moment moment;
    (void)state;
    assert_string_equal(moment_format(1795442585123456, text), "2026-11-23T14:03:05.123456Z");
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        assert_true(moment_parse(moment_format(times[i], text), &moment) && moment.is_time);
        assert_int_equal(moment.time_us, times[i]);
    }
    assert_string_equal(moment_format(INT64_MAX, text), "9223372036854775807");
}

static void test_names_of_streams(void **state)
{
    static const char *good[] = {"player/81a1a2b6-1ff9-4c10-9170-4d44333d9f39", "pack/vernal", "stock/v2",
                                 "catalogue", "registration/00000000-0000-0000-0000-000000000001"};
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"", "there are player, pack"},          {"vernal", "there are player, pack"},
        {"pack", "a key such as vernal"},        {"pack/", "a key such as vernal"},
        {"pack/Vernal", "a key such as"},        {"pack/a/b", "a key such as"},
        {"player/vernal", "an id such as"},      {"catalogue/vernal", "it has no key"},
        {"players/x", "there are player, pack"},
    };
    struct stream_ref stream;
    char text[STREAM_TEXT_SIZE], wrong[160];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(stream_text_parse(good[i], &stream, wrong));
        assert_string_equal(stream_text(&stream, text), good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(stream_text_parse(bad[i].text, &stream, wrong));
        if (strstr(wrong, bad[i].words) == NULL)
            fail_msg("%s: %s", bad[i].text, wrong);
    }
}

enum { WHO, AT, JSON };
static const struct tool_option table[] = {
    [WHO] = {NULL, "ID", ""}, [AT] = {"--at", "POSITION", ""}, [JSON] = {"--json", NULL, ""}};
static const struct tool_usage usage = {.command = "toy",
                                        .purpose = "A toy.",
                                        .settings = "none",
                                        .options = table,
                                        .count = 3,
                                        .examples = "",
                                        .status = ""};

static bool read_words(const char *values[TOOL_OPTIONS_MAX], int *status, int argc, const char **argv)
{
    char *words[8];
    for (int i = 0; i < argc; i++)
        words[i] = (char *)argv[i];
    return tool_options_read(&usage, argc, words, values, status);
}
#define READ(...)                                                                                            \
    read_words(values, &status, (int)(sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *)),           \
               (const char *[]){__VA_ARGS__})

static void test_options_in_any_order(void **state)
{
    const char *values[TOOL_OPTIONS_MAX];
    int status = 7;
    (void)state;
    assert_true(READ("--at", "5", "x", "--json"));
    assert_string_equal(values[WHO], "x");
    assert_string_equal(values[AT], "5");
    assert_non_null(values[JSON]);
    assert_true(READ("x", "--at=5"));
    assert_string_equal(values[AT], "5");
    assert_null(values[JSON]);
    assert_true(read_words(values, &status, 0, NULL));
    assert_null(values[WHO]);
    assert_int_equal(status, 7);
    assert_false(READ("x", "y"));
    assert_int_equal(status, 2);
    assert_false(READ("--at"));
    assert_false(READ("--json=1"));
    assert_false(READ("--jso"));
    assert_false(READ("--jsonn"));
    assert_false(READ("--json", "--json"));
    status = 7;
    assert_false(READ("x", "--help"));
    assert_int_equal(status, 0);
}

static void test_an_event_reads_by_names(void **state)
{
    struct arena arena;
    struct buf data, out;
    struct event_stock_taken taken = {.pack = slug_of("scarce"), .taken = 3, .remaining = 27};
    struct stored_event stored = {.position = 81,
                                  .stream = {.kind = STREAM_STOCK, .slug = slug_of("scarce")},
                                  .version = 4,
                                  .type = EVENT_STOCK_TAKEN,
                                  .schema_version = 1,
                                  .recorded_at_us = 1795442585123456};
    (void)state;
    memset(&stored.command_id, 0x11, sizeof stored.command_id);
    memset(&stored.causation_id, 0x22, sizeof stored.causation_id);
    stored.correlation_id = stored.causation_id;
    arena_init(&arena, 4096, 1 << 20);
    buf_init(&data, 1 << 16);
    buf_init(&out, 1 << 16);
    assert_int_equal(codec_encode_stored(&data, &type_event_stock_taken, &taken, (struct slice){0}), ERR_OK);
    stored.data = buf_slice(&data);
    assert_int_equal(event_text(&out, (struct event_style){0}, &stored, &arena), ERR_OK);
    assert_int_equal(buf_append(&out, "", 1), ERR_OK);
    assert_string_equal((char *)out.data,
                        "81  2026-11-23T14:03:05.123456Z  stock/scarce@4  stock_taken  by nobody  command "
                        "11111111-1111-1111-1111-111111111111  because of "
                        "22222222-2222-2222-2222-222222222222\n"
                        "    pack=\"scarce\" taken=3 remaining=27\n");
    buf_clear(&out);
    assert_int_equal(event_text(&out, (struct event_style){.json = true}, &stored, &arena), ERR_OK);
    json_t *object = json_loadb((char *)out.data, out.size, 0, NULL);
    assert_non_null(object);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(object, "data"), "remaining")), 27);
    assert_string_equal(json_string_value(json_object_get(object, "key")), "scarce");
    assert_true(json_is_null(json_object_get(object, "actor")));
    json_decref(object);
    arena_release(&arena);
    buf_release(&data);
    buf_release(&out);
}

/* Every type of event, with any bytes: something is said, and it is JSON. */
static void test_no_bytes_are_too_bad_to_show(void **state)
{
    static const struct slice bytes[] = {{(const uint8_t *)"", 0},
                                         {(const uint8_t *)"\xc1", 1},
                                         {(const uint8_t *)"\x92\x01", 2},
                                         {(const uint8_t *)"\xdd\xff\xff\xff\xff", 5},
                                         {(const uint8_t *)"\x91\xa2\xff\xfe", 4},
                                         {(const uint8_t *)"\xc0\xc0", 2}};
    struct arena arena;
    struct buf out;
    (void)state;
    arena_init(&arena, 4096, 1 << 20);
    buf_init(&out, 1 << 16);
    for (int type = 0; type < 70; type++)
        for (uint16_t version = 0; version < 4; version++)
            for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
                struct stored_event stored = {.stream = {.kind = STREAM_CATALOGUE},
                                              .type = (uint16_t)type,
                                              .schema_version = version,
                                              .data = bytes[i]};
                buf_clear(&out);
                arena_reset(&arena);
                assert_int_equal(event_text(&out, (struct event_style){.json = true}, &stored, &arena),
                                 ERR_OK);
                json_t *object = json_loadb((char *)out.data, out.size, JSON_REJECT_DUPLICATES, NULL);
                if (object == NULL)
                    fail_msg("%.*s", (int)out.size, (char *)out.data);
                json_decref(object);
                assert_int_equal(event_text(&out, (struct event_style){0}, &stored, &arena), ERR_OK);
            }
    arena_release(&arena);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_positions_and_times),     cmocka_unit_test(test_a_time_reads_as_it_is_written),
        cmocka_unit_test(test_names_of_streams),        cmocka_unit_test(test_options_in_any_order),
        cmocka_unit_test(test_an_event_reads_by_names), cmocka_unit_test(test_no_bytes_are_too_bad_to_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
