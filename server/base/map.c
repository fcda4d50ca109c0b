/* map: linear probing in a power-of-two table at most three quarters full; a removal shifts the run behind it
 * back, so there are no tombstones and lookups do not decay. The hash is SipHash-1-3 (Aumasson and Bernstein,
 * 2012) over the 16 bytes of the key with a seed of this process. */
#include "base/map.h"
#include "base/check.h"
#include <stdlib.h>

static uint64_t seed[2];

void map_seed(const uint8_t bytes[16])
{
    memcpy(seed, bytes, sizeof seed);
}

static uint64_t rotl(uint64_t x, int b)
{
    return (x << b) | (x >> (64 - b));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[1] = rotl(v[1], 13), v[1] ^= v[0], v[0] = rotl(v[0], 32);
    v[2] += v[3], v[3] = rotl(v[3], 16), v[3] ^= v[2];
    v[0] += v[3], v[3] = rotl(v[3], 21), v[3] ^= v[0];
    v[2] += v[1], v[1] = rotl(v[1], 17), v[1] ^= v[2], v[2] = rotl(v[2], 32);
}

uint64_t map_hash(struct uuid key)
{
    uint64_t words[3] = {0, 0, (uint64_t)16 << 56};
    memcpy(words, key.bytes, 16);
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575ull, seed[1] ^ 0x646f72616e646f6dull,
                     seed[0] ^ 0x6c7967656e657261ull, seed[1] ^ 0x7465646279746573ull};
    for (int i = 0; i < 3; i++) {
        v[3] ^= words[i];
        sip_round(v);
        v[0] ^= words[i];
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_release(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}

/* The slot of `key`, or the empty slot where it would go. */
static size_t find(const struct map *map, struct uuid key)
{
    size_t mask = map->capacity - 1;
    size_t i = map_hash(key) & mask;
    while (map->slots[i].value != NULL && !uuid_equal(map->slots[i].key, key))
        i = (i + 1) & mask;
    return i;
}

void *map_get(const struct map *map, struct uuid key)
{
    return map->count == 0 ? NULL : map->slots[find(map, key)].value;
}

static enum err grow(struct map *map)
{
    struct map bigger = {.capacity = map->capacity == 0 ? 16 : map->capacity * 2, .count = map->count};
    bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].value != NULL)
            bigger.slots[find(&bigger, map->slots[i].key)] = map->slots[i];
    free(map->slots);
    *map = bigger;
    return ERR_OK;
}

enum err map_put(struct map *map, struct uuid key, void *value)
{
    check(value != NULL);
    if (map->count + 1 > map->capacity / 4 * 3) {
        enum err err = grow(map);
        if (err != ERR_OK)
            return err;
    }
    struct map_slot *slot = &map->slots[find(map, key)];
    if (slot->value == NULL)
        map->count++;
    *slot = (struct map_slot){.key = key, .value = value};
    return ERR_OK;
}

void *map_remove(struct map *map, struct uuid key)
{
    if (map->count == 0)
        return NULL;
    size_t mask = map->capacity - 1;
    size_t hole = find(map, key);
    void *value = map->slots[hole].value;
    if (value == NULL)
        return NULL;
    map->count--;
    for (size_t i = (hole + 1) & mask; map->slots[i].value != NULL; i = (i + 1) & mask) {
        size_t home = map_hash(map->slots[i].key) & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) { /* its home is not between the hole and here */
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole].value = NULL;
    return value;
}

void *map_next(const struct map *map, size_t *cursor)
{
    while (*cursor < map->capacity) {
        void *value = map->slots[(*cursor)++].value;
        if (value != NULL)
            return value;
    }
    return NULL;
}
