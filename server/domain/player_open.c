/* player_open: opening a pack, the one decision the game is about.
 *
 * Three streams, one commit: the player (cost, draws, copies, pity), the pack (its table, only read: its
 * version must not change meanwhile) and the stock of a limited pack. In order: may this player open this
 * pack, can it be paid, is enough left, then the draws.
 *
 * The draws of one opening take consecutive nonces from the player's stream, and pity moves on between them:
 * ten at once draw exactly what ten singles would have drawn. Copies are counted within the opening too, so
 * that each pull says whether it was new.
 *
 * The event holds what was spent, what is left, and what was drawn with which seed number and nonces: with
 * the seed revealed later, draw.h recomputes it. The seed itself is not in it, nor in anything derived here.
 *
 * The seed given must be the one the stream committed to; with another one the draws could never be proven,
 * so nothing is decided then (player_seed_matches).
 *
 * When you add a way to pay: its branch in pay(), nothing else. */
#include "base/check.h"
#include "domain/draw.h"
#include "domain/state.h"
#include "gen/c/decide.h"

enum { ON_PLAYER, ON_PACK, ON_STOCK };

#define OPEN_ONE 1
#define OPEN_TEN 10

/* What an opening costs and leaves. */
struct bill {
    uint64_t cost_free, cost_paid;
    struct slug item; /* none when currency pays */
    uint32_t item_left;
};

static bool openable(const struct pack_state *pack, const struct command_open_pack *command,
                     struct decision *decision);
static bool pay(const struct player_state *player, const struct event_pack_published *table,
                const struct command_open_pack *command, struct bill *ret_bill, struct decision *decision);
static bool pay_currency(const struct player_state *player, uint64_t price, struct bill *ret_bill,
                         struct decision *decision);
static bool pay_item(const struct player_state *player, struct slug item, uint32_t count,
                     struct bill *ret_bill, struct decision *decision);
static void add_opened(const struct decide_input *input, const struct command_open_pack *command,
                       const struct bill *bill, struct pull_list pulls, uint32_t pity,
                       struct decision *decision);
static void draw_pulls(const struct player_state *player, const struct event_pack_published *pack,
                       const struct hash *server_seed, struct pull_list pulls, uint32_t *pity);
static uint32_t copies_after(const struct player_state *player, struct pull_list pulls, uint32_t before,
                             struct slug character);

/* ---- decide ---- */

void decide_open_pack(const struct decide_input *input, const struct command_open_pack *command,
                      struct decision *decision)
{
    check(input->states[ON_PACK]->kind == STREAM_PACK && input->states[ON_STOCK]->kind == STREAM_STOCK);
    const struct player_state *player = player_active(input, decision);
    const struct pack_state *pack = &input->states[ON_PACK]->pack;
    const struct stock_state *stock = &input->states[ON_STOCK]->stock;
    struct bill bill = {0};
    if (player == NULL || !openable(pack, command, decision) ||
        !pay(player, &pack->table, command, &bill, decision))
        return;
    if (stock_remaining(stock) < command->count) {
        decision_reject(decision, ERROR_STOCK_EXHAUSTED, NULL);
        return;
    }
    if (!player_seed_matches(&input->context->seeds[0], &player->seed_hash, decision))
        return;
    struct pull_list pulls = {arena_array(input->arena, command->count, sizeof(struct pull)), command->count};
    if (pulls.items == NULL) {
        decision_fail(decision, ERR_NOMEM);
        return;
    }
    uint32_t pity = player_pity(player, pack->table.pity_group);
    draw_pulls(player, &pack->table, &input->context->seeds[0], pulls, &pity);
    add_opened(input, command, &bill, pulls, pity, decision);
    if (stock->situation == STOCK_LIMITED)
        decision_add(decision, ON_STOCK, EVENT_STOCK_TAKEN)->stock_taken = (struct event_stock_taken){
            .pack = command->pack,
            .taken = command->count,
            .remaining = stock->remaining - command->count,
        };
}

static bool openable(const struct pack_state *pack, const struct command_open_pack *command,
                     struct decision *decision)
{
    switch (pack->situation) {
    case PACK_NONE:
        decision_reject(decision, ERROR_PACK_UNKNOWN, NULL);
        return false;
    case PACK_RETIRED:
        decision_reject(decision, ERROR_PACK_RETIRED, NULL);
        return false;
    case PACK_ON_SALE:
        if (command->count == OPEN_ONE || command->count == OPEN_TEN)
            return true;
        decision_reject(decision, ERROR_COUNT_INVALID, NULL);
        return false;
    }
    check(!"a pack in no situation");
}

