/* players: the profile (view player) and the proof material in use (view proof).
 *
 * Both come with the registration. A rename carries status and time of registration along, because a row is
 * made from one event; a rotation of seeds replaces the proof. No row ever holds a seed, only hashes and the
 * player's own.
 *
 * The name is personal: in the log it is encrypted under the player's key, and once that is destroyed a
 * replay reads `erased` in its place. The row says the same as soon as the player is erased, so that it is
 * the same row before and behind the destruction. */
#include "projection/project.h"

static void profile(struct row_sink *sink, struct uuid player, struct slice display_name,
                    enum player_status status, int64_t registered_at)
{
    row_add(sink, VIEW_PLAYER)->player = (struct row_player){
        .player = player, .display_name = display_name, .status = status, .registered_at = registered_at};
}

static void registered(const struct event_player_registered *event, struct row_sink *sink)
{
    profile(sink, event->player, event->display_name, PLAYER_STATUS_ACTIVE, event->registered_at);
    row_add(sink, VIEW_PROOF)->proof = (struct row_proof){
        .player = event->player,
        .seed_number = event->seed_number,
        .seed_hash = event->seed_hash,
        .next_seed_hash = event->next_seed_hash,
        .client_seed = event->client_seed,
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
    const struct event_player_renamed *renamed = &event->player_renamed;
    const struct event_player_deactivated *gone = &event->player_deactivated;
    const struct event_player_reactivated *back = &event->player_reactivated;
    const struct event_player_erased *erased = &event->player_erased;
    if (event->type == EVENT_PLAYER_REGISTERED)
        registered(&event->player_registered, sink);
    else if (event->type == EVENT_PLAYER_RENAMED)
        profile(sink, renamed->player, renamed->display_name, renamed->status, renamed->registered_at);
    else if (event->type == EVENT_PLAYER_DEACTIVATED)
        profile(sink, gone->player, gone->display_name, PLAYER_STATUS_DEACTIVATED, gone->registered_at);
    else if (event->type == EVENT_PLAYER_REACTIVATED)
        profile(sink, back->player, back->display_name, PLAYER_STATUS_ACTIVE, back->registered_at);
    else if (event->type == EVENT_PLAYER_ERASED)
        profile(sink, erased->player, slice_text("erased"), PLAYER_STATUS_ERASED, erased->registered_at);
    else if (event->type == EVENT_SEED_ROTATED)
        rotated(&event->seed_rotated, sink);
}
