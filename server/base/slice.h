/* slice: bytes that belong to someone else.
 *
 * A slice never owns and never frees. `data == NULL` is "absent" (a nil on the wire); an empty text has
 * data != NULL and size 0. What must outlive its owner is copied by name: slice_copy(). */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct slice {
    const uint8_t *data;
    size_t size; /* bytes */
};

/* printf helper: printf("%.*s", SLICE_ARGS(s)) */
#define SLICE_ARGS(s) (int)(s).size, (const char *)(s).data

/* A slice over `size` bytes at `data`, borrowed. */
static inline struct slice slice_of(const void *data, size_t size)
{
    return (struct slice){.data = data, .size = size};
}

/* A slice over a C string without its NUL, borrowed. */
static inline struct slice slice_text(const char *text)
{
    return (struct slice){.data = (const uint8_t *)text, .size = strlen(text)};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool slice_equal_text(struct slice a, const char *text)
{
    return slice_equal(a, slice_text(text));
}

/* Copies `source` into `arena`, with a NUL behind it that `size` does not count. Absent stays absent.
 * Returns an absent slice when the arena is full (check data). */
struct slice slice_copy(struct arena *arena, struct slice source);

#endif
