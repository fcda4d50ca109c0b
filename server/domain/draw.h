/* draw: from seeds, a nonce and a pack's table to one character; and the exact odds of that, from the same
 * table.
 *
 * Pure; everything is borrowed for the call. The recipe, for whoever recomputes a draw:
 *
 *   values    HMAC-SHA256(key = server seed, message = client_seed ":" nonce), nonce in decimal, gives 32
 * bytes: four big-endian 64-bit values, used in order. When they are used up, the message client_seed ":"
 * nonce ":" block, block = 1, 2, ..., gives four more each. below(n)  takes the next value v, again while v
 * >= floor(2^64 / n) * n; the result is v mod n. rarity    below(sum of the rarities' weights): the first
 * rarity, in the table's order, at which the running sum of weights exceeds it. When hard pity is due, only
 * rarities >= pity_rarity take part. character below(sum of the weights of that rarity's entries): likewise
 * among these entries.
 */
#ifndef DOMAIN_DRAW_H
#define DOMAIN_DRAW_H

#include "base/sha256.h"
#include "gen/c/types.h"

#define DRAW_WEIGHT_MAX 1000000 /* with 8 rarities and 256 entries no product below reaches 2^52 */

/* A pack's table as the draw and the odds read it: borrowed from an event or a pack's state. */
struct draw_table {
    const struct rarity_weight *rarities;
    uint32_t rarity_count;
    const struct pack_entry *entries;
    uint32_t entry_count;
};

struct draw_table draw_table_of(const struct event_pack_published *pack);

/* The two seeds, made ready for many draws. `client_seed` is borrowed as long as this lives. */
struct draw_seeds {
    struct hmac_key server;
    struct slice client;
};

void draw_seeds_init(struct draw_seeds *seeds, const struct hash *server_seed, struct slice client_seed);

/* Draws one entry, of a rarity >= floor (RARITY_COMMON for any). The table has such a rarity, and every
 * rarity in it has entries: publish_pack saw to it, and anything else aborts. */
const struct pack_entry *draw_entry(const struct draw_table *table, enum rarity floor,
                                    const struct draw_seeds *seeds, uint64_t nonce);

/* The floor of the next draw when `counter` draws went by without the promise; hard_pity 0 promises nothing.
 */
enum rarity draw_pity_floor(uint32_t hard_pity, enum rarity pity_rarity, uint32_t counter);
/* The counter after drawing `drawn`. */
uint32_t draw_pity_after(uint32_t counter, enum rarity pity_rarity, enum rarity drawn);

/* The chance of entry number `entry` in one draw without pity, reduced: numerator / denominator. The sum over
 * all entries is exactly 1. False, with nothing written, for an entry the table does not draw. */
bool draw_odds(const struct draw_table *table, uint32_t entry, uint64_t *ret_numerator,
               uint64_t *ret_denominator);

/* ---- the parts, for tests and audits ---- */
/* Sum of the weights of the rarities >= floor. */
uint64_t draw_rarity_total(const struct draw_table *table, enum rarity floor);
/* Sum of the weights of a rarity's entries. */
uint64_t draw_entry_total(const struct draw_table *table, enum rarity rarity);
/* What `value`, less than the total, stands for. */
const struct rarity_weight *draw_rarity_at(const struct draw_table *table, enum rarity floor, uint64_t value);
const struct pack_entry *draw_entry_at(const struct draw_table *table, enum rarity rarity, uint64_t value);
/* Whether `value` is below floor(2^64 / total) * total; total > 0. */
bool draw_accepts(uint64_t value, uint64_t total);

/* The values of one nonce, in order. `seeds` is borrowed as long as this lives. */
struct draw_values {
    const struct draw_seeds *seeds;
    uint64_t nonce;
    uint32_t block;
    uint32_t next; /* in the block */
    struct hash bytes;
};

void draw_values_init(struct draw_values *values, const struct draw_seeds *seeds, uint64_t nonce);
uint64_t draw_values_next(struct draw_values *values);
/* A uniform number below `total`, which is not 0. */
uint64_t draw_below(struct draw_values *values, uint64_t total);

#endif
