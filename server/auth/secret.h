/* secret: a growing buffer for passwords, tokens and answers that hold them. Whatever it held is overwritten
 * before its memory goes back, also when it grows. Always followed by a NUL that `size` does not count. */
#ifndef AUTH_SECRET_H
#define AUTH_SECRET_H

#include <jansson.h>
#include "base/err.h"
#include "base/slice.h"

struct secret {
    uint8_t *data; /* NULL until something is written */
    size_t size, capacity;
    size_t max; /* bound on size */
};

void secret_init(struct secret *secret, size_t max_bytes);
void secret_release(struct secret *secret); /* wipes; accepts a zeroed secret */

/* Each appends; ERR_TOO_LARGE over the bound, ERR_NOMEM: nothing is written then. */
MUST_CHECK enum err secret_append(struct secret *secret, struct slice bytes);
MUST_CHECK enum err secret_text(struct secret *secret, const char *text);
/* One field of an HTML form: [&]name=value, value percent-encoded. */
MUST_CHECK enum err secret_form(struct secret *secret, const char *name, struct slice value);
MUST_CHECK enum err secret_json(struct secret *secret, const json_t *json);

static inline struct slice secret_slice(const struct secret *secret)
{
    return slice_of(secret->data != NULL ? secret->data : (const uint8_t *)"", secret->size);
}

/* From now on jansson wipes what it frees, in this whole process (libjwt's objects too). */
void secret_wipe_json(void);

#endif
