/* notify: rows that were committed go to the sessions that may see them; catching up is always the same
 * query.
 *
 * Own rows go out at once, encoded once per player and batch. Public rows are conflated: the newest of each,
 * at most four times a second. A session that cannot take a feed message is marked behind and caught up from
 * the projections once its queue has drained. Marks are declared per audience; a row's own position is never
 * one. */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include "projection/projection.h"
#include "socket/session.h"

struct notify;

struct notify *notify_new(struct loop *loop, struct projector *projector);
void notify_free(struct notify *notify); /* accepts NULL */

/* Rows of a committed batch (call from projector's on_projected, before the replies that wait on it are
 * sent). */
void notify_projected(struct notify *notify, const struct projected *projected);

/* Starts (or restarts) the feed of a signed-in session: live delivery is registered first, the mark is read,
 * the rows newer than the client's marks follow page by page, then the mark. `own_whole`/`public_whole`: the
 * client's marks were of another epoch or generation, so everything is sent as a replacement. The caller has
 * queued the reply to `follow` before calling this. */
struct follow_from {
    bool own_whole, public_whole;
    uint64_t own, public;
};
void notify_follow(struct notify *notify, struct session *session, const struct follow_from *from);
/* The session ends or signs out: forget it. */
void notify_forget(struct notify *notify, struct session *session);
/* The session's queue is low again (session_callbacks.on_drained). */
void notify_drained(struct notify *notify, struct session *session);
/* The marks a tick tells; 0 when not following or catching up. */
void notify_marks(const struct notify *notify, const struct session *session, uint64_t *ret_own,
                  uint64_t *ret_public);

struct notify_counters {
    uint64_t rows_own, rows_public, deliveries, collapsed, catch_ups, snapshots;
};
const struct notify_counters *notify_counters(const struct notify *notify);

#endif
