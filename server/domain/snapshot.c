/* snapshot: between the states' structs and the schema's snapshot_<kind>.
 *
 * The problem: a state is made for deciding - situations, sorted arrays with room to grow, texts inline - and
 * changes with the code. What is stored is described by the schema, so that one codec writes it, personal
 * texts are sealed like those of events, and a snapshot of another shape is noticed instead of misread. This
 * file is the only one that knows both.
 *
 * The rule: restore(take(s)) decides and evolves exactly as s does; how much room its arrays have is all that
 * may differ. tests/unit/test_snapshots.c holds that over random games, which is how a field that was
 * forgotten here shows. Situations and rarities are taken as numbers, so that no state is refused for what it
 * is.
 *
 * When you add a field to a state: its entry in protocol/schema/states.yaml, and its line in both functions
 * of its kind. When you add a stream kind: both switches (the compiler asks), a pair of functions. */
#include "domain/snapshot.h"
#include "base/check.h"
#include <string.h>

static enum err take_player(const struct player_state *player, struct arena *arena,
                            struct snapshot_player *out);
static enum err restore_player(struct player_state *player, struct arena *arena,
                               const struct snapshot_player *kept);
static void take_pack(const struct pack_state *pack, struct snapshot_pack *out);
static enum err restore_pack(struct pack_state *pack, struct arena *arena, const struct snapshot_pack *kept);
static enum err take_catalogue(const struct catalogue_state *catalogue, struct arena *arena,
                               struct snapshot_catalogue *out);
static enum err restore_catalogue(struct catalogue_state *catalogue, struct arena *arena,
                                  const struct snapshot_catalogue *kept);

enum err snapshot_take(const struct state *state, struct arena *arena, struct snapshot *ret_snapshot)
{
    struct snapshot taken = {.kind = state->kind};
    enum err err = ERR_OK;
    switch (state->kind) {
    case STREAM_PLAYER:
        err = take_player(&state->player, arena, &taken.player);
        break;
    case STREAM_PACK:
        take_pack(&state->pack, &taken.pack);
        break;
    case STREAM_STOCK:
        taken.stock = (struct snapshot_stock){(uint8_t)state->stock.situation, state->stock.remaining};
        break;
    case STREAM_CATALOGUE:
        err = take_catalogue(&state->catalogue, arena, &taken.catalogue);
        break;
    case STREAM_REGISTRATION:
        taken.registration =
            (struct snapshot_registration){(uint8_t)state->registration.situation, state->registration.guest};
        break;
    }
    if (err == ERR_OK)
        *ret_snapshot = taken;
    return err;
}

enum err snapshot_restore(struct state *state, const struct snapshot *snapshot)
{
    check(state->kind == snapshot->kind);
    switch (state->kind) {
    case STREAM_PLAYER:
        return restore_player(&state->player, state->arena, &snapshot->player);
    case STREAM_PACK:
        return restore_pack(&state->pack, state->arena, &snapshot->pack);
    case STREAM_STOCK:
        state->stock.situation = (enum stock_situation)snapshot->stock.situation;
        state->stock.remaining = snapshot->stock.remaining;
        return ERR_OK;
    case STREAM_CATALOGUE:
        return restore_catalogue(&state->catalogue, state->arena, &snapshot->catalogue);
    case STREAM_REGISTRATION:
        state->registration.situation = (enum registration_situation)snapshot->registration.situation;
        state->registration.guest = snapshot->registration.guest;
        return ERR_OK;
    }
    check(!"a stream kind outside the schema");
}

/* ---- sorted arrays ---- */

/* Room for `count` elements in a fresh array. False: the arena is full. */
static bool make_room(struct sorted *sorted, struct arena *arena, uint32_t count, size_t size)
{
    check(sorted->count == 0);
    if (count == 0)
        return true;
    sorted->items = arena_array(arena, count, size);
    sorted->capacity = sorted->items == NULL ? 0 : count;
    return sorted->items != NULL;
}

/* Both are a slug and a number. */
_Static_assert(sizeof(struct owned_item) == sizeof(struct kept_count), "counts are copied as they are");
_Static_assert(sizeof(struct pity_counter) == sizeof(struct kept_count), "counts are copied as they are");

static struct kept_count_list counts_of(const struct sorted *sorted)
{
    return (struct kept_count_list){sorted->items, sorted->count};
}

