/* show: the way back from bytes to something a person reads.
 *
 * Requests take exactly the path of the server (frame_next, schema lookup, codec_decode), so that
 * decode-frame's word is the socket's word; request/request.c is where that path is walked for real. What
 * depends on the session (signed in or not, roles, the stores) is not judged.
 *
 * Messages of the server have an envelope like it, read here, with the types the schema gives for replies: a
 * message's own, a command's event, a query's page. Rows inside `changed` and inside pages are raw values on
 * the wire; by names they are decoded with their view's descriptor, and of a tombstone only the key, which is
 * all it has.
 *
 * Printing encodes the decoded struct again without its secret fields, never the bytes as they came: a token
 * does not reach a terminal's scrollback. */
#include "tools/show.h"
#include <inttypes.h>
#include <stdarg.h>
#include "base/check.h"
#include "gen/c/schema.h"
#include "wire/json.h"
#include "wire/token.h"

#define SERVER_DEPTH_MAX 16
#define SERVER_VALUES_MAX (1u << 20)

__attribute__((format(printf, 2, 3))) static void put(struct buf *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    check(buf_vprintf(out, format, arguments) == ERR_OK);
    va_end(arguments);
}

static bool refuse(struct buf *out, uint32_t id, enum error_code code, const char *where)
{
    const struct error_desc *desc = schema_error(code);
    check(desc != NULL);
    put(out, "{\"id\":%" PRIu32 ",\"error\":\"%s\",\"code\":%d,\"detail\":", id, desc->name, (int)code);
    check(json_text(out, slice_text(where)) == ERR_OK);
    put(out, "}\n");
    return false;
}

/* A struct in the style; positional goes by way of its canonical bytes. */
static void put_struct(struct buf *out, enum show_style style, const struct type_desc *type,
                       const void *value)
{
    if (style == SHOW_NAMES) {
        check(codec_to_json(out, type, value, false) == ERR_OK);
        return;
    }
    struct buf bytes;
    buf_init(&bytes, out->max);
    check(codec_encode(&bytes, type, value, CODEC_WITHOUT_SECRETS) == ERR_OK);
    check(json_raw(out, buf_slice(&bytes)) == ERR_OK);
    buf_release(&bytes);
}

static void put_head(struct buf *out, enum show_style style, uint32_t id, uint32_t type, const char *name)
{
    if (style == SHOW_NAMES)
        put(out, "{\"id\":%" PRIu32 ",\"type\":\"%s\",\"payload\":", id, name);
    else
        put(out, "{\"id\":%" PRIu32 ",\"type\":%" PRIu32 ",\"payload\":", id, type);
}

/* ---- requests */

struct kind {
    const char *name;
    const struct type_desc *payload;
    bool needs_command_id;
};

/* What a client may send under this number; false when there is no such request. */
static bool request_kind(uint32_t type, struct kind *ret_kind)
{
    const struct message_desc *message = schema_message((int)type);
    const struct command_desc *command = schema_command((int)type);
    const struct view_desc *view = schema_view_of_query((int)type);
    if (message != NULL && !message->push)
        *ret_kind = (struct kind){message->name, message->payload, message->command};
    else if (command != NULL && command->roles != ROLE_INTERNAL)
        *ret_kind = (struct kind){command->name, command->payload, command->id_from < 0};
    else if (view != NULL)
        *ret_kind = (struct kind){view->query_name, &type_query_list, false};
    else
        return false;
    return true;
}

bool show_request(struct slice *rest, enum show_style style, struct arena *arena, struct buf *out)
{
    struct frame_request request;
    struct wire_fault fault;
    struct kind kind;
    if (!frame_next(rest, arena, &request, &fault))
        return refuse(out, request.id, fault.code, fault.where);
    if (!request_kind(request.type, &kind))
        return refuse(out, request.id, ERROR_TYPE_UNKNOWN, "");
    void *payload = arena_alloc(arena, kind.payload->size);
    check(payload != NULL);
    if (!codec_decode(kind.payload, request.payload, arena, payload, &fault))
        return refuse(out, request.id, fault.code, fault.where);
    if (kind.needs_command_id && uuid_is_nil(request.meta.command_id))
        return refuse(out, request.id, ERROR_COMMAND_ID_MISSING, "");
    put_head(out, style, request.id, request.type, kind.name);
    put_struct(out, style, kind.payload, payload);
    put(out, ",\"meta\":");
    put_struct(out, style, &type_meta, &request.meta);
    put(out, "}\n");
    return true;
}

