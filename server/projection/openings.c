/* openings: every opening a player ever made (view opening). A history: one event, one row, never changed,
 * queried and not pushed. With the seed's number, the first nonce and the draws it is what a player needs to
 * check that the draws were fair. */
#include "projection/project.h"

void openings_project(const struct event *event, struct row_sink *sink)
{
    if (event->type != EVENT_PACK_OPENED)
        return;
    const struct event_pack_opened *opened = &event->pack_opened;
    row_add(sink, VIEW_OPENING)->opening = (struct row_opening){
        .player = opened->player,
        .opening = opened->opening,
        .pack = opened->pack,
        .pack_version = opened->pack_version,
        .cost_free = opened->cost_free,
        .cost_paid = opened->cost_paid,
        .item = opened->payment == PAYMENT_ITEM ? opened->item : (struct slug){{0}},
        .seed_number = opened->seed_number,
        .first_nonce = opened->first_nonce,
        .pulls = opened->pulls,
        .opened_at = opened->opened_at,
    };
}