static bool restore_counts(struct sorted *sorted, struct arena *arena, const struct kept_count_list *kept)
{
    if (!make_room(sorted, arena, kept->count, sizeof *kept->items))
        return false;
    if (kept->count > 0)
        memcpy(sorted->items, kept->items, kept->count * sizeof *kept->items);
    sorted->count = kept->count;
    return true;
}

/* ---- player ---- */

static bool take_characters(const struct sorted *owned, struct arena *arena, struct kept_character_list *out)
{
    const struct owned_character *from = owned->items;
    struct kept_character *items = arena_array(arena, owned->count, sizeof *items);
    for (uint32_t i = 0; items != NULL && i < owned->count; i++)
        items[i] = (struct kept_character){from[i].character, (uint8_t)from[i].rarity, from[i].copies};
    *out = (struct kept_character_list){items, owned->count};
    return items != NULL;
}

static bool take_teams(const struct sorted *teams, struct arena *arena, struct kept_team_list *out)
{
    struct team *from = teams->items;
    struct kept_team *items = arena_array(arena, teams->count, sizeof *items);
    for (uint32_t i = 0; items != NULL && i < teams->count; i++) {
        struct slug_list members = {from[i].members, 0};
        while (members.count < TEAM_MEMBERS && !slug_is_none(members.items[members.count]))
            members.count++;
        items[i] = (struct kept_team){from[i].number, short_text_slice(&from[i].name), members};
    }
    *out = (struct kept_team_list){items, teams->count};
    return items != NULL;
}

static enum err take_player(const struct player_state *player, struct arena *arena,
                            struct snapshot_player *out)
{
    *out = (struct snapshot_player){
        .situation = (uint8_t)player->situation,
        .id = player->id,
        .display_name = short_text_slice(&player->display_name),
        .registered_at = player->registered_at,
        .free = player->free,
        .paid = player->paid,
        .seed_number = player->seed_number,
        .seed_hash = player->seed_hash,
        .next_seed_hash = player->next_seed_hash,
        .client_seed = short_text_slice(&player->client_seed),
        .next_nonce = player->next_nonce,
        .openings = player->openings,
        .next_team = player->next_team,
        .items = counts_of(&player->items),
        .pities = counts_of(&player->pities),
    };
    bool taken = take_characters(&player->characters, arena, &out->characters) &&
                 take_teams(&player->teams, arena, &out->teams);
    return taken ? ERR_OK : ERR_NOMEM;
}

static bool restore_characters(struct sorted *owned, struct arena *arena,
                               const struct kept_character_list *kept)
{
    struct owned_character *to;
    if (!make_room(owned, arena, kept->count, sizeof *to))
        return false;
    to = owned->items;
    for (uint32_t i = 0; i < kept->count; i++) {
        to[i].character = kept->items[i].character;
        to[i].rarity = (enum rarity)kept->items[i].rarity;
        to[i].copies = kept->items[i].copies;
    }
    owned->count = kept->count;
    return true;
}

static bool restore_teams(struct sorted *teams, struct arena *arena, const struct kept_team_list *kept)
{
    struct team *to;
    if (!make_room(teams, arena, kept->count, sizeof *to))
        return false;
    to = teams->items;
    for (uint32_t i = 0; i < kept->count; i++) {
        to[i].number = kept->items[i].number;
        short_text_set(&to[i].name, kept->items[i].name);
        for (uint32_t k = 0; k < kept->items[i].members.count && k < TEAM_MEMBERS; k++)
            to[i].members[k] = kept->items[i].members.items[k];
    }
    teams->count = kept->count;
    return true;
}

static enum err restore_player(struct player_state *player, struct arena *arena,
                               const struct snapshot_player *kept)
{
    player->situation = (enum player_situation)kept->situation;
    player->id = kept->id;
    short_text_set(&player->display_name, kept->display_name);
    player->registered_at = kept->registered_at;
    player->free = kept->free;
    player->paid = kept->paid;
    player->seed_number = kept->seed_number;
    player->seed_hash = kept->seed_hash;
    player->next_seed_hash = kept->next_seed_hash;
    short_text_set(&player->client_seed, kept->client_seed);
    player->next_nonce = kept->next_nonce;
    player->openings = kept->openings;
    player->next_team = kept->next_team;
    bool restored = restore_characters(&player->characters, arena, &kept->characters) &&
                    restore_counts(&player->items, arena, &kept->items) &&
                    restore_counts(&player->pities, arena, &kept->pities) &&
                    restore_teams(&player->teams, arena, &kept->teams);
    return restored ? ERR_OK : ERR_NOMEM;
}

