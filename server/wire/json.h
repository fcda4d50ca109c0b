/* json: the pieces of codec_to_json that tools use by themselves. See codec_json.c. */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include "wire/codec.h"

/* Appends `text` as a JSON string, on one line, printable whatever its bytes are. */
MUST_CHECK enum err json_text(struct buf *out, struct slice text);
/* Appends one msgpack value as JSON: positional, bin as hex, a map as {"map":[key,value,...]}. ERR_MALFORMED:
 * not a whole value, or nested over 16; then out is as before. */
MUST_CHECK enum err json_raw(struct buf *out, struct slice raw);
/* Appends the value of one field, `value` being its memory, as codec_to_json does. After a failure `out` may
 * hold a part of it. */
MUST_CHECK enum err json_field(struct buf *out, const struct field_desc *field, const void *value,
                               bool hide_personal);

#endif
