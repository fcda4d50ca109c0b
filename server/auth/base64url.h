/* base64url: RFC 4648 section 5 without padding, strictly: one text for each byte string, nothing else. */
#ifndef AUTH_BASE64URL_H
#define AUTH_BASE64URL_H

#include <stdbool.h>
#include "base/slice.h"

/* Decodes all of `text` into `bytes` (room for `capacity`). False for any other character, padding, white
 * space, an impossible length, trailing bits that are not zero, or when it does not fit. */
bool base64url_decode(struct slice text, uint8_t *bytes, size_t capacity, size_t *ret_size);

#endif
