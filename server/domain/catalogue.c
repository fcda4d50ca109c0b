/* catalogue: characters, items and the starting balance.
 *
 * One stream for all of it, as it is small, changes rarely, and others decide on it: a pack may only hold
 * characters that exist with the rarity they have, a grant only items that exist, and a new player's start is
 * data, not code.
 *
 * What is published is never taken back: players own it. Publishing again changes the texts, which only the
 * rows hold. A character's rarity never changes, since draws that happened and packs on sale say it.
 *
 * decide: publish_character, publish_item, set_starting_balance. When you add something players can own, it
 * belongs here, with a bound of its own. */
#include "domain/catalogue.h"
#include "base/check.h"
#include "domain/state.h"
#include "gen/c/decide.h"

enum { ON_CATALOGUE };

static const struct catalogue_state *catalogue_of(const struct decide_input *input);

/* ---- evolve ---- */

enum err catalogue_evolve(struct catalogue_state *catalogue, struct arena *arena, const struct event *event)
{
    switch ((enum catalogue_event)event->type) {
    case CATALOGUE_EVENT_CHARACTER_PUBLISHED: {
        const struct event_character_published *published = &event->character_published;
        struct catalogue_character *character =
            sorted_put(&catalogue->characters, arena, sizeof *character, published->character);
        if (character == NULL)
            return ERR_NOMEM;
        character->rarity = published->rarity;
        return ERR_OK;
    }
    case CATALOGUE_EVENT_ITEM_PUBLISHED: {
        const struct slug item = event->item_published.item;
        return sorted_put(&catalogue->items, arena, sizeof(struct catalogue_item), item) == NULL ? ERR_NOMEM
                                                                                                 : ERR_OK;
    }
    case CATALOGUE_EVENT_STARTING_BALANCE_SET:
        catalogue->free = event->starting_balance_set.free;
        catalogue->item = event->starting_balance_set.item;
        catalogue->item_count = event->starting_balance_set.item_count;
        return ERR_OK;
    }
    check(!"not an event of a catalogue stream");
}

/* ---- decide ---- */

void decide_publish_character(const struct decide_input *input,
                              const struct command_publish_character *command, struct decision *decision)
{
    const struct catalogue_state *catalogue = catalogue_of(input);
    const struct catalogue_character *known = catalogue_character(catalogue, command->character);
    if (known != NULL && known->rarity != command->rarity) {
        decision_reject(decision, ERROR_RARITY_CHANGED, NULL);
        return;
    }
    if (known == NULL && catalogue->characters.count >= CATALOGUE_CHARACTERS_MAX) {
        decision_reject(decision, ERROR_CATALOGUE_FULL, "characters");
        return;
    }
    decision_add(decision, ON_CATALOGUE, EVENT_CHARACTER_PUBLISHED)->character_published =
        (struct event_character_published){
            .character = command->character,
            .name = command->name,
            .rarity = command->rarity,
            .description = command->description,
        };
}

void decide_publish_item(const struct decide_input *input, const struct command_publish_item *command,
                         struct decision *decision)
{
    const struct catalogue_state *catalogue = catalogue_of(input);
    if (!catalogue_has_item(catalogue, command->item) && catalogue->items.count >= CATALOGUE_ITEMS_MAX) {
        decision_reject(decision, ERROR_CATALOGUE_FULL, "items");
        return;
    }
    decision_add(decision, ON_CATALOGUE, EVENT_ITEM_PUBLISHED)->item_published =
        (struct event_item_published){
            .item = command->item,
            .name = command->name,
            .description = command->description,
        };
}

void decide_set_starting_balance(const struct decide_input *input,
                                 const struct command_set_starting_balance *command,
                                 struct decision *decision)
{
    bool with_item = !slug_is_none(command->item);
    if (command->free > AMOUNT_MAX) {
        decision_reject(decision, ERROR_AMOUNT_INVALID, "free");
        return;
    }
    if (with_item && !catalogue_has_item(catalogue_of(input), command->item)) {
        decision_reject(decision, ERROR_ITEM_UNKNOWN, NULL);
        return;
    }
    if (with_item != (command->item_count > 0)) {
        decision_reject(decision, ERROR_AMOUNT_INVALID, "item_count");
        return;
    }
    decision_add(decision, ON_CATALOGUE, EVENT_STARTING_BALANCE_SET)->starting_balance_set =
        (struct event_starting_balance_set){
            .free = command->free,
            .item = command->item,
            .item_count = command->item_count,
        };
}

/* ---- helpers ---- */

const struct catalogue_character *catalogue_character(const struct catalogue_state *catalogue,
                                                      struct slug character)
{
    return sorted_find(&catalogue->characters, sizeof(struct catalogue_character), character);
}

bool catalogue_has_item(const struct catalogue_state *catalogue, struct slug item)
{
    return sorted_find(&catalogue->items, sizeof(struct catalogue_item), item) != NULL;
}

static const struct catalogue_state *catalogue_of(const struct decide_input *input)
{
    const struct state *state = input->states[ON_CATALOGUE];
    check(state->kind == STREAM_CATALOGUE);
    return &state->catalogue;
}
