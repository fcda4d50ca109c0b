/* helper_wire: walks the schema's tables, so that a new command, event or row is tested without a line here.
 */
#include "helper_wire.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/check.h"
#include "base/sha256.h"
#include "base/slug.h"
#include "base/uuid.h"
#include "gen/c/schema.h"
#include "wire/value.h"

void wire_each_type(void (*each)(void *ctx, const struct type_desc *type), void *ctx)
{
    for (int i = 0; i < SCHEMA_COMMAND_COUNT; i++)
        each(ctx, schema_commands[i].payload);
    for (int i = 0; i < SCHEMA_EVENT_COUNT; i++)
        each(ctx, schema_events[i].payload);
    for (int i = 0; i < SCHEMA_VIEW_COUNT; i++)
        each(ctx, schema_views[i].payload);
    for (int i = 0; i < SCHEMA_MESSAGE_COUNT; i++) {
        each(ctx, schema_messages[i].payload);
        if (schema_messages[i].reply != NULL)
            each(ctx, schema_messages[i].reply);
    }
    static const struct type_desc *const others[] = {&type_pull,   &type_rarity_weight, &type_pack_entry,
                                                     &type_limits, &type_meta,          &type_reply_meta,
                                                     &type_change, &type_query_list,    &type_reply_list};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        each(ctx, others[i]);
}

struct search {
    const char *name;
    const struct type_desc *found;
};

static void match(void *ctx, const struct type_desc *type)
{
    struct search *search = ctx;
    if (strcmp(type->name, search->name) == 0)
        search->found = type;
}

const struct type_desc *wire_type_named(const char *name)
{
    struct search search = {.name = name};
    wire_each_type(match, &search);
    return search.found;
}

uint64_t wire_random_seed(void)
{
    const char *text = getenv("GACHAPON_TEST_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 0x9e3779b97f4a7c15u;
    printf("seed 0x%llx (GACHAPON_TEST_SEED)\n", (unsigned long long)seed);
    return seed;
}

uint64_t wire_random_next(struct wire_random *random) /* splitmix64 */
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t wire_random_below(struct wire_random *random, uint32_t bound)
{
    return (uint32_t)(wire_random_next(random) >> 32) % bound;
}

/* Numbers of every size, the ends of the range among them. */
static uint64_t random_number(struct wire_random *random, uint64_t max)
{
    switch (wire_random_below(random, 8)) {
    case 0:
        return 0;
    case 1:
        return max;
    default:
        return wire_random_next(random) >> wire_random_below(random, 64) & max;
    }
}

static struct slice random_bytes(struct wire_random *random, struct arena *arena, uint32_t size)
{
    uint8_t *bytes = arena_alloc(arena, size);
    check(bytes != NULL);
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)wire_random_next(random);
    return slice_of(bytes, size);
}

static struct slice random_text(struct wire_random *random, struct arena *arena, uint32_t size)
{
    static const char *const pieces[] = {
        "a", "Z", " ", "'", "\"", "\\", "\xc3\xa9", "\xe4\xb8\x96", "\xf0\x9f\x8e\xb4"};
    char *text = arena_alloc(arena, size + 1);
    check(text != NULL);
    for (uint32_t at = 0; at < size;) {
        const char *piece = pieces[wire_random_below(random, sizeof pieces / sizeof *pieces)];
        if (strlen(piece) > size - at)
            piece = "x";
        memcpy(text + at, piece, strlen(piece));
        at += (uint32_t)strlen(piece);
    }
    return slice_of(text, size);
}

static uint32_t random_size(struct wire_random *random, uint32_t min, uint32_t max)
{
    uint32_t top = wire_random_below(random, 4) != 0 && max > min + 40 ? min + 40 : max;
    return min + wire_random_below(random, top - min + 1);
}

static void random_slug(struct wire_random *random, struct slug *out)
{
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    uint32_t size = 1 + wire_random_below(random, 31);
    *out = (struct slug){{0}};
    for (uint32_t i = 0; i < size; i++)
        out->text[i] = bytes[wire_random_below(random, i == 0 ? 36 : 37)];
}

