/* uuid: text form, version 7 and name-based ids (RFC 9562). Pure: time and randomness are arguments. */
#include "base/uuid.h"
#include "base/hex.h"
#include "base/sha256.h"

static bool dash_at(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool uuid_parse(struct slice text, struct uuid *ret_uuid)
{
    if (text.size != UUID_TEXT_SIZE - 1)
        return false;
    struct uuid uuid;
    size_t nibble = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (dash_at(i)) {
            if (text.data[i] != '-')
                return false;
            continue;
        }
        int digit = hex_digit(text.data[i]);
        if (digit < 0)
            return false;
        if (nibble % 2 == 0)
            uuid.bytes[nibble / 2] = (uint8_t)(digit << 4);
        else
            uuid.bytes[nibble / 2] |= (uint8_t)digit;
        nibble++;
    }
    *ret_uuid = uuid;
    return true;
}

char *uuid_format(struct uuid uuid, char text[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *out = text;
    for (size_t i = 0; i < 16; i++) {
        if (dash_at((size_t)(out - text)))
            *out++ = '-';
        *out++ = digits[uuid.bytes[i] >> 4];
        *out++ = digits[uuid.bytes[i] & 15];
    }
    *out = '\0';
    return text;
}

struct uuid uuid_v7(uint64_t unix_ms, const uint8_t random[10])
{
    struct uuid uuid;
    for (size_t i = 0; i < 6; i++)
        uuid.bytes[i] = (uint8_t)(unix_ms >> (40 - 8 * i));
    memcpy(uuid.bytes + 6, random, 10);
    uuid.bytes[6] = (uint8_t)(0x70 | (uuid.bytes[6] & 0x0f));
    uuid.bytes[8] = (uint8_t)(0x80 | (uuid.bytes[8] & 0x3f));
    return uuid;
}

struct uuid uuid_derived(const char *domain, struct slice name)
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, domain, strlen(domain) + 1);
    sha256_update(&sha, name.data, name.size);
    struct hash hash = sha256_final(&sha);
    struct uuid uuid;
    memcpy(uuid.bytes, hash.bytes, 16);
    uuid.bytes[6] = (uint8_t)(0x80 | (uuid.bytes[6] & 0x0f));
    uuid.bytes[8] = (uint8_t)(0x80 | (uuid.bytes[8] & 0x3f));
    return uuid;
}

bool uuid_is_derived(struct uuid uuid)
{
    return (uuid.bytes[6] & 0xf0) == 0x80 && (uuid.bytes[8] & 0xc0) == 0x80;
}
