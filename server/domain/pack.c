/* pack: publishing and retiring.
 *
 * A pack's table is data that operators write, so everything a draw relies on is refused here and never
 * checked again on the way of a player's opening: weights of 1 to 1,000,000 (no product in draw.c can
 * overflow), each rarity once and with characters, each character once, known, and of the rarity the
 * catalogue says; a promise of hard pity that the table can keep.
 *
 * The event holds the table in one order, rarities rising and characters by key within their rarity, whatever
 * order the command had: the order is part of a draw's recipe, so it must be one that anybody can restore
 * from rows.
 *
 * A pack is published again as a whole, with the next version. `dropped` names the characters the version
 * before had, so that a projection can delete their odds from this one event. Stock goes with it: set when
 * the pack is limited, and lifted when it was.
 *
 * Packs of one pity group share a counter, and any draw of the opened pack's pity_rarity or better resets it:
 * give the packs of a group the same promise, or the weaker one eats the stronger one's progress.
 *
 * When you add a field to the table: schema, validation here, table_keep() if an opening reads it. */
#include "domain/pack.h"
#include "base/check.h"
#include "domain/draw.h"
#include "domain/state.h"
#include "gen/c/decide.h"
#include <string.h>

/* Order of publish_pack's streams; retire_pack has the first only. */
enum { ON_PACK, ON_STOCK, ON_CATALOGUE };

static enum err table_keep(struct pack_state *pack, struct arena *arena,
                           const struct event_pack_published *table);
static bool copy_list(struct arena *arena, struct list_value *target, uint32_t *capacity, const void *items,
                      uint32_t count, size_t size);
static void retire(const struct decide_input *input, const struct command_retire_pack *command,
                   struct decision *decision);
static bool amounts_valid(const struct command_publish_pack *command, struct decision *decision);
static bool rarities_valid(const struct command_publish_pack *command, struct decision *decision);
static bool entries_valid(const struct command_publish_pack *command, struct decision *decision);
static bool catalogue_agrees(const struct catalogue_state *catalogue,
                             const struct command_publish_pack *command, struct decision *decision);
static struct rarity_weight_list rarities_sorted(struct arena *arena, struct rarity_weight_list rarities);
static struct pack_entry_list entries_sorted(struct arena *arena, struct pack_entry_list entries);
static struct slug_list entries_dropped(struct arena *arena, const struct pack_state *pack,
                                        struct pack_entry_list entries);
static bool entries_have(struct pack_entry_list entries, struct slug character);

/* ---- evolve ---- */

enum err pack_evolve(struct pack_state *pack, struct arena *arena, const struct event *event)
{
    switch ((enum pack_event)event->type) {
    case PACK_EVENT_PACK_PUBLISHED:
        pack->situation = PACK_ON_SALE;
        return table_keep(pack, arena, &event->pack_published);
    case PACK_EVENT_PACK_RETIRED:
        pack->situation = PACK_RETIRED;
        return ERR_OK;
    }
    check(!"not an event of a pack stream");
}

static enum err table_keep(struct pack_state *pack, struct arena *arena,
                           const struct event_pack_published *table)
{
    struct list_value rarities = {pack->table.rarities.items, pack->table.rarities.count};
    struct list_value entries = {pack->table.entries.items, pack->table.entries.count};
    if (!copy_list(arena, &rarities, &pack->rarity_capacity, table->rarities.items, table->rarities.count,
                   sizeof *table->rarities.items) ||
        !copy_list(arena, &entries, &pack->entry_capacity, table->entries.items, table->entries.count,
                   sizeof *table->entries.items))
        return ERR_NOMEM;
    pack->table = *table;
    short_text_set(&pack->name, table->name);
    pack->table.name = (struct slice){0};
    pack->table.dropped = (struct slug_list){0};
    pack->table.rarities = (struct rarity_weight_list){rarities.items, rarities.count};
    pack->table.entries = (struct pack_entry_list){entries.items, entries.count};
    return ERR_OK;
}

/* Copies into the list's memory, or into new memory when it does not fit. */
static bool copy_list(struct arena *arena, struct list_value *target, uint32_t *capacity, const void *items,
                      uint32_t count, size_t size)
{
    if (count > *capacity) {
        void *memory = arena_array(arena, count, size);
        if (memory == NULL)
            return false;
        target->items = memory;
        *capacity = count;
    }
    if (count > 0)
        memcpy(target->items, items, count * size);
    target->count = count;
    return true;
}

/* ---- decide ---- */

