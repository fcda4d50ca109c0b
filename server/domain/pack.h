/* pack: what a pack costs, what it can draw and with which weights; the state of one pack's stream. */
#ifndef DOMAIN_PACK_H
#define DOMAIN_PACK_H

#include "base/arena.h"
#include "base/err.h"
#include "domain/text.h"
#include "gen/c/types.h"

enum pack_situation {
    PACK_NONE, /* never published */
    PACK_ON_SALE,
    PACK_RETIRED, /* keeps its last table; publishing it again puts it on sale */
};

struct pack_state {
    enum pack_situation situation;
    /* The version last published, without its texts and `dropped`; the lists' memory is the state's own and
     * is reused by the next version. All zero in NONE. */
    struct event_pack_published table;
    struct short_text name; /* of that version */
    uint32_t rarity_capacity, entry_capacity;
};

MUST_CHECK enum err pack_evolve(struct pack_state *pack, struct arena *arena, const struct event *event);

/* The exact chance of entry number `entry` of a published table in one draw, pity apart, reduced: the sum
 * over all entries is 1. The draw reads the same table through the same functions (draw.h). False for an
 * entry that is never drawn; nothing is written then. */
bool pack_odds(const struct event_pack_published *event, uint32_t entry, uint64_t *ret_numerator,
               uint64_t *ret_denominator);

#endif
