/* codec_json: structs as JSON for people and tools (decode-frame, connect, events, logs of one command).
 *
 * One way only, and not canonical: nothing decides on it. Names come from the descriptors; uuids in their
 * usual form, hashes and bytes in hex, times in ISO 8601 UTC with milliseconds, enums by name, 64-bit numbers
 * as digits (a reader in JavaScript must take care), optional fields that are zero as null. Secret fields are
 * left out whatever the caller wants; personal texts can be hidden. Raw values are shown as the generic JSON
 * of their msgpack: positional, bin as hex.
 *
 * Strings are escaped so that the output is one line of printable text even when a value was never validated:
 * control characters (C1 and the line separators of JavaScript too) as \uXXXX, bytes that are not UTF-8 as
 * U+FFFD. */
#include "wire/json.h"
#include <inttypes.h>
#include <time.h>
#include "base/check.h"
#include "wire/token.h"
#include "wire/utf8.h"
#include "wire/value.h"

#define JSON_DEPTH_MAX 16

static enum err put_escaped(struct buf *out, uint32_t c, struct slice bytes)
{
    if (c == '"' || c == '\\')
        return buf_printf(out, "\\%c", (char)c);
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029)
        return buf_printf(out, "\\u%04x", c);
    return buf_append(out, bytes.data, bytes.size);
}

enum err json_text(struct buf *out, struct slice text)
{
    enum err err = buf_printf(out, "\"");
    while (err == ERR_OK && text.size > 0) {
        uint32_t c = 0xfffd;
        size_t size = 1;
        struct slice bytes = slice_text("\xef\xbf\xbd");
        if (utf8_next(text, &c, &size))
            bytes = slice_of(text.data, size);
        err = put_escaped(out, c, bytes);
        text = wire_token_after(text, size);
    }
    return err != ERR_OK ? err : buf_printf(out, "\"");
}

static enum err put_hex(struct buf *out, struct slice bytes)
{
    enum err err = buf_printf(out, "\"");
    for (size_t i = 0; err == ERR_OK && i < bytes.size; i++)
        err = buf_printf(out, "%02x", bytes.data[i]);
    return err != ERR_OK ? err : buf_printf(out, "\"");
}

static enum err put_time(struct buf *out, int64_t ms)
{
    int64_t seconds = ms / 1000, rest = ms % 1000;
    if (rest < 0) {
        rest += 1000;
        seconds--;
    }
    time_t when = (time_t)seconds;
    struct tm tm;
    if (gmtime_r(&when, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 8099)
        return buf_printf(out, "%" PRId64, ms); /* no four-digit year */
    return buf_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", tm.tm_year + 1900, tm.tm_mon + 1,
                      tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)rest);
}

/* The value at the start of *bytes; moves *bytes past it. */
static enum err put_raw(struct buf *out, struct slice *bytes, unsigned depth);

static enum err put_container(struct buf *out, struct slice *bytes, const struct wire_token *token,
                              unsigned depth)
{
    bool map = token->kind == WIRE_MAP; /* none is in the protocol; keys may be anything, JSON's may not */
    enum err err = buf_printf(out, map ? "{\"map\":[" : "[");
    for (uint64_t i = 0; err == ERR_OK && i < token->count; i++) {
        if (i > 0)
            err = buf_printf(out, ",");
        if (err == ERR_OK)
            err = put_raw(out, bytes, depth + 1);
    }
    return err != ERR_OK ? err : buf_printf(out, map ? "]}" : "]");
}

static enum err put_raw(struct buf *out, struct slice *bytes, unsigned depth)
{
    struct wire_token token;
    if (depth > JSON_DEPTH_MAX || !wire_token_read(*bytes, &token))
        return ERR_MALFORMED;
    *bytes = wire_token_after(*bytes, token.length);
    switch (token.kind) {
    case WIRE_NIL:
        return buf_printf(out, "null");
    case WIRE_BOOL:
        return buf_printf(out, token.number ? "true" : "false");
    case WIRE_UNSIGNED:
        return buf_printf(out, "%" PRIu64, token.number);
    case WIRE_NEGATIVE:
        return buf_printf(out, "%" PRId64, (int64_t)token.number);
    case WIRE_FLOAT:
        if (token.real - token.real != 0) /* infinite */
            return buf_printf(out, "null");
        return buf_printf(out, "%.17g", token.real);
    case WIRE_TEXT:
        return json_text(out, token.data);
    case WIRE_BYTES:
        return put_hex(out, token.data);
    case WIRE_ARRAY:
    case WIRE_MAP:
        return put_container(out, bytes, &token, depth);
    }
    check(!"a msgpack kind without a spelling");
    return ERR_MALFORMED; /* never: gcc -O0 with sanitizers does not see it */
}