void decide_publish_pack(const struct decide_input *input, const struct command_publish_pack *command,
                         struct decision *decision)
{
    check(input->states[ON_PACK]->kind == STREAM_PACK && input->states[ON_STOCK]->kind == STREAM_STOCK &&
          input->states[ON_CATALOGUE]->kind == STREAM_CATALOGUE);
    const struct pack_state *pack = &input->states[ON_PACK]->pack;
    const struct stock_state *stock = &input->states[ON_STOCK]->stock;
    if (!amounts_valid(command, decision) || !rarities_valid(command, decision) ||
        !entries_valid(command, decision) ||
        !catalogue_agrees(&input->states[ON_CATALOGUE]->catalogue, command, decision))
        return;

    struct rarity_weight_list rarities = rarities_sorted(input->arena, command->rarities);
    struct pack_entry_list entries = entries_sorted(input->arena, command->entries);
    struct slug_list dropped = entries_dropped(input->arena, pack, command->entries);
    if (rarities.items == NULL || entries.items == NULL || dropped.items == NULL) {
        decision_fail(decision, ERR_NOMEM);
        return;
    }
    decision_add(decision, ON_PACK, EVENT_PACK_PUBLISHED)->pack_published = (struct event_pack_published){
        .pack = command->pack,
        .version = pack->table.version + 1,
        .name = command->name,
        .price = command->price,
        .ten_price = command->ten_price,
        .rarities = rarities,
        .entries = entries,
        .dropped = dropped,
        .pity_group = command->pity_group,
        .hard_pity = command->hard_pity,
        .pity_rarity = command->pity_rarity,
        .item = command->item,
        .limited = command->limited,
        .published_at = input->context->now_ms,
    };
    if (command->limited || stock->situation != STOCK_NONE)
        decision_add(decision, ON_STOCK, EVENT_STOCK_SET)->stock_set = (struct event_stock_set){
            .pack = command->pack,
            .limited = command->limited,
            .remaining = command->limited ? command->stock : 0,
        };
}

void decide_retire_pack(const struct decide_input *input, const struct command_retire_pack *command,
                        struct decision *decision)
{
    check(input->states[ON_PACK]->kind == STREAM_PACK);
    switch (input->states[ON_PACK]->pack.situation) {
    case PACK_NONE:
        decision_reject(decision, ERROR_PACK_UNKNOWN, NULL);
        return;
    case PACK_RETIRED:
        decision_reject(decision, ERROR_PACK_RETIRED, NULL);
        return;
    case PACK_ON_SALE:
        retire(input, command, decision);
        return;
    }
    check(!"a pack in no situation");
}

/* The event holds the pack as it was last, so that its row can be made from this event alone. */
static void retire(const struct decide_input *input, const struct command_retire_pack *command,
                   struct decision *decision)
{
    const struct pack_state *pack = &input->states[ON_PACK]->pack;
    struct slice name = slice_copy(input->arena, short_text_slice(&pack->name));
    if (name.data == NULL) {
        decision_fail(decision, ERR_NOMEM);
        return;
    }
    decision_add(decision, ON_PACK, EVENT_PACK_RETIRED)->pack_retired = (struct event_pack_retired){
        .pack = command->pack,
        .retired_at = input->context->now_ms,
        .version = pack->table.version,
        .name = name,
        .price = pack->table.price,
        .ten_price = pack->table.ten_price,
        .pity_group = pack->table.pity_group,
        .hard_pity = pack->table.hard_pity,
        .pity_rarity = pack->table.pity_rarity,
        .item = pack->table.item,
        .limited = pack->table.limited,
    };
}

/* ---- helpers ---- */

bool pack_odds(const struct event_pack_published *event, uint32_t entry, uint64_t *ret_numerator,
               uint64_t *ret_denominator)
{
    struct draw_table table = draw_table_of(event);
    return draw_odds(&table, entry, ret_numerator, ret_denominator);
}

static bool amount_valid(uint64_t amount)
{
    return amount >= 1 && amount <= AMOUNT_MAX;
}

static bool amounts_valid(const struct command_publish_pack *command, struct decision *decision)
{
    const char *wrong = !amount_valid(command->price)                       ? "price"
                        : !amount_valid(command->ten_price)                 ? "ten_price"
                        : command->limited && !amount_valid(command->stock) ? "stock"
                                                                            : NULL;
    if (wrong != NULL)
        decision_reject(decision, ERROR_AMOUNT_INVALID, wrong);
    return wrong == NULL;
}

static bool weight_valid(uint32_t weight)
{
    return weight >= 1 && weight <= DRAW_WEIGHT_MAX;
}

static bool table_invalid(struct decision *decision, const char *detail)
{
    decision_reject(decision, ERROR_PACK_TABLE_INVALID, detail);
    return false;
}

