/* players: the profile (view player) and the proof material in use (view proof).
 *
 * Both come with the registration. A rename carries status and time of registration along, because a row is
 * made from one event; a rotation of seeds replaces the proof. No row ever holds a seed, only hashes and the
 * player's own.
 *
 * The name is personal: in the log it is encrypted under the player's key, and once that is destroyed a
 * replay reads `erased` in its place. */
#include "projection/project.h"

static void registered(const struct event_player_registered *event, struct row_sink *sink)
{
    row_add(sink, VIEW_PLAYER)->player = (struct row_player){
        .player = event->player,
        .display_name = event->display_name,
        .status = PLAYER_STATUS_ACTIVE,
        .registered_at = event->registered_at,
    };
    row_add(sink, VIEW_PROOF)->proof = (struct row_proof){
        .player = event->player,
        .seed_number = event->seed_number,
        .seed_hash = event->seed_hash,
        .next_seed_hash = event->next_seed_hash,
        .client_seed = event->client_seed,
    };
}

static void renamed(const struct event_player_renamed *event, struct row_sink *sink)
{
    row_add(sink, VIEW_PLAYER)->player = (struct row_player){
        .player = event->player,
        .display_name = event->display_name,
        .status = event->status,
        .registered_at = event->registered_at,
    };
}

static void rotated(const struct event_seed_rotated *event, struct row_sink *sink)
{
    row_add(sink, VIEW_PROOF)->proof = (struct row_proof){
        .player = event->player,
        .seed_number = event->seed_number,
        .seed_hash = event->seed_hash,
        .next_seed_hash = event->next_seed_hash,
        .client_seed = event->client_seed,
    };
}

void players_project(const struct event *event, struct row_sink *sink)
{
    if (event->type == EVENT_PLAYER_REGISTERED)
        registered(&event->player_registered, sink);
    else if (event->type == EVENT_PLAYER_RENAMED)
        renamed(&event->player_renamed, sink);
    else if (event->type == EVENT_SEED_ROTATED)
        rotated(&event->seed_rotated, sink);
}
