/* codec_decode: msgpack to structs, strictly.
 *
 * The problem: msgpack-c accepts whatever is well-formed; the domain must only see values that mean
 * something. So a value passes three gates: wire_scan (limits, before memory is taken), msgpack_unpack
 * into a zone that lives for this call, and the walk below, which holds each object against its field's
 * descriptor: type, range, length, UTF-8, enum.
 *
 * Rules: integers are integers (a float is another type, however whole); text is str and bytes are bin; nil
 * stands only where the field is optional and reads as zero; fields missing at the end read as their defaults
 * if they have one; elements after the last field are skipped, as a newer peer may send them. A list's count
 * is held against the schema before its items are allocated. The struct is zeroed first, so padding is zero
 * too.
 *
 * Memory: slices borrow from the input (msgpack-c's strings point into it), lists and opened personal texts
 * live in the arena. The zone is freed before returning.
 *
 * Raw fields need the place of a value in the input, which msgpack_object does not know: for types that have
 * one, the bytes are walked beside the objects with wire_token_skip. From an object alone, raw values are
 * packed again.
 *
 * A fault names the field by its path: "field `pulls[2].rarity`: ...". The path is a chain on the stack, made
 * into text only when something is wrong. */
#include "wire/codec_internal.h"
#include <stdarg.h>
#include <stdio.h>
#include "base/check.h"
#include "wire/token.h"
#include "wire/utf8.h"
#include "wire/value.h"

#define STORED_DEPTH_MAX 16
#define STORED_VALUES_MAX (1u << 20)
#define ZONE_CHUNK_BYTES 960 /* with the heads of chunk and malloc still what malloc hands out fastest */

struct decoder {
    struct arena *arena;
    struct wire_fault *fault;
    const struct codec_mode *mode;
};

/* Where in the message the walk is. */
struct place {
    const struct place *up; /* NULL at the top */
    const char *name;       /* of a field; NULL: an entry of a list */
    uint32_t index;
};

static bool decode_struct(struct decoder *decoder, const struct type_desc *type, const msgpack_object *object,
                          struct slice bytes, const struct place *up, void *out);

static size_t write_place(char *text, size_t room, const struct place *place)
{
    if (place == NULL)
        return 0;
    size_t at = write_place(text, room, place->up);
    if (at >= room)
        return at;
    int size = place->name == NULL ? snprintf(text + at, room - at, "[%u]", place->index)
                                   : snprintf(text + at, room - at, "%s%s", at > 0 ? "." : "", place->name);
    return at + (size_t)size;
}

/* Writes the fault and returns false. */
__attribute__((format(printf, 4, 5))) static bool fail(struct decoder *decoder, const struct place *place,
                                                       enum error_code code, const char *format, ...)
{
    char path[64] = "", reason[44];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    write_place(path, sizeof path, place);
    decoder->fault->code = code;
    if (place == NULL)
        snprintf(decoder->fault->where, sizeof decoder->fault->where, "payload: %s", reason);
    else
        snprintf(decoder->fault->where, sizeof decoder->fault->where, "field `%s`: %s", path, reason);
    return false;
}

static bool wrong_type(struct decoder *decoder, const struct place *place, const char *wanted)
{
    return fail(decoder, place, ERROR_FIELD_WRONG_TYPE, "must be %s", wanted);
}

static bool check_size(struct decoder *decoder, const struct field_desc *field, uint64_t size,
                       const char *unit, const struct place *place)
{
    if (size < field->min)
        return fail(decoder, place, ERROR_FIELD_OUT_OF_RANGE, "fewer than %u %s", field->min, unit);
    if (size > field->max)
        return fail(decoder, place, ERROR_FIELD_OUT_OF_RANGE, "more than %u %s", field->max, unit);
    return true;
}

static bool decode_unsigned(struct decoder *decoder, enum field_kind kind, const msgpack_object *object,
                            const struct place *place, void *out)
{
    uint64_t max = value_unsigned_max(kind);
    if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
        return fail(decoder, place, ERROR_FIELD_OUT_OF_RANGE, "less than 0");
    if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
        return wrong_type(decoder, place, "an integer");
    if (object->via.u64 > max)
        return fail(decoder, place, ERROR_FIELD_OUT_OF_RANGE, "more than %llu", (unsigned long long)max);
    value_store_unsigned(kind, out, object->via.u64);
    return true;
}