static bool pay(const struct player_state *player, const struct event_pack_published *table,
                const struct command_open_pack *command, struct bill *ret_bill, struct decision *decision)
{
    switch (command->payment) {
    case PAYMENT_CURRENCY:
        return pay_currency(player, command->count == OPEN_TEN ? table->ten_price : table->price, ret_bill,
                            decision);
    case PAYMENT_ITEM:
        return pay_item(player, table->item, command->count, ret_bill, decision);
    }
    check(!"a payment outside the schema");
}

/* Free currency first. Balances and prices are at most AMOUNT_MAX each, so nothing overflows. */
static bool pay_currency(const struct player_state *player, uint64_t price, struct bill *ret_bill,
                         struct decision *decision)
{
    uint64_t from_free = player->free < price ? player->free : price;
    if (player->paid < price - from_free) {
        decision_reject(decision, ERROR_WALLET_INSUFFICIENT, NULL);
        return false;
    }
    *ret_bill = (struct bill){.cost_free = from_free, .cost_paid = price - from_free};
    return true;
}

static bool pay_item(const struct player_state *player, struct slug item, uint32_t count,
                     struct bill *ret_bill, struct decision *decision)
{
    if (slug_is_none(item)) {
        decision_reject(decision, ERROR_PACK_NOT_OWNED_AS_ITEM, NULL);
        return false;
    }
    uint32_t owned = player_item_count(player, item);
    if (owned < count) {
        decision_reject(decision, ERROR_ITEM_INSUFFICIENT, NULL);
        return false;
    }
    *ret_bill = (struct bill){.item = item, .item_left = owned - count};
    return true;
}

static void add_opened(const struct decide_input *input, const struct command_open_pack *command,
                       const struct bill *bill, struct pull_list pulls, uint32_t pity,
                       struct decision *decision)
{
    const struct player_state *player = &input->states[ON_PLAYER]->player;
    const struct event_pack_published *table = &input->states[ON_PACK]->pack.table;
    decision_add(decision, ON_PLAYER, EVENT_PACK_OPENED)->pack_opened = (struct event_pack_opened){
        .player = player->id,
        .opening = player->openings + 1,
        .pack = command->pack,
        .pack_version = table->version,
        .payment = command->payment,
        .cost_free = bill->cost_free,
        .cost_paid = bill->cost_paid,
        .free = player->free - bill->cost_free,
        .paid = player->paid - bill->cost_paid,
        .item = bill->item,
        .item_count = bill->item_left,
        .seed_number = player->seed_number,
        .first_nonce = player->next_nonce,
        .pulls = pulls,
        .pity_group = table->pity_group,
        .pity = pity,
        .opened_at = input->context->now_ms,
    };
}

/* ---- helpers ---- */

/* Fills all of `pulls`, moving `pity` on from draw to draw. */
static void draw_pulls(const struct player_state *player, const struct event_pack_published *pack,
                       const struct hash *server_seed, struct pull_list pulls, uint32_t *pity)
{
    struct draw_table table = draw_table_of(pack);
    struct draw_seeds seeds;
    draw_seeds_init(&seeds, server_seed, short_text_slice(&player->client_seed));
    for (uint32_t i = 0; i < pulls.count; i++) {
        enum rarity floor = draw_pity_floor(pack->hard_pity, pack->pity_rarity, *pity);
        const struct pack_entry *drawn = draw_entry(&table, floor, &seeds, player->next_nonce + i);
        pulls.items[i] = (struct pull){
            .character = drawn->character,
            .rarity = drawn->rarity,
            .copies = copies_after(player, pulls, i, drawn->character),
        };
        *pity = draw_pity_after(*pity, pack->pity_rarity, drawn->rarity);
    }
}

/* Copies once one more is added to those owned and to the first `before` pulls. Stays at the highest number.
 */
static uint32_t copies_after(const struct player_state *player, struct pull_list pulls, uint32_t before,
                             struct slug character)
{
    uint64_t copies = (uint64_t)player_copies(player, character) + 1;
    for (uint32_t i = 0; i < before; i++)
        copies += slug_equal(pulls.items[i].character, character);
    return copies > UINT32_MAX ? UINT32_MAX : (uint32_t)copies;
}
