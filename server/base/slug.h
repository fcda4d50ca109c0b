/* slug: the key of a pack, character or item: [a-z0-9] then [a-z0-9-], 1 to 31 bytes, NUL padded to 32, so
 * that it is compared, copied and hashed as a value. All zero is "none". */
#ifndef BASE_SLUG_H
#define BASE_SLUG_H

#include <stdbool.h>
#include <string.h>
#include "base/slice.h"

struct slug {
    char text[32];
};

static inline bool slug_equal(struct slug a, struct slug b)
{
    return memcmp(a.text, b.text, sizeof a.text) == 0;
}

static inline int slug_compare(struct slug a, struct slug b)
{
    return memcmp(a.text, b.text, sizeof a.text);
}

static inline bool slug_is_none(struct slug slug)
{
    return slug.text[0] == '\0';
}

static inline struct slice slug_slice(const struct slug *slug)
{
    return slice_of(slug->text, strnlen(slug->text, sizeof slug->text));
}

/* Parses a slug; false (ret untouched) for anything else. */
bool slug_parse(struct slice text, struct slug *ret_slug);
/* For constants and tests: parses a C string, aborts when it is not a slug; "" gives none. */
struct slug slug_of(const char *text);

#endif
