/* test_stored_samples: what was ever written to a log reads and folds today.
 *
 * Every sample of protocol/vectors/stored - each shape of each event that was released - is decoded the one
 * way there is (event_decode), compared with the value it was made of where its shape is today's, and folded
 * into an empty state and into one of a game. No event has an older version yet, so a toy with three versions
 * shows that upcasters are chained in order. */
#include "given.h"
#include "helper_wire.h"
#include "base/check.h"
#include "eventstore/event_decode.h"
#include "gen/c/schema.h"
#include "projection/project.h"
#include "wire/frame.h"
#include <dirent.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define FOLDER SOURCE_DIR "/protocol/vectors/stored"

static const char *text_of(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    check(text != NULL);
    return text;
}

/* Personal texts are as they were; `erased` where their key is gone. */
static void personal_texts_are(const struct type_desc *type, const void *payload, json_t *value)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        if ((type->fields[i].flags & FIELD_PERSONAL) == 0)
            continue;
        struct slice text;
        memcpy(&text, (const char *)payload + type->fields[i].offset, sizeof text);
        const char *wanted = value == NULL ? "erased" : text_of(value, type->fields[i].name);
        if (!slice_equal_text(text, wanted))
            fail_msg("%s.%s is not %s", type->name, type->fields[i].name, wanted);
    }
}

static void fold_sample(const struct event_desc *desc, struct slice key, json_t *sample)
{
    struct world fresh, played;
    world_init(&fresh);
    world_init(&played);
    given_game(&played);
    struct stored_event stored = {.type = (uint16_t)desc->number,
                                  .schema_version =
                                      (uint16_t)json_integer_value(json_object_get(sample, "version")),
                                  .data = wire_from_hex(&fresh.arena, text_of(sample, "hex")),
                                  .personal_key = key};
    struct event event;
    struct wire_fault fault = {0};
    if (!event_decode(&stored, &fresh.arena, &event, &fault))
        fail_msg("%s %s: %s", desc->name, text_of(sample, "name"), fault.where);
    if (stored.schema_version == desc->version)
        personal_texts_are(desc->payload, event_payload(&event), json_object_get(sample, "value"));
    given_events(&fresh, &event, 1);
    given_events(&played, &event, 1);
    struct row_sink sink = {.arena = &fresh.arena};
    project(&event, &sink);
    assert_int_equal(sink.failure, ERR_OK);

    stored.personal_key = (struct slice){0};
    assert_true(event_decode(&stored, &fresh.arena, &event, &fault));
    if (stored.schema_version == desc->version)
        personal_texts_are(desc->payload, event_payload(&event), NULL);
    given_events(&fresh, &event, 1);
    world_release(&fresh);
    world_release(&played);
}

static const struct event_desc *event_named(const char *name)
{
    for (int i = 0; i < SCHEMA_EVENT_COUNT; i++)
        if (strcmp(schema_events[i].name, name) == 0)
            return &schema_events[i];
    fail_msg("a sample of %s, which the schema does not have: events are never taken away", name);
    return NULL;
}

/* Gives the versions that the file has, as bits. */
static uint32_t fold_file(const char *name)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", FOLDER, name);
    json_error_t error;
    json_t *file = json_load_file(path, 0, &error), *sample;
    if (file == NULL)
        fail_msg("%s: %s", path, error.text);
    struct arena arena;
    arena_init(&arena, 256, 4096);
    struct slice key = wire_from_hex(&arena, text_of(file, "key"));
    const struct event_desc *desc = event_named(text_of(file, "event"));
    size_t index;
    uint32_t versions = 0;
    json_array_foreach(json_object_get(file, "samples"), index, sample)
    {
        fold_sample(desc, key, sample);
        versions |= 1u << json_integer_value(json_object_get(sample, "version"));
    }
    json_decref(file);
    arena_release(&arena);
    for (uint32_t version = 1; version <= desc->version; version++)
        if ((versions & 1u << version) == 0)
            fail_msg("%s: no sample of version %u", name, version);
    return versions;
}

static void test_samples_fold(void **unused)
{
    (void)unused;
    int files = 0;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        size_t size = strlen(entry->d_name);
        if (size > 5 && strcmp(entry->d_name + size - 5, ".json") == 0) {
            assert_true(fold_file(entry->d_name) != 0);
            files++;
        }
    }
    closedir(folder);
    assert_int_equal(files, SCHEMA_EVENT_COUNT);
}

/* ---- a toy: version 1 had one number, 2 says how many of them, 3 has a text ---- */

struct toy_v1 {
    uint32_t n;
};
struct toy_v2 {
    uint32_t n, count;
};
struct toy {
    struct slice text;
    uint32_t count;
};
static const struct field_desc fields_v1[] = {
    {.name = "n", .kind = FIELD_U32, .offset = offsetof(struct toy_v1, n)}};
static const struct field_desc fields_v2[] = {
    {.name = "n", .kind = FIELD_U32, .offset = offsetof(struct toy_v2, n)},
    {.name = "count", .kind = FIELD_U32, .offset = offsetof(struct toy_v2, count)}};
