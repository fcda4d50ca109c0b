/* projector_internal: what the files of the projector share. Nobody outside includes it. */
#ifndef PROJECTION_PROJECTOR_INTERNAL_H
#define PROJECTION_PROJECTOR_INTERNAL_H

#include <inttypes.h>
#include "base/check.h"
#include "base/list.h"
#include "gen/c/schema.h"
#include "pg/pg.h"
#include "projection/fold.h"
#include "projection/project.h"
#include "projection/projection.h"

#define PROJECTOR_MAGIC 0x50524f4au
#define QUERY_CONNECTIONS_MAX 8

/* Bounds, and what happens at each. */
#define BATCH_EVENTS_MAX 8192          /* events fed while a batch is in flight; beyond: read from the log */
#define BATCH_ROWS_SOFT_MAX 65536      /* rows likewise; one event may go over it */
#define BATCH_CHUNK_BYTES (256u << 10) /* kept from batch to batch: one of some 200 openings */
#define BATCH_BYTES_MAX (128u << 20)
#ifndef AHEAD_EVENTS_MAX      /* smaller in the simulation */
#define AHEAD_EVENTS_MAX 4096 /* events kept beyond a hole; beyond: dropped */
#endif
#define PRUNE_VIEWS_MAX 8
#define POLL_MS 1000   /* the log is looked at this often even if nobody said anything */
#define PATIENCE_MS 30 /* another node's events are left to it for so long */
#define RETRY_FIRST_MS 50
#define RETRY_MOST_MS 5000
#define QUERY_BEHIND_MS 3000 /* a query waits this long for a database that went back */
#define QUERY_AGAIN_MS 50    /* and looks this often */
#define STOPPED_FIRST_MS                                                                                     \
    500 /* a projection that stands still is tried again after this, then twice as long... */
#define STOPPED_MOST_MS 10000

enum projector_state {
    PROJECTOR_AWAY,       /* nothing is known: no connection, or the store is not ready, or backing off */
    PROJECTOR_CHECKPOINT, /* the checkpoint is being read */
    PROJECTOR_VERIFY,     /* the log is asked whether it holds the checkpoint's position */
    PROJECTOR_RESET,      /* the tables are being emptied: they are of another log */
    PROJECTOR_RUNNING,    /* batches are written as events come */
};

/* Folded rows of the events from+1 to `to`, one after the other without a hole. */
struct row_batch {
    struct arena arena;
    struct fold fold;
    uint64_t from, to;
    uint32_t events; /* to - from */
    bool fed;        /* the first of them was committed by this node */
    uint64_t chain_at;
    struct hash chain; /* the log's, at chain_at: of use when that is `to` */
};

/* One projection: the views that share a checkpoint. Changed by track_enter and the files that write. */
struct track {
    const char *name;
    enum projection_state state;
    uint32_t bit;      /* in a set of projections */
    uint64_t stored;   /* its checkpoint in the database */
    uint64_t position; /* announced up to here */
    uint64_t told;     /* highest position ever announced in this generation */
    /* while it is not LIVE (projector_mend.c) */
    uint32_t page;     /* events of its next batch: halved by a refusal until the guilty one is alone */
    uint64_t retry_ms; /* the next pause */
    uint64_t retry_at_ms;
    uint64_t failed_position; /* 0: none */
    int failed_type;
    char reason[160];
};

struct view_statements {
    struct pg_statement upsert, since, page;
    char names[3][64];
};

struct projector_query {
    struct list_node node; /* in projector->queries */
    struct projector *projector;
    uint32_t tracks;           /* the projections whose checkpoint counts */
    uint64_t told, generation; /* when it was sent: what had been told, of which tables */
    uint8_t cursor[256];
    uint64_t until_ms;
    enum err refusal; /* of one that is not asked at all */
    view_done done;
    void *ctx;
    uint32_t count;
    struct view_query queries[];
};

struct projector_waiter {
    struct list_node node;
    uint32_t tracks;  /* the projections it waits for; 0: those that move together */
    bool until_known; /* it waits for the checkpoints themselves */
    uint64_t position, until_ms;
    projector_reached reached;
    void *ctx;
};

struct projector {
    uint32_t magic;
    struct loop *loop;
    struct projection_config config;
    struct eventstore *store;
    projector_on_projected on_projected;
    void *ctx;
    struct view_statements statements[SCHEMA_VIEW_COUNT];
    struct pg *write, *query[QUERY_CONNECTIONS_MAX];
    char fingerprint[PROJECT_FINGERPRINT_SIZE];

