/* player: account, wallet and seeds of one player.
 *
 * The problem: everything a player owns must change in one decision or not at all, so it is one stream and
 * one state: wallet, items, characters, pity, teams, seeds. Other streams are only read (the catalogue) or
 * changed in the same commit (stock).
 *
 * Events carry results, not differences (balance after, copies after), so evolve assigns and cannot overflow,
 * and a stored event folds the same whatever the rules are today. The rules, and every bound, are in decide.
 *
 * Seeds: the stream holds hashes of the server seed in use and of the one after it, and the player's own
 * seed. The seeds themselves come in with the context and leave in one event only, seed_rotated, which ends
 * the revealed one: with it the nonce starts over, and the hash that was "next" becomes "in use", so no seed
 * can be chosen after seeing the client seed it will be mixed with. Seeds that do not match the hashes mean
 * another master key: no decision.
 *
 * Texts that players choose are kept inline (struct short_text), collections are sorted arrays: renaming
 * every day for years does not grow a state.
 *
 * When you add an event: its case in player_evolve (the compiler asks for it), and what a decision reads of
 * it in the state. When you add a situation: player_active(), and decide_enrol_player() if it keeps someone
 * out. */
#include "domain/player.h"
#include "base/check.h"
#include "domain/state.h"
#include "gen/c/decide.h"

/* Order of the streams of enrol_player, grant and finish_registration; the others have the first only. */
enum { ON_PLAYER, ON_CATALOGUE };

static enum err keep_registered(struct player_state *player, struct arena *arena,
                                const struct event_player_registered *event);
static enum err keep_opened(struct player_state *player, struct arena *arena,
                            const struct event_pack_opened *event);
static enum err keep_item(struct player_state *player, struct arena *arena, struct slug item, uint32_t count);
static void keep_rotated(struct player_state *player, const struct event_seed_rotated *event);
static struct hash hash_of(const struct hash *seed);
static const struct catalogue_state *catalogue_of(const struct decide_input *input);

/* ---- evolve ---- */

enum err player_evolve(struct player_state *player, struct arena *arena, const struct event *event)
{
    switch ((enum player_event)event->type) {
    case PLAYER_EVENT_PLAYER_REGISTERED:
        return keep_registered(player, arena, &event->player_registered);
    case PLAYER_EVENT_PACK_OPENED:
        return keep_opened(player, arena, &event->pack_opened);
    case PLAYER_EVENT_GRANTED:
        player->free = event->granted.free;
        player->paid = event->granted.paid;
        return keep_item(player, arena, event->granted.item, event->granted.item_count);
    case PLAYER_EVENT_TEAM_FORMED:
        player->next_team = event->team_formed.team + 1;
        return player_keep_team(player, arena, event->team_formed.team, event->team_formed.name,
                                event->team_formed.members);
    case PLAYER_EVENT_TEAM_CHANGED:
        return player_keep_team(player, arena, event->team_changed.team, event->team_changed.name,
                                event->team_changed.members);
    case PLAYER_EVENT_TEAM_DISBANDED:
        player_drop_team(player, event->team_disbanded.team);
        return ERR_OK;
    case PLAYER_EVENT_PLAYER_RENAMED:
        short_text_set(&player->display_name, event->player_renamed.display_name);
        return ERR_OK;
    case PLAYER_EVENT_SEED_ROTATED:
        keep_rotated(player, &event->seed_rotated);
        return ERR_OK;
    case PLAYER_EVENT_ENROLMENT_REFUSED:
        player->situation = PLAYER_REFUSED;
        return ERR_OK;
    case PLAYER_EVENT_PLAYER_DEACTIVATED:
        player->situation = PLAYER_DEACTIVATED;
        return ERR_OK;
    case PLAYER_EVENT_PLAYER_REACTIVATED:
        player->situation = PLAYER_ACTIVE;
        return ERR_OK;
    case PLAYER_EVENT_PLAYER_ERASED:
        player_forget(player);
        return ERR_OK;
    }
    check(!"not an event of a player stream");
}

static enum err keep_registered(struct player_state *player, struct arena *arena,
                                const struct event_player_registered *event)
{
    player->situation = PLAYER_ACTIVE;
    player->id = event->player;
    player->registered_at = event->registered_at;
    short_text_set(&player->display_name, event->display_name);
    player->free = event->free;
    player->seed_number = event->seed_number;
    player->seed_hash = event->seed_hash;
    player->next_seed_hash = event->next_seed_hash;
    short_text_set(&player->client_seed, event->client_seed);
    player->next_team = 1;
    return keep_item(player, arena, event->item, event->item_count);
}

