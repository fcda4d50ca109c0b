/* scan: the limits of a message, before anything is allocated for it.
 *
 * One pass over the bytes with a fixed stack of what each open container still expects: no recursion, no
 * allocation, time in proportion to the bytes. What passes is safe to hand to msgpack-c: every declared count
 * is backed by bytes, nesting is bounded, the number of objects it will make is known, and there is no ext
 * and no NaN in it.
 *
 * Not checked here, because it depends on the schema: types, UTF-8, lengths, ranges (codec_decode.c).
 * Depth counts containers: a scalar has depth 0, [] has depth 1, [[1]] has depth 2. */
#include "wire/codec.h"
#include "base/check.h"
#include "wire/token.h"

#define SCAN_DEPTH_LIMIT 64 /* of the stack here; callers allow less */

enum error_code wire_scan(struct slice bytes, uint32_t depth_max, uint32_t values_max, size_t *ret_size)
{
    uint64_t open[SCAN_DEPTH_LIMIT]; /* values that each open container still expects */
    uint32_t depth = 0, values = 0;
    size_t at = 0;
    check(depth_max <= SCAN_DEPTH_LIMIT);
    do {
        struct wire_token token;
        if (!wire_token_read(wire_token_after(bytes, at), &token))
            return ERROR_MALFORMED;
        if (++values > values_max)
            return ERROR_TOO_MANY_VALUES;
        at += token.length;
        if (depth > 0)
            open[depth - 1]--;
        if (token.kind == WIRE_ARRAY || token.kind == WIRE_MAP) {
            if (token.count > bytes.size - at)
                return ERROR_MALFORMED; /* each element takes a byte */
            if (depth == depth_max)
                return ERROR_TOO_DEEP;
            open[depth++] = token.count;
        }
        while (depth > 0 && open[depth - 1] == 0)
            depth--;
    } while (depth > 0);
    *ret_size = at;
    return ERROR_NONE;
}
