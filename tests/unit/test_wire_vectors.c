/* test_wire_vectors: the golden vectors in protocol/vectors, both ways and byte for byte, every truncation of
 * them, and the malformed frames with the errors they must be answered with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jansson.h>
#include "gen/c/schema.h"
#include "helper_wire.h"
#include "tools/from_json.h"
#include "tools/show.h"
#include "wire/frame.h"

#define VECTORS SOURCE_DIR "/protocol/vectors/"

static json_t *load(const char *name)
{
    char path[4096];
    json_error_t error;
    snprintf(path, sizeof path, VECTORS "%s", name);
    json_t *json = json_load_file(path, 0, &error);
    if (json == NULL)
        fail_msg("%s: %s", path, error.text);
    return json;
}

static const char *text(const json_t *json, const char *key)
{
    const char *value = json_string_value(json_object_get(json, key));
    assert_non_null(value);
    return value;
}

/* ---- values of types */

static void truncations(const struct type_desc *type, struct slice bytes, struct arena *arena, void *decoded)
{
    for (size_t size = 0; size < bytes.size; size++) {
        struct wire_fault fault = {0};
        uint8_t *copy = malloc(size + 1);
        memcpy(copy, bytes.data, size);
        assert_false(codec_decode(type, slice_of(copy, size), arena, decoded, &fault));
        assert_int_equal(fault.code, ERROR_MALFORMED);
        free(copy);
    }
}

static void check_vector(const struct type_desc *type, const json_t *vector, struct arena *arena)
{
    const char *label = text(vector, "name");
    struct slice bytes = wire_from_hex(arena, text(vector, "hex"));
    void *value = arena_alloc(arena, type->size), *decoded = arena_alloc(arena, type->size);
    char where[120];
    struct wire_fault fault = {0};
    struct buf encoded;
    buf_init(&encoded, 1 << 20);
    if (!struct_from_json(type, json_object_get(vector, "value"), arena, value, where))
        fail_msg("%s %s: %s", type->name, label, where);
    if (!codec_decode(type, bytes, arena, decoded, &fault))
        fail_msg("%s %s: error %d, %s", type->name, label, (int)fault.code, fault.where);
    if (!wire_struct_equal(type, value, decoded))
        fail_msg("%s %s: decodes to another value", type->name, label);
    if (!json_is_true(json_object_get(vector, "decode_only"))) {
        assert_int_equal(codec_encode(&encoded, type, value, CODEC_PLAIN), ERR_OK);
        if (!slice_equal(buf_slice(&encoded), bytes))
            fail_msg("%s %s: encodes to other bytes", type->name, label);
    }
    truncations(type, bytes, arena, decoded);
    buf_release(&encoded);
}

static void check_types(const char *file)
{
    struct arena arena;
    arena_init(&arena, 65536, 1 << 26);
    json_t *json = load(file);
    const char *name;
    json_t *vectors, *vector;
    size_t i, count = 0;
    json_object_foreach(json_object_get(json, "types"), name, vectors)
    {
        const struct type_desc *type = wire_type_named(name);
        if (type == NULL)
            fail_msg("no type %s in the schema", name);
        json_array_foreach(vectors, i, vector)
        {
            arena_reset(&arena);
            check_vector(type, vector, &arena);
            count++;
        }
    }
    assert_true(count > 0);
    json_decref(json);
    arena_release(&arena);
}

