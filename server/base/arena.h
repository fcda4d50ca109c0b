/* arena: memory that is freed in one call. A request, a batch and a stream's state each own one.
 *
 * Chunks grow by doubling up to a bound given at init; what is over the bound fails (NULL), it never aborts.
 * Not for sharing across threads (there are none). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first */
    size_t used_bytes;          /* handed out since the last reset */
    size_t held_bytes;          /* held from malloc */
    size_t max_bytes;           /* bound on held_bytes */
    size_t chunk_bytes;         /* size of the first chunk */
};

/* Prepares an empty arena: no memory is taken before the first arena_alloc. */
void arena_init(struct arena *arena, size_t chunk_bytes, size_t max_bytes);
/* Frees everything; accepts a zeroed arena. */
void arena_release(struct arena *arena);
/* Forgets everything handed out; keeps one chunk for reuse. */
void arena_reset(struct arena *arena);
/* Overwrites what was handed out, then frees everything: for tokens and passwords. */
void arena_wipe(struct arena *arena);

/* `size` zeroed bytes aligned to 16, or NULL over the bound or when malloc fails. Size 0 gives a valid
 * pointer. */
void *arena_alloc(struct arena *arena, size_t size);
/* `count` zeroed elements of `size` bytes; NULL also when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A NUL-terminated copy of printf output; NULL over the bound. */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
