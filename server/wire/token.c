/* token: the heads of msgpack values.
 *
 * The problem: msgpack-c allocates for what an array declares before it looks whether the bytes are there
 * (five bytes make it ask for gigabytes), reports depth over 32 as "out of memory", and its objects do not
 * say where in the input they stood. So wire walks the bytes itself first. This file is the only one that
 * knows msgpack's format bytes; scan.c puts limits on the walk, frame.c reads the envelope with it,
 * codec_decode.c finds raw fields with it.
 *
 * Invariants: nothing is read beyond bytes.size; token.length <= bytes.size; a container's declared count is
 * at most the bytes left, since each element takes one, so that counts can be added without overflow.
 *
 * What the protocol does not use is refused here, as malformed: ext and timestamps, the reserved byte 0xc1,
 * NaN. Values that are merely written longer than needed (a 1 in nine bytes) are accepted. */
#include "wire/token.h"

/* The big-endian number of `size` bytes at `at`. */
static uint64_t big_endian(const uint8_t *at, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | at[i];
    return number;
}

/* A head of 1 + `size` bytes whose operand is a length: content follows it. */
static bool read_content(struct slice bytes, enum wire_kind kind, size_t size, struct wire_token *token)
{
    if (bytes.size - 1 < size)
        return false;
    uint64_t content = big_endian(bytes.data + 1, size);
    if (content > bytes.size - 1 - size)
        return false;
    token->kind = kind;
    token->data = slice_of(bytes.data + 1 + size, content);
    token->length = 1 + size + content;
    return true;
}

/* A head of 1 + `size` bytes whose operand is a count of elements (`each` values per element). */
static bool read_container(struct slice bytes, enum wire_kind kind, size_t size, unsigned each,
                           struct wire_token *token)
{
    if (bytes.size - 1 < size)
        return false;
    token->kind = kind;
    token->count = big_endian(bytes.data + 1, size) * each;
    token->length = 1 + size;
    return true;
}

static bool read_integer(struct slice bytes, size_t size, bool is_signed, struct wire_token *token)
{
    if (bytes.size - 1 < size)
        return false;
    uint64_t number = big_endian(bytes.data + 1, size);
    if (is_signed && number >> (8 * size - 1) != 0) {
        if (size < 8)
            number |= UINT64_MAX << (8 * size);
        token->kind = WIRE_NEGATIVE;
    } else {
        token->kind = WIRE_UNSIGNED;
    }
    token->number = number;
    token->length = 1 + size;
    return true;
}

static bool read_float(struct slice bytes, size_t size, struct wire_token *token)
{
    if (bytes.size - 1 < size)
        return false;
    uint64_t bits = big_endian(bytes.data + 1, size);
    if (size == 4) {
        uint32_t narrow = (uint32_t)bits;
        float real;
        memcpy(&real, &narrow, sizeof real);
        token->real = (double)real;
    } else {
        memcpy(&token->real, &bits, sizeof token->real);
    }
    token->kind = WIRE_FLOAT;
    token->length = 1 + size;
    return token->real == token->real; /* NaN is not */
}

/* The heads that carry their operand in the first byte. False for the others. */
static bool read_short(struct slice bytes, struct wire_token *token, bool *ret_good)
{
    uint8_t first = bytes.data[0];
    token->length = 1;
    *ret_good = true;
    if (first <= 0x7f || first >= 0xe0) {
        token->kind = first <= 0x7f ? WIRE_UNSIGNED : WIRE_NEGATIVE;
        token->number = (uint64_t)(int64_t)(int8_t)first;
    } else if (first <= 0x9f) {
        bool map = first <= 0x8f;
        token->kind = map ? WIRE_MAP : WIRE_ARRAY;
        token->count = (uint64_t)(first & 0x0f) * (map ? 2 : 1);
    } else if (first <= 0xbf) {
        size_t content = first & 0x1f;
        token->kind = WIRE_TEXT;
        token->data = slice_of(bytes.data + 1, content);
        token->length = 1 + content;
        *ret_good = content <= bytes.size - 1;
    } else {
        return false;
    }
    return true;
}

bool wire_token_read(struct slice bytes, struct wire_token *ret_token)
{
    if (bytes.size == 0)
        return false;
    *ret_token = (struct wire_token){.kind = WIRE_NIL, .length = 1};
    bool good;
    if (read_short(bytes, ret_token, &good))
        return good;
    uint8_t first = bytes.data[0];
    switch (first) {
    case 0xc0:
        return true;
    case 0xc2:
    case 0xc3:
        ret_token->kind = WIRE_BOOL;
        ret_token->number = first & 1;
        return true;
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return read_content(bytes, WIRE_BYTES, (size_t)1 << (first - 0xc4), ret_token);
    case 0xca:
    case 0xcb:
        return read_float(bytes, (size_t)4 << (first - 0xca), ret_token);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return read_integer(bytes, (size_t)1 << (first - 0xcc), false, ret_token);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return read_integer(bytes, (size_t)1 << (first - 0xd0), true, ret_token);
    case 0xd9:
    case 0xda:
    case 0xdb:
        return read_content(bytes, WIRE_TEXT, (size_t)1 << (first - 0xd9), ret_token);
    case 0xdc:
    case 0xdd:
        return read_container(bytes, WIRE_ARRAY, (size_t)2 << (first - 0xdc), 1, ret_token);
    case 0xde:
    case 0xdf:
        return read_container(bytes, WIRE_MAP, (size_t)2 << (first - 0xde), 2, ret_token);
    default:
        return false; /* 0xc1 is reserved; 0xc7-0xc9 and 0xd4-0xd8 are ext */
    }
}

bool wire_token_skip(struct slice bytes, size_t *ret_size)
{
    uint64_t pending = 1; /* values still to come; grows by at most bytes.size a token */
    size_t at = 0;
    while (pending > 0) {
        struct wire_token token;
        if (!wire_token_read(wire_token_after(bytes, at), &token))
            return false;
        at += token.length;
        pending += token.count;
        pending--;
        if (pending > bytes.size - at)
            return false; /* each of them takes a byte */
    }
    *ret_size = at;
    return true;
}
