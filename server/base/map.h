/* map: from 16-byte keys (a uuid, or a number put into one) to pointers it does not own.
 * Open addressing with backward-shift deletion; the hash is keyed (SipHash-1-3) with a seed that serve.c
 * sets from the operating system, so clients who choose ids cannot choose collisions. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "base/uuid.h"

struct map_slot {
    struct uuid key;
    void *value; /* NULL: empty */
};

struct map {
    struct map_slot *slots;
    size_t capacity; /* power of two or 0 */
    size_t count;
};

/* Sets the seed of every map; before the first map_put. */
void map_seed(const uint8_t seed[16]);

/* The keyed hash, for tables of other shapes. */
uint64_t map_hash(struct uuid key);

void map_init(struct map *map);
void map_release(struct map *map);
void *map_get(const struct map *map, struct uuid key); /* NULL when absent */
/* Adds or replaces; `value` is not NULL. ERR_NOMEM leaves the map as it was. */
MUST_CHECK enum err map_put(struct map *map, struct uuid key, void *value);
/* Removes and returns the value; NULL when absent. */
void *map_remove(struct map *map, struct uuid key);
/* Walks all values: *cursor starts at 0; NULL at the end. Do not change the map meanwhile. */
void *map_next(const struct map *map, size_t *cursor);

/* A number as a key. */
static inline struct uuid map_key_u64(uint64_t number)
{
    struct uuid key = {{0}};
    memcpy(key.bytes, &number, sizeof number);
    return key;
}

#endif
