/* packs: what is on sale, its exact odds and what is left of it (views pack, odds, stock).
 *
 * The odds are computed from the published table by the function the draw's table comes with (domain/pack.h),
 * as exact fractions; characters that the version before had and this one has not become tombstones. A
 * retired pack keeps its odds: players may still look up what an old opening was drawn from.
 *
 * Stock is an event of the pack's own stream of stock, in the same commit as the opening that took from it.
 */
#include "projection/project.h"
#include "domain/pack.h"

/* 0 when the table does not have it. */
static uint32_t weight_of_rarity(const struct event_pack_published *event, enum rarity rarity)
{
    for (uint32_t i = 0; i < event->rarities.count; i++)
        if (event->rarities.items[i].rarity == rarity)
            return event->rarities.items[i].weight;
    return 0;
}

static void add_odds(const struct event_pack_published *event, struct row_sink *sink)
{
    for (uint32_t i = 0; i < event->entries.count; i++) {
        uint64_t numerator, denominator;
        if (!pack_odds(event, i, &numerator, &denominator))
            continue; /* in the table, but never drawn */
        row_add(sink, VIEW_ODDS)->odds = (struct row_odds){
            .pack = event->pack,
            .character = event->entries.items[i].character,
            .rarity = event->entries.items[i].rarity,
            .numerator = numerator,
            .denominator = denominator,
            .version = event->version,
            .rarity_weight = weight_of_rarity(event, event->entries.items[i].rarity),
            .weight = event->entries.items[i].weight,
        };
    }
    for (uint32_t i = 0; i < event->dropped.count; i++) {
        struct row *row = row_add(sink, VIEW_ODDS);
        row->deleted = true;
        row->odds = (struct row_odds){.pack = event->pack, .character = event->dropped.items[i]};
    }
}

static void published(const struct event_pack_published *event, struct row_sink *sink)
{
    row_add(sink, VIEW_PACK)->pack = (struct row_pack){
        .pack = event->pack,
        .version = event->version,
        .name = event->name,
        .status = PACK_STATUS_ON_SALE,
        .price = event->price,
        .ten_price = event->ten_price,
        .pity_group = event->pity_group,
        .hard_pity = event->hard_pity,
        .pity_rarity = event->pity_rarity,
        .item = event->item,
        .limited = event->limited,
    };
    add_odds(event, sink);
}

static void retired(const struct event_pack_retired *event, struct row_sink *sink)
{
    row_add(sink, VIEW_PACK)->pack = (struct row_pack){
        .pack = event->pack,
        .version = event->version,
        .name = event->name,
        .status = PACK_STATUS_RETIRED,
        .price = event->price,
        .ten_price = event->ten_price,
        .pity_group = event->pity_group,
        .hard_pity = event->hard_pity,
        .pity_rarity = event->pity_rarity,
        .item = event->item,
        .limited = event->limited,
    };
}

static void add_stock(struct row_sink *sink, struct slug pack, bool limited, uint64_t remaining)
{
    row_add(sink, VIEW_STOCK)->stock =
        (struct row_stock){.pack = pack, .limited = limited, .remaining = remaining};
}

void packs_project(const struct event *event, struct row_sink *sink)
{
    if (event->type == EVENT_PACK_PUBLISHED)
        published(&event->pack_published, sink);
    else if (event->type == EVENT_PACK_RETIRED)
        retired(&event->pack_retired, sink);
    else if (event->type == EVENT_STOCK_SET)
        add_stock(sink, event->stock_set.pack, event->stock_set.limited, event->stock_set.remaining);
    else if (event->type == EVENT_STOCK_TAKEN) /* only limited packs are taken from */
        add_stock(sink, event->stock_taken.pack, true, event->stock_taken.remaining);
}
