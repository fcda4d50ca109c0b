/* frame: the envelope, both ways.
 *
 * A frame is a run of messages, each one msgpack array. frame_next judges one after the other: a message that
 * breaks a limit or a rule is skipped whole and named by its id where that can be read, so the ones after it
 * are served; only when its end cannot be found (ERROR_MALFORMED) is the rest of the frame given up. The
 * envelope is read with wire_token_read, since the payload is passed on as a slice of the frame; only the
 * payload's and meta's own bytes are given to msgpack-c.
 *
 * The checks and their order: frame not empty, message well-formed and within the limits, an array of three
 * or more, id, type, meta. Elements after the fourth are skipped. Whether the type exists and the payload
 * fits it is the next step's business (schema lookups and codec_decode), so that both have the id at hand.
 *
 * Encoders append whole messages or nothing. A row is written as [position, deleted, fields...]; of a deleted
 * row only the key is written, since the rest means nothing. */
#include "wire/frame.h"
#include <stdio.h>
#include "base/check.h"
#include "gen/c/schema.h"
#include "wire/codec_internal.h"
#include "wire/token.h"
#include "wire/utf8.h"

#define DETAIL_MAX_BYTES 160 /* of message_error.detail in the schema */

static const struct codec_mode plain_mode;

static bool fail(struct wire_fault *fault, enum error_code code, const char *where)
{
    fault->code = code;
    snprintf(fault->where, sizeof fault->where, "%s", where);
    return false;
}

/* Takes the value at the start of `*elements`, which was scanned. */
static struct slice take(struct slice *elements)
{
    size_t size;
    check(wire_token_skip(*elements, &size));
    struct slice element = slice_of(elements->data, size);
    *elements = wire_token_after(*elements, size);
    return element;
}

/* The id of the message whose elements start at `elements`; 0 when it is not a valid one. */
static uint32_t read_id(struct slice elements)
{
    struct wire_token token;
    if (!wire_token_read(elements, &token) || token.kind != WIRE_UNSIGNED || token.number > UINT32_MAX)
        return 0;
    return (uint32_t)token.number;
}

static bool read_type(struct slice element, uint32_t *ret_type, struct wire_fault *fault)
{
    struct wire_token token;
    check(wire_token_read(element, &token));
    if (token.kind != WIRE_UNSIGNED && token.kind != WIRE_NEGATIVE)
        return fail(fault, ERROR_FIELD_WRONG_TYPE, "message type: must be an integer");
    if (token.kind == WIRE_NEGATIVE || token.number > UINT16_MAX)
        return fail(fault, ERROR_TYPE_UNKNOWN, "message type: 1 to 65535");
    *ret_type = (uint32_t)token.number;
    return true;
}

static bool read_meta(struct slice element, struct arena *arena, struct meta *ret_meta,
                      struct wire_fault *fault)
{
    struct wire_fault inner;
    if (codec_decode(&type_meta, element, arena, ret_meta, &inner))
        return true;
    fault->code = inner.code;
    snprintf(fault->where, sizeof fault->where, "meta: %.*s", (int)sizeof fault->where - 7, inner.where);
    return false;
}

/* Finds the end of the next message and holds it against the limits. On success *ret_elements is what follows
 * the head of its array, *ret_count how many. `*rest` is moved past the message whenever its end can be
 * found, else emptied. */
static bool next_array(struct slice *rest, struct slice *ret_elements, uint64_t *ret_count, uint32_t *ret_id,
                       struct wire_fault *fault)
{
    struct slice frame = *rest;
    struct wire_token head;
    size_t size;
    *rest = slice_of(frame.data, 0);
    if (frame.size == 0)
        return fail(fault, ERROR_MALFORMED, "an empty frame");
    bool array = wire_token_read(frame, &head) && head.kind == WIRE_ARRAY;
    if (array)
        *ret_id = read_id(wire_token_after(frame, head.length));
    enum error_code code = wire_scan(frame, LIMIT_DEPTH_MAX, LIMIT_VALUES_MAX, &size);
    if (code == ERROR_MALFORMED)
        return fail(fault, code, "not well-formed msgpack");
    if (!array)
        return fail(fault, ERROR_MALFORMED, "a message is an array");
    if (code != ERROR_NONE && !wire_token_skip(frame, &size))
        return fail(fault, ERROR_MALFORMED, "not well-formed msgpack");
    if (code == ERROR_NONE && head.count < 3)
        return fail(fault, ERROR_MALFORMED, "a message is [id, type, payload, meta]");
    *rest = wire_token_after(frame, size);
    if (code != ERROR_NONE)
        return fail(fault, code, code == ERROR_TOO_DEEP ? "nested too deep" : "too many values");
    *ret_elements = slice_of(frame.data + head.length, size - head.length);
    *ret_count = head.count;
    return true;
}

