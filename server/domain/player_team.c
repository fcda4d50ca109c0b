/* player_team: teams of four different characters of one's own.
 *
 * A team is checked whole whenever it is formed or changed: four members, different, owned, a name with
 * something to see in it. What is owned now is owned for good in this version of the rules (nothing releases
 * a character), so a team stays valid. When characters can be released, that event must take them out of
 * teams: here.
 *
 * Numbers are never reused, so a late change to a disbanded team cannot hit another one. At most TEAMS_MAX
 * exist at a time; a stored stream with more still folds. Teams stand in the order of their numbers. */
#include "base/check.h"
#include "domain/state.h"
#include "gen/c/decide.h"
#include <string.h>

enum { ON_PLAYER };

static struct team *team_find(const struct player_state *player, uint32_t number);
static bool team_valid(const struct player_state *player, struct slice name, struct slug_list members,
                       struct decision *decision);

/* ---- evolve ---- */

enum err player_keep_team(struct player_state *player, struct arena *arena, uint32_t number,
                          struct slice name, struct slug_list members)
{
    struct team *team = team_find(player, number);
    if (team == NULL) {
        if (!sorted_reserve(&player->teams, arena, sizeof *team))
            return ERR_NOMEM;
        team = (struct team *)player->teams.items + player->teams.count++;
        team->number = number;
    }
    short_text_set(&team->name, name);
    memset(team->members, 0, sizeof team->members);
    for (uint32_t i = 0; i < members.count && i < TEAM_MEMBERS; i++)
        team->members[i] = members.items[i];
    return ERR_OK;
}

void player_drop_team(struct player_state *player, uint32_t number)
{
    struct team *team = team_find(player, number);
    if (team == NULL)
        return;
    struct team *end = (struct team *)player->teams.items + player->teams.count;
    memmove(team, team + 1, (size_t)(end - (team + 1)) * sizeof *team);
    player->teams.count--;
}

/* ---- decide ---- */

void decide_form_team(const struct decide_input *input, const struct command_form_team *command,
                      struct decision *decision)
{
    const struct player_state *player = player_active(input, decision);
    if (player == NULL || !team_valid(player, command->name, command->members, decision))
        return;
    if (player->teams.count >= TEAMS_MAX) {
        decision_reject(decision, ERROR_TEAMS_FULL, NULL);
        return;
    }
    decision_add(decision, ON_PLAYER, EVENT_TEAM_FORMED)->team_formed = (struct event_team_formed){
        .player = player->id,
        .team = player->next_team,
        .name = command->name,
        .members = command->members,
    };
}

void decide_change_team(const struct decide_input *input, const struct command_change_team *command,
                        struct decision *decision)
{
    const struct player_state *player = player_active(input, decision);
    if (player == NULL)
        return;
    if (player_team(player, command->team) == NULL) {
        decision_reject(decision, ERROR_TEAM_UNKNOWN, NULL);
        return;
    }
    if (!team_valid(player, command->name, command->members, decision))
        return;
    decision_add(decision, ON_PLAYER, EVENT_TEAM_CHANGED)->team_changed = (struct event_team_changed){
        .player = player->id,
        .team = command->team,
        .name = command->name,
        .members = command->members,
    };
}

void decide_disband_team(const struct decide_input *input, const struct command_disband_team *command,
                         struct decision *decision)
{
    const struct player_state *player = player_active(input, decision);
    if (player == NULL)
        return;
    if (player_team(player, command->team) == NULL) {
        decision_reject(decision, ERROR_TEAM_UNKNOWN, NULL);
        return;
    }
    decision_add(decision, ON_PLAYER, EVENT_TEAM_DISBANDED)->team_disbanded = (struct event_team_disbanded){
        .player = player->id,
        .team = command->team,
    };
}

/* ---- helpers ---- */

const struct team *player_team(const struct player_state *player, uint32_t number)
{
    return team_find(player, number);
}

static struct team *team_find(const struct player_state *player, uint32_t number)
{
    struct team *teams = player->teams.items;
    for (uint32_t i = 0; i < player->teams.count; i++)
        if (teams[i].number == number)
            return &teams[i];
    return NULL;
}

static bool team_valid(const struct player_state *player, struct slice name, struct slug_list members,
                       struct decision *decision)
{
    if (members.count != TEAM_MEMBERS) {
        decision_reject(decision, ERROR_TEAM_SIZE_INVALID, NULL);
        return false;
    }
    for (uint32_t i = 0; i < members.count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (slug_equal(members.items[i], members.items[j])) {
                decision_reject(decision, ERROR_TEAM_MEMBER_REPEATED, members.items[i].text);
                return false;
            }
    for (uint32_t i = 0; i < members.count; i++)
        if (player_copies(player, members.items[i]) == 0) {
            decision_reject(decision, ERROR_CHARACTER_NOT_OWNED, members.items[i].text);
            return false;
        }
    if (!text_team_name_valid(name)) {
        decision_reject(decision, ERROR_TEAM_NAME_INVALID, NULL);
        return false;
    }
    return true;
}