/* ---- messages of the server */

struct server_message {
    uint32_t id, type;
    const char *name;
    const struct type_desc *payload;
    const struct view_desc *view; /* of a query's reply */
    struct slice payload_bytes, meta_bytes;
};

static bool server_kind(struct server_message *message)
{
    const struct message_desc *desc = schema_message((int)message->type);
    const struct command_desc *command = schema_command((int)message->type);
    message->view = schema_view_of_query((int)message->type);
    if (desc != NULL) {
        message->name = desc->name;
        message->payload = desc->push ? desc->payload : desc->reply;
        return desc->push || message->id != 0;
    }
    message->name = command != NULL         ? command->name
                    : message->view != NULL ? message->view->query_name
                                            : NULL;
    message->payload =
        command != NULL ? event_type_desc((enum event_type)command->reply_event) : &type_reply_list;
    return message->name != NULL && message->id != 0;
}

static bool take_number(struct slice *elements, uint64_t max, uint32_t *ret_number)
{
    struct wire_token token;
    if (!wire_token_read(*elements, &token) || token.kind != WIRE_UNSIGNED || token.number > max)
        return false;
    *elements = wire_token_after(*elements, token.length);
    *ret_number = (uint32_t)token.number;
    return true;
}

static bool take_value(struct slice *elements, struct slice *ret_value)
{
    size_t size;
    if (elements->size == 0 || !wire_token_skip(*elements, &size))
        return false;
    *ret_value = slice_of(elements->data, size);
    *elements = wire_token_after(*elements, size);
    return true;
}

/* Takes the envelope apart; *rest is emptied when that fails. */
static bool take_envelope(struct slice *rest, struct server_message *ret_message)
{
    struct slice frame = *rest;
    struct wire_token head;
    size_t size;
    *ret_message = (struct server_message){0};
    *rest = (struct slice){0};
    if (wire_scan(frame, SERVER_DEPTH_MAX, SERVER_VALUES_MAX, &size) != ERROR_NONE)
        return false;
    if (!wire_token_read(frame, &head) || head.kind != WIRE_ARRAY || head.count < 3)
        return false;
    struct slice elements = slice_of(frame.data + head.length, size - head.length);
    if (!take_number(&elements, UINT32_MAX, &ret_message->id) ||
        !take_number(&elements, UINT16_MAX, &ret_message->type) ||
        !take_value(&elements, &ret_message->payload_bytes))
        return false;
    if (head.count > 3 && !take_value(&elements, &ret_message->meta_bytes))
        return false;
    *rest = wire_token_after(frame, size);
    return true;
}

/* One row [position, deleted, fields...] as an object. */
static bool put_row(struct buf *out, const struct view_desc *view, struct slice row, struct arena *arena)
{
    struct wire_token head, position, deleted;
    struct wire_fault fault;
    if (!wire_token_read(row, &head) || head.kind != WIRE_ARRAY || head.count < 2)
        return false;
    row = wire_token_after(row, head.length);
    if (!wire_token_read(row, &position) || position.kind != WIRE_UNSIGNED)
        return false;
    row = wire_token_after(row, position.length);
    if (!wire_token_read(row, &deleted) || deleted.kind != WIRE_BOOL)
        return false;
    row = wire_token_after(row, deleted.length);
    struct type_desc type = *view->payload;
    if (deleted.number)
        type.field_count = view->key_count;
    uint8_t *bytes = arena_alloc(arena, row.size + 3);
    void *value = arena_alloc(arena, type.size);
    check(bytes != NULL && value != NULL);
    uint64_t fields = head.count - 2;
    if (fields > UINT16_MAX)
        return false;
    memcpy(bytes, (uint8_t[]){0xdc, (uint8_t)(fields >> 8), (uint8_t)fields}, 3);
    memcpy(bytes + 3, row.data, row.size);
    if (!codec_decode(&type, slice_of(bytes, row.size + 3), arena, value, &fault))
        return false;
    put(out, "{\"position\":%" PRIu64 ",\"deleted\":%s,\"row\":", position.number,
        deleted.number ? "true" : "false");
    check(codec_to_json(out, &type, value, false) == ERR_OK);
    put(out, "}");
    return true;
}