static enum err keep_opened(struct player_state *player, struct arena *arena,
                            const struct event_pack_opened *event)
{
    player->openings = event->opening;
    player->free = event->free;
    player->paid = event->paid;
    player->next_nonce = event->first_nonce + event->pulls.count;
    for (uint32_t i = 0; i < event->pulls.count; i++) {
        const struct pull *pull = &event->pulls.items[i];
        struct owned_character *owned =
            sorted_put(&player->characters, arena, sizeof *owned, pull->character);
        if (owned == NULL)
            return ERR_NOMEM;
        owned->rarity = pull->rarity;
        owned->copies = pull->copies;
    }
    struct pity_counter *pity = sorted_put(&player->pities, arena, sizeof *pity, event->pity_group);
    if (pity == NULL)
        return ERR_NOMEM;
    pity->draws = event->pity;
    return keep_item(player, arena, event->item, event->item_count);
}

/* `item` none: nothing to keep. */
static enum err keep_item(struct player_state *player, struct arena *arena, struct slug item, uint32_t count)
{
    if (slug_is_none(item))
        return ERR_OK;
    struct owned_item *owned = sorted_put(&player->items, arena, sizeof *owned, item);
    if (owned == NULL)
        return ERR_NOMEM;
    owned->count = count;
    return ERR_OK;
}

static void keep_rotated(struct player_state *player, const struct event_seed_rotated *event)
{
    player->seed_number = event->seed_number;
    player->seed_hash = event->seed_hash;
    player->next_seed_hash = event->next_seed_hash;
    short_text_set(&player->client_seed, event->client_seed);
    player->next_nonce = 0;
}

/* ---- decide ---- */

void decide_enrol_player(const struct decide_input *input, const struct command_enrol_player *command,
                         struct decision *decision)
{
    const struct state *state = input->states[ON_PLAYER];
    check(state->kind == STREAM_PLAYER);
    if (state->player.situation == PLAYER_REFUSED)
        decision_reject(decision, ERROR_REGISTRATION_UNDONE, NULL);
    else if (state->player.situation != PLAYER_NONE && player_active(input, decision) != NULL)
        decision_reject(decision, ERROR_PLAYER_EXISTS, NULL);
    else if (state->player.situation == PLAYER_NONE)
        player_register(input, command->player, command->display_name, command->door, decision);
}

void player_register(const struct decide_input *input, struct uuid id, struct slice display_name,
                     enum door door, struct decision *decision)
{
    const struct state *state = input->states[ON_PLAYER];
    const struct catalogue_state *catalogue = catalogue_of(input);
    check(state->player.situation == PLAYER_NONE);
    if (!text_display_name_valid(display_name)) {
        decision_reject(decision, ERROR_DISPLAY_NAME_INVALID, NULL);
        return;
    }
    char text[UUID_TEXT_SIZE];
    const char *client_seed = arena_printf(input->arena, "%s", uuid_format(id, text));
    if (client_seed == NULL) {
        decision_fail(decision, ERR_NOMEM);
        return;
    }
    decision_add(decision, ON_PLAYER, EVENT_PLAYER_REGISTERED)->player_registered =
        (struct event_player_registered){
            .player = id,
            .display_name = display_name,
            .door = door,
            .registered_at = input->context->now_ms,
            .free = catalogue->free,
            .item = catalogue->item,
            .item_count = catalogue->item_count,
            .seed_number = player_seed_number(state),
            .seed_hash = hash_of(&input->context->seeds[0]),
            .next_seed_hash = hash_of(&input->context->seeds[1]),
            .client_seed = slice_text(client_seed),
        };
}

void decide_rename_player(const struct decide_input *input, const struct command_rename_player *command,
                          struct decision *decision)
{
    const struct player_state *player = player_active(input, decision);
    if (player == NULL)
        return;
    if (!text_display_name_valid(command->display_name)) {
        decision_reject(decision, ERROR_DISPLAY_NAME_INVALID, NULL);
        return;
    }
    decision_add(decision, ON_PLAYER, EVENT_PLAYER_RENAMED)->player_renamed = (struct event_player_renamed){
        .player = player->id,
        .display_name = command->display_name,
        .status = PLAYER_STATUS_ACTIVE, /* as player_active() demands */
        .registered_at = player->registered_at,
    };
}