/* ---- pack ---- */

static void take_pack(const struct pack_state *pack, struct snapshot_pack *out)
{
    const struct event_pack_published *table = &pack->table;
    *out = (struct snapshot_pack){
        .situation = (uint8_t)pack->situation,
        .pack = table->pack,
        .version = table->version,
        .name = short_text_slice(&pack->name),
        .price = table->price,
        .ten_price = table->ten_price,
        .rarities = table->rarities,
        .entries = table->entries,
        .pity_group = table->pity_group,
        .hard_pity = table->hard_pity,
        .pity_rarity = (uint8_t)table->pity_rarity,
        .item = table->item,
        .limited = table->limited,
        .published_at = table->published_at,
    };
}

static enum err restore_pack(struct pack_state *pack, struct arena *arena, const struct snapshot_pack *kept)
{
    struct rarity_weight *rarities = arena_array(arena, kept->rarities.count, sizeof *rarities);
    struct pack_entry *entries = arena_array(arena, kept->entries.count, sizeof *entries);
    if (rarities == NULL || entries == NULL)
        return ERR_NOMEM;
    if (kept->rarities.count > 0)
        memcpy(rarities, kept->rarities.items, kept->rarities.count * sizeof *rarities);
    if (kept->entries.count > 0)
        memcpy(entries, kept->entries.items, kept->entries.count * sizeof *entries);
    pack->situation = (enum pack_situation)kept->situation;
    short_text_set(&pack->name, kept->name);
    pack->rarity_capacity = kept->rarities.count;
    pack->entry_capacity = kept->entries.count;
    pack->table = (struct event_pack_published){
        .pack = kept->pack,
        .version = kept->version,
        .price = kept->price,
        .ten_price = kept->ten_price,
        .rarities = {rarities, kept->rarities.count},
        .entries = {entries, kept->entries.count},
        .pity_group = kept->pity_group,
        .hard_pity = kept->hard_pity,
        .pity_rarity = (enum rarity)kept->pity_rarity,
        .item = kept->item,
        .limited = kept->limited,
        .published_at = kept->published_at,
    };
    return ERR_OK;
}

/* ---- catalogue ---- */

_Static_assert(sizeof(struct catalogue_item) == sizeof(struct slug), "items are a list of slugs");

static enum err take_catalogue(const struct catalogue_state *catalogue, struct arena *arena,
                               struct snapshot_catalogue *out)
{
    const struct catalogue_character *from = catalogue->characters.items;
    struct kept_count *items = arena_array(arena, catalogue->characters.count, sizeof *items);
    if (items == NULL)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < catalogue->characters.count; i++)
        items[i] = (struct kept_count){from[i].character, (uint32_t)from[i].rarity};
    *out = (struct snapshot_catalogue){
        .characters = {items, catalogue->characters.count},
        .items = {catalogue->items.items, catalogue->items.count},
        .free = catalogue->free,
        .item = catalogue->item,
        .item_count = catalogue->item_count,
    };
    return ERR_OK;
}

static enum err restore_catalogue(struct catalogue_state *catalogue, struct arena *arena,
                                  const struct snapshot_catalogue *kept)
{
    struct catalogue_character *to;
    if (!make_room(&catalogue->characters, arena, kept->characters.count, sizeof *to) ||
        !make_room(&catalogue->items, arena, kept->items.count, sizeof(struct slug)))
        return ERR_NOMEM;
    to = catalogue->characters.items;
    for (uint32_t i = 0; i < kept->characters.count; i++)
        to[i] = (struct catalogue_character){kept->characters.items[i].key,
                                             (enum rarity)kept->characters.items[i].count};
    if (kept->items.count > 0)
        memcpy(catalogue->items.items, kept->items.items, kept->items.count * sizeof(struct slug));
    catalogue->characters.count = kept->characters.count;
    catalogue->items.count = kept->items.count;
    catalogue->free = kept->free;
    catalogue->item = kept->item;
    catalogue->item_count = kept->item_count;
    return ERR_OK;
}
