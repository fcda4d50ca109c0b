/* sorted: an array of structs that start with their `struct slug` key, in key order, growing by doubling in
 * an arena. Zero is an empty one. The array's memory belongs to the arena; outgrown arrays stay there until
 * the arena goes, so an array of n elements costs at most twice its size. */
#ifndef DOMAIN_SORTED_H
#define DOMAIN_SORTED_H

#include "base/arena.h"
#include "base/slug.h"

struct sorted {
    void *items;
    uint32_t count;
    uint32_t capacity;
};

/* Makes room for one more element of `size` bytes: false when the arena is full. */
bool sorted_reserve(struct sorted *sorted, struct arena *arena, size_t size);
/* The element with this key, else a new one, zeroed but for the key. NULL when the arena is full. */
void *sorted_put(struct sorted *sorted, struct arena *arena, size_t size, struct slug key);
/* The element with this key; NULL when absent. Valid until the next put. */
void *sorted_find(const struct sorted *sorted, size_t size, struct slug key);

#endif
