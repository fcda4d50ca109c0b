/* notify: who follows what, and what happens when a message does not fit.
 *
 * The problem: every committed row has to reach every session that may see it, soon, each row encoded once; a
 * session that reads slowly must neither miss a row nor make the server remember rows for it.
 *
 * The design: a follower has two audiences (its player's own rows, the public rows), each either live or not.
 * Live means: it was queued everything up to the last batch. A live message that does not fit makes the
 * audience not live, with the mark of what it surely has; nothing else is remembered. Once the queue has
 * drained, rows newer than that mark are read from the projections (catchup.c) - the same query that serves a
 * client that comes back.
 *
 *      follow -> QUEUED -> RUNNING -> LIVE -- a message does not fit --> BLOCKED -- drained --> QUEUED
 *                  ^          | queue full
 *                  +- BLOCKED +
 *
 * While it is not live a follower is still sent what changes (with mark 0, a client applies rows by key and
 * newest wins), because a strong reply comes behind its rows on the same socket. If such a row does not fit
 * while a pass of the catch-up is under way, another, shorter pass follows.
 *
 * Invariant: a mark that was told is never ahead of what was queued before it. Marks are read before rows.
 *
 * When you add an audience: a part in struct follower, its case in follower_part, how its rows are handed
 * out, and the order in which a catch-up takes them (start, end_pass in catchup.c). */
#include "notify/notify_internal.h"
#include <stdlib.h>

struct notify *notify_new(struct loop *loop, struct projector *projector)
{
    struct notify *notify = calloc(1, sizeof *notify);
    if (notify == NULL)
        return NULL;
    notify->magic = NOTIFY_MAGIC;
    notify->loop = loop;
    notify->projector = projector;
    map_init(&notify->players);
    map_init(&notify->by_session);
    for (int state = 0; state < FOLLOWER_STATE_COUNT; state++)
        list_init(&notify->states[state]);
    arena_init(&notify->turn, 16384, TURN_BYTES_MAX);
    changes_init(&notify->changes);
    conflate_init(notify);
    catch_ups_init(notify);
    return notify;
}

static void follower_free(struct notify *notify, struct follower *follower)
{
    catch_up_abandon(notify, follower);
    map_remove(&notify->by_session, map_key_u64(follower->session_id));
    list_remove(&follower->state_node);
    list_remove(&follower->player_node);
    if (list_empty(&follower->feed->followers)) {
        map_remove(&notify->players, follower->feed->player);
        free(follower->feed);
    }
    follower->magic = 0;
    free(follower);
}

void notify_free(struct notify *notify)
{
    if (notify == NULL)
        return;
    check_magic(notify, NOTIFY_MAGIC);
    for (int state = 0; state < FOLLOWER_STATE_COUNT; state++)
        list_each(node, &notify->states[state])
        {
            /* the sessions may be gone already: they are not touched */
            follower_free(notify, list_entry(node, struct follower, state_node));
        }
    map_release(&notify->players);
    map_release(&notify->by_session);
    arena_release(&notify->turn);
    changes_release(&notify->changes);
    conflate_release(notify);
    catch_ups_release(notify);
    notify->magic = 0;
    free(notify);
}

/* ---- followers come and go ---- */

static struct player_feed *feed_of(struct notify *notify, struct uuid player)
{
    struct player_feed *feed = map_get(&notify->players, player);
    if (feed != NULL)
        return feed;
    feed = calloc(1, sizeof *feed);
    if (feed == NULL)
        return NULL;
    feed->player = player;
    list_init(&feed->followers);
    if (map_put(&notify->players, player, feed) == ERR_OK)
        return feed;
    free(feed);
    return NULL;
}

