/* player_account: the end of a player, and the way back.
 *
 *   ACTIVE --deactivate_player--> DEACTIVATED --erase_player--> ERASED
 *      ^---------reactivate_player-----'
 *      `------------------------erase_player, even_active------^
 *
 * Keycloak rules who exists: DEACTIVATED says that it has no such user any more. Nothing is lost by that, and
 * a user that comes back under the same id (restored, imported) gets everything back. ERASED is for good: the
 * player's personal key is destroyed behind the event (server/process/erasure.c), so nothing of this stream
 * may be needed after it that is sealed with the key - the display name and the names of the teams go from
 * the state, and the event names the teams, so that their rows can go too.
 *
 * What stays of an erased player is what the game's books need: balances, draws, counts, under an id that
 * nobody can be found by. When you add a personal field: it goes from the state in player_forget, and its
 * row by what player_erased says. */
#include "base/check.h"
#include "domain/state.h"
#include "gen/c/decide.h"
#include <string.h>

enum { ON_PLAYER };

static struct slice name_of(const struct decide_input *input, const struct player_state *player);

/* ---- evolve ---- */

void player_forget(struct player_state *player)
{
    player->situation = PLAYER_ERASED;
    player->display_name = (struct short_text){0};
    if (player->teams.count > 0)
        memset(player->teams.items, 0, player->teams.count * sizeof(struct team));
    player->teams.count = 0;
}

/* ---- decide ---- */

void decide_deactivate_player(const struct decide_input *input,
                              const struct command_deactivate_player *command, struct decision *decision)
{
    const struct player_state *player = player_active(input, decision);
    if (player == NULL)
        return;
    struct slice name = name_of(input, player);
    if (name.data == NULL) {
        decision_fail(decision, ERR_NOMEM);
        return;
    }
    decision_add(decision, ON_PLAYER, EVENT_PLAYER_DEACTIVATED)->player_deactivated =
        (struct event_player_deactivated){
            .player = player->id,
            .display_name = name,
            .registered_at = player->registered_at,
            .deactivated_at = input->context->now_ms,
            .grace_s = command->grace_s,
            .reason = command->reason,
        };
}

void decide_reactivate_player(const struct decide_input *input,
                              const struct command_reactivate_player *command, struct decision *decision)
{
    const struct player_state *player = &input->states[ON_PLAYER]->player;
    (void)command;
    if (player->situation == PLAYER_ACTIVE) {
        decision_reject(decision, ERROR_PLAYER_ACTIVE, NULL);
        return;
    }
    if (player->situation != PLAYER_DEACTIVATED) {
        player_active(input, decision); /* says why not */
        return;
    }
    struct slice name = name_of(input, player);
    if (name.data == NULL) {
        decision_fail(decision, ERR_NOMEM);
        return;
    }
    decision_add(decision, ON_PLAYER, EVENT_PLAYER_REACTIVATED)->player_reactivated =
        (struct event_player_reactivated){
            .player = player->id,
            .display_name = name,
            .registered_at = player->registered_at,
            .reactivated_at = input->context->now_ms,
        };
}

void decide_erase_player(const struct decide_input *input, const struct command_erase_player *command,
                         struct decision *decision)
{
    const struct player_state *player = &input->states[ON_PLAYER]->player;
    if (player->situation != PLAYER_ACTIVE && player->situation != PLAYER_DEACTIVATED) {
        player_active(input, decision); /* says why not */
        return;
    }
    if (player->situation == PLAYER_ACTIVE && !command->even_active) {
        decision_reject(decision, ERROR_PLAYER_ACTIVE, NULL);
        return;
    }
    struct u32_list teams = {arena_array(input->arena, player->teams.count, sizeof *teams.items),
                             player->teams.count};
    if (teams.items == NULL) {
        decision_fail(decision, ERR_NOMEM);
        return;
    }
    for (uint32_t i = 0; i < teams.count; i++)
        teams.items[i] = ((const struct team *)player->teams.items)[i].number;
    decision_add(decision, ON_PLAYER, EVENT_PLAYER_ERASED)->player_erased = (struct event_player_erased){
        .player = player->id,
        .registered_at = player->registered_at,
        .teams = teams,
        .erased_at = input->context->now_ms,
        .reason = command->reason,
    };
}

/* ---- helpers ---- */

/* Events refer to no state's memory. Absent: the arena is full. */
static struct slice name_of(const struct decide_input *input, const struct player_state *player)
{
    return slice_copy(input->arena, short_text_slice(&player->display_name));
}
