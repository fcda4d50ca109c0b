/* uuid: 16 bytes, RFC 9562. Players are Keycloak subjects; commands carry client-made UUIDv7. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/slice.h"

struct uuid {
    uint8_t bytes[16];
};

#define UUID_TEXT_SIZE 37 /* 36 characters and NUL */

static inline bool uuid_equal(struct uuid a, struct uuid b)
{
    return memcmp(a.bytes, b.bytes, 16) == 0;
}

static inline bool uuid_is_nil(struct uuid uuid)
{
    static const struct uuid nil;
    return uuid_equal(uuid, nil);
}

/* Parses exactly 36 characters 8-4-4-4-12, either case. False (ret untouched) otherwise. */
bool uuid_parse(struct slice text, struct uuid *ret_uuid);
/* Writes lower case with NUL into `text`, returns `text`. */
char *uuid_format(struct uuid uuid, char text[UUID_TEXT_SIZE]);
/* A UUIDv7 from unix milliseconds and 10 random bytes (RFC 9562 5.7). Pure. */
struct uuid uuid_v7(uint64_t unix_ms, const uint8_t random[10]);
/* A name-based id: first 16 bytes of SHA-256(domain \0 name), version bits 8 (RFC 9562 5.8). Pure. */
struct uuid uuid_derived(const char *domain, struct slice name);
/* Whether uuid_derived could have made it: version 8. Anyone can compute such an id, so none is taken from
 * outside. */
bool uuid_is_derived(struct uuid uuid);

#endif