static bool put_rows(struct buf *out, const struct view_desc *view, struct slice rows, struct arena *arena)
{
    struct wire_token head;
    if (!wire_token_read(rows, &head) || head.kind != WIRE_ARRAY)
        return false;
    rows = wire_token_after(rows, head.length);
    put(out, "[");
    for (uint64_t i = 0; i < head.count; i++) {
        struct slice row;
        if (i > 0)
            put(out, ",");
        if (!take_value(&rows, &row) || !put_row(out, view, row, arena))
            return false;
    }
    put(out, "]");
    return true;
}

static bool put_changed(struct buf *out, const struct message_changed *changed, struct arena *arena)
{
    const char *audience = changed->audience == AUDIENCE_OWN ? "own" : "public";
    put(out, "{\"audience\":\"%s\",\"mark\":%" PRIu64 ",\"changes\":[", audience, changed->mark);
    for (uint32_t i = 0; i < changed->changes.count; i++) {
        const struct change *change = &changed->changes.items[i];
        const struct view_desc *view = schema_view(change->view);
        if (view == NULL)
            return false;
        put(out, "%s{\"view\":\"%s\",\"rows\":", i > 0 ? "," : "", view->name);
        if (!put_rows(out, view, change->rows, arena))
            return false;
        put(out, "}");
    }
    put(out, "]}");
    return true;
}

static bool put_page(struct buf *out, const struct view_desc *view, const struct reply_list *page,
                     struct arena *arena)
{
    put(out, "{\"rows\":");
    if (!put_rows(out, view, page->rows, arena))
        return false;
    put(out, ",\"next\":");
    if (page->next.size == 0)
        put(out, "null");
    else
        put(out, "\"");
    for (size_t i = 0; i < page->next.size; i++)
        put(out, "%02x", page->next.data[i]);
    put(out, page->next.size == 0 ? "}" : "\"}");
    return true;
}

bool show_from_server(struct slice *rest, enum show_style style, struct arena *arena, struct buf *out)
{
    struct server_message message;
    struct wire_fault fault;
    struct reply_meta meta;
    size_t before = out->size;
    if (!take_envelope(rest, &message))
        return refuse(out, 0, ERROR_MALFORMED, "not a message of a server");
    if (!server_kind(&message))
        return refuse(out, message.id, ERROR_TYPE_UNKNOWN, "");
    void *payload = arena_alloc(arena, message.payload->size);
    check(payload != NULL);
    if (!codec_decode(message.payload, message.payload_bytes, arena, payload, &fault))
        return refuse(out, message.id, fault.code, fault.where);
    put_head(out, style, message.id, message.type, message.name);
    bool good = true;
    if (style == SHOW_NAMES && message.type == MESSAGE_CHANGED)
        good = put_changed(out, payload, arena);
    else if (style == SHOW_NAMES && message.view != NULL)
        good = put_page(out, message.view, payload, arena);
    else
        put_struct(out, style, message.payload, payload);
    struct wire_token head;
    bool has_meta = message.meta_bytes.data != NULL && wire_token_read(message.meta_bytes, &head) &&
                    head.kind != WIRE_NIL;
    if (good && has_meta) {
        good = codec_decode(&type_reply_meta, message.meta_bytes, arena, &meta, &fault);
        put(out, ",\"meta\":");
        put_struct(out, style, &type_reply_meta, &meta);
    }
    if (good) {
        put(out, "}\n");
        return true;
    }
    out->size = before;
    return refuse(out, message.id, ERROR_FIELD_WRONG_TYPE, "rows or meta of another shape than the schema's");
}
