/* test_wire_types: every type of the schema through the codec, with pseudo-random values; personal fields;
 * secrets; JSON. The schema's tables are walked, so a new type is covered the moment it exists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>
#include "gen/c/schema.h"
#include "helper_wire.h"
#include "wire/frame.h"
#include "wire/token.h"
#include "wire/value.h"

#define ROUNDS 60

static const uint8_t key_bytes[32] = {1, 2, 3, 4}, other_key_bytes[32] = {4, 3, 2, 1};

struct world {
    struct wire_random random;
    struct arena arena;
    struct buf first, second, third;
    const struct type_desc *type;
    void *value, *decoded;
};

static void world_init(struct world *world)
{
    *world = (struct world){.random = {wire_random_seed()}};
    arena_init(&world->arena, 4096, 1 << 24);
    buf_init(&world->first, 1 << 22);
    buf_init(&world->second, 1 << 22);
    buf_init(&world->third, 1 << 22);
}

static void world_release(struct world *world)
{
    arena_release(&world->arena);
    buf_release(&world->first);
    buf_release(&world->second);
    buf_release(&world->third);
}

static void world_fill(struct world *world, const struct type_desc *type)
{
    arena_reset(&world->arena);
    buf_clear(&world->first);
    buf_clear(&world->second);
    buf_clear(&world->third);
    world->type = type;
    world->value = arena_alloc(&world->arena, type->size);
    world->decoded = arena_alloc(&world->arena, type->size);
    assert_non_null(world->decoded);
    wire_random_struct(&world->random, type, &world->arena, world->value);
}

static void expect_good(bool good, const struct type_desc *type, const struct wire_fault *fault)
{
    if (!good)
        fail_msg("%s: error %d, %s", type->name, (int)fault->code, fault->where);
}

/* ---- round trips */

static void round_trip(void *ctx, const struct type_desc *type)
{
    struct world *world = ctx;
    for (int round = 0; round < ROUNDS; round++) {
        struct wire_fault fault = {0};
        size_t size;
        world_fill(world, type);
        assert_int_equal(codec_encode(&world->first, type, world->value, CODEC_PLAIN), ERR_OK);
        struct slice bytes = buf_slice(&world->first);
        assert_int_equal(wire_scan(bytes, 16, 1 << 20, &size), ERROR_NONE);
        assert_int_equal(size, bytes.size);
        expect_good(codec_decode(type, bytes, &world->arena, world->decoded, &fault), type, &fault);
        assert_true(wire_struct_equal(type, world->value, world->decoded));
        assert_int_equal(codec_encode(&world->second, type, world->decoded, CODEC_PLAIN), ERR_OK);
        assert_true(slice_equal(bytes, buf_slice(&world->second)));
    }
}

static void test_every_type_survives_a_round_trip(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    wire_each_type(round_trip, &world);
    world_release(&world);
}

/* Decoding from an object gives the same, raw fields included, for what the codec encoded. */
static void object_trip(void *ctx, const struct type_desc *type)
{
    struct world *world = ctx;
    struct wire_fault fault = {0};
    size_t offset = 0;
    world_fill(world, type);
    assert_int_equal(codec_encode(&world->first, type, world->value, CODEC_PLAIN), ERR_OK);
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    assert_int_equal(
        msgpack_unpack_next(&unpacked, (const char *)world->first.data, world->first.size, &offset),
        MSGPACK_UNPACK_SUCCESS);
    expect_good(codec_decode_object(type, &unpacked.data, &world->arena, world->decoded, &fault), type,
                &fault);
    assert_true(wire_struct_equal(type, world->value, world->decoded));
    msgpack_unpacked_destroy(&unpacked);
}

static void test_objects_decode_as_bytes_do(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    wire_each_type(object_trip, &world);
    world_release(&world);
}

/* Cut short anywhere, it is an error; with any byte changed it is an error or a value that encodes again. */
static void damage(void *ctx, const struct type_desc *type)
{
    struct world *world = ctx;
    struct wire_fault fault;
    world_fill(world, type);
    assert_int_equal(codec_encode(&world->first, type, world->value, CODEC_PLAIN), ERR_OK);
    size_t whole = world->first.size;
    for (size_t size = 0; size < whole && size < 3000; size++) {
        uint8_t *copy = malloc(size + 1); /* so that the sanitizer sees the end */
        memcpy(copy, world->first.data, size);
        fault.code = ERROR_NONE;
        assert_false(codec_decode(type, slice_of(copy, size), &world->arena, world->decoded, &fault));
        assert_int_equal(fault.code, ERROR_MALFORMED);
        free(copy);
    }
    for (int round = 0; round < 300; round++) {
        uint32_t at = wire_random_below(&world->random, (uint32_t)whole);
        uint8_t before = world->first.data[at];
        world->first.data[at] = (uint8_t)wire_random_next(&world->random);
        fault.code = ERROR_NONE;
        if (codec_decode(type, buf_slice(&world->first), &world->arena, world->decoded, &fault)) {
            buf_clear(&world->second);
            assert_int_equal(codec_encode(&world->second, type, world->decoded, CODEC_PLAIN), ERR_OK);
        } else {
            assert_int_not_equal(fault.code, ERROR_NONE);
        }
        world->first.data[at] = before;
    }
}