/* NULL: out of memory. Registered for live rows from here on. */
static struct follower *follower_new(struct notify *notify, struct session *session)
{
    struct follower *follower = calloc(1, sizeof *follower);
    struct player_feed *feed = feed_of(notify, session_principal(session)->subject);
    if (follower != NULL && feed != NULL) {
        follower->magic = FOLLOWER_MAGIC;
        follower->session = session;
        follower->session_id = session_id(session);
        follower->feed = feed;
        follower->state = FOLLOWER_BLOCKED;
        list_append(&notify->states[follower->state], &follower->state_node);
        list_append(&feed->followers, &follower->player_node);
        if (map_put(&notify->by_session, map_key_u64(follower->session_id), follower) == ERR_OK) {
            session_set(session, SESSION_SLOT_NOTIFY, follower);
            return follower;
        }
        follower_free(notify, follower);
        return NULL;
    }
    if (feed != NULL && list_empty(&feed->followers)) {
        map_remove(&notify->players, feed->player);
        free(feed);
    }
    free(follower);
    return NULL;
}

static struct follower *follower_of(const struct session *session)
{
    struct follower *follower = session_get(session, SESSION_SLOT_NOTIFY);
    if (follower != NULL)
        check_magic(follower, FOLLOWER_MAGIC);
    return follower;
}

void notify_follow(struct notify *notify, struct session *session, const struct follow_from *from)
{
    check_magic(notify, NOTIFY_MAGIC);
    notify_forget(notify, session); /* it may follow for the second time, or as somebody else */
    struct follower *follower = follower_new(notify, session);
    if (follower == NULL) {
        session_close(session, CLOSE_GOING_AWAY);
        return;
    }
    follower->own = (struct part){.whole = from->own_whole, .mark = from->own};
    follower->public = (struct part){.whole = from->public_whole, .mark = from->public};
    catch_up_queue(notify, follower);
}

void notify_forget(struct notify *notify, struct session *session)
{
    check_magic(notify, NOTIFY_MAGIC);
    struct follower *follower = follower_of(session);
    if (follower == NULL)
        return;
    session_set(session, SESSION_SLOT_NOTIFY, NULL);
    follower_free(notify, follower);
    catch_ups_start(notify);
}

void notify_drained(struct notify *notify, struct session *session)
{
    check_magic(notify, NOTIFY_MAGIC);
    struct follower *follower = follower_of(session);
    if (follower != NULL && follower->state == FOLLOWER_BLOCKED)
        catch_up_queue(notify, follower);
}

void follower_enter(struct notify *notify, struct follower *follower, enum follower_state state)
{
    static const uint8_t allowed[] = {
        /* from each state, a bit for each it may go to */
        [FOLLOWER_LIVE] = 1 << FOLLOWER_BLOCKED,
        [FOLLOWER_QUEUED] = 1 << FOLLOWER_RUNNING,
        [FOLLOWER_RUNNING] = 1 << FOLLOWER_LIVE | 1 << FOLLOWER_BLOCKED | 1 << FOLLOWER_QUEUED,
        [FOLLOWER_BLOCKED] = 1 << FOLLOWER_QUEUED,
    };
    check((allowed[follower->state] & 1 << state) != 0);
    list_remove(&follower->state_node);
    follower->state = state;
    list_append(&notify->states[state], &follower->state_node);
}

/* ---- rows ---- */

static void start_over(struct notify *notify);

void notify_projected(struct notify *notify, const struct projected *projected)
{
    check_magic(notify, NOTIFY_MAGIC);
    notify_generation(notify, projector_generation(notify->projector));
    if (projected->anew) {
        notify->generation = projector_generation(notify->projector); /* lower, if a crash undid the switch */
        notify->public_changes++;                                     /* ends the snapshots */
        start_over(notify);
    }
    feed_own(notify, projected);
    bool current = projector_generation(notify->projector) == notify->generation; /* else a page was faster */
    notify->own_mark = current ? projected->own_mark : 0;
    notify->public_position = current ? projected->public_mark : 0;
    conflate_public(notify, projected);
    catch_ups_start(notify);
}