static bool decode_signed(struct decoder *decoder, const msgpack_object *object, const struct place *place,
                          int64_t *ret_number)
{
    if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
        *ret_number = object->via.i64;
        return true;
    }
    if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
        return wrong_type(decoder, place, "an integer");
    if (object->via.u64 > INT64_MAX)
        return fail(decoder, place, ERROR_FIELD_OUT_OF_RANGE, "more than %lld", (long long)INT64_MAX);
    *ret_number = (int64_t)object->via.u64;
    return true;
}

static bool decode_enum(struct decoder *decoder, const struct field_desc *field, const msgpack_object *object,
                        const struct place *place, void *out)
{
    int64_t number = 0;
    if (!decode_signed(decoder, object, place, &number))
        return false;
    if (value_enum_name(field->enumeration, number) == NULL)
        return fail(decoder, place, ERROR_FIELD_OUT_OF_RANGE, "not a %s", field->enumeration->name);
    *(int *)out = (int)number;
    return true;
}

/* uuid and hash */
static bool decode_fixed(struct decoder *decoder, size_t size, const msgpack_object *object,
                         const struct place *place, void *out)
{
    if (object->type != MSGPACK_OBJECT_BIN)
        return wrong_type(decoder, place, "bin");
    if (object->via.bin.size != size)
        return fail(decoder, place, ERROR_FIELD_OUT_OF_RANGE, "must have %zu bytes", size);
    memcpy(out, object->via.bin.ptr, size);
    return true;
}

static bool decode_slug(struct decoder *decoder, const msgpack_object *object, const struct place *place,
                        void *out)
{
    if (object->type != MSGPACK_OBJECT_STR)
        return wrong_type(decoder, place, "str");
    if (!slug_parse(slice_of(object->via.str.ptr, object->via.str.size), out))
        return fail(decoder, place, ERROR_FIELD_OUT_OF_RANGE, "not a key ([a-z0-9-], 1 to 31)");
    return true;
}

static bool decode_text(struct decoder *decoder, const struct field_desc *field, const msgpack_object *object,
                        const struct place *place, struct slice *out)
{
    if (object->type != MSGPACK_OBJECT_STR)
        return wrong_type(decoder, place, "str");
    struct slice text = slice_of(object->via.str.ptr, object->via.str.size);
    if (!check_size(decoder, field, text.size, "bytes", place))
        return false;
    const char *wrong = utf8_fault(text);
    if (wrong != NULL)
        return fail(decoder, place, ERROR_FIELD_OUT_OF_RANGE, "%s", wrong);
    *out = text;
    return true;
}

static bool decode_personal(struct decoder *decoder, const msgpack_object *object, const struct place *place,
                            struct slice *out)
{
    if (object->type != MSGPACK_OBJECT_BIN)
        return wrong_type(decoder, place, "sealed bin");
    if (decoder->mode->key.data == NULL) {
        *out = slice_text("erased");
        return true;
    }
    struct slice sealed = slice_of(object->via.bin.ptr, object->via.bin.size);
    enum err err = personal_open(sealed, decoder->mode->key, decoder->arena, out);
    if (err != ERR_OK)
        return fail(decoder, place, ERROR_INTERNAL, "%s",
                    err == ERR_NOMEM ? "no memory" : "not sealed with this key");
    return true;
}

static bool decode_bytes(struct decoder *decoder, const struct field_desc *field,
                         const msgpack_object *object, const struct place *place, struct slice *out)
{
    if (object->type != MSGPACK_OBJECT_BIN)
        return wrong_type(decoder, place, "bin");
    if (!check_size(decoder, field, object->via.bin.size, "bytes", place))
        return false;
    *out = slice_of(object->via.bin.ptr, object->via.bin.size);
    return true;
}

