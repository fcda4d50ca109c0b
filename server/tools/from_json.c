/* from_json: the way in that codec_json.c is not.
 *
 * Walks the descriptor, not the JSON, so that the result has every field; a name that the type does not have
 * is an error of its own, since a person mistyped it. It is lenient where a line typed at a prompt cannot be
 * exact: numbers and bools may come as text ("10", "true"), a list of plain values as text with commas
 * ("ada,brin"). What the wire demands beyond types (ranges of enums, lengths, UTF-8) is the server's to
 * refuse: this tool must be able to send wrong values too. */
#include "tools/from_json.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/check.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "base/slug.h"
#include "base/uuid.h"
#include "wire/value.h"

static bool fail(char where[120], const char *name, const char *wanted)
{
    snprintf(where, 120, "%.60s: must be %.45s", name, wanted);
    return false;
}

static struct slice text_of(const json_t *json)
{
    return slice_of(json_string_value(json), json_string_length(json));
}

static bool read_unsigned(const json_t *json, uint64_t *ret_number)
{
    if (json_is_integer(json) && json_integer_value(json) >= 0) {
        *ret_number = (uint64_t)json_integer_value(json);
        return true;
    }
    const char *text = json_string_value(json);
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    char *end;
    errno = 0;
    *ret_number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool read_signed(const json_t *json, int64_t *ret_number)
{
    if (json_is_integer(json)) {
        *ret_number = json_integer_value(json);
        return true;
    }
    const char *text = json_string_value(json);
    if (text == NULL || text[0] == '\0')
        return false;
    char *end;
    errno = 0;
    *ret_number = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool read_hex(const json_t *json, struct arena *arena, struct slice *ret_bytes)
{
    const char *text = json_string_value(json);
    size_t size = json_string_length(json);
    if (text == NULL || size % 2 != 0)
        return false;
    uint8_t *bytes = arena_alloc(arena, size / 2);
    for (size_t i = 0; bytes != NULL && i < size; i++) {
        int digit = hex_digit((uint8_t)text[i]);
        if (digit < 0)
            return false;
        bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | digit);
    }
    *ret_bytes = slice_of(bytes, size / 2);
    return bytes != NULL;
}

static bool read_enum(const json_t *json, const struct enum_desc *enumeration, int *ret_value)
{
    for (uint16_t i = 0; json_is_string(json) && i < enumeration->count; i++) {
        if (strcmp(enumeration->values[i].name, json_string_value(json)) == 0) {
            *ret_value = enumeration->values[i].value;
            return true;
        }
    }
    int64_t number;
    if (!read_signed(json, &number) || number != (int)number)
        return false;
    *ret_value = (int)number;
    return true;
}

static bool read_bool(const json_t *json, bool *ret_value)
{
    const char *text = json_string_value(json);
    bool yes = json_is_true(json) || (text != NULL && strcmp(text, "true") == 0);
    bool no = json_is_false(json) || (text != NULL && strcmp(text, "false") == 0);
    *ret_value = yes;
    return yes || no;
}

static bool read_number(enum field_kind kind, const json_t *json, const char *name, void *out,
                        char where[120])
{
    uint64_t number;
    if (!read_unsigned(json, &number) || number > value_unsigned_max(kind))
        return fail(where, name, "a number from 0 that the field can hold");
    value_store_unsigned(kind, out, number);
    return true;
}

static bool read_hash(const json_t *json, struct arena *arena, const char *name, void *out, char where[120])
{
    struct slice bytes;
    if (!read_hex(json, arena, &bytes) || bytes.size != sizeof(struct hash))
        return fail(where, name, "64 hex digits");
    memcpy(out, bytes.data, bytes.size);
    return true;
}

/* A JSON array, or text with commas; the caller drops the reference. */
static json_t *list_items(const json_t *json)
{
    if (json_is_array(json))
        return json_incref((json_t *)json);
    if (!json_is_string(json))
        return NULL;
    json_t *items = json_array();
    for (const char *at = json_string_value(json); *at != '\0';) {
        size_t size = strcspn(at, ",");
        json_array_append_new(items, json_stringn(at, size));
        at += size + (at[size] == ',');
    }
    return items;
}

static bool read_value(enum field_kind kind, const struct field_desc *field, const json_t *json,
                       struct arena *arena, void *out, char where[120]);

static bool read_list(const struct field_desc *field, const json_t *json, struct arena *arena,
                      struct list_value *out, char where[120])
{
    json_t *items = list_items(json);
    if (items == NULL)
        return fail(where, field->name, "a list");
    size_t size = value_size(field->of, field->type), count = json_array_size(items);
    char *memory = arena_array(arena, count, size);
    bool good = memory != NULL || fail(where, field->name, "smaller");
    for (size_t i = 0; good && i < count; i++)
        good = read_value(field->of, field, json_array_get(items, i), arena, memory + i * size, where);
    json_decref(items);
    *out = (struct list_value){.items = memory, .count = (uint32_t)count};
    return good;
}

static bool read_value(enum field_kind kind, const struct field_desc *field, const json_t *json,
                       struct arena *arena, void *out, char where[120])
{
    const char *name = field->name;
    switch (kind) {
    case FIELD_BOOL:
        return read_bool(json, out) || fail(where, name, "true or false");
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_U32:
    case FIELD_U64:
        return read_number(kind, json, name, out, where);
    case FIELD_I64:
    case FIELD_TIME:
        return read_signed(json, out) || fail(where, name, "a number");
    case FIELD_ENUM:
        return read_enum(json, field->enumeration, out) || fail(where, name, field->enumeration->name);
    case FIELD_UUID:
        return (json_is_string(json) && uuid_parse(text_of(json), out)) || fail(where, name, "a uuid");
    case FIELD_HASH:
        return read_hash(json, arena, name, out, where);
    case FIELD_SLUG:
        return (json_is_string(json) && slug_parse(text_of(json), out)) ||
               fail(where, name, "a key ([a-z0-9-])");
    case FIELD_TEXT:
        if (!json_is_string(json))
            return fail(where, name, "text");
        *(struct slice *)out = slice_copy(arena, text_of(json));
        return ((struct slice *)out)->data != NULL || fail(where, name, "smaller");
    case FIELD_BYTES:
    case FIELD_RAW:
        return read_hex(json, arena, out) || fail(where, name, "hex digits");
    case FIELD_LIST:
        return read_list(field, json, arena, out, where);
    case FIELD_STRUCT:
        return struct_from_json(field->type, json, arena, out, where);
    }
    check(!"a field kind without a reading");
}

static const struct field_desc *find_field(const struct type_desc *type, const char *name)
{
    for (uint16_t i = 0; i < type->field_count; i++)
        if (strcmp(type->fields[i].name, name) == 0)
            return &type->fields[i];
    return NULL;
}

bool struct_from_json(const struct type_desc *type, const json_t *object, struct arena *arena,
                      void *ret_struct, char ret_where[120])
{
    memset(ret_struct, 0, type->size);
    if (!json_is_object(object))
        return fail(ret_where, type->name, "an object");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (find_field(type, key) == NULL)
            return fail(ret_where, key, "a field of this type");
    }
    for (uint16_t i = 0; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        char *out = (char *)ret_struct + field->offset;
        const json_t *given = json_object_get(object, field->name);
        if (given == NULL)
            value_store_default(field->kind, out, field->default_value);
        else if (!json_is_null(given) && !read_value(field->kind, field, given, arena, out, ret_where))
            return false;
    }
    return true;
}
