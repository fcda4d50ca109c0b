/* utf8: UTF-8 as RFC 3629 has it, and no control characters.
 *
 * msgpack-c takes any bytes for a string. What gets past here is stored for ever, shown in consoles, written
 * as JSON and pushed to clients of several languages, so it must mean the same to all of them: overlong
 * forms, surrogates and code points above U+10FFFF are refused, as are characters that act on a terminal or
 * end a C string. Normalisation and look-alikes are not judged here: the domain has rules of its own for
 * names. */
#include "wire/utf8.h"

bool utf8_next(struct slice text, uint32_t *ret_code_point, size_t *ret_size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* by size: shorter forms exist below */
    uint8_t first = text.data[0];
    size_t size = first < 0x80   ? 1
                  : first < 0xc2 ? 0
                  : first < 0xe0 ? 2
                  : first < 0xf0 ? 3
                  : first < 0xf5 ? 4
                                 : 0;
    if (size == 0 || size > text.size)
        return false;
    uint32_t code_point = size == 1 ? first : first & (0x7f >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return false;
        code_point = code_point << 6 | (text.data[i] & 0x3f);
    }
    if (code_point < least[size] || (code_point >= 0xd800 && code_point <= 0xdfff) || code_point > 0x10ffff)
        return false;
    *ret_code_point = code_point;
    *ret_size = size;
    return true;
}

const char *utf8_fault(struct slice text)
{
    while (text.size > 0) {
        uint32_t code_point;
        size_t size;
        if (!utf8_next(text, &code_point, &size))
            return "is not UTF-8";
        if (code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f))
            return "holds a control character";
        text = slice_of(text.data + size, text.size - size);
    }
    return NULL;
}