void decide_rotate_seed(const struct decide_input *input, const struct command_rotate_seed *command,
                        struct decision *decision)
{
    const struct player_state *player = player_active(input, decision);
    const struct hash *seeds = input->context->seeds;
    if (player == NULL)
        return;
    if (!text_client_seed_valid(command->client_seed)) {
        decision_reject(decision, ERROR_CLIENT_SEED_INVALID, NULL);
        return;
    }
    if (!player_seed_matches(&seeds[0], &player->seed_hash, decision) ||
        !player_seed_matches(&seeds[1], &player->next_seed_hash, decision))
        return;
    decision_add(decision, ON_PLAYER, EVENT_SEED_ROTATED)->seed_rotated = (struct event_seed_rotated){
        .player = player->id,
        .revealed_number = player->seed_number,
        .revealed_seed = seeds[0],
        .revealed_draws = player->next_nonce,
        .seed_number = player->seed_number + 1,
        .seed_hash = player->next_seed_hash,
        .next_seed_hash = hash_of(&seeds[2]),
        .client_seed = command->client_seed,
    };
}

void decide_grant(const struct decide_input *input, const struct command_grant *command,
                  struct decision *decision)
{
    const struct player_state *player = player_active(input, decision);
    if (player == NULL)
        return;
    bool is_item = command->kind == GRANT_KIND_ITEM;
    if (is_item && !catalogue_has_item(catalogue_of(input), command->item)) {
        decision_reject(decision, ERROR_ITEM_UNKNOWN, NULL);
        return;
    }
    uint64_t free = player->free, paid = player->paid;
    uint64_t items = is_item ? player_item_count(player, command->item) : 0;
    uint64_t *balance = is_item ? &items : command->kind == GRANT_KIND_PAID_CURRENCY ? &paid : &free;
    uint64_t balance_max = is_item ? UINT32_MAX : AMOUNT_MAX;
    if (command->amount == 0 || command->amount > AMOUNT_MAX || command->amount > balance_max - *balance) {
        decision_reject(decision, ERROR_AMOUNT_INVALID, NULL);
        return;
    }
    *balance += command->amount;
    decision_add(decision, ON_PLAYER, EVENT_GRANTED)->granted = (struct event_granted){
        .player = player->id,
        .external_id = command->external_id,
        .kind = command->kind,
        .item = is_item ? command->item : (struct slug){{0}},
        .amount = command->amount,
        .free = free,
        .paid = paid,
        .item_count = (uint32_t)items,
        .reason = command->reason,
        .granted_at = input->context->now_ms,
    };
}

/* ---- helpers ---- */

uint32_t player_seed_number(const struct state *state)
{
    check(state->kind == STREAM_PLAYER);
    return state->player.seed_number == 0 ? 1 : state->player.seed_number;
}

uint32_t player_copies(const struct player_state *player, struct slug character)
{
    const struct owned_character *owned = sorted_find(&player->characters, sizeof *owned, character);
    return owned == NULL ? 0 : owned->copies;
}

uint32_t player_item_count(const struct player_state *player, struct slug item)
{
    const struct owned_item *owned = sorted_find(&player->items, sizeof *owned, item);
    return owned == NULL ? 0 : owned->count;
}

uint32_t player_pity(const struct player_state *player, struct slug group)
{
    const struct pity_counter *pity = sorted_find(&player->pities, sizeof *pity, group);
    return pity == NULL ? 0 : pity->draws;
}

const struct player_state *player_active(const struct decide_input *input, struct decision *decision)
{
    const struct state *state = input->states[ON_PLAYER];
    check(state->kind == STREAM_PLAYER);
    switch (state->player.situation) {
    case PLAYER_NONE:
        decision_reject(decision, ERROR_PLAYER_UNKNOWN, NULL);
        return NULL;
    case PLAYER_ACTIVE:
        return &state->player;
    case PLAYER_DEACTIVATED:
        decision_reject(decision, ERROR_PLAYER_INACTIVE, "deactivated");
        return NULL;
    case PLAYER_ERASED:
        decision_reject(decision, ERROR_PLAYER_INACTIVE, "erased");
        return NULL;
    case PLAYER_REFUSED:
        decision_reject(decision, ERROR_PLAYER_INACTIVE, "refused");
        return NULL;
    }
    check(!"a player in no situation");
}

bool player_seed_matches(const struct hash *seed, const struct hash *hash, struct decision *decision)
{
    struct hash actual = hash_of(seed);
    if (memcmp(actual.bytes, hash->bytes, sizeof actual.bytes) == 0)
        return true;
    decision_fail(decision, ERR_INTEGRITY);
    return false;
}

static struct hash hash_of(const struct hash *seed)
{
    return sha256(slice_of(seed->bytes, sizeof seed->bytes));
}

static const struct catalogue_state *catalogue_of(const struct decide_input *input)
{
    const struct state *state = input->states[ON_CATALOGUE];
    check(state->kind == STREAM_CATALOGUE);
    return &state->catalogue;
}
