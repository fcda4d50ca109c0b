/* test_wire_frame: limits, the envelope, single rules of the codec, and what the server sends. Bytes are
 * written out, so that a reader can check them against msgpack's specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "gen/c/schema.h"
#include "helper_wire.h"
#include "wire/frame.h"
#include "wire/token.h"
#include "wire/utf8.h"

#define BYTES(text) slice_of(text, sizeof(text) - 1)

/* ---- scan */

static enum error_code scan(struct slice bytes, uint32_t depth, uint32_t values)
{
    size_t size = 12345;
    enum error_code code = wire_scan(bytes, depth, values, &size);
    if (code != ERROR_NONE)
        assert_int_equal(size, 12345);
    else
        assert_true(size <= bytes.size);
    return code;
}

static void test_scan_counts_depth_and_values(void **state)
{
    (void)state;
    assert_int_equal(scan(BYTES("\x91\x91\x90"), 3, 100), ERROR_NONE);
    assert_int_equal(scan(BYTES("\x91\x91\x90"), 2, 100), ERROR_TOO_DEEP);
    assert_int_equal(scan(BYTES("\x01"), 0, 100), ERROR_NONE);
    assert_int_equal(scan(BYTES("\x93\x01\x02\x03"), 8, 4), ERROR_NONE);
    assert_int_equal(scan(BYTES("\x93\x01\x02\x03"), 8, 3), ERROR_TOO_MANY_VALUES);
    assert_int_equal(scan(BYTES("\x81\xa1k\x91\x05"), 2, 4), ERROR_NONE);
    assert_int_equal(scan(BYTES("\x81\xa1k\x91\x05"), 1, 4), ERROR_TOO_DEEP);
    assert_int_equal(scan((struct slice){0}, 8, 4), ERROR_MALFORMED);
}

static void test_every_first_byte_is_bounded(void **state)
{
    (void)state;
    for (int first = 0; first <= 0xff; first++) {
        for (size_t size = 1; size < 40; size++) {
            for (int fill = 0; fill <= 0xff; fill += 0x33) {
                uint8_t *bytes = malloc(size);
                memset(bytes, fill, size);
                bytes[0] = (uint8_t)first;
                struct slice input = slice_of(bytes, size);
                size_t scanned = 0, skipped = 0;
                enum error_code code = wire_scan(input, 64, 1 << 20, &scanned);
                bool walked = wire_token_skip(input, &skipped);
                assert_int_equal(code == ERROR_NONE, walked);
                if (walked)
                    assert_int_equal(scanned, skipped);
                free(bytes);
            }
        }
    }
}

static void test_scan_and_msgpack_c_agree(void **state)
{
    (void)state;
    struct wire_random random = {wire_random_seed()};
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[24];
        size_t size = 1 + wire_random_below(&random, sizeof bytes), scanned, offset = 0;
        for (size_t i = 0; i < size; i++) /* mostly heads of containers, small numbers and texts */
            bytes[i] = wire_random_below(&random, 3) == 0
                           ? (uint8_t)wire_random_next(&random)
                           : (uint8_t)(0x80 + wire_random_below(&random, 0x24));
        if (wire_scan(slice_of(bytes, size), 16, 1000, &scanned) != ERROR_NONE)
            continue;
        msgpack_unpacked unpacked;
        msgpack_unpacked_init(&unpacked);
        msgpack_unpack_return status = msgpack_unpack_next(&unpacked, (const char *)bytes, size, &offset);
        assert_int_equal(status, MSGPACK_UNPACK_SUCCESS);
        assert_int_equal(offset, scanned);
        msgpack_unpacked_destroy(&unpacked);
    }
}

/* ---- texts */