bool frame_next(struct slice *rest, struct arena *arena, struct frame_request *ret_request,
                struct wire_fault *fault)
{
    struct slice elements;
    uint64_t count;
    *ret_request = (struct frame_request){.meta.consistency = CONSISTENCY_STRONG};
    if (!next_array(rest, &elements, &count, &ret_request->id, fault))
        return false;
    if (ret_request->id == 0)
        return fail(fault, ERROR_ID_INVALID, "id: 1 to 4294967295");
    take(&elements);
    if (!read_type(take(&elements), &ret_request->type, fault))
        return false;
    ret_request->payload = take(&elements);
    struct slice meta = count > 3 ? take(&elements) : (struct slice){0};
    return read_meta(meta, arena, &ret_request->meta, fault);
}

enum err frame_reply(struct buf *out, uint32_t id, uint32_t type, const struct type_desc *payload_type,
                     const void *payload, const struct reply_meta *meta)
{
    struct codec_sink sink;
    codec_sink_init(&sink, out);
    msgpack_pack_array(&sink.packer, 4);
    msgpack_pack_uint32(&sink.packer, id);
    msgpack_pack_uint32(&sink.packer, type);
    if (payload == NULL)
        msgpack_pack_nil(&sink.packer);
    else
        codec_sink_struct(&sink, payload_type, payload, &plain_mode);
    if (meta == NULL)
        msgpack_pack_nil(&sink.packer);
    else
        codec_sink_struct(&sink, &type_reply_meta, meta, &plain_mode);
    return codec_sink_end(&sink);
}

/* `detail` as far as it is a text of the protocol and within its bound, so that the error can always be
 * decoded. */
static struct slice clean_detail(const char *detail)
{
    if (detail == NULL)
        return (struct slice){0};
    struct slice rest = slice_text(detail), clean = slice_of(rest.data, 0);
    uint32_t code_point;
    size_t size;
    while (rest.size > 0 && utf8_next(rest, &code_point, &size) && clean.size + size <= DETAIL_MAX_BYTES) {
        if (utf8_fault(slice_of(rest.data, size)) != NULL)
            break;
        clean.size += size;
        rest = wire_token_after(rest, size);
    }
    return clean;
}

static enum err pack_message(struct buf *out, uint32_t id, uint32_t type,
                             const struct type_desc *payload_type, const void *payload)
{
    struct codec_sink sink;
    codec_sink_init(&sink, out);
    msgpack_pack_array(&sink.packer, 3);
    msgpack_pack_uint32(&sink.packer, id);
    msgpack_pack_uint32(&sink.packer, type);
    codec_sink_struct(&sink, payload_type, payload, &plain_mode);
    return codec_sink_end(&sink);
}

enum err frame_error(struct buf *out, uint32_t id, enum error_code code, uint32_t retry_after_ms,
                     const char *detail)
{
    const struct error_desc *desc = schema_error(code);
    check(desc != NULL);
    struct message_error error = {
        .code = (uint16_t)code,
        .name = slice_text(desc->name),
        .retry = (enum retry)desc->retry,
        .retry_after_ms = retry_after_ms == 0 ? desc->retry_after_ms : retry_after_ms,
        .detail = clean_detail(detail),
    };
    return pack_message(out, id, MESSAGE_ERROR, &type_message_error, &error);
}

enum err frame_push(struct buf *out, enum message_type type, const void *payload)
{
    const struct message_desc *desc = schema_message(type);
    check(desc != NULL && desc->push);
    return pack_message(out, 0, (uint32_t)type, desc->payload, payload);
}

enum err frame_request(struct buf *out, uint32_t id, uint32_t type, const struct type_desc *payload_type,
                       const void *payload, const struct meta *meta)
{
    struct codec_sink sink;
    codec_sink_init(&sink, out);
    msgpack_pack_array(&sink.packer, meta == NULL ? 3 : 4);
    msgpack_pack_uint32(&sink.packer, id);
    msgpack_pack_uint32(&sink.packer, type);
    codec_sink_struct(&sink, payload_type, payload, &plain_mode);
    if (meta != NULL)
        codec_sink_struct(&sink, &type_meta, meta, &plain_mode);
    return codec_sink_end(&sink);
}

enum err frame_row(struct buf *out, const struct row *row)
{
    const struct view_desc *view = schema_view(row->view);
    check(view != NULL);
    uint16_t count = row->deleted ? view->key_count : view->payload->field_count;
    struct codec_sink sink;
    codec_sink_init(&sink, out);
    msgpack_pack_array(&sink.packer, 2 + (size_t)count);
    msgpack_pack_uint64(&sink.packer, row->position);
    if (row->deleted)
        msgpack_pack_true(&sink.packer);
    else
        msgpack_pack_false(&sink.packer);
    codec_sink_fields(&sink, view->payload, count, row_payload(row), &plain_mode);
    return codec_sink_end(&sink);
}