enum err json_raw(struct buf *out, struct slice raw)
{
    size_t before = out->size;
    enum err err = put_raw(out, &raw, 0);
    if (err != ERR_OK)
        out->size = before;
    return err;
}

static enum err put_struct(struct buf *out, const struct type_desc *type, const void *value,
                           bool hide_personal);

static enum err put_value(struct buf *out, enum field_kind kind, const struct field_desc *field,
                          const void *value, bool hide_personal);

static enum err put_list(struct buf *out, const struct field_desc *field, const struct list_value *list,
                         bool hide_personal)
{
    size_t size = value_size(field->of, field->type);
    enum err err = buf_printf(out, "[");
    for (uint32_t i = 0; err == ERR_OK && i < list->count; i++) {
        if (i > 0)
            err = buf_printf(out, ",");
        if (err == ERR_OK)
            err = put_value(out, field->of, field, (const char *)list->items + i * size, hide_personal);
    }
    return err != ERR_OK ? err : buf_printf(out, "]");
}

static enum err put_enum(struct buf *out, const struct enum_desc *enumeration, int number)
{
    const char *name = value_enum_name(enumeration, number);
    return name == NULL ? buf_printf(out, "%d", number) : json_text(out, slice_text(name));
}

static enum err put_value(struct buf *out, enum field_kind kind, const struct field_desc *field,
                          const void *value, bool hide_personal)
{
    char uuid[UUID_TEXT_SIZE];
    const struct slice *slice = value; /* of text, bytes and raw */
    switch (kind) {
    case FIELD_BOOL:
        return buf_printf(out, *(const bool *)value ? "true" : "false");
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_U32:
    case FIELD_U64:
        return buf_printf(out, "%" PRIu64, value_load_unsigned(kind, value));
    case FIELD_I64:
        return buf_printf(out, "%" PRId64, *(const int64_t *)value);
    case FIELD_TIME:
        return put_time(out, *(const int64_t *)value);
    case FIELD_ENUM:
        return put_enum(out, field->enumeration, *(const int *)value);
    case FIELD_UUID:
        return buf_printf(out, "\"%s\"", uuid_format(*(const struct uuid *)value, uuid));
    case FIELD_HASH:
        return put_hex(out, slice_of(value, value_size(kind, NULL)));
    case FIELD_SLUG:
        return json_text(out, slug_slice(value));
    case FIELD_TEXT:
        return json_text(out, *slice);
    case FIELD_BYTES:
        return put_hex(out, *slice);
    case FIELD_RAW:
        return slice->size == 0 ? buf_printf(out, "null") : json_raw(out, *slice);
    case FIELD_LIST:
        return put_list(out, field, value, hide_personal);
    case FIELD_STRUCT:
        return put_struct(out, field->type, value, hide_personal);
    }
    check(!"a field kind without a spelling");
    return ERR_MALFORMED; /* never: gcc -O0 with sanitizers does not see it */
}

enum err json_field(struct buf *out, const struct field_desc *field, const void *value, bool hide_personal)
{
    if ((field->flags & FIELD_OPTIONAL) && value_is_zero(field->kind, field->type, value))
        return buf_printf(out, "null");
    if ((field->flags & FIELD_PERSONAL) && hide_personal)
        return buf_printf(out, "\"<personal>\"");
    return put_value(out, field->kind, field, value, hide_personal);
}

static enum err put_struct(struct buf *out, const struct type_desc *type, const void *value,
                           bool hide_personal)
{
    enum err err = buf_printf(out, "{");
    bool first = true;
    for (uint16_t i = 0; err == ERR_OK && i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        if (field->flags & FIELD_SECRET)
            continue;
        if (!first)
            err = buf_printf(out, ",");
        first = false;
        if (err == ERR_OK)
            err = buf_printf(out, "\"%s\":", field->name);
        if (err == ERR_OK)
            err = json_field(out, field, (const char *)value + field->offset, hide_personal);
    }
    return err != ERR_OK ? err : buf_printf(out, "}");
}

enum err codec_to_json(struct buf *out, const struct type_desc *type, const void *value, bool hide_personal)
{
    size_t before = out->size;
    enum err err = put_struct(out, type, value, hide_personal);
    if (err != ERR_OK)
        out->size = before;
    return err;
}