static void test_damaged_bytes_are_refused_or_decode_to_a_value(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    wire_each_type(damage, &world);
    world_release(&world);
}

static void bounded(void *ctx, const struct type_desc *type)
{
    struct world *world = ctx;
    world_fill(world, type);
    assert_int_equal(codec_encode(&world->first, type, world->value, CODEC_PLAIN), ERR_OK);
    for (size_t room = 0; room < world->first.size && room < 600; room++) {
        struct buf small;
        buf_init(&small, room + 3);
        assert_int_equal(buf_append(&small, "abc", 3), ERR_OK);
        assert_int_equal(codec_encode(&small, type, world->value, CODEC_PLAIN), ERR_TOO_LARGE);
        assert_int_equal(small.size, 3);
        buf_release(&small);
    }
}

static void test_encoding_is_whole_or_nothing(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    wire_each_type(bounded, &world);
    world_release(&world);
}

/* ---- personal and secret fields */

static bool find(struct slice haystack, struct slice needle)
{
    return needle.size > 0 && memmem(haystack.data, haystack.size, needle.data, needle.size) != NULL;
}

/* Writes over long random texts into personal fields, to look for them in the bytes. */
static void stored_trip(void *ctx, const struct type_desc *type)
{
    struct world *world = ctx;
    struct wire_fault fault = {0};
    struct slice key = slice_of(key_bytes, 32), other_key = slice_of(other_key_bytes, 32), no_key = {0};
    bool personal = codec_has_personal(type);
    world_fill(world, type);
    if (personal)
        assert_int_equal(codec_encode_stored(&world->first, type, world->value, no_key), ERR_CONFIG);
    assert_int_equal(world->first.size, 0);
    assert_int_equal(codec_encode_stored(&world->first, type, world->value, key), ERR_OK);
    struct slice bytes = buf_slice(&world->first);
    expect_good(codec_decode_stored(type, bytes, key, &world->arena, world->decoded, &fault), type, &fault);
    assert_true(wire_struct_equal(type, world->value, world->decoded));
    if (!personal) {
        assert_int_equal(codec_encode(&world->second, type, world->value, CODEC_PLAIN), ERR_OK);
        assert_true(slice_equal(bytes, buf_slice(&world->second)));
        return;
    }
    assert_false(codec_decode_stored(type, bytes, other_key, &world->arena, world->decoded, &fault));
    assert_int_equal(fault.code, ERROR_INTERNAL);
    expect_good(codec_decode_stored(type, bytes, no_key, &world->arena, world->decoded, &fault), type,
                &fault);
    for (uint16_t i = 0; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        if (!(field->flags & FIELD_PERSONAL))
            continue;
        const struct slice *plain = (void *)((char *)world->value + field->offset);
        const struct slice *erased = (void *)((char *)world->decoded + field->offset);
        assert_true(slice_equal_text(*erased, "erased"));
        if (plain->size > 4)
            assert_false(find(bytes, *plain));
    }
    /* sealed twice, two nonces */
    assert_int_equal(codec_encode_stored(&world->second, type, world->value, key), ERR_OK);
    assert_int_equal(world->second.size, bytes.size);
    assert_false(slice_equal(bytes, buf_slice(&world->second)));
}

static void test_personal_fields_are_sealed_in_the_store(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    wire_each_type(stored_trip, &world);
    world_release(&world);
}

