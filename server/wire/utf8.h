/* utf8: which bytes are a text of the protocol. */
#ifndef WIRE_UTF8_H
#define WIRE_UTF8_H

#include <stdbool.h>
#include "base/slice.h"

/* What is wrong with `text`: NULL for nothing, otherwise a phrase for people (static). A text is valid UTF-8
 * (shortest form, no surrogates, at most U+10FFFF) without control characters: C0 with NUL, DEL, C1. */
const char *utf8_fault(struct slice text);

/* The code point at the start of `text` (not empty) and its bytes. False when it is not valid UTF-8. */
bool utf8_next(struct slice text, uint32_t *ret_code_point, size_t *ret_size);

#endif
