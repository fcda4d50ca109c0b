/* wallets: a player's currency (view wallet).
 *
 * Every event that moves currency carries both balances after it, so the row is assigned, never added to. A
 * player starts with free currency only. An opening paid by an item and a grant of an item leave the wallet
 * alone: they add no row, so that a wallet's position says when it really changed. */
#include "projection/project.h"

static void add_wallet(struct row_sink *sink, struct uuid player, uint64_t free, uint64_t paid)
{
    row_add(sink, VIEW_WALLET)->wallet = (struct row_wallet){.player = player, .free = free, .paid = paid};
}

static void granted(const struct event_granted *event, struct row_sink *sink)
{
    switch (event->kind) {
    case GRANT_KIND_FREE_CURRENCY:
    case GRANT_KIND_PAID_CURRENCY:
        add_wallet(sink, event->player, event->free, event->paid);
        return;
    case GRANT_KIND_ITEM:
        return;
    }
}

void wallets_project(const struct event *event, struct row_sink *sink)
{
    if (event->type == EVENT_PLAYER_REGISTERED)
        add_wallet(sink, event->player_registered.player, event->player_registered.free, 0);
    else if (event->type == EVENT_PACK_OPENED && event->pack_opened.payment == PAYMENT_CURRENCY)
        add_wallet(sink, event->pack_opened.player, event->pack_opened.free, event->pack_opened.paid);
    else if (event->type == EVENT_GRANTED)
        granted(&event->granted, sink);
}
