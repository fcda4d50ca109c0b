/* history: the log for tools that look back - by pages, read only, on one connection that blocks. Unlike
 * struct eventstore it takes no writer number, writes nothing, and needs no more than reading: a role that is
 * granted `select on log, batches, streams, events` will do (and `personal_keys`, to open personal fields).
 */
#ifndef TOOLS_HISTORY_H
#define TOOLS_HISTORY_H

#include <libpq-fe.h>
#include "base/arena.h"
#include "eventstore/eventstore.h"

#define HISTORY_PAGE 2000        /* events of a page */
#define HISTORY_TYPED_PAGE 20000 /* positions that a page of some types goes over */

struct history {
    PGconn *connection;
    bool personal; /* keys are read */
    struct arena arena;
    PGresult *page, *keys;
    char failure[400]; /* after a failure: what is wrong, for people */
};

struct history_head {
    struct uuid epoch;
    uint64_t position;
    int64_t recorded_at_us, now_us; /* of the last batch; the database's clock */
};

/* A page, borrowed until the next call. Every event carries its command's columns, whether it is the
 * command's first or not. */
struct history_events {
    const struct stored_event *items;
    uint32_t count;
};

/* ERR_AWAY: cannot connect. `personal`: keys are read with the events, so that personal fields open. `name`
 * is seen in pg_stat_activity. Close it in any case. */
MUST_CHECK enum err history_open(struct history *history, const char *dsn, const char *name, bool personal);
void history_close(struct history *history);

/* All of these: ERR_AWAY when the connection is lost, ERR_REFUSED for an error of SQL, ERR_INTEGRITY when a
 * row is none that a writer of ours made. */
MUST_CHECK enum err history_head(struct history *history, struct history_head *ret_head);
/* Events with after < position <= until, all of them: `until` is at most HISTORY_PAGE ahead, or, with types,
 * HISTORY_TYPED_PAGE. `types` NULL: all. */
MUST_CHECK enum err history_page(struct history *history, uint64_t after, uint64_t until,
                                 const uint16_t *types, uint32_t count, struct history_events *ret_events);
/* Events of a stream with version > after_version, at most `limit`. */
MUST_CHECK enum err history_stream(struct history *history, struct stream_ref stream, uint32_t after_version,
                                   uint32_t limit, struct history_events *ret_events);
/* Events of a command; none: the log does not know it. */
MUST_CHECK enum err history_command(struct history *history, struct uuid command,
                                    struct history_events *ret_events);
/* The version of a stream's last event at or before `position`; 0: it had none by then. */
MUST_CHECK enum err history_version_at(struct history *history, struct stream_ref stream, uint64_t position,
                                       uint32_t *ret_version);
/* What people write as a moment (moment.h), as the position of the last event at or before it - `before`: of
 * the last one before it; 0: there was none. A position may be beyond the log's end. ERR_CONFIG: neither a
 * position nor a time, or a time that is yet to come by the database's clock. */
MUST_CHECK enum err history_moment(struct history *history, const struct history_head *head, const char *text,
                                   bool before, uint64_t *ret_position);

#endif