static bool rarities_valid(const struct command_publish_pack *command, struct decision *decision)
{
    bool promise_kept = command->hard_pity == 0;
    if (command->rarities.count == 0)
        return table_invalid(decision, "no rarities");
    for (uint32_t i = 0; i < command->rarities.count; i++) {
        const struct rarity_weight *rarity = &command->rarities.items[i];
        if (!weight_valid(rarity->weight))
            return table_invalid(decision, "a rarity's weight is not 1 to 1000000");
        for (uint32_t j = 0; j < i; j++)
            if (command->rarities.items[j].rarity == rarity->rarity)
                return table_invalid(decision, "a rarity is listed twice");
        bool has_entry = false;
        for (uint32_t j = 0; j < command->entries.count && !has_entry; j++)
            has_entry = command->entries.items[j].rarity == rarity->rarity;
        if (!has_entry)
            return table_invalid(decision, "a rarity has no characters");
        promise_kept = promise_kept || rarity->rarity >= command->pity_rarity;
    }
    return promise_kept || table_invalid(decision, "no rarity keeps the promise of hard pity");
}

static bool entries_valid(const struct command_publish_pack *command, struct decision *decision)
{
    for (uint32_t i = 0; i < command->entries.count; i++) {
        const struct pack_entry *entry = &command->entries.items[i];
        if (!weight_valid(entry->weight))
            return table_invalid(decision, "a character's weight is not 1 to 1000000");
        for (uint32_t j = 0; j < i; j++)
            if (slug_equal(command->entries.items[j].character, entry->character))
                return table_invalid(decision, "a character is listed twice");
        bool listed = false;
        for (uint32_t j = 0; j < command->rarities.count && !listed; j++)
            listed = command->rarities.items[j].rarity == entry->rarity;
        if (!listed)
            return table_invalid(decision, "a character's rarity has no weight");
    }
    return true;
}

static bool catalogue_agrees(const struct catalogue_state *catalogue,
                             const struct command_publish_pack *command, struct decision *decision)
{
    for (uint32_t i = 0; i < command->entries.count; i++) {
        const struct pack_entry *entry = &command->entries.items[i];
        const struct catalogue_character *known = catalogue_character(catalogue, entry->character);
        if (known == NULL || known->rarity != entry->rarity) {
            decision_reject(decision, ERROR_CHARACTER_UNKNOWN, entry->character.text);
            return false;
        }
    }
    if (!slug_is_none(command->item) && !catalogue_has_item(catalogue, command->item)) {
        decision_reject(decision, ERROR_ITEM_UNKNOWN, command->item.text);
        return false;
    }
    return true;
}

/* A copy in rising order of rarity; no items when the arena is full. */
static struct rarity_weight_list rarities_sorted(struct arena *arena, struct rarity_weight_list rarities)
{
    struct rarity_weight *items = arena_array(arena, rarities.count, sizeof *items);
    for (uint32_t i = 0; items != NULL && i < rarities.count; i++) {
        uint32_t at = i;
        for (; at > 0 && items[at - 1].rarity > rarities.items[i].rarity; at--)
            items[at] = items[at - 1];
        items[at] = rarities.items[i];
    }
    return (struct rarity_weight_list){items, rarities.count};
}

static bool entry_before(const struct pack_entry *a, const struct pack_entry *b)
{
    return a->rarity != b->rarity ? a->rarity < b->rarity : slug_compare(a->character, b->character) < 0;
}

/* A copy by rarity, then key; no items when the arena is full. */
static struct pack_entry_list entries_sorted(struct arena *arena, struct pack_entry_list entries)
{
    struct pack_entry *items = arena_array(arena, entries.count, sizeof *items);
    for (uint32_t i = 0; items != NULL && i < entries.count; i++) {
        uint32_t at = i;
        for (; at > 0 && entry_before(&entries.items[i], &items[at - 1]); at--)
            items[at] = items[at - 1];
        items[at] = entries.items[i];
    }
    return (struct pack_entry_list){items, entries.count};
}

/* The characters of the version before that `entries` lack; no items when the arena is full. */
static struct slug_list entries_dropped(struct arena *arena, const struct pack_state *pack,
                                        struct pack_entry_list entries)
{
    const struct pack_entry_list *before = &pack->table.entries;
    struct slug_list dropped = {arena_array(arena, before->count, sizeof(struct slug)), 0};
    for (uint32_t i = 0; dropped.items != NULL && i < before->count; i++)
        if (!entries_have(entries, before->items[i].character))
            dropped.items[dropped.count++] = before->items[i].character;
    return dropped;
}

static bool entries_have(struct pack_entry_list entries, struct slug character)
{
    for (uint32_t i = 0; i < entries.count; i++)
        if (slug_equal(entries.items[i].character, character))
            return true;
    return false;
}