/* Where the input is at hand, its own bytes; else the object packed again, in the arena. */
static bool decode_raw(struct decoder *decoder, const msgpack_object *object, struct slice bytes,
                       const struct place *place, struct slice *out)
{
    size_t size;
    if (bytes.data != NULL) {
        check(wire_token_skip(bytes, &size));
        *out = slice_of(bytes.data, size);
        return true;
    }
    struct buf buf;
    struct codec_sink sink;
    buf_init(&buf, decoder->arena->max_bytes);
    codec_sink_init(&sink, &buf);
    msgpack_pack_object(&sink.packer, *object);
    enum err err = codec_sink_end(&sink);
    if (err == ERR_OK)
        *out = slice_copy(decoder->arena, buf_slice(&buf));
    buf_release(&buf);
    if (err != ERR_OK || out->data == NULL)
        return fail(decoder, place, ERROR_OVERLOADED, "no memory");
    return true;
}

static bool decode_list(struct decoder *decoder, const struct field_desc *field, const msgpack_object *object,
                        struct slice bytes, const struct place *place, struct list_value *out);

/* One value that is not nil; `bytes` starts with its encoding, or is absent. */
static bool decode_value(struct decoder *decoder, enum field_kind kind, const struct field_desc *field,
                         const msgpack_object *object, struct slice bytes, const struct place *place,
                         void *out)
{
    switch (kind) {
    case FIELD_BOOL:
        if (object->type != MSGPACK_OBJECT_BOOLEAN)
            return wrong_type(decoder, place, "bool");
        *(bool *)out = object->via.boolean;
        return true;
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_U32:
    case FIELD_U64:
        return decode_unsigned(decoder, kind, object, place, out);
    case FIELD_I64:
    case FIELD_TIME:
        return decode_signed(decoder, object, place, out);
    case FIELD_ENUM:
        return decode_enum(decoder, field, object, place, out);
    case FIELD_UUID:
    case FIELD_HASH:
        return decode_fixed(decoder, value_size(kind, NULL), object, place, out);
    case FIELD_SLUG:
        return decode_slug(decoder, object, place, out);
    case FIELD_TEXT:
        if (decoder->mode->stored && (field->flags & FIELD_PERSONAL))
            return decode_personal(decoder, object, place, out);
        return decode_text(decoder, field, object, place, out);
    case FIELD_BYTES:
        return decode_bytes(decoder, field, object, place, out);
    case FIELD_RAW:
        return decode_raw(decoder, object, bytes, place, out);
    case FIELD_LIST:
        return decode_list(decoder, field, object, bytes, place, out);
    case FIELD_STRUCT:
        return decode_struct(decoder, field->type, object, bytes, place, out);
    }
    check(!"a field kind without a decoding");
}

/* The bytes after the head of the container at the start of `bytes`; absent stays absent. */
static struct slice inside(struct slice bytes)
{
    struct wire_token token;
    if (bytes.data == NULL)
        return bytes;
    check(wire_token_read(bytes, &token));
    return wire_token_after(bytes, token.length);
}

/* Moves `bytes` past its first value; absent stays absent. */
static void step(struct slice *bytes)
{
    size_t size;
    if (bytes->data == NULL)
        return;
    check(wire_token_skip(*bytes, &size));
    *bytes = wire_token_after(*bytes, size);
}

static bool decode_list(struct decoder *decoder, const struct field_desc *field, const msgpack_object *object,
                        struct slice bytes, const struct place *place, struct list_value *out)
{
    if (object->type != MSGPACK_OBJECT_ARRAY)
        return wrong_type(decoder, place, "an array");
    uint32_t count = object->via.array.size;
    if (!check_size(decoder, field, count, "entries", place))
        return false;
    size_t size = value_size(field->of, field->type);
    char *items = arena_array(decoder->arena, count, size);
    if (items == NULL)
        return fail(decoder, place, ERROR_OVERLOADED, "no memory");
    bytes = inside(bytes);
    for (uint32_t i = 0; i < count; i++) {
        const msgpack_object *item = &object->via.array.ptr[i];
        struct place here = {.up = place, .index = i};
        if (item->type == MSGPACK_OBJECT_NIL)
            return fail(decoder, &here, ERROR_FIELD_MISSING, "is nil");
        if (!decode_value(decoder, field->of, field, item, bytes, &here, items + i * size))
            return false;
        step(&bytes);
    }
    *out = (struct list_value){.items = items, .count = count};
    return true;
}

