/* teams: a player's teams of four (view team).
 *
 * A team that is formed or changed comes whole in the event. One that is disbanded leaves a tombstone: its
 * number is never used again, so the tombstone is never overwritten. An erased player's teams go too: their
 * names are personal. */
#include "projection/project.h"

static void gone(struct row_sink *sink, struct uuid player, uint32_t team)
{
    struct row *row = row_add(sink, VIEW_TEAM);
    row->deleted = true;
    row->team = (struct row_team){.player = player, .team = team};
}

void teams_project(const struct event *event, struct row_sink *sink)
{
    if (event->type == EVENT_TEAM_FORMED) {
        row_add(sink, VIEW_TEAM)->team = (struct row_team){
            .player = event->team_formed.player,
            .team = event->team_formed.team,
            .name = event->team_formed.name,
            .members = event->team_formed.members,
        };
    } else if (event->type == EVENT_TEAM_CHANGED) {
        row_add(sink, VIEW_TEAM)->team = (struct row_team){
            .player = event->team_changed.player,
            .team = event->team_changed.team,
            .name = event->team_changed.name,
            .members = event->team_changed.members,
        };
    } else if (event->type == EVENT_TEAM_DISBANDED) {
        gone(sink, event->team_disbanded.player, event->team_disbanded.team);
    } else if (event->type == EVENT_PLAYER_ERASED) {
        const struct event_player_erased *erased = &event->player_erased;
        for (uint32_t i = 0; i < erased->teams.count; i++)
            gone(sink, erased->player, erased->teams.items[i]);
    }
}
