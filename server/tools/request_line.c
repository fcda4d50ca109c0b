/* request_line: driven by the schema's tables, so a new command can be typed the moment it is generated.
 *
 * A line becomes a JSON object of its words (all of them text), and struct_from_json makes the struct: one
 * way in, for typed words and for JSON. What is wrong with the values beyond their types is left to the
 * server, so that a person can see its answer. */
#include "tools/request_line.h"
#include "gen/c/schema.h"
#include "tools/from_json.h"
#include "wire/frame.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#define ARENA_MAX_BYTES (8u << 20)

struct target {
    const char *name;
    uint32_t type;
    const struct type_desc *payload;
    bool needs_command_id;
};

/* The i-th thing a client may send; false past the last. */
static bool target_at(size_t i, struct target *ret_target)
{
    if (i < SCHEMA_MESSAGE_COUNT) {
        const struct message_desc *message = &schema_messages[i];
        *ret_target =
            (struct target){message->name, (uint32_t)message->number, message->payload, message->command};
        if (message->push)
            ret_target->name = NULL;
        return true;
    }
    i -= SCHEMA_MESSAGE_COUNT;
    if (i < SCHEMA_COMMAND_COUNT) {
        const struct command_desc *command = &schema_commands[i];
        *ret_target =
            (struct target){command->name, (uint32_t)command->number, command->payload, command->id_from < 0};
        if (command->roles == ROLE_INTERNAL)
            ret_target->name = NULL;
        return true;
    }
    i -= SCHEMA_COMMAND_COUNT;
    if (i >= SCHEMA_VIEW_COUNT)
        return false;
    const struct view_desc *view = &schema_views[i];
    *ret_target = (struct target){view->query_name, (uint32_t)view->query, &type_query_list, false};
    return true;
}

static bool find_target(struct slice name, struct target *ret_target)
{
    for (size_t i = 0; target_at(i, ret_target); i++)
        if (ret_target->name != NULL && slice_equal_text(name, ret_target->name))
            return true;
    return false;
}