static const struct field_desc fields_v3[] = {
    {.name = "text",
     .kind = FIELD_TEXT,
     .offset = offsetof(struct toy, text),
     .max = 10,
     .flags = FIELD_PERSONAL},
    {.name = "count", .kind = FIELD_U32, .offset = offsetof(struct toy, count)}};
static const struct type_desc type_v1 = {"toy_v1", sizeof(struct toy_v1), fields_v1, 1};
static const struct type_desc type_v2 = {"toy_v2", sizeof(struct toy_v2), fields_v2, 2};
static const struct type_desc type_v3 = {"toy", sizeof(struct toy), fields_v3, 2};

static bool from_v1(const void *from, struct arena *arena, void *to)
{
    const struct toy_v1 *old = from;
    (void)arena;
    *(struct toy_v2 *)to = (struct toy_v2){.n = old->n, .count = 1};
    return true;
}

static bool from_v2(const void *from, struct arena *arena, void *to)
{
    const struct toy_v2 *old = from;
    char digits[2] = {(char)('0' + old->n % 10), '\0'};
    struct slice text = slice_copy(arena, slice_text(digits));
    *(struct toy *)to = (struct toy){.text = text, .count = old->count};
    return text.data != NULL;
}

static const struct event_version older[] = {{&type_v1, from_v1}, {&type_v2, from_v2}};
static const struct event_desc toy = {
    .number = 900, .name = "toy", .version = 3, .payload = &type_v3, .older = older};

static bool decode_toy(uint16_t version, struct slice data, struct arena *arena, struct toy *out)
{
    struct wire_fault fault = {0};
    struct stored_event stored = {.type = 900, .schema_version = version, .data = data};
    bool decoded = event_decode_payload(&toy, &stored, arena, out, &fault);
    assert_true(decoded || fault.where[0] != '\0');
    return decoded;
}

static void test_upcasters_are_chained(void **unused)
{
    (void)unused;
    struct arena arena;
    struct toy out;
    arena_init(&arena, 256, 65536);
    memset(&out, 0xa5, sizeof out);
    assert_true(decode_toy(1, slice_of("\x91\x07", 2), &arena, &out));
    assert_true(slice_equal_text(out.text, "7") && out.count == 1);
    assert_true(decode_toy(2, slice_of("\x92\x08\x05", 3), &arena, &out));
    assert_true(slice_equal_text(out.text, "8") && out.count == 5);
    assert_false(decode_toy(0, slice_of("\x91\x07", 2), &arena, &out));
    assert_false(decode_toy(4, slice_of("\x91\x07", 2), &arena, &out)); /* of a later program */
    assert_false(decode_toy(1, slice_of("\x91\xa1x", 3), &arena, &out));
    assert_false(decode_toy(2, slice_of("\x91\x07", 2), &arena, &out)); /* a shape of version 1 */
    arena_release(&arena);
    bool failed = false;
    for (size_t bound = 1; bound < 400; bound += 7) {
        struct arena small;
        arena_init(&small, 1, bound);
        bool decoded = decode_toy(1, slice_of("\x91\x07", 2), &small, &out);
        failed = failed || !decoded;
        assert_true(!decoded || out.count == 1);
        arena_release(&small);
    }
    assert_true(failed);
}

static void test_the_log_is_shown_in_the_shape_it_has(void **unused)
{
    (void)unused;
    struct arena arena;
    void *payload = NULL;
    struct stored_event stored = {.type = 900, .schema_version = 2, .data = slice_of("\x92\x08\x05", 3)};
    arena_init(&arena, 256, 65536);
    assert_ptr_equal(event_decode_as_stored(&toy, &stored, &arena, &payload), &type_v2);
    assert_int_equal(((struct toy_v2 *)payload)->n, 8);
    stored.schema_version = 3;
    stored.data = slice_of("\x92\xc4\x00\x05", 4);
    assert_ptr_equal(event_decode_as_stored(&toy, &stored, &arena, &payload), &type_v3);
    assert_true(slice_equal_text(((struct toy *)payload)->text, "erased"));
    stored.schema_version = 4;
    assert_null(event_decode_as_stored(&toy, &stored, &arena, &payload));
    stored.schema_version = 1;
    assert_null(event_decode_as_stored(&toy, &stored, &arena, &payload));
    assert_null(event_decode_as_stored(NULL, &stored, &arena, &payload));
    arena_release(&arena);
}

static void test_unknown_events_are_refused(void **unused)
{
    (void)unused;
    struct arena arena;
    struct event event;
    struct wire_fault fault;
    arena_init(&arena, 256, 65536);
    struct stored_event stored = {.type = 32000, .schema_version = 1, .data = slice_of("\x90", 1)};
    assert_false(event_decode(&stored, &arena, &event, &fault));
    stored =
        (struct stored_event){.type = EVENT_STOCK_TAKEN, .schema_version = 77, .data = slice_of("\x90", 1)};
    assert_false(event_decode(&stored, &arena, &event, &fault));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_fold),
        cmocka_unit_test(test_upcasters_are_chained),
        cmocka_unit_test(test_the_log_is_shown_in_the_shape_it_has),
        cmocka_unit_test(test_unknown_events_are_refused),
    };
    check(sodium_init() >= 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
