/* inventory: what a player owns - characters, items - and how far hard pity is (views character, item, pity).
 *
 * An opening adds one row for each draw, with the copies after that draw; the same character drawn twice in
 * one opening gives the same key twice, and the fold keeps the later one. An item whose last piece was used
 * stays as a row with count 0: it is not a deletion, the player has owned it. */
#include "projection/project.h"

static void add_item(struct row_sink *sink, struct uuid player, struct slug item, uint32_t count)
{
    row_add(sink, VIEW_ITEM)->item = (struct row_item){.player = player, .item = item, .count = count};
}

static void opened(const struct event_pack_opened *event, struct row_sink *sink)
{
    for (uint32_t i = 0; i < event->pulls.count; i++) {
        const struct pull *pull = &event->pulls.items[i];
        row_add(sink, VIEW_CHARACTER)->character = (struct row_character){
            .player = event->player,
            .character = pull->character,
            .rarity = pull->rarity,
            .copies = pull->copies,
        };
    }
    if (event->payment == PAYMENT_ITEM)
        add_item(sink, event->player, event->item, event->item_count);
    row_add(sink, VIEW_PITY)->pity = (struct row_pity){
        .player = event->player,
        .pity_group = event->pity_group,
        .draws = event->pity,
    };
}

void inventory_project(const struct event *event, struct row_sink *sink)
{
    if (event->type == EVENT_PACK_OPENED) {
        opened(&event->pack_opened, sink);
    } else if (event->type == EVENT_PLAYER_REGISTERED) {
        const struct event_player_registered *registered = &event->player_registered;
        if (!slug_is_none(registered->item))
            add_item(sink, registered->player, registered->item, registered->item_count);
    } else if (event->type == EVENT_GRANTED) {
        const struct event_granted *granted = &event->granted;
        if (granted->kind == GRANT_KIND_ITEM)
            add_item(sink, granted->player, granted->item, granted->item_count);
    }
}