static struct slice without_blanks(struct slice text)
{
    while (text.size > 0 && isspace(text.data[0]))
        text = slice_of(text.data + 1, text.size - 1);
    while (text.size > 0 && isspace(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* The length of the word at the start of `text`: up to a blank that is not inside quotes or brackets. */
static size_t word_size(struct slice text)
{
    bool quoted = false;
    unsigned open = 0;
    size_t i = 0;
    for (; i < text.size && (quoted || open > 0 || !isspace(text.data[i])); i++) {
        uint8_t c = text.data[i];
        if (c == '\\' && quoted)
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{'))
            open++;
        else if (!quoted && (c == ']' || c == '}') && open > 0)
            open--;
    }
    return i < text.size ? i : text.size;
}

static struct slice take_word(struct slice *text)
{
    *text = without_blanks(*text);
    struct slice word = slice_of(text->data, word_size(*text));
    *text = without_blanks(slice_of(text->data + word.size, text->size - word.size));
    return word;
}

static json_t *value_of(struct slice text)
{
    bool json = text.size > 0 && strchr("[{\"", text.data[0]) != NULL;
    if (json)
        return json_loadb((const char *)text.data, text.size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (text.size == 0 || slice_equal_text(text, "null"))
        return json_null();
    return json_stringn((const char *)text.data, text.size);
}

__attribute__((format(printf, 2, 3))) static bool wrong(char ret_wrong[160], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ret_wrong, 160, format, arguments);
    va_end(arguments);
    return false;
}

/* Puts the words of `text` into two objects. */
static bool read_words(struct slice text, json_t *fields, json_t *meta, char ret_wrong[160])
{
    while (text.size > 0) {
        struct slice word = take_word(&text);
        json_t *into = fields;
        if (word.size > 0 && word.data[0] == '@') {
            into = meta;
            word = slice_of(word.data + 1, word.size - 1);
        }
        const uint8_t *equals = memchr(word.data, '=', word.size);
        char name[64];
        if (equals == NULL || equals == word.data || (size_t)(equals - word.data) >= sizeof name)
            return wrong(ret_wrong, "%.*s: write field=value", (int)(word.size < 60 ? word.size : 60),
                         word.data);
        snprintf(name, sizeof name, "%.*s", (int)(equals - word.data), word.data);
        json_t *value = value_of(slice_of(equals + 1, word.size - (size_t)(equals - word.data) - 1));
        if (value == NULL || json_object_set_new(into, name, value) != 0)
            return wrong(ret_wrong, "%s: the value is not valid JSON or UTF-8", name);
    }
    return true;
}

static bool encode(struct buf *out, const struct target *target, const json_t *fields,
                   const json_t *meta_fields, uint32_t id, struct uuid command_id, char ret_wrong[160])
{
    struct arena arena;
    struct meta meta;
    bool good = false;
    arena_init(&arena, 65536, ARENA_MAX_BYTES);
    void *payload = arena_alloc(&arena, target->payload->size);
    if (payload != NULL && struct_from_json(target->payload, fields, &arena, payload, ret_wrong) &&
        struct_from_json(&type_meta, meta_fields, &arena, &meta, ret_wrong)) {
        if (target->needs_command_id && uuid_is_nil(meta.command_id))
            meta.command_id = command_id;
        good = frame_request(out, id, target->type, target->payload, payload, &meta) == ERR_OK ||
               wrong(ret_wrong, "too large");
    }
    arena_release(&arena);
    return good;
}

bool request_line_encode(struct buf *out, struct slice line, uint32_t id, struct uuid command_id,
                         char ret_wrong[160])
{
    struct target target;
    line = without_blanks(line);
    struct slice name = take_word(&line);
    if (!find_target(name, &target))
        return wrong(ret_wrong, "%.*s: no such request; help lists them",
                     (int)(name.size < 60 ? name.size : 60), name.data);
    json_t *meta = json_object();
    json_t *fields = line.size > 0 && line.data[0] == '{' ? value_of(line) : json_object();
    bool good = fields != NULL || wrong(ret_wrong, "the object is not valid JSON");
    if (good && json_object_size(fields) == 0 && (line.size == 0 || line.data[0] != '{'))
        good = read_words(line, fields, meta, ret_wrong);
    good = good && encode(out, &target, fields, meta, id, command_id, ret_wrong);
    json_decref(fields);
    json_decref(meta);
    return good;
}

static void put(struct buf *out, const char *text)
{
    if (buf_append(out, text, strlen(text)) != ERR_OK)
        return; /* help is cut short */
}

static const char *kind_name(enum field_kind kind)
{
    static const char *const names[] = {
        [FIELD_BOOL] = "true|false", [FIELD_U8] = "number",  [FIELD_U16] = "number", [FIELD_U32] = "number",
        [FIELD_U64] = "number",      [FIELD_I64] = "number", [FIELD_TIME] = "ms",    [FIELD_ENUM] = "",
        [FIELD_UUID] = "uuid",       [FIELD_HASH] = "hex",   [FIELD_SLUG] = "key",   [FIELD_TEXT] = "text",
        [FIELD_BYTES] = "hex",       [FIELD_RAW] = "hex",    [FIELD_LIST] = "list",  [FIELD_STRUCT] = "{...}",
    };
    return names[kind];
}

static void put_kind(struct buf *out, const struct field_desc *field, enum field_kind kind)
{
    if (kind != FIELD_ENUM) {
        put(out, kind_name(kind));
        return;
    }
    for (uint16_t i = 0; i < field->enumeration->count; i++) {
        put(out, i > 0 ? "|" : "");
        put(out, field->enumeration->values[i].name);
    }
}

/* A struct is typed as JSON, on one line. Structs in structs there are none. */
static void put_struct(struct buf *out, const struct type_desc *type)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        put(out, i > 0 ? ",\"" : "{\"");
        put(out, type->fields[i].name);
        put(out, "\":");
        put_kind(out, &type->fields[i], type->fields[i].kind);
    }
    put(out, "}");
}

static void put_field(struct buf *out, const struct field_desc *field)
{
    bool list = field->kind == FIELD_LIST, may_lack = field->flags & (FIELD_DEFAULT | FIELD_OPTIONAL);
    enum field_kind kind = list ? field->of : field->kind;
    put(out, may_lack ? " [" : " ");
    put(out, field->name);
    put(out, list && kind == FIELD_STRUCT ? "=[" : "=");
    if (kind == FIELD_STRUCT)
        put_struct(out, field->type);
    else
        put_kind(out, field, kind);
    put(out, !list ? "" : kind == FIELD_STRUCT ? ",...]" : ",...");
    put(out, may_lack ? "]" : "");
}

void request_line_help(struct buf *out, struct slice name)
{
    struct target target;
    for (size_t i = 0; target_at(i, &target); i++) {
        if (target.name == NULL || (name.data != NULL && !slice_equal_text(name, target.name)))
            continue;
        put(out, target.name);
        for (uint16_t k = 0; k < target.payload->field_count; k++)
            put_field(out, &target.payload->fields[k]);
        put(out, "\n");
    }
}