    enum projector_state state;
    uint64_t run; /* counts restarts: an answer to an earlier run's question is dropped */
    struct loop_timer retry, poll, deadlines;
    uint64_t retry_ms;
    char complaint[200]; /* the last reason to begin again that was logged: each is said once */

    struct track tracks[PROJECTIONS_MAX];
    uint32_t track_count;
    uint8_t view_tracks[SCHEMA_VIEW_COUNT];        /* which track a view belongs to */
    uint32_t audience_tracks[AUDIENCE_PUBLIC + 1]; /* sets: those with pushed views of the audience */
    uint32_t live;                                 /* set: the tracks that are LIVE */

    /* of the live ones */
    uint64_t stored;   /* the database's checkpoint */
    uint64_t position; /* announced up to here; above `stored` never, below while another node's batches are
                          told */
    uint64_t generation;
    struct hash stored_chain; /* the log's at `stored`, as the checkpoint has it */
    bool has_stored_chain;
    bool other_epoch;  /* the checkpoint is of another one than this node's log */
    uint64_t horizon;  /* the highest seen of this generation */
    bool known;        /* a checkpoint was read before: what another node did since is announced */
    bool anew;         /* and before that one, of other tables */
    uint64_t ready_at; /* ready once position reaches it */
    bool was_ready;
    uint64_t stuck_at; /* position of an event that cannot be projected; 0: none */
    int stuck_type;
    char stuck_reason[160];

    struct row_batch batches[3];
    struct row_batch *gathering, *writing,
        *ahead;     /* gathering from the tail of writing; ahead: beyond a hole */
    bool in_flight; /* `writing` is being written */
    bool held;      /* no new batch: a projection is about to join */
    struct {        /* a refused batch, written projection by projection */
        uint32_t waiting, passed, failed;
        bool doubtful; /* nobody can say what happened: begin again */
        char reasons[PROJECTIONS_MAX][160];
    } split;
    struct {                 /* the projection that catches up alone, one at a time (projector_mend.c) */
        struct track *track; /* NULL: none is on its way */
        uint64_t run;        /* `run` when its question was sent */
        int first_type;      /* of the batch's first event */
        struct row_batch batch;
        struct chain_question chain;
    } mend;
    struct track *mended_last;
    struct { /* projector_prune.c */
        struct loop_timer timer;
        struct arena arena; /* the statements' texts */
        struct pg_statement statements[PRUNE_VIEWS_MAX];
        uint64_t until, generation; /* the horizon that was raised; 0: none */
        uint64_t page;              /* the next of the table of that view */
        uint32_t view;
    } prune;
    /* projector_others.c */
    bool others;                /* another node moves the checkpoints, too */
    bool overtaken;             /* this restart is no trouble: it is not logged */
    uint64_t patience_until_ms; /* then this node takes what is gathered; 0: it does not wait */
    struct loop_timer patience;
    bool looking, look_wanted; /* a look is on its way; another one is to follow */
    uint64_t look_run;         /* `run` and `live` when it was sent */
    uint32_t look_live;

    bool asking;                 /* the checkpoint is being read or the tables are being emptied */
    struct chain_question chain; /* about `stored`, or the batch that is to be written */
    bool reading; /* the log is being read. Begins again only once none of the three is on its way */
    uint64_t write_run, ask_run, read_run; /* `run` when each was sent */
    bool read_wanted;                      /* the log holds more than was fed */
    struct arena scratch;                  /* one event's rows */
    struct arena picked;                   /* the rows told of a batch, when not all are */
    struct arena decode;                   /* one stored event */
    struct arena params;                   /* one group's parameters */

    struct list_node waiters; /* of struct projector_waiter */
    uint64_t deadline_at_ms;  /* when `deadlines` runs, if it does */
    struct list_node queries; /* of struct projector_query: on their way */
    uint32_t next_connection;
    struct buf rows, cursor; /* a page being encoded */
    struct projector_counters counters;
};

/* projector.c */
/* To CHECKPOINT, VERIFY or RESET. */
void projector_enter(struct projector *projector, enum projector_state state);
/* Lets go of everything gathered and begins again at the checkpoint, after a pause that grows. `reason` is
 * logged; NULL: nothing is. */
void projector_restart(struct projector *projector, const char *reason);
/* The tables are those of the log and stand at `stored`: begins to run from there. */
void projector_run(struct projector *projector);
/* Tells the rows of a batch that the database holds now, of the live tracks. */
void projector_announce(struct projector *projector, const struct row_batch *batch);
/* Tells those of one track. */
void projector_announce_track(struct projector *projector, struct track *track,
                              const struct row_batch *batch);

