/* projection: events in, rows out. project(event) -> rows is pure (one file per projection); the projector
 * folds a batch to one row per key, writes it in one transaction with the checkpoints, and tells what
 * changed. */
#ifndef PROJECTION_PROJECTION_H
#define PROJECTION_PROJECTION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "eventstore/eventstore.h"
#include "gen/c/types.h"
#include "loop/loop.h"

/* ---- project: pure ---- */
struct row_sink {
    struct arena *arena;
    struct row *rows; /* grown in the arena */
    uint32_t count, capacity;
    enum err failure;   /* ERR_OK or ERR_NOMEM, sticky */
    struct row scratch; /* what row_add gives after a failure */
};
/* Adds a zeroed row of `view`, live (not deleted); the caller fills key and fields before it adds another
 * (the rows may move). On failure gives a scratch row. */
struct row *row_add(struct row_sink *sink, enum view view);

/* Rows of one event of every projection; position is set by the caller on what was added. */
void project(const struct event *event, struct row_sink *sink);

/* ---- the projector ---- */
struct projector;

struct projection_config {
    const char *dsn;
    uint32_t page_events;       /* events a catch-up reads at once */
    uint32_t query_connections; /* 1 to 8 */
    uint32_t statement_timeout_ms;
    uint32_t tombstones_keep; /* positions for which a row that is gone is kept as a tombstone */
    uint32_t prune_every_ms;  /* 0: none is deleted */
};

/* One committed event, decoded, as request hands it over. */
struct committed_event {
    uint64_t position;
    const struct event *event;
};

/* Rows of one committed batch, folded: each key once. Borrowed for the call. */
struct projected {
    bool anew;         /* the tables are others than before, and not all rows since then were told */
    uint64_t position; /* the projections, but those that stand still, now hold every event up to this one */
    uint64_t own_mark, public_mark; /* every pushed view of the audience holds every event up to this one */
    const struct row *rows;
    uint32_t count;
};
typedef void (*projector_on_projected)(void *ctx, const struct projected *projected);

/* Connects, creates nothing (migrate does), reads the checkpoint, catches up from the log page by page, then
 * lives on projector_feed; when the feed has a hole (or the checkpoint was moved by another node) it reads
 * the log again. `on_projected` runs after each commit, in position order, and without rows whenever the
 * checkpoint was read. NULL: bad configuration, in words. */
struct projector *projector_open(struct loop *loop, const struct projection_config *config,
                                 struct eventstore *store, projector_on_projected on_projected, void *ctx,
                                 char ret_failure[200]);
void projector_close(struct projector *projector); /* accepts NULL */
/* Hands over events just committed by this node, in position order; copies what it keeps (bounded: beyond the
 * bound it drops them and reads the log instead). */
void projector_feed(struct projector *projector, const struct committed_event *events, uint32_t count);
/* Position the projections hold (committed), but those that stand still. */
uint64_t projector_position(const struct projector *projector);
/* Position that all of them hold but those that are stopped: what a strong command waits for. A stopped one
 * is not waited for; the reply says how far it is. */
uint64_t projector_strong_position(const struct projector *projector);
/* Position that all of them hold: what a reply that did not wait, or not for one that stands still, tells. */
uint64_t projector_lowest(const struct projector *projector);
/* Changes at every rebuild switch and when the tables were made anew. */
uint64_t projector_generation(const struct projector *projector);
/* The checkpoints were read; after a switch of tables not before they were read again. */
bool projector_known(const struct projector *projector);
/* Who has only what is older gets the whole view: tombstones up to here may be gone. */
uint64_t projector_horizon(const struct projector *projector);
/* Connected, at first also for queries, and caught up to the head known at start; a projection that stands
 * still does not count. */
bool projector_ready(const struct projector *projector);
/* Why its database cannot be reached, or what it refused before a batch could be written (there are no
 * tables, say);
 * "" while all is well. Borrowed, for this turn. */
const char *projector_failure(const struct projector *projector);

/* ---- how each projection does ---- */
#define PROJECTIONS_MAX 32
enum projection_state {
    PROJECTION_LIVE,    /* moves with the others */
    PROJECTION_BEHIND,  /* catches up alone */
    PROJECTION_STOPPED, /* stands still in front of an event; tried again now and then */
    PROJECTION_STATE_COUNT,
};
struct projection_status {
    const char *name, *state; /* of the schema; of the table of states: live, behind, stopped */
    uint64_t position;        /* it holds every event up to here */
    uint64_t failed_position; /* of the event it cannot take; 0: none */
    int failed_type;          /* enum event_type, or a number that this program does not know */
    const char *reason;       /* why, for the log and for operators; "" when it moves. Borrowed */
};
uint32_t projector_count(const struct projector *projector);
struct projection_status projector_status(const struct projector *projector, uint32_t number);

/* ---- queries: rows of a view, encoded ---- */
struct view_query {
    enum view view;
    struct uuid player;  /* audience own: whose */
    uint64_t at_least;   /* its rows are of this position or later, or ERR_AWAY after a while */
    uint64_t newer_than; /* 0: live rows; else rows (tombstones too) with position > this */
    bool with_deleted;
    struct slice after; /* cursor of the page before; absent or empty: first page */
    uint32_t limit;     /* rows */
};
/* `rows` is a msgpack array of rows; `next` the cursor of the next page, empty at the end; `position` the
 * checkpoint read in the same transaction before the rows. Borrowed for the call. */
struct view_page {
    struct slice rows;
    uint32_t count;
    struct slice next;
    uint64_t position;
    uint64_t generation;
    uint64_t horizon; /* of tombstones, as projector_horizon */
};
/* `pages`: one a query, all with the same position. */
typedef void (*view_done)(void *ctx, enum err err, const struct view_page *pages);
/* Runs on a query connection; `query` is copied. Exactly one callback, never before this returns.
 * ERR_MALFORMED for a cursor that is not ours, ERR_AWAY when the database is away. */
void projection_query(struct projector *projector, const struct view_query *query, view_done done, void *ctx);
/* Several in one round trip: their position is that of the projection that holds least. Only the first may go
 * on behind a cursor. */
#define VIEW_QUERIES_MAX 32
void projection_query_many(struct projector *projector, const struct view_query *queries, uint32_t count,
                           view_done done, void *ctx);

/* Runs `reached` once the projections hold `position`, or with ERR_TIMEOUT after deadline_ms. */
typedef void (*projector_reached)(void *ctx, enum err err);
void projector_wait(struct projector *projector, uint64_t position, uint32_t deadline_ms,
                    projector_reached reached, void *ctx);
/* Likewise, once it is known where the projections stand. What they held before is never announced here:
 * whoever wants it listens first and reads it then. */
void projector_wait_known(struct projector *projector, uint32_t deadline_ms, projector_reached reached,
                          void *ctx);
/* As above, for the projection of one view: it may stand still while the others move. */
void projector_wait_view(struct projector *projector, enum view view, uint64_t position, uint32_t deadline_ms,
                         projector_reached reached, void *ctx);

struct projector_counters {
    uint64_t batches, events, rows, failures, reconnects, queries, pruned;
    uint64_t position;
};
const struct projector_counters *projector_counters(const struct projector *projector);

#endif