static void test_texts_are_utf8_without_controls(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"", true},
        {"Mira", true},
        {"\xc3\xa9 \xe4\xb8\x96 \xf0\x9f\x8e\xb4", true},
        {"\xf4\x8f\xbf\xbf", true},  /* U+10FFFF */
        {"\xf4\x90\x80\x80", false}, /* above it */
        {"\xed\xa0\x80", false},     /* a surrogate */
        {"\xc0\xaf", false},         /* overlong */
        {"\xe0\x80\xaf", false},     /* overlong */
        {"\xf0\x80\x80\xaf", false}, /* overlong */
        {"\xc3", false},             /* cut */
        {"\xe4\xb8", false},         /* cut */
        {"\x80", false},             /* a tail without a head */
        {"\xc3(", false},            /* a head without its tail */
        {"\xe4\xb8(", false},
        {"\xf0\x9f\xc3\xb4", false},
        {"\xfe", false},
        {"a\x1f", false},
        {"a\n", false},
        {"a\x7f", false},
        {"a\xc2\x80", false}, /* C1 */
        {"a\xc2\x9f", false},
        {"a\xc2\xa0", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(utf8_fault(slice_text(cases[i].text)) == NULL, cases[i].good);
    assert_non_null(utf8_fault(BYTES("a\0b")));
}

/* ---- single rules of decoding */

static enum error_code decode(const struct type_desc *type, struct slice bytes, char where[120])
{
    struct arena arena;
    struct wire_fault fault = {0};
    union {
        struct command command;
        struct event event;
        struct row row;
        struct message_register message;
        struct query_list query;
        struct meta meta;
    } value;
    assert_true(type->size <= sizeof value);
    arena_init(&arena, 1024, 1 << 20);
    bool good = codec_decode(type, bytes, &arena, &value, &fault);
    assert_int_equal(good, fault.code == ERROR_NONE);
    memcpy(where, fault.where, 120);
    arena_release(&arena);
    return fault.code;
}

static void test_faults_name_the_field(void **state)
{
    (void)state;
    char where[120];
    assert_int_equal(decode(&type_command_open_pack, BYTES("\x91\xa1p"), where), ERROR_FIELD_MISSING);
    assert_string_equal(where, "field `count`: is missing");
    assert_int_equal(decode(&type_command_open_pack, BYTES("\xc0"), where), ERROR_FIELD_MISSING);
    assert_string_equal(where, "field `pack`: is missing");
    assert_int_equal(decode(&type_command_open_pack, BYTES("\x01"), where), ERROR_FIELD_WRONG_TYPE);
    assert_string_equal(where, "payload: must be an array");
    assert_int_equal(decode(&type_command_open_pack, BYTES("\x92\xa1p\xcd\x01\x00"), where),
                     ERROR_FIELD_OUT_OF_RANGE);
    assert_string_equal(where, "field `count`: more than 255");
    assert_int_equal(decode(&type_command_form_team, BYTES("\x92\xa1n\x92\xa1m\x07"), where),
                     ERROR_FIELD_WRONG_TYPE);
    assert_string_equal(where, "field `members[1]`: must be str");
    assert_int_equal(decode(&type_command_form_team, BYTES("\x92\xa1n\x92\xa1m\xc0"), where),
                     ERROR_FIELD_MISSING);
    assert_string_equal(where, "field `members[1]`: is nil");
    assert_int_equal(decode(&type_command_publish_pack,
                            BYTES("\x9b\xa1p\xa1n\x01\x01\x92\x92\x01\x01\x92\x09\x01\x90"
                                  "\xa1g\x00\x01\xc0\xc2"),
                            where),
                     ERROR_FIELD_OUT_OF_RANGE);
    assert_string_equal(where, "field `rarities[1].rarity`: not a rarity");
}