/* projector_checkpoint.c: from AWAY to RUNNING, or back. */
void projector_read_checkpoint(struct projector *projector);
/* An answer of the database names its generation: begins again when it is a new one. */
void projector_see_generation(struct projector *projector, uint64_t generation);
/* An answer of the database names the horizon of its tombstones. */
void projector_see_horizon(struct projector *projector, uint64_t horizon);
/* Binds the names of a set of projections, an array. */
void projector_bind_tracks(const struct projector *projector, struct pg_params *params, uint32_t tracks);

/* projector_gather.c: batches of rows out of events. */
enum gathered {
    GATHERED,     /* or it was there already */
    GATHER_HOLE,  /* events before it are missing */
    GATHER_LATER, /* not now: the batch is full, or has to end here */
};
void row_batch_init(struct row_batch *batch);
void row_batch_release(struct row_batch *batch); /* accepts a zeroed one */
/* Empties; the next event is from+1. */
void row_batch_clear(struct row_batch *batch, uint64_t from);
/* Adds one event at the tail; `fed`: this node committed it. When memory is short all that was gathered is
 * let go. */
enum gathered projector_gather(struct projector *projector, uint64_t position, const struct event *event,
                               bool fed);
/* Keeps an event that came after a hole, until the log was read up to it. */
void projector_keep_ahead(struct projector *projector, uint64_t position, const struct event *event);
/* Takes over what was kept, as far as the tail has reached it. */
void projector_join_ahead(struct projector *projector);

/* Adds the rows of the event after batch->to that belong to the set `tracks`. False: out of memory, the
 * batch is spoilt. */
bool row_batch_add(struct projector *projector, struct row_batch *batch, const struct event *event,
                   uint32_t tracks);

/* projector_write.c */
void projector_write(struct projector *projector);
/* Whether the chain at the batch's end is known; else the log is asked for it, on `question`. */
bool projector_has_chain(struct projector *projector, struct row_batch *batch,
                         struct chain_question *question, chain_done done);
/* The calls of one transaction: the checkpoints of `tracks`, and the rows of their views. `params` and
 * `calls` have room for SCHEMA_VIEW_COUNT + 1. Returns how many. */
uint32_t projector_bind(struct projector *projector, uint32_t tracks, const struct row_batch *batch,
                        struct pg_params *params, struct pg_call *calls);

/* projector_split.c: a refused batch, projection by projection. */
void projector_split(struct projector *projector, const struct pg_outcome *outcome);

/* projector_mend.c: projections that are not with the others. */
void projector_mend(struct projector *projector);
void projector_mend_forget(struct projector *projector);

/* projector_prune.c */
void prune_init(struct projector *projector);
void prune_release(struct projector *projector);
/* Whether rows of this view may be tombstones. */
bool prune_covers(enum view view);

/* projector_tracks.c */
void tracks_init(struct projector *projector);
struct track *track_of_view(struct projector *projector, enum view view);
void track_enter(struct projector *projector, struct track *track, enum projection_state state);
/* It stands still in front of `position`; said in the log, and in the database, once. */
void track_stop(struct projector *projector, struct track *track, uint64_t position, int type,
                const char *reason);
/* The lowest position (told: ever told) of a set; of all that are live for the empty set. 0 until it is
 * known. */
uint64_t tracks_position(const struct projector *projector, uint32_t tracks);
uint64_t tracks_told(const struct projector *projector, uint32_t tracks);
bool tracks_behind(const struct projector *projector);

/* projector_catchup.c */
void projector_read_log(struct projector *projector);

/* projector_others.c */
void others_init(struct projector *projector);
void others_release(struct projector *projector);
/* Whether this node writes what is gathered now; false: another one probably does, looked at again soon. */
bool others_our_turn(struct projector *projector);
/* The checkpoints have moved. */
void others_moved(struct projector *projector);
/* Looks where the checkpoints stand, and of which generation the tables are. */
void projector_look(struct projector *projector);
/* Another node was first at the checkpoint: begins again there, at once unless that happens again. */
void projector_overtaken(struct projector *projector);

/* query.c */
void projector_free_queries(struct projector *projector);

/* wait.c */
/* `tracks`: whom it waits for; 0: those that move together. Returns what now waits, which is the list's. */
struct projector_waiter *waiters_add(struct projector *projector, uint32_t tracks, uint64_t position,
                                     uint32_t deadline_ms, projector_reached reached, void *ctx);
void waiters_resolve(struct projector *projector);
void waiters_free(struct projector *projector);
void waiters_deadline(void *projector);

#endif
