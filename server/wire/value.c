/* value: loads, stores and sizes by field kind, shared by the codec, the JSON printer and the tools.
 *
 * When you add a kind to base/descriptor.h: give it a size here (the switches have no default, so the
 * compiler asks), an encoding in codec_encode.c, a decoding in codec_decode.c and a spelling in codec_json.c.
 */
#include "wire/value.h"
#include <string.h>
#include "base/check.h"
#include "base/sha256.h"
#include "base/slice.h"
#include "base/slug.h"
#include "base/uuid.h"

size_t value_size(enum field_kind kind, const struct type_desc *type)
{
    switch (kind) {
    case FIELD_BOOL:
        return sizeof(bool);
    case FIELD_U8:
        return sizeof(uint8_t);
    case FIELD_U16:
        return sizeof(uint16_t);
    case FIELD_U32:
        return sizeof(uint32_t);
    case FIELD_U64:
    case FIELD_I64:
    case FIELD_TIME:
        return sizeof(uint64_t);
    case FIELD_ENUM:
        return sizeof(int);
    case FIELD_UUID:
        return sizeof(struct uuid);
    case FIELD_HASH:
        return sizeof(struct hash);
    case FIELD_SLUG:
        return sizeof(struct slug);
    case FIELD_TEXT:
    case FIELD_BYTES:
    case FIELD_RAW:
        return sizeof(struct slice);
    case FIELD_LIST:
        return sizeof(struct list_value);
    case FIELD_STRUCT:
        return type->size;
    }
    check(!"a field kind without a size");
}

bool value_is_zero(enum field_kind kind, const struct type_desc *type, const void *value)
{
    static const uint8_t zero[32];
    switch (kind) {
    case FIELD_TEXT:
    case FIELD_BYTES:
    case FIELD_RAW:
        return ((const struct slice *)value)->size == 0;
    case FIELD_LIST:
        return ((const struct list_value *)value)->count == 0;
    case FIELD_STRUCT:
        for (uint16_t i = 0; i < type->field_count; i++) {
            const struct field_desc *field = &type->fields[i];
            if (!value_is_zero(field->kind, field->type, (const char *)value + field->offset))
                return false;
        }
        return true;
    default:
        return memcmp(value, zero, value_size(kind, type)) == 0; /* at most the 32 bytes of a hash or slug */
    }
}

uint64_t value_unsigned_max(enum field_kind kind)
{
    switch (kind) {
    case FIELD_U8:
        return UINT8_MAX;
    case FIELD_U16:
        return UINT16_MAX;
    case FIELD_U32:
        return UINT32_MAX;
    case FIELD_U64:
        return UINT64_MAX;
    default:
        return 0;
    }
}

uint64_t value_load_unsigned(enum field_kind kind, const void *value)
{
    switch (kind) {
    case FIELD_U8:
        return *(const uint8_t *)value;
    case FIELD_U16:
        return *(const uint16_t *)value;
    case FIELD_U32:
        return *(const uint32_t *)value;
    default:
        check(kind == FIELD_U64);
        return *(const uint64_t *)value;
    }
}

void value_store_unsigned(enum field_kind kind, void *value, uint64_t number)
{
    switch (kind) {
    case FIELD_U8:
        *(uint8_t *)value = (uint8_t)number;
        return;
    case FIELD_U16:
        *(uint16_t *)value = (uint16_t)number;
        return;
    case FIELD_U32:
        *(uint32_t *)value = (uint32_t)number;
        return;
    default:
        check(kind == FIELD_U64);
        *(uint64_t *)value = number;
    }
}

void value_store_default(enum field_kind kind, void *value, int64_t number)
{
    if (kind == FIELD_BOOL)
        *(bool *)value = number != 0;
    else if (kind == FIELD_ENUM)
        *(int *)value = (int)number;
    else if (kind == FIELD_I64 || kind == FIELD_TIME)
        *(int64_t *)value = number;
    else if (value_unsigned_max(kind) != 0)
        value_store_unsigned(kind, value, (uint64_t)number);
    else
        check(number == 0); /* the caller zeroed it */
}

const char *value_enum_name(const struct enum_desc *enumeration, int64_t number)
{
    for (uint16_t i = 0; i < enumeration->count; i++)
        if (enumeration->values[i].value == number)
            return enumeration->values[i].name;
    return NULL;
}