/* A msgpack value that is not nil. */
static struct slice random_raw(struct wire_random *random)
{
    static const char *const values[] = {"\x90", "\x93\x01\xc3\xa2hi", "\x91\x91\x92\x05\xc4\x01x", "\x07",
                                         "\x81\xa1k\xcc\xc8"};
    static const size_t sizes[] = {1, 6, 7, 1, 5};
    uint32_t i = wire_random_below(random, 5);
    return slice_of(values[i], sizes[i]);
}

static void random_value(struct wire_random *random, enum field_kind kind, const struct field_desc *field,
                         struct arena *arena, void *out)
{
    switch (kind) {
    case FIELD_BOOL:
        *(bool *)out = wire_random_below(random, 2) != 0;
        return;
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_U32:
    case FIELD_U64:
        value_store_unsigned(kind, out, random_number(random, value_unsigned_max(kind)));
        return;
    case FIELD_I64:
    case FIELD_TIME:
        *(int64_t *)out = (int64_t)random_number(random, UINT64_MAX);
        return;
    case FIELD_ENUM:
        *(int *)out = field->enumeration->values[wire_random_below(random, field->enumeration->count)].value;
        return;
    case FIELD_UUID:
    case FIELD_HASH:
        memcpy(out, random_bytes(random, arena, (uint32_t)value_size(kind, NULL)).data,
               value_size(kind, NULL));
        return;
    case FIELD_SLUG:
        random_slug(random, out);
        return;
    case FIELD_TEXT:
        *(struct slice *)out = random_text(random, arena, random_size(random, field->min, field->max));
        return;
    case FIELD_BYTES:
        *(struct slice *)out = random_bytes(random, arena, random_size(random, field->min, field->max));
        return;
    case FIELD_RAW:
        *(struct slice *)out = random_raw(random);
        return;
    case FIELD_LIST: {
        struct list_value *list = out;
        list->count = random_size(random, field->min, field->max > 20 ? 20 : field->max);
        size_t size = value_size(field->of, field->type);
        list->items = arena_array(arena, list->count, size);
        check(list->items != NULL);
        for (uint32_t i = 0; i < list->count; i++)
            random_value(random, field->of, field, arena, (char *)list->items + i * size);
        return;
    }
    case FIELD_STRUCT:
        wire_random_struct(random, field->type, arena, out);
        return;
    }
}

void wire_random_struct(struct wire_random *random, const struct type_desc *type, struct arena *arena,
                        void *out)
{
    memset(out, 0, type->size);
    for (uint16_t i = 0; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        if ((field->flags & FIELD_OPTIONAL) && wire_random_below(random, 3) == 0)
            continue;
        random_value(random, field->kind, field, arena, (char *)out + field->offset);
    }
}

static bool value_equal(enum field_kind kind, const struct field_desc *field, const void *left,
                        const void *right)
{
    if (kind == FIELD_TEXT || kind == FIELD_BYTES || kind == FIELD_RAW)
        return slice_equal(*(const struct slice *)left, *(const struct slice *)right);
    if (kind == FIELD_STRUCT)
        return wire_struct_equal(field->type, left, right);
    if (kind != FIELD_LIST)
        return memcmp(left, right, value_size(kind, field->type)) == 0;
    const struct list_value *a = left, *b = right;
    bool equal = a->count == b->count;
    size_t size = value_size(field->of, field->type);
    for (uint32_t i = 0; equal && i < a->count; i++)
        equal = value_equal(field->of, field, (char *)a->items + i * size, (char *)b->items + i * size);
    return equal;
}

bool wire_struct_equal(const struct type_desc *type, const void *left, const void *right)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        size_t at = field->offset;
        if (!value_equal(field->kind, field, (const char *)left + at, (const char *)right + at))
            return false;
    }
    return true;
}

struct slice wire_from_hex(struct arena *arena, const char *hex)
{
    size_t size = strlen(hex) / 2;
    uint8_t *bytes = arena_alloc(arena, size);
    check(bytes != NULL && strlen(hex) % 2 == 0);
    for (size_t i = 0; i < size; i++) {
        unsigned byte;
        check(sscanf(hex + 2 * i, "%2x", &byte) == 1);
        bytes[i] = (uint8_t)byte;
    }
    return slice_of(bytes, size);
}
