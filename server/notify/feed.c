/* feed: own rows of a committed batch, to the sessions of the player they belong to.
 *
 * Rows of players nobody follows are dropped first; the others are sorted by player and view, so that each
 * player's rows are encoded once, however many sockets the player has, in messages of at most
 * MESSAGE_ROWS_MAX rows. Only the last message of a batch carries the mark, the audience's lowest
 * checkpoint: by then all rows up to it are queued. A session with no rows in this batch is told nothing; its
 * mark moves silently and the next tick or message says it. */
#include "base/warm.h"
#include "notify/notify_internal.h"
#include "wire/frame.h"
#include <stdlib.h>

/* A row on its way to the followers of a player. */
struct own_row {
    struct player_feed *feed;
    const struct row *row;
};

/* Own rows begin with the player, whatever the view. */
static struct uuid row_player(const struct row *row)
{
    struct uuid player;
    memcpy(player.bytes, row_payload(row), sizeof player.bytes);
    return player;
}

static bool is_pushed(const struct row *row, enum audience audience)
{
    const struct view_desc *view = schema_view((int)row->view);
    return view->push && view->audience == (int)audience;
}

static int compare_own_rows(const void *a, const void *b)
{
    const struct own_row *left = a, *right = b;
    if (left->feed != right->feed)
        return (uintptr_t)left->feed < (uintptr_t)right->feed ? -1 : 1;
    if (left->row->view != right->row->view)
        return left->row->view < right->row->view ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

/* One message's worth of rows, all of one player, to each of the player's followers. */
static void send_own(struct notify *notify, struct player_feed *feed, const struct own_row *own,
                     uint32_t count, uint64_t mark)
{
    const struct row *rows[MESSAGE_ROWS_MAX];
    enum err err = ERR_OK;
    changes_clear(&notify->changes);
    for (uint32_t from = 0, to; from < count && err == ERR_OK; from = to) {
        for (to = from; to < count && own[to].row->view == own[from].row->view; to++)
            rows[to - from] = own[to].row;
        err = changes_add_rows(&notify->changes, rows, to - from);
    }
    struct live_message message = {.audience = AUDIENCE_OWN,
                                   .changes = err == ERR_OK ? &notify->changes : NULL,
                                   .mark = mark,
                                   .had = notify->own_mark};
    list_each(node, &feed->followers)
        follower_feed(notify, list_entry(node, struct follower, player_node), &message);
    live_message_release(&message);
    notify->counters.rows_own += count;
}

static const struct follower *first_follower(const struct own_row *own)
{
    return list_entry(own->feed->followers.next, struct follower, player_node);
}

/* Most players have one socket: its follower, then its session, before send_own comes to them. */
static void warm_followers(const struct own_row *own, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        warm(first_follower(&own[i]), sizeof(struct follower));
    for (uint32_t i = 0; i < count; i++)
        warm(first_follower(&own[i])->session, 7 * WARM_LINE_BYTES);
}

void feed_own(struct notify *notify, const struct projected *projected)
{
    if (notify->players.count == 0 || projected->count == 0)
        return;
    struct own_row *own = arena_array(&notify->turn, projected->count, sizeof *own);
    if (own == NULL) {
        followers_collapse(notify, AUDIENCE_OWN, notify->own_mark);
        return;
    }
    uint32_t count = 0;
    struct uuid player = {{0}};
    struct player_feed *feed = NULL; /* of `player` */
    for (uint32_t i = 0; i < projected->count; i++) {
        const struct row *row = &projected->rows[i];
        if (!is_pushed(row, AUDIENCE_OWN))
            continue;
        if (!uuid_equal(row_player(row), player)) { /* an event's rows stand together */
            player = row_player(row);
            feed = map_get(&notify->players, player);
            warm(feed, sizeof *feed);
        }
        if (feed != NULL)
            own[count++] = (struct own_row){feed, row};
    }
    warm_followers(own, count);
    qsort(own, count, sizeof *own, compare_own_rows);
    for (uint32_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && own[to].feed == own[from].feed && to - from < MESSAGE_ROWS_MAX;
             to++)
            ;
        bool last = to == count || own[to].feed != own[from].feed;
        send_own(notify, own[from].feed, &own[from], to - from, last ? projected->own_mark : 0);
    }
    arena_reset(&notify->turn);
}
