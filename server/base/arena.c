/* arena: chunks in a list, newest first; an allocation bumps a pointer in the newest.
 *
 * The problem: a request makes dozens of small objects that all die together, and a hostile message must not
 * make it take memory without bound. So memory is taken in chunks that double up to 64 KiB, or to the size of
 * the first if that is more (larger objects get a chunk of their size), the sum of chunks is bounded by
 * max_bytes, and arena_reset frees all but the newest chunk, and that one too when it is larger than those.
 *
 * Under AddressSanitizer the unused part of a chunk is poisoned, so reading past an object in an arena is
 * seen. Zeroing happens at allocation: callers may rely on it. */
#include "base/arena.h"
#include "base/check.h"
#include "base/poison.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef POISON
#define RED_ZONE 16
#else
#define RED_ZONE 0
#endif

#define CHUNK_MAX_BYTES 65536

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* of bytes */
    size_t used;
    _Alignas(16) uint8_t bytes[];
};

static size_t aligned(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

void arena_init(struct arena *arena, size_t chunk_bytes, size_t max_bytes)
{
    check(chunk_bytes > 0 && max_bytes >= chunk_bytes);
    *arena = (struct arena){.chunk_bytes = aligned(chunk_bytes), .max_bytes = max_bytes};
}

static void free_chunks(struct arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct arena_chunk *next = chunk->next;
        unpoison(chunk->bytes, chunk->size);
        free(chunk);
        chunk = next;
    }
}

void arena_release(struct arena *arena)
{
    free_chunks(arena->chunks);
    arena->chunks = NULL;
    arena->used_bytes = arena->held_bytes = 0;
}

/* Chunks double up to here. */
static size_t chunk_most(const struct arena *arena)
{
    return arena->chunk_bytes > CHUNK_MAX_BYTES ? arena->chunk_bytes : CHUNK_MAX_BYTES;
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *keep = arena->chunks;
    if (keep == NULL)
        return;
    free_chunks(keep->next);
    keep->next = NULL;
    if (keep->size > chunk_most(arena)) { /* one huge message must not stay for the life of the owner */
        arena_release(arena);
        return;
    }
    keep->used = 0;
    poison(keep->bytes, keep->size);
    arena->used_bytes = 0;
    arena->held_bytes = sizeof *keep + keep->size;
}

/* A new chunk that holds at least `size`; NULL over the bound. */
static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
    size_t want = arena->chunks == NULL ? arena->chunk_bytes : arena->chunks->size * 2;
    if (want > chunk_most(arena))
        want = chunk_most(arena);
    if (want < size)
        want = size;
    size_t room = arena->max_bytes > arena->held_bytes ? arena->max_bytes - arena->held_bytes : 0;
    if (want + sizeof(struct arena_chunk) > room)
        want = size; /* the last bit under the bound, exactly */
    if (want > room || want + sizeof(struct arena_chunk) > room)
        return NULL;
    struct arena_chunk *chunk = malloc(sizeof *chunk + want);
    if (chunk == NULL)
        return NULL;
    chunk->next = arena->chunks;
    chunk->size = want;
    chunk->used = 0;
    poison(chunk->bytes, chunk->size);
    arena->chunks = chunk;
    arena->held_bytes += sizeof *chunk + want;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > arena->max_bytes)
        return NULL;
    size_t need = aligned(size == 0 ? 1 : size) + RED_ZONE;
    struct arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->size - chunk->used < need) {
        chunk = add_chunk(arena, need);
        if (chunk == NULL)
            return NULL;
    }
    uint8_t *memory = chunk->bytes + chunk->used;
    chunk->used += need;
    arena->used_bytes += need;
    unpoison(memory, size == 0 ? 1 : size);
    memset(memory, 0, size == 0 ? 1 : size);
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return arena_alloc(arena, count * size);
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void arena_wipe(struct arena *arena)
{
    for (struct arena_chunk *chunk = arena->chunks; chunk != NULL; chunk = chunk->next) {
        unpoison(chunk->bytes, chunk->size);
        explicit_bzero(chunk->bytes, chunk->used);
    }
    arena_release(arena);
}