static void test_golden_values(void **state)
{
    (void)state;
    static const char *const files[] = {"commands.json", "events.json",  "rows.json",
                                        "messages.json", "queries.json", "structs.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        check_types(files[i]);
}

/* ---- whole frames */

static const struct type_desc *request_payload(uint32_t type)
{
    const struct message_desc *message = schema_message((int)type);
    const struct command_desc *command = schema_command((int)type);
    return message != NULL ? message->payload : command != NULL ? command->payload : &type_query_list;
}

/* The canonical bytes of one request, from what frame_next made of it. */
static void encode_request(struct buf *out, const struct frame_request *request, bool with_meta,
                           struct arena *arena)
{
    const struct type_desc *type = request_payload(request->type);
    struct wire_fault fault;
    void *payload = arena_alloc(arena, type->size);
    msgpack_sbuffer head;
    msgpack_packer packer;
    assert_true(codec_decode(type, request->payload, arena, payload, &fault));
    msgpack_sbuffer_init(&head);
    msgpack_packer_init(&packer, &head, msgpack_sbuffer_write);
    msgpack_pack_array(&packer, with_meta ? 4 : 3);
    msgpack_pack_uint32(&packer, request->id);
    msgpack_pack_uint32(&packer, request->type);
    assert_int_equal(buf_append(out, head.data, head.size), ERR_OK);
    assert_int_equal(codec_encode(out, type, payload, CODEC_PLAIN), ERR_OK);
    if (with_meta)
        assert_int_equal(codec_encode(out, &type_meta, &request->meta, CODEC_PLAIN), ERR_OK);
    msgpack_sbuffer_destroy(&head);
}

static void check_request(const json_t *vector, struct arena *arena)
{
    struct slice frame = wire_from_hex(arena, text(vector, "hex")), rest = frame;
    struct buf encoded;
    json_t *message;
    size_t i;
    bool canonical = true;
    buf_init(&encoded, 1 << 20);
    json_array_foreach(json_object_get(vector, "messages"), i, message)
    {
        struct frame_request request;
        struct wire_fault fault;
        struct meta meta;
        char where[120];
        const json_t *wanted = json_object_get(message, "meta");
        assert_true(rest.size > 0);
        if (!frame_next(&rest, arena, &request, &fault))
            fail_msg("%s: error %d, %s", text(vector, "name"), (int)fault.code, fault.where);
        assert_int_equal(request.id, json_integer_value(json_object_get(message, "id")));
        json_t *empty = json_object();
        if (!struct_from_json(&type_meta, json_is_object(wanted) ? wanted : empty, arena, &meta, where))
            fail_msg("%s: %s", text(vector, "name"), where);
        json_decref(empty);
        assert_true(wire_struct_equal(&type_meta, &meta, &request.meta));
        encode_request(&encoded, &request, json_is_object(wanted), arena);
        canonical = canonical && strstr(text(vector, "name"), "nil meta") == NULL;
    }
    assert_int_equal(rest.size, 0);
    if (canonical && !slice_equal(buf_slice(&encoded), frame))
        fail_msg("%s: encodes to other bytes", text(vector, "name"));
    buf_release(&encoded);
}

/* What the server would send: decoded by names with nothing refused. */
static void check_from_server(const json_t *vector, struct arena *arena)
{
    struct slice rest = wire_from_hex(arena, text(vector, "hex"));
    struct buf line;
    json_error_t error;
    buf_init(&line, 1 << 20);
    do {
        buf_clear(&line);
        bool good = show_from_server(&rest, SHOW_NAMES, arena, &line);
        if (!good)
            fail_msg("%s: %.*s", text(vector, "name"), SLICE_ARGS(buf_slice(&line)));
        json_t *json = json_loadb((const char *)line.data, line.size, JSON_DECODE_INT_AS_REAL, &error);
        assert_non_null(json);
        json_decref(json);
    } while (rest.size > 0);
    buf_release(&line);
}

static void frame_truncations(struct slice frame, bool from_server, struct arena *arena)
{
    struct buf line;
    buf_init(&line, 1 << 20);
    for (size_t size = 0; size < frame.size; size++) {
        uint8_t *copy = malloc(size + 1);
        memcpy(copy, frame.data, size);
        struct slice rest = slice_of(copy, size);
        bool good = true;
        buf_clear(&line);
        do
            good = (from_server ? show_from_server : show_request)(&rest, SHOW_NAMES, arena, &line) && good;
        while (rest.size > 0);
        if (good) /* cut between two messages */
            assert_int_equal(frame.data[size] & 0xf0, 0x90);
        free(copy);
    }
    buf_release(&line);
}

static void test_golden_frames(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 65536, 1 << 28);
    json_t *json = load("envelope.json"), *vector;
    size_t i;
    json_array_foreach(json_object_get(json, "frames"), i, vector)
    {
        bool request = strcmp(text(vector, "direction"), "request") == 0;
        arena_reset(&arena);
        if (request)
            check_request(vector, &arena);
        else
            check_from_server(vector, &arena);
        frame_truncations(wire_from_hex(&arena, text(vector, "hex")), !request, &arena);
    }
    assert_true(i > 0);
    json_decref(json);
    arena_release(&arena);
}

/* ---- malformed frames */

static void check_malformed(const json_t *vector, struct arena *arena)
{
    struct slice bytes = wire_from_hex(arena, text(vector, "hex"));
    uint8_t *exact = malloc(bytes.size + (bytes.size == 0)); /* the sanitizer sees a read past the end */
    memcpy(exact, bytes.data, bytes.size);
    struct slice rest = slice_of(exact, bytes.size);
    struct buf line;
    json_error_t error;
    buf_init(&line, 1 << 20);
    json_int_t valid = json_integer_value(json_object_get(vector, "valid_before"));
    for (; valid > 0; valid--) {
        assert_true(show_request(&rest, SHOW_NAMES, arena, &line));
        assert_true(rest.size > 0);
    }
    buf_clear(&line);
    bool good = show_request(&rest, SHOW_NAMES, arena, &line);
    if (good)
        fail_msg("%s: taken as %.*s", text(vector, "name"), SLICE_ARGS(buf_slice(&line)));
    json_t *told = json_loadb((const char *)line.data, line.size, 0, &error);
    assert_non_null(told);
    if (strcmp(text(told, "error"), text(vector, "error")) != 0)
        fail_msg("%s: %.*s", text(vector, "name"), SLICE_ARGS(buf_slice(&line)));
    if (json_object_get(vector, "id") != NULL)
        assert_int_equal(json_integer_value(json_object_get(told, "id")),
                         json_integer_value(json_object_get(vector, "id")));
    json_decref(told);
    buf_release(&line);
    free(exact);
}

static void test_malformed_frames_get_their_error(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 65536, 1 << 26);
    json_t *json = load("malformed.json"), *vector;
    size_t i;
    json_array_foreach(json_object_get(json, "frames"), i, vector)
    {
        arena_reset(&arena);
        check_malformed(vector, &arena);
    }
    assert_true(i > 100);
    json_decref(json);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_values),
        cmocka_unit_test(test_golden_frames),
        cmocka_unit_test(test_malformed_frames_get_their_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
