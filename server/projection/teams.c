/* teams: a player's teams of four (view team).
 *
 * A team that is formed or changed comes whole in the event. One that is disbanded leaves a tombstone: its
 * number is never used again, so the tombstone is never overwritten. */
#include "projection/project.h"

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
        struct row *row = row_add(sink, VIEW_TEAM);
        row->deleted = true;
        row->team = (struct row_team){
            .player = event->team_disbanded.player,
            .team = event->team_disbanded.team,
        };
    }
}