/* Fields from `first` on that the input does not have. */
static bool decode_absent(struct decoder *decoder, const struct type_desc *type, uint32_t first,
                          const struct place *up, void *out)
{
    for (uint32_t i = first; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        struct place here = {.up = up, .name = field->name};
        if (!(field->flags & FIELD_DEFAULT))
            return fail(decoder, &here, ERROR_FIELD_MISSING, "is missing");
        value_store_default(field->kind, (char *)out + field->offset, field->default_value);
    }
    return true;
}

static bool decode_struct(struct decoder *decoder, const struct type_desc *type, const msgpack_object *object,
                          struct slice bytes, const struct place *up, void *out)
{
    memset(out, 0, type->size);
    if (object->type == MSGPACK_OBJECT_NIL)
        return decode_absent(decoder, type, 0, up, out);
    if (object->type != MSGPACK_OBJECT_ARRAY)
        return wrong_type(decoder, up, "an array");
    uint32_t given = object->via.array.size;
    uint32_t count = given < type->field_count ? given : type->field_count;
    bytes = inside(bytes);
    for (uint32_t i = 0; i < count; i++) {
        const struct field_desc *field = &type->fields[i];
        const msgpack_object *element = &object->via.array.ptr[i];
        struct place here = {.up = up, .name = field->name};
        if (element->type == MSGPACK_OBJECT_NIL) {
            if (!(field->flags & FIELD_OPTIONAL))
                return fail(decoder, &here, ERROR_FIELD_MISSING, "is nil");
        } else if (!decode_value(decoder, field->kind, field, element, bytes, &here,
                                 (char *)out + field->offset)) {
            return false;
        }
        step(&bytes);
    }
    return decode_absent(decoder, type, count, up, out);
}

static bool has_raw(const struct type_desc *type)
{
    for (uint16_t i = 0; i < type->field_count; i++)
        if (type->fields[i].kind == FIELD_RAW || type->fields[i].of == FIELD_RAW ||
            (type->fields[i].type != NULL && has_raw(type->fields[i].type)))
            return true;
    return false;
}

bool codec_decode_mode(const struct type_desc *type, struct slice payload, const struct codec_mode *mode,
                       struct arena *arena, void *ret_struct, struct wire_fault *fault)
{
    struct decoder decoder = {.arena = arena, .fault = fault, .mode = mode};
    if (payload.data == NULL) {
        const msgpack_object nil = {.type = MSGPACK_OBJECT_NIL};
        return decode_struct(&decoder, type, &nil, payload, NULL, ret_struct);
    }
    size_t size = 0, offset = 0;
    enum error_code code = wire_scan(payload, STORED_DEPTH_MAX, STORED_VALUES_MAX, &size);
    if (code == ERROR_NONE && size != payload.size)
        code = ERROR_MALFORMED;
    if (code != ERROR_NONE)
        return fail(&decoder, NULL, code, "not one well-formed value");
    msgpack_zone zone;
    msgpack_object object;
    if (!msgpack_zone_init(&zone, ZONE_CHUNK_BYTES))
        return fail(&decoder, NULL, ERROR_OVERLOADED, "no memory");
    msgpack_unpack_return status =
        msgpack_unpack((const char *)payload.data, payload.size, &offset, &zone, &object);
    bool good = status == MSGPACK_UNPACK_SUCCESS && offset == payload.size;
    if (good)
        good = decode_struct(&decoder, type, &object, has_raw(type) ? payload : (struct slice){0}, NULL,
                             ret_struct);
    else if (status == MSGPACK_UNPACK_NOMEM_ERROR)
        fail(&decoder, NULL, ERROR_OVERLOADED, "no memory");
    else
        fail(&decoder, NULL, ERROR_MALFORMED, "not one well-formed value");
    msgpack_zone_destroy(&zone);
    return good;
}

bool codec_decode(const struct type_desc *type, struct slice payload, struct arena *arena, void *ret_struct,
                  struct wire_fault *fault)
{
    return codec_decode_mode(type, payload, &(struct codec_mode){0}, arena, ret_struct, fault);
}

bool codec_decode_object(const struct type_desc *type, const msgpack_object *object, struct arena *arena,
                         void *ret_struct, struct wire_fault *fault)
{
    struct decoder decoder = {.arena = arena, .fault = fault, .mode = &(struct codec_mode){0}};
    return decode_struct(&decoder, type, object, (struct slice){0}, NULL, ret_struct);
}