static void test_integers_may_be_written_long_but_not_as_floats(void **state)
{
    (void)state;
    char where[120];
    static const struct slice good[] = {
        {(const uint8_t *)"\x92\xa1p\x0a", 4},
        {(const uint8_t *)"\x92\xa1p\xcc\x0a", 5},
        {(const uint8_t *)"\x92\xa1p\xcf\0\0\0\0\0\0\0\x0a", 12},
        {(const uint8_t *)"\x92\xa1p\xd0\x0a", 5},
        {(const uint8_t *)"\x92\xa1p\xd3\0\0\0\0\0\0\0\x0a", 12},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(decode(&type_command_open_pack, good[i], where), ERROR_NONE);
    assert_int_equal(decode(&type_command_open_pack, BYTES("\x92\xa1p\xca\x41\x20\0\0"), where),
                     ERROR_FIELD_WRONG_TYPE);
    assert_int_equal(
        decode(&type_command_open_pack, BYTES("\x92\xa1p\xd3\xff\xff\xff\xff\xff\xff\xff\xff"), where),
        ERROR_FIELD_OUT_OF_RANGE);
    assert_int_equal(decode(&type_command_open_pack, BYTES("\x92\xa1p\xc3"), where), ERROR_FIELD_WRONG_TYPE);
}

static void test_a_time_is_a_signed_number(void **state)
{
    (void)state;
    char where[120];
    const struct type_desc *type = &type_message_expiring;
    assert_int_equal(decode(type, BYTES("\x91\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), where), ERROR_NONE);
    assert_int_equal(decode(type, BYTES("\x91\xff"), where), ERROR_NONE);
    assert_int_equal(decode(type, BYTES("\x91\xcf\x80\0\0\0\0\0\0\0"), where), ERROR_FIELD_OUT_OF_RANGE);
}

static void test_absent_and_nil_read_as_the_schema_says(void **state)
{
    (void)state;
    struct arena arena;
    struct wire_fault fault;
    struct query_list query;
    struct meta meta;
    arena_init(&arena, 1024, 1 << 20);
    assert_true(codec_decode(&type_query_list, (struct slice){0}, &arena, &query, &fault));
    assert_int_equal(query.limit, 100);
    assert_true(uuid_is_nil(query.player) && query.after.size == 0);
    assert_true(codec_decode(&type_query_list, BYTES("\xc0"), &arena, &query, &fault));
    assert_int_equal(query.limit, 100);
    assert_true(codec_decode(&type_query_list, BYTES("\x93\xc0\x07\xc0"), &arena, &query, &fault));
    assert_int_equal(query.limit, 7);
    assert_true(codec_decode(&type_meta, BYTES("\x90"), &arena, &meta, &fault));
    assert_int_equal(meta.consistency, CONSISTENCY_STRONG);
    assert_false(codec_decode(&type_meta, BYTES("\x92\xc0\xc0"), &arena, &meta, &fault));
    assert_int_equal(fault.code, ERROR_FIELD_MISSING);
    arena_release(&arena);
}

static void test_a_full_arena_is_an_answer(void **state)
{
    (void)state;
    struct arena arena;
    struct wire_fault fault;
    struct command_form_team value;
    arena_init(&arena, 16, 64);
    assert_false(codec_decode(&type_command_form_team,
                              BYTES("\x92\xa1n\x94\xa1"
                                    "a\xa1"
                                    "b\xa1"
                                    "c\xa1"
                                    "d"),
                              &arena, &value, &fault));
    assert_int_equal(fault.code, ERROR_OVERLOADED);
    arena_release(&arena);
}

/* ---- frames in */

static void expect_request(struct slice *rest, uint32_t id, uint32_t type, size_t payload_size)
{
    struct arena arena;
    struct frame_request request;
    struct wire_fault fault = {0};
    arena_init(&arena, 1024, 1 << 20);
    if (!frame_next(rest, &arena, &request, &fault))
        fail_msg("error %d, %s", (int)fault.code, fault.where);
    assert_int_equal(request.id, id);
    assert_int_equal(request.type, type);
    assert_int_equal(request.payload.size, payload_size);
    assert_int_equal(request.meta.consistency, CONSISTENCY_STRONG);
    arena_release(&arena);
}

static void expect_fault(struct slice *rest, uint32_t id, enum error_code code)
{
    struct arena arena;
    struct frame_request request;
    struct wire_fault fault = {0};
    arena_init(&arena, 1024, 1 << 20);
    assert_false(frame_next(rest, &arena, &request, &fault));
    assert_int_equal(fault.code, code);
    assert_int_equal(request.id, id);
    if (code == ERROR_MALFORMED)
        assert_int_equal(rest->size, 0);
    arena_release(&arena);
}

static void test_a_fault_leaves_the_next_message_readable(void **state)
{
    (void)state;
    /* too deep; id 0; no such type; a wrong meta; then a good one with a fifth element */
    struct slice rest = BYTES("\x93\x05\x06\x91\x91\x91\x91\x91\x91\x91\x91\x91\x90"
                              "\x93\x00\x06\x90"
                              "\x93\x07\xce\x00\x01\x00\x00\x90"
                              "\x94\x08\x06\x90\x91\x01"
                              "\x95\xce\xff\xff\xff\xff\x06\x90\xc0\xa1x");
    expect_fault(&rest, 5, ERROR_TOO_DEEP);
    expect_fault(&rest, 0, ERROR_ID_INVALID);
    expect_fault(&rest, 7, ERROR_TYPE_UNKNOWN);
    expect_fault(&rest, 8, ERROR_FIELD_WRONG_TYPE);
    expect_request(&rest, UINT32_MAX, MESSAGE_PING, 1);
    assert_int_equal(rest.size, 0);
}

static void test_too_many_values_leaves_the_next_message_readable(void **state)
{
    (void)state;
    static uint8_t frame[3 + 3 + LIMIT_VALUES_MAX + 4];
    memset(frame, 0xc0, sizeof frame);
    memcpy(frame, "\x93\x09\x06\xdc", 4);
    frame[4] = LIMIT_VALUES_MAX >> 8;
    frame[5] = LIMIT_VALUES_MAX & 0xff;
    memcpy(frame + 6 + LIMIT_VALUES_MAX, "\x93\x01\x06\x90", 4);
    struct slice rest = slice_of(frame, sizeof frame);
    expect_fault(&rest, 9, ERROR_TOO_MANY_VALUES);
    expect_request(&rest, 1, MESSAGE_PING, 1);
    assert_int_equal(rest.size, 0);
}

static void test_what_cannot_be_read_ends_the_frame(void **state)
{
    (void)state;
    struct slice empty = {0};
    expect_fault(&empty, 0, ERROR_MALFORMED);
    struct slice map = BYTES("\x81\x01\x02\x93\x01\x06\x90");
    expect_fault(&map, 0, ERROR_MALFORMED);
    struct slice cut = BYTES("\x93\x07\x06");
    expect_fault(&cut, 7, ERROR_MALFORMED);
    struct slice huge = BYTES("\x93\x07\x06\xdd\xff\xff\xff\xff");
    expect_fault(&huge, 7, ERROR_MALFORMED);
    struct slice deep_and_cut = BYTES("\x93\x07\x06\x91\x91\x91\x91\x91\x91\x91\x91\x91");
    expect_fault(&deep_and_cut, 7, ERROR_MALFORMED);
}

/* ---- frames out */

static void test_errors_come_from_the_table(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    assert_int_equal(frame_error(&out, 7, ERROR_MALFORMED, 0, NULL), ERR_OK);
    struct slice plain = BYTES("\x93\x07\x03\x95\x01\xa9malformed\x01\x00\xc0");
    assert_true(slice_equal(buf_slice(&out), plain));
    buf_clear(&out);
    assert_int_equal(frame_error(&out, 0, ERROR_IDENTITY_UNAVAILABLE, 0, "x"), ERR_OK);
    struct slice later = BYTES("\x93\x00\x03\x95\x1b\xb4identity_unavailable\x03\xcd\x07\xd0\xa1x");
    assert_true(slice_equal(buf_slice(&out), later));
    buf_clear(&out);
    assert_int_equal(frame_error(&out, 0, ERROR_IDENTITY_UNAVAILABLE, 300, "\x1b[2J"), ERR_OK);
    struct slice cleaned = BYTES("\x93\x00\x03\x95\x1b\xb4identity_unavailable\x03\xcd\x01\x2c\xc0");
    assert_true(slice_equal(buf_slice(&out), cleaned));
    buf_release(&out);
}

static void test_a_long_detail_is_cut_between_characters(void **state)
{
    (void)state;
    struct buf out;
    char detail[400];
    struct message_error error;
    struct arena arena;
    struct wire_fault fault;
    arena_init(&arena, 1024, 1 << 20);
    for (size_t i = 0; i + 3 < sizeof detail; i += 3)
        memcpy(detail + i, "\xe4\xb8\x96", 4);
    buf_init(&out, 4096);
    assert_int_equal(frame_error(&out, 1, ERROR_INTERNAL, 0, detail), ERR_OK);
    assert_true(
        codec_decode(&type_message_error, slice_of(out.data + 3, out.size - 3), &arena, &error, &fault));
    assert_int_equal(error.detail.size, 159);
    buf_release(&out);
    arena_release(&arena);
}

static void test_replies_and_pushes(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    struct reply_ping ping = {.time = 5};
    struct reply_meta meta = {.position = 300, .view_position = 299};
    assert_int_equal(frame_reply(&out, 70000, MESSAGE_PING, &type_reply_ping, &ping, &meta), ERR_OK);
    struct slice reply = BYTES("\x94\xce\x00\x01\x11\x70\x06\x91\x05\x92\xcd\x01\x2c\xcd\x01\x2b");
    assert_true(slice_equal(buf_slice(&out), reply));
    buf_clear(&out);
    assert_int_equal(frame_reply(&out, 1, MESSAGE_PING, &type_reply_ping, &ping, NULL), ERR_OK);
    struct slice without_meta = BYTES("\x94\x01\x06\x91\x05\xc0");
    assert_true(slice_equal(buf_slice(&out), without_meta));
    buf_clear(&out);
    struct message_tick tick = {.time = 1, .own_mark = 2, .public_mark = 3};
    assert_int_equal(frame_push(&out, MESSAGE_TICK, &tick), ERR_OK);
    struct slice push = BYTES("\x93\x00\x02\x93\x01\x02\x03");
    assert_true(slice_equal(buf_slice(&out), push));
    buf_release(&out);
}

static void test_rows_and_tombstones(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    struct row row = {.view = VIEW_STOCK, .position = 9};
    struct row_stock *stock = row_payload_mutable(&row);
    *stock = (struct row_stock){.pack = slug_of("p"), .limited = true, .remaining = 3};
    assert_ptr_equal(row_payload(&row), &row.stock);
    assert_ptr_equal(row_type(VIEW_STOCK), &type_row_stock);
    assert_int_equal(frame_row(&out, &row), ERR_OK);
    struct slice live = BYTES("\x95\x09\xc2\xa1p\xc3\x03");
    assert_true(slice_equal(buf_slice(&out), live));
    buf_clear(&out);
    row.deleted = true;
    assert_int_equal(frame_row(&out, &row), ERR_OK);
    struct slice tombstone = BYTES("\x93\x09\xc3\xa1p");
    assert_true(slice_equal(buf_slice(&out), tombstone));
    buf_release(&out);
}

static void test_payloads_are_found(void **state)
{
    (void)state;
    struct event event = {.type = EVENT_PACK_OPENED};
    struct command command = {.type = COMMAND_GRANT};
    assert_ptr_equal(event_payload(&event), &event.pack_opened);
    assert_ptr_equal(event_payload_mutable(&event), &event.granted);
    assert_ptr_equal(command_payload_mutable(&command), &command.grant);
    assert_ptr_equal(event_type_desc(EVENT_PACK_OPENED), &type_event_pack_opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_counts_depth_and_values),
        cmocka_unit_test(test_every_first_byte_is_bounded),
        cmocka_unit_test(test_scan_and_msgpack_c_agree),
        cmocka_unit_test(test_texts_are_utf8_without_controls),
        cmocka_unit_test(test_faults_name_the_field),
        cmocka_unit_test(test_integers_may_be_written_long_but_not_as_floats),
        cmocka_unit_test(test_a_time_is_a_signed_number),
        cmocka_unit_test(test_absent_and_nil_read_as_the_schema_says),
        cmocka_unit_test(test_a_full_arena_is_an_answer),
        cmocka_unit_test(test_a_fault_leaves_the_next_message_readable),
        cmocka_unit_test(test_too_many_values_leaves_the_next_message_readable),
        cmocka_unit_test(test_what_cannot_be_read_ends_the_frame),
        cmocka_unit_test(test_errors_come_from_the_table),
        cmocka_unit_test(test_a_long_detail_is_cut_between_characters),
        cmocka_unit_test(test_replies_and_pushes),
        cmocka_unit_test(test_rows_and_tombstones),
        cmocka_unit_test(test_payloads_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
