/* catalogue: the one stream that says which characters and items exist, and what a new player starts with. */
#ifndef DOMAIN_CATALOGUE_H
#define DOMAIN_CATALOGUE_H

#include "base/arena.h"
#include "base/err.h"
#include "domain/sorted.h"
#include "gen/c/types.h"

#define CATALOGUE_CHARACTERS_MAX 1024
#define CATALOGUE_ITEMS_MAX 256
#define AMOUNT_MAX UINT64_C(1000000000000) /* of any amount, price, stock and balance */

struct catalogue_character {
    struct slug character;
    enum rarity rarity;
};

struct catalogue_item {
    struct slug item;
};

/* Has no situations: there is one catalogue, and it is empty until something is published. Texts are not
 * kept, as no decision reads them. */
struct catalogue_state {
    struct sorted characters; /* of struct catalogue_character */
    struct sorted items;      /* of struct catalogue_item */
    uint64_t free;            /* what a new player starts with */
    struct slug item;         /* none: no item */
    uint32_t item_count;
};

MUST_CHECK enum err catalogue_evolve(struct catalogue_state *catalogue, struct arena *arena,
                                     const struct event *event);

/* NULL when it is not in the catalogue. */
const struct catalogue_character *catalogue_character(const struct catalogue_state *catalogue,
                                                      struct slug character);
bool catalogue_has_item(const struct catalogue_state *catalogue, struct slug item);

#endif
