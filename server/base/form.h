/* form: reads application/x-www-form-urlencoded, as the body of a request or its query. Pure. */
#ifndef BASE_FORM_H
#define BASE_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/slice.h"

/* Whether a Content-Type header (absent: none came) names this media type, whatever its parameters. */
bool form_is_type(struct slice content_type);

/* How many fields have this name; the first one's value goes to ret_value, decoded, *ret_size bytes of at
 * most `size`. 0: there is none, or that value is broken (a percent sign without two hex digits) or does not
 * fit. */
unsigned form_field(struct slice form, const char *name, uint8_t *ret_value, size_t size, size_t *ret_size);

#endif
