/* sorted: small collections of a stream's state.
 *
 * The problem: a state holds a few to a few hundred things by key (characters, items, pity counters), is read
 * on every decision, is changed one thing at a time, and must be foldable without malloc. A sorted array
 * answers by binary search, is compared and snapshotted in one order whatever the history, and lives in the
 * state's arena.
 *
 * Elements are not typed here: each user passes the element's size and gives the key as its first member. */
#include "domain/sorted.h"
#include <string.h>

#define CAPACITY_FIRST 4

/* Index of the first element whose key is not less than `key`. */
static uint32_t lower_bound(const struct sorted *sorted, size_t size, struct slug key)
{
    uint32_t low = 0, high = sorted->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct slug *at = (const struct slug *)((const char *)sorted->items + middle * size);
        if (slug_compare(*at, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void *element(const struct sorted *sorted, size_t size, uint32_t index)
{
    return (char *)sorted->items + index * size;
}

bool sorted_reserve(struct sorted *sorted, struct arena *arena, size_t size)
{
    if (sorted->count < sorted->capacity)
        return true;
    uint32_t capacity = sorted->capacity == 0 ? CAPACITY_FIRST : sorted->capacity * 2;
    void *items = arena_array(arena, capacity, size);
    if (items == NULL)
        return false;
    if (sorted->count > 0)
        memcpy(items, sorted->items, sorted->count * size);
    sorted->items = items;
    sorted->capacity = capacity;
    return true;
}

void *sorted_put(struct sorted *sorted, struct arena *arena, size_t size, struct slug key)
{
    void *found = sorted_find(sorted, size, key);
    if (found != NULL)
        return found;
    if (!sorted_reserve(sorted, arena, size))
        return NULL;
    uint32_t index = lower_bound(sorted, size, key);
    char *place = element(sorted, size, index);
    memmove(place + size, place, (sorted->count - index) * size);
    memset(place, 0, size);
    memcpy(place, &key, sizeof key);
    sorted->count++;
    return place;
}

void *sorted_find(const struct sorted *sorted, size_t size, struct slug key)
{
    uint32_t index = lower_bound(sorted, size, key);
    if (index == sorted->count)
        return NULL;
    struct slug *found = element(sorted, size, index);
    return slug_equal(*found, key) ? found : NULL;
}
