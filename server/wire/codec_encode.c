/* codec_encode: structs to msgpack.
 *
 * The hot path: every reply, event and row goes through here once. msgpack-c's packer makes the bytes and
 * hands them, a few at a time, to sink_write, which appends to the caller's buf; nothing is allocated but the
 * buf's growth.
 *
 * Canonical form, so that equal values have equal bytes (digests, golden vectors): every field is written,
 * also one that equals its default; integers in their shortest form; an optional field that is zero (an empty
 * text too) is nil; a text or bytes that is absent but not optional is empty.
 *
 * Values come from the server's own code: they are not validated again here. What a decoder would refuse (a
 * text over its max, an enum of 0) is a bug that the tests of the domain find by decoding what they encoded.
 *
 * On failure (the buf's bound, or no memory) the buf is cut back: half a message never leaves. */
#include "wire/codec_internal.h"
#include "base/check.h"
#include "wire/value.h"

static int sink_write(void *ctx, const char *data, size_t size)
{
    struct codec_sink *sink = ctx;
    struct buf *buf = sink->buf;
    if (sink->err != ERR_OK)
        return -1;
    if (size <= buf->capacity - buf->size && buf->size + size <= buf->max) {
        if (size == 1) /* nine in ten: heads and small numbers */
            buf->data[buf->size] = (uint8_t)*data;
        else
            memcpy(buf->data + buf->size, data, size);
        buf->size += size;
        return 0;
    }
    sink->err = buf_append(buf, data, size);
    return sink->err == ERR_OK ? 0 : -1;
}

void codec_sink_init(struct codec_sink *sink, struct buf *buf)
{
    sink->buf = buf;
    sink->err = ERR_OK;
    sink->size_before = buf->size;
    msgpack_packer_init(&sink->packer, sink, sink_write);
}

enum err codec_sink_end(struct codec_sink *sink)
{
    if (sink->err != ERR_OK)
        sink->buf->size = sink->size_before;
    return sink->err;
}

static void pack_bytes(msgpack_packer *packer, const void *data, size_t size)
{
    msgpack_pack_bin(packer, size);
    if (size > 0)
        msgpack_pack_bin_body(packer, data, size);
}

static void pack_text(msgpack_packer *packer, struct slice text)
{
    msgpack_pack_str(packer, text.size);
    if (text.size > 0)
        msgpack_pack_str_body(packer, text.data, text.size);
}

/* A personal text, sealed straight into the buf. */
static void pack_sealed(struct codec_sink *sink, struct slice plain, struct slice key)
{
    size_t size = plain.size + PERSONAL_OVERHEAD_BYTES;
    msgpack_pack_bin(&sink->packer, size);
    if (sink->err != ERR_OK)
        return;
    uint8_t *room = buf_reserve(sink->buf, size);
    if (room == NULL) {
        sink->err = size > sink->buf->max - sink->buf->size ? ERR_TOO_LARGE : ERR_NOMEM;
        return;
    }
    personal_seal(plain, key, room);
    sink->buf->size += size;
}

static void pack_list(struct codec_sink *sink, const struct field_desc *field, const struct list_value *list,
                      const struct codec_mode *mode);

static void pack_value(struct codec_sink *sink, enum field_kind kind, const struct field_desc *field,
                       const void *value, const struct codec_mode *mode)
{
    msgpack_packer *packer = &sink->packer;
    switch (kind) {
    case FIELD_BOOL:
        if (*(const bool *)value)
            msgpack_pack_true(packer);
        else
            msgpack_pack_false(packer);
        return;
    case FIELD_U8:
    case FIELD_U16:
    case FIELD_U32:
    case FIELD_U64:
        msgpack_pack_uint64(packer, value_load_unsigned(kind, value));
        return;
    case FIELD_I64:
    case FIELD_TIME:
        msgpack_pack_int64(packer, *(const int64_t *)value);
        return;
    case FIELD_ENUM:
        msgpack_pack_int64(packer, *(const int *)value);
        return;
    case FIELD_UUID:
    case FIELD_HASH:
        pack_bytes(packer, value, value_size(kind, NULL));
        return;
    case FIELD_SLUG:
        pack_text(packer, slug_slice(value));
        return;
    case FIELD_TEXT:
        pack_text(packer, *(const struct slice *)value);
        return;
    case FIELD_BYTES:
        pack_bytes(packer, ((const struct slice *)value)->data, ((const struct slice *)value)->size);
        return;
    case FIELD_RAW: {
        const struct slice *raw = value;
        if (raw->size == 0)
            msgpack_pack_nil(packer);
        else
            sink_write(sink, (const char *)raw->data, raw->size);
        return;
    }
    case FIELD_LIST:
        pack_list(sink, field, value, mode);
        return;
    case FIELD_STRUCT:
        codec_sink_struct(sink, field->type, value, mode);
        return;
    }
    check(!"a field kind without an encoding");
}

static void pack_list(struct codec_sink *sink, const struct field_desc *field, const struct list_value *list,
                      const struct codec_mode *mode)
{
    size_t size = value_size(field->of, field->type);
    msgpack_pack_array(&sink->packer, list->count);
    for (uint32_t i = 0; i < list->count && sink->err == ERR_OK; i++)
        pack_value(sink, field->of, field, (const char *)list->items + i * size, mode);
}

void codec_sink_fields(struct codec_sink *sink, const struct type_desc *type, uint16_t count,
                       const void *value, const struct codec_mode *mode)
{
    for (uint16_t i = 0; i < count && sink->err == ERR_OK; i++) {
        const struct field_desc *field = &type->fields[i];
        const char *at = (const char *)value + field->offset;
        bool hidden = (field->flags & FIELD_SECRET) && (mode->flags & CODEC_WITHOUT_SECRETS);
        if (hidden || ((field->flags & FIELD_OPTIONAL) && value_is_zero(field->kind, field->type, at)))
            msgpack_pack_nil(&sink->packer);
        else if (mode->stored && (field->flags & FIELD_PERSONAL))
            pack_sealed(sink, *(const struct slice *)at, mode->key);
        else
            pack_value(sink, field->kind, field, at, mode);
    }
}

void codec_sink_struct(struct codec_sink *sink, const struct type_desc *type, const void *value,
                       const struct codec_mode *mode)
{
    msgpack_pack_array(&sink->packer, type->field_count);
    codec_sink_fields(sink, type, type->field_count, value, mode);
}

enum err codec_encode_mode(struct buf *out, const struct type_desc *type, const void *value,
                           const struct codec_mode *mode)
{
    struct codec_sink sink;
    codec_sink_init(&sink, out);
    codec_sink_struct(&sink, type, value, mode);
    return codec_sink_end(&sink);
}

enum err codec_encode(struct buf *out, const struct type_desc *type, const void *value, int flags)
{
    return codec_encode_mode(out, type, value, &(struct codec_mode){.flags = flags});
}
