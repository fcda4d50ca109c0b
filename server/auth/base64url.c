/* base64url: the strict decoder that runs before any library sees a token.
 *
 * libjwt's decoder skips what it does not know, so a token can be changed without its signature noticing
 * where the bytes come out the same; a cache or a log that compares tokens as text would then see two. Here
 * each byte string has exactly one text: the unused bits of the last character must be zero. */
#include "auth/base64url.h"

static int value_of(uint8_t character);

bool base64url_decode(struct slice text, uint8_t *bytes, size_t capacity, size_t *ret_size)
{
    size_t size = text.size / 4 * 3 + (text.size % 4 > 0 ? text.size % 4 - 1 : 0);
    if (text.size % 4 == 1 || size > capacity)
        return false;
    uint32_t bits = 0;
    unsigned held = 0;
    size_t written = 0;
    for (size_t i = 0; i < text.size; i++) {
        int value = value_of(text.data[i]);
        if (value < 0)
            return false;
        bits = (bits << 6 | (uint32_t)value) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[written++] = (uint8_t)(bits >> held);
        }
    }
    if ((bits & ((1u << held) - 1)) != 0)
        return false;
    *ret_size = written;
    return true;
}

static int value_of(uint8_t character)
{
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    if (character == '-')
        return 62;
    if (character == '_')
        return 63;
    return -1;
}
