/* token: one msgpack value's head, read without msgpack-c. For the parts of wire that need to know where in
 * the input a value stands (limits, raw fields, the envelope), which msgpack_object does not say. */
#ifndef WIRE_TOKEN_H
#define WIRE_TOKEN_H

#include <stdbool.h>
#include "base/slice.h"

enum wire_kind {
    WIRE_NIL,
    WIRE_BOOL,
    WIRE_UNSIGNED, /* any encoding of an integer >= 0 */
    WIRE_NEGATIVE,
    WIRE_FLOAT, /* never NaN */
    WIRE_TEXT,
    WIRE_BYTES,
    WIRE_ARRAY,
    WIRE_MAP,
};

struct wire_token {
    enum wire_kind kind;
    size_t
        length; /* bytes of the head, and of the content of text and bytes; not of a container's elements */
    uint64_t number;   /* unsigned: the value; negative: its two's complement; bool: 0 or 1 */
    double real;       /* float */
    uint64_t count;    /* as declared. array: elements; map: keys and values together */
    struct slice data; /* text and bytes: the content, borrowed */
};

/* Reads the value at the start of `bytes`. False when it is truncated, ext, NaN or the reserved byte. */
bool wire_token_read(struct slice bytes, struct wire_token *ret_token);

/* The length in bytes of the whole value at the start of `bytes`, at any depth, without recursion.
 * False as above. Costs time in proportion to the bytes, whatever counts they declare. */
bool wire_token_skip(struct slice bytes, size_t *ret_size);

/* `bytes` without its first `size` bytes. */
static inline struct slice wire_token_after(struct slice bytes, size_t size)
{
    return size == 0 ? bytes : slice_of(bytes.data + size, bytes.size - size);
}

#endif