/* A replica of rows from the tables before would keep what is not there any more, and nothing in the feed
 * says "start over": so the sockets are closed with the advice to come back, and a client that follows with
 * marks of another generation gets everything as a replacement. */
static void start_over(struct notify *notify)
{
    for (int state = 0; state < FOLLOWER_STATE_COUNT; state++)
        list_each(node, &notify->states[state])
            session_close(list_entry(node, struct follower, state_node)->session, CLOSE_GOING_AWAY);
}

void notify_generation(struct notify *notify, uint64_t generation)
{
    uint64_t before = notify->generation;
    if (generation <= before)
        return; /* they only rise: this answer was on its way for a while */
    notify->generation = generation;
    notify->own_mark = notify->public_mark = notify->public_position =
        0; /* nothing of these tables was told */
    if (before != 0)
        start_over(notify);
}

struct part *follower_part(struct follower *follower, enum audience audience)
{
    switch (audience) {
    case AUDIENCE_OWN:
        return &follower->own;
    case AUDIENCE_PUBLIC:
        return &follower->public;
    }
    check(!"an audience nobody is in");
}

/* A live message of this audience did not reach the follower. `full`: its queue refused it, and will say when
 * it has drained; otherwise there was no memory for the message, and the catch-up begins as soon as there is
 * a place. */
static void fall_behind(struct notify *notify, struct follower *follower, enum audience audience,
                        uint64_t had, bool full)
{
    struct part *part = follower_part(follower, audience);
    if (part->live) {
        *part = (struct part){.mark = had};
        notify->counters.collapsed++;
        if (follower->state == FOLLOWER_LIVE) {
            follower_enter(notify, follower, FOLLOWER_BLOCKED);
            if (!full)
                follower_enter(notify, follower, FOLLOWER_QUEUED);
        }
    } else {
        part->missed = part->missed || (follower->pass.begun && follower->pass.audience == audience);
    }
}

/* NULL: no memory. */
static struct outgoing *encoded(struct live_message *message, bool live)
{
    uint64_t mark = live ? message->mark : 0;
    struct outgoing **form = mark != 0 ? &message->marked : &message->plain;
    if (*form == NULL && message->changes != NULL)
        *form = changes_message(message->changes, message->audience, mark);
    return *form;
}

void follower_feed(struct notify *notify, struct follower *follower, struct live_message *message)
{
    if (session_closing(follower->session))
        return;
    struct outgoing *outgoing = encoded(message, follower_part(follower, message->audience)->live);
    if (outgoing == NULL)
        fall_behind(notify, follower, message->audience, message->had, false);
    else if (session_feed(follower->session, outgoing) != ERR_OK)
        fall_behind(notify, follower, message->audience, message->had, true);
    else
        notify->counters.deliveries++;
}

void live_message_release(struct live_message *message)
{
    outgoing_unref(message->marked);
    outgoing_unref(message->plain);
}

void followers_collapse(struct notify *notify, enum audience audience, uint64_t had)
{
    for (int state = 0; state < FOLLOWER_STATE_COUNT; state++)
        list_each(node, &notify->states[state])
            fall_behind(notify, list_entry(node, struct follower, state_node), audience, had, false);
}

/* ---- queries ---- */

static uint64_t mark_of(const struct part *part, uint64_t live_mark)
{
    if (!part->live)
        return 0;
    return part->mark > live_mark ? part->mark : live_mark; /* its catch-up may have been ahead of the feed */
}

void notify_marks(const struct notify *notify, const struct session *session, uint64_t *ret_own,
                  uint64_t *ret_public)
{
    const struct follower *follower = follower_of(session);
    *ret_own = follower == NULL ? 0 : mark_of(&follower->own, notify->own_mark);
    *ret_public = follower == NULL ? 0 : mark_of(&follower->public, notify->public_mark);
}

const struct notify_counters *notify_counters(const struct notify *notify)
{
    return &notify->counters;
}
