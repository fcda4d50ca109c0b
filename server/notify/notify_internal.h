/* notify_internal: what the files of notify share. Nobody outside includes it. */
#ifndef NOTIFY_NOTIFY_INTERNAL_H
#define NOTIFY_NOTIFY_INTERNAL_H

#include "base/check.h"
#include "base/list.h"
#include "base/map.h"
#include "gen/c/schema.h"
#include "notify/changes.h"
#include "notify/limits.h"
#include "notify/notify.h"
#include "projection/fold.h"

#define NOTIFY_MAGIC 0x4e4f5446u
#define FOLLOWER_MAGIC 0x464f4c4cu

enum follower_state {
    FOLLOWER_LIVE,    /* both audiences are live */
    FOLLOWER_QUEUED,  /* waits for one of the CATCH_UPS_MAX places */
    FOLLOWER_RUNNING, /* a query of its catch-up is on its way */
    FOLLOWER_BLOCKED, /* its queue is full: goes on when it has drained */
    FOLLOWER_STATE_COUNT,
};

/* One follower and one audience. */
struct part {
    bool live;   /* has everything up to the last batch; else it is caught up from `mark` */
    bool missed; /* not live, and a row did not fit in its queue since the pass began: another pass follows */
    bool whole;  /* not live: starts with all rows there are */
    uint64_t mark; /* what it surely has; live: at least */
};

/* Where a catch-up stands. A pass goes over the pushed views of one audience. */
struct pass {
    enum audience audience;
    bool begun;    /* its first query was sent: what is missed from now on is missed */
    bool has_mark; /* its first page came */
    uint64_t mark; /* the checkpoint read before its first row */
    int view;      /* index into schema_views */
    uint8_t cursor_size;
    uint8_t cursor[CURSOR_MAX_BYTES];
};

struct follower {
    uint32_t magic;
    enum follower_state state;
    struct list_node state_node;  /* in notify->states[state] */
    struct list_node player_node; /* in feed->followers */
    struct session *session;      /* until notify_forget */
    uint64_t session_id;
    struct player_feed *feed;
    struct catch_up *running; /* in RUNNING */
    struct part own, public;
    struct pass pass; /* as far as was queued */
};

/* The followers of one player. */
struct player_feed {
    struct uuid player;
    struct list_node followers;
};

/* One message for many followers: each form is encoded when the first follower needs it. */
struct live_message {
    enum audience audience;
    struct changes *changes; /* NULL: no memory, everyone it is for falls behind */
    uint64_t mark;           /* for those who are live; 0: more of the same batch follows */
    uint64_t had;            /* the mark a live follower surely has without it */
    struct outgoing *marked, *plain;
};

/* What a pass over the public views sent to one follower, for others who ask the same. */
struct public_snapshot {
    bool whole;                          /* what was asked: all rows, ... */
    uint64_t newer_than;                 /* ...or those behind this mark */
    uint64_t public_changes, generation; /* when the first query was sent: it holds as long as these do */
    uint32_t count;                      /* 0: none */
    struct {
        struct outgoing *message; /* one reference */
        struct pass pass;         /* where a follower stands that was queued it */
    } sent[SNAPSHOT_MESSAGES_MAX];
};

/* A place for a running catch-up. */
struct catch_up {
    struct notify *notify;
    uint64_t session_id; /* 0: the place is free */
    struct pass pass;    /* ahead of the follower's by what `changes` holds */
    uint32_t asked;      /* views of the query that is on its way */
    bool recording;      /* `record` is what this pass sent so far */
    struct public_snapshot record;
    struct changes changes;
};

struct notify {
    uint32_t magic;
    struct loop *loop;
    struct projector *projector;
    struct map players;    /* player -> struct player_feed */
    struct map by_session; /* session id -> struct follower */
    struct list_node states[FOLLOWER_STATE_COUNT];
    uint64_t generation;      /* of the projections that followers were told; 0: not known yet */
    uint64_t own_mark;        /* of the last batch: what every live follower has of its own rows */
    uint64_t public_mark;     /* what every live follower has of the public rows */
    uint64_t public_position; /* what it will have once the rows that wait have left */
    /* conflate.c */
    struct arena pending_arena;
    struct fold pending;
    struct loop_timer flush;
    uint64_t flushed_at_ms;
    /* catchup.c */
    struct catch_up catch_ups[CATCH_UPS_MAX];
    uint32_t running;
    bool starting; /* catch_ups_start is at work */
    struct loop_timer retry;
    /* snapshots.c */
    struct public_snapshot snapshots[SNAPSHOTS_MAX];
    uint32_t next_snapshot;
    uint64_t public_changes; /* counts public rows announced */
    struct arena turn;       /* while rows are handed out */
    struct changes changes;
    struct notify_counters counters;
};

/* notify.c */
/* What the projections say of themselves: when they were made anew, followers start over with a new
 * connection. */
void notify_generation(struct notify *notify, uint64_t generation);
void follower_enter(struct notify *notify, struct follower *follower, enum follower_state state);
/* The part of an audience. */
struct part *follower_part(struct follower *follower, enum audience audience);
/* Queues a live message, with the mark if the audience is live. When it does not fit the follower falls
 * behind. */
void follower_feed(struct notify *notify, struct follower *follower, struct live_message *message);
/* Lets the encoded forms go. */
void live_message_release(struct live_message *message);
/* A row was lost on the way to everyone (no memory): all catch up. */
void followers_collapse(struct notify *notify, enum audience audience, uint64_t had);

/* feed.c */
void feed_own(struct notify *notify, const struct projected *projected);

/* conflate.c */
void conflate_init(struct notify *notify);
void conflate_release(struct notify *notify);
void conflate_public(struct notify *notify, const struct projected *projected);

/* catchup.c */
void catch_ups_init(struct notify *notify);
void catch_ups_release(struct notify *notify);
/* A follower that is not live begins, or goes on, when a place is free. */
void catch_up_queue(struct notify *notify, struct follower *follower);
/* Gives the place of a follower that goes away to the next. */
void catch_up_abandon(struct notify *notify, struct follower *follower);
void catch_ups_start(struct notify *notify);

/* snapshots.c: one answer about public rows for all who ask the same */
/* A pass begins from its first row: remember what it sends. */
void snapshot_begin(struct notify *notify, struct catch_up *catch_up, const struct part *part);
/* It sent a message, or ended, or ended too early to be of use. */
void snapshot_add(struct catch_up *catch_up, struct outgoing *message);
void snapshot_keep(struct notify *notify, struct catch_up *catch_up);
void snapshot_drop(struct public_snapshot *snapshot);
/* The answer to what this part asks, or NULL. */
const struct public_snapshot *snapshot_find(const struct notify *notify, const struct part *part);
void snapshots_release(struct notify *notify);

#endif