static void test_a_tampered_personal_field_is_a_fault(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct slice key = slice_of(key_bytes, 32);
    const struct type_desc *type = &type_event_player_renamed;
    struct wire_fault fault;
    world_fill(&world, type);
    ((struct event_player_renamed *)world.value)->display_name = slice_text("Mira of the Night Watch");
    assert_int_equal(codec_encode_stored(&world.first, type, world.value, key), ERR_OK);
    world.first.data[1 + 18 + 2 + 24] ^=
        1; /* array, player, head of the bin, nonce: the first byte of the box */
    assert_false(
        codec_decode_stored(type, buf_slice(&world.first), key, &world.arena, world.decoded, &fault));
    assert_int_equal(fault.code, ERROR_INTERNAL);
    assert_string_equal(fault.where, "field `display_name`: not sealed with this key");
    /* a plain text where a sealed one belongs is none of ours */
    assert_int_equal(codec_encode(&world.second, type, world.value, CODEC_PLAIN), ERR_OK);
    assert_false(
        codec_decode_stored(type, buf_slice(&world.second), key, &world.arena, world.decoded, &fault));
    assert_int_equal(fault.code, ERROR_FIELD_WRONG_TYPE);
    world_release(&world);
}

static void test_secrets_are_left_out(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct message_register value = {.email = slice_text("mira@example.org"),
                                     .password = slice_text("correct horse battery"),
                                     .display_name = slice_text("Mira")};
    assert_int_equal(codec_encode(&world.first, &type_message_register, &value, CODEC_WITHOUT_SECRETS),
                     ERR_OK);
    assert_int_equal(world.first.size, 8);
    assert_memory_equal(world.first.data, "\x93\xc0\xc0\xa4Mira", 8);
    assert_int_equal(codec_to_json(&world.second, &type_message_register, &value, false), ERR_OK);
    assert_true(slice_equal_text(buf_slice(&world.second), "{\"display_name\":\"Mira\"}"));
    assert_int_equal(codec_to_json(&world.third, &type_message_register, &value, true), ERR_OK);
    assert_true(slice_equal_text(buf_slice(&world.third), "{\"display_name\":\"<personal>\"}"));
    world_release(&world);
}

/* ---- JSON */

static void json_parses(void *ctx, const struct type_desc *type)
{
    struct world *world = ctx;
    for (int round = 0; round < 10; round++) {
        json_error_t error;
        world_fill(world, type);
        assert_int_equal(codec_to_json(&world->first, type, world->value, false), ERR_OK);
        assert_null(memchr(world->first.data, '\n', world->first.size));
        json_t *json = json_loadb((const char *)world->first.data, world->first.size,
                                  JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
        if (json == NULL)
            fail_msg("%s: %s in %.*s", type->name, error.text, SLICE_ARGS(buf_slice(&world->first)));
        for (uint16_t i = 0; i < type->field_count; i++)
            assert_int_equal(json_object_get(json, type->fields[i].name) != NULL,
                             !(type->fields[i].flags & FIELD_SECRET));
        json_decref(json);
    }
}

static void test_json_of_every_type_parses(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    wire_each_type(json_parses, &world);
    world_release(&world);
}

static void test_json_spells_values_for_people(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct pull pull = {.character = slug_of("ada"), .rarity = RARITY_EPIC, .copies = 2};
    struct event_pack_opened event = {.opening = 7,
                                      .pack = slug_of("vernal"),
                                      .payment = PAYMENT_CURRENCY,
                                      .free = UINT64_MAX,
                                      .pulls = {.items = &pull, .count = 1},
                                      .opened_at = 1767278912996};
    event.player.bytes[15] = 9;
    assert_int_equal(codec_to_json(&world.first, &type_event_pack_opened, &event, false), ERR_OK);
    assert_int_equal(buf_append(&world.first, "", 1), ERR_OK);
    const char *text = (const char *)world.first.data;
    assert_non_null(strstr(
        text, "\"player\":\"00000000-0000-0000-0000-000000000009\",\"opening\":7,\"pack\":\"vernal\""));
    assert_non_null(strstr(text, "\"free\":18446744073709551615"));
    assert_non_null(strstr(text, "\"item\":null"));
    assert_non_null(strstr(text, "\"pulls\":[{\"character\":\"ada\",\"rarity\":\"epic\",\"copies\":2}]"));
    assert_non_null(strstr(text, "\"opened_at\":\"2026-01-01T14:48:32.996Z\""));
    world_release(&world);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type_survives_a_round_trip),
        cmocka_unit_test(test_objects_decode_as_bytes_do),
        cmocka_unit_test(test_damaged_bytes_are_refused_or_decode_to_a_value),
        cmocka_unit_test(test_encoding_is_whole_or_nothing),
        cmocka_unit_test(test_personal_fields_are_sealed_in_the_store),
        cmocka_unit_test(test_a_tampered_personal_field_is_a_fault),
        cmocka_unit_test(test_secrets_are_left_out),
        cmocka_unit_test(test_json_of_every_type_parses),
        cmocka_unit_test(test_json_spells_values_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
