/* draw: one draw of a pack, and its odds.
 *
 * The problem: a draw must be fair, must be provable afterwards by a player with a calculator, and the odds
 * shown before must be those of the draw, not of a copy of its rules. So:
 *
 *   - All randomness is HMAC of a seed the server committed to before the player chose theirs. No state, no
 * clock: the same seeds, nonce and table give the same character on any machine, for ever.
 *   - Rejection sampling: v mod n alone would favour small results by up to n / 2^64. Little, but "exact" is
 * the promise.
 *   - draw_odds() and draw_entry() use the same four functions (totals, and what a value stands for). Odds
 * are the count of values that lead to an entry over the count of all values: integers, nothing rounded.
 *   - Each draw uses its own nonce, never the left-over values of the draw before, so any draw can be
 * recomputed alone and ten at once draw what ten singles would have drawn.
 *
 * Two steps (rarity, then character) and not one table: an operator sets the rates of rarities, and adding a
 * character to a rarity must not move them. Pity is a floor on the rarity step, so the chances above the
 * floor keep their proportions.
 *
 * When you change the recipe, old draws must stay provable: it needs a version in pack_opened, and both
 * recipes. */
#include "domain/draw.h"
#include "base/check.h"
#include "domain/text.h"
#include <string.h>

#define VALUES_PER_BLOCK 4
#define BLOCKS_MAX 1000 /* a value is refused less than once in 2^36 times: so many blocks are a bug */

static struct hash block_bytes(const struct draw_seeds *seeds, uint64_t nonce, uint32_t block);
static size_t put_decimal(uint8_t *target, uint64_t number);
static uint64_t greatest_common_divisor(uint64_t a, uint64_t b);

struct draw_table draw_table_of(const struct event_pack_published *pack)
{
    return (struct draw_table){
        .rarities = pack->rarities.items,
        .rarity_count = pack->rarities.count,
        .entries = pack->entries.items,
        .entry_count = pack->entries.count,
    };
}

void draw_seeds_init(struct draw_seeds *seeds, const struct hash *server_seed, struct slice client_seed)
{
    check(client_seed.size <= TEXT_CLIENT_SEED_MAX_BYTES);
    hmac_key_init(&seeds->server, slice_of(server_seed->bytes, sizeof server_seed->bytes));
    seeds->client = client_seed;
}

const struct pack_entry *draw_entry(const struct draw_table *table, enum rarity floor,
                                    const struct draw_seeds *seeds, uint64_t nonce)
{
    struct draw_values values;
    draw_values_init(&values, seeds, nonce);
    uint64_t value = draw_below(&values, draw_rarity_total(table, floor));
    enum rarity rarity = draw_rarity_at(table, floor, value)->rarity;
    return draw_entry_at(table, rarity, draw_below(&values, draw_entry_total(table, rarity)));
}

enum rarity draw_pity_floor(uint32_t hard_pity, enum rarity pity_rarity, uint32_t counter)
{
    bool due = hard_pity > 0 && counter >= hard_pity - 1;
    return due ? pity_rarity : RARITY_COMMON;
}

uint32_t draw_pity_after(uint32_t counter, enum rarity pity_rarity, enum rarity drawn)
{
    if (drawn >= pity_rarity)
        return 0;
    return counter == UINT32_MAX ? counter : counter + 1;
}

bool draw_odds(const struct draw_table *table, uint32_t entry, uint64_t *ret_numerator,
               uint64_t *ret_denominator)
{
    if (entry >= table->entry_count)
        return false;
    const struct pack_entry *drawn = &table->entries[entry];
    uint64_t rarity_weight = 0;
    for (uint32_t i = 0; i < table->rarity_count; i++)
        if (table->rarities[i].rarity == drawn->rarity)
            rarity_weight += table->rarities[i].weight;
    uint64_t numerator = rarity_weight * drawn->weight;
    if (numerator == 0)
        return false;
    uint64_t denominator = draw_rarity_total(table, RARITY_COMMON) * draw_entry_total(table, drawn->rarity);
    uint64_t divisor = greatest_common_divisor(numerator, denominator);
    *ret_numerator = numerator / divisor;
    *ret_denominator = denominator / divisor;
    return true;
}

uint64_t draw_rarity_total(const struct draw_table *table, enum rarity floor)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < table->rarity_count; i++)
        if (table->rarities[i].rarity >= floor)
            total += table->rarities[i].weight;
    return total;
}

uint64_t draw_entry_total(const struct draw_table *table, enum rarity rarity)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < table->entry_count; i++)
        if (table->entries[i].rarity == rarity)
            total += table->entries[i].weight;
    return total;
}

const struct rarity_weight *draw_rarity_at(const struct draw_table *table, enum rarity floor, uint64_t value)
{
    for (uint32_t i = 0; i < table->rarity_count; i++) {
        const struct rarity_weight *rarity = &table->rarities[i];
        if (rarity->rarity < floor)
            continue;
        if (value < rarity->weight)
            return rarity;
        value -= rarity->weight;
    }
    check(!"a value at or over the rarities' total");
}

const struct pack_entry *draw_entry_at(const struct draw_table *table, enum rarity rarity, uint64_t value)
{
    for (uint32_t i = 0; i < table->entry_count; i++) {
        const struct pack_entry *entry = &table->entries[i];
        if (entry->rarity != rarity)
            continue;
        if (value < entry->weight)
            return entry;
        value -= entry->weight;
    }
    check(!"a value at or over the entries' total");
}

bool draw_accepts(uint64_t value, uint64_t total)
{
    uint64_t over =
        (UINT64_MAX % total + 1) % total; /* 2^64 mod total: so many values at the top are one too many */
    return value <= UINT64_MAX - over;
}

uint64_t draw_below(struct draw_values *values, uint64_t total)
{
    check(total > 0);
    uint64_t value = draw_values_next(values);
    while (!draw_accepts(value, total))
        value = draw_values_next(values);
    return value % total;
}

void draw_values_init(struct draw_values *values, const struct draw_seeds *seeds, uint64_t nonce)
{
    *values = (struct draw_values){.seeds = seeds, .nonce = nonce, .bytes = block_bytes(seeds, nonce, 0)};
}

uint64_t draw_values_next(struct draw_values *values)
{
    if (values->next == VALUES_PER_BLOCK) {
        check(values->block < BLOCKS_MAX);
        values->block++;
        values->next = 0;
        values->bytes = block_bytes(values->seeds, values->nonce, values->block);
    }
    const uint8_t *bytes = values->bytes.bytes + 8 * values->next++;
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

static struct hash block_bytes(const struct draw_seeds *seeds, uint64_t nonce, uint32_t block)
{
    uint8_t message[TEXT_CLIENT_SEED_MAX_BYTES + 1 + 20 + 1 + 20];
    size_t size = seeds->client.size;
    if (size > 0)
        memcpy(message, seeds->client.data, size);
    message[size++] = ':';
    size += put_decimal(message + size, nonce);
    if (block > 0) {
        message[size++] = ':';
        size += put_decimal(message + size, block);
    }
    return hmac_key_sign(&seeds->server, slice_of(message, size));
}

/* Writes up to 20 digits, returns how many. */
static size_t put_decimal(uint8_t *target, uint64_t number)
{
    uint8_t digits[20];
    size_t count = 0;
    do {
        digits[count++] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < count; i++)
        target[i] = digits[count - 1 - i];
    return count;
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}
