/* eventstore_internal: what the files of this folder share. eventstore.c is the append connection's life,
 * eventstore_append.c the batches, eventstore_batch.c their bytes, eventstore_resolve.c what a lost
 * connection leaves open, eventstore_read.c the reads, eventstore_follow.c other writers, eventstore_hint.c
 * what nodes tell each other. */
#ifndef EVENTSTORE_EVENTSTORE_INTERNAL_H
#define EVENTSTORE_EVENTSTORE_INTERNAL_H

#include "base/list.h"
#include "eventstore/eventstore.h"
#include "pg/pg.h"

#define EVENTSTORE_MAGIC 0x45765331u
#define EVENTSTORE_IN_FLIGHT_MAX 8
#define EVENTSTORE_READERS_MAX 8
#define EVENTSTORE_PARAMS_CHUNK_BYTES (256u << 10) /* kept from batch to batch */
#define EVENTSTORE_PARAMS_MAX_BYTES (256u << 20)
#define EVENTSTORE_RESULTS_MAX_BYTES (64u << 20)

/* Of the append connection. Changed by eventstore_set_state() only. */
enum eventstore_state {
    EVENTSTORE_AWAY,      /* not connected */
    EVENTSTORE_TAKING,    /* connected; a new writer number is asked for */
    EVENTSTORE_RESOLVING, /* writer number taken; batches with unknown outcome are looked up */
    EVENTSTORE_READY,     /* batches are sent */
    EVENTSTORE_PAUSED,    /* the database refused for now; the retry timer goes on */
    EVENTSTORE_DIVERGED,  /* this is not the log that was read before: for good, see eventstore_failure */
};

/* A batch from eventstore_append to its answer. */
enum slot_state {
    SLOT_FREE,
    SLOT_QUEUED,    /* to be sent, or sent again: it is known not to be in the log */
    SLOT_SENT,      /* under (writer, seq) */
    SLOT_UNKNOWN,   /* sent under (writer, seq), the answer was lost */
    SLOT_FINDING,   /* as UNKNOWN, being looked up */
    SLOT_ABANDONED, /* answered at its deadline; kept until its group has come back */
};

struct slot {
    enum slot_state state;
    struct eventstore *store;
    struct list_node node; /* in `order` unless FREE or ABANDONED */
    int64_t writer, seq;
    bool orphan; /* SENT behind one that is sent again: it will come back, and nothing may overtake it */
    struct append_batch batch;
    append_done done;
    void *ctx;
    struct loop_timer deadline;
};

struct eventstore {
    uint32_t magic;
    struct loop *loop;
    enum eventstore_state state;
    char node[64];
    uint32_t in_flight_max;
    uint32_t append_deadline_ms;
    struct pg *appender;
    struct pg *readers[EVENTSTORE_READERS_MAX];
    uint32_t reader_count, next_reader;
    struct loop_timer retry; /* runs in PAUSED */

    bool opened; /* epoch is known */
    struct uuid epoch;
    int64_t writer;      /* 0: none yet */
    int64_t sent_seq;    /* previous of the next batch */
    int64_t settled_seq; /* the writer's last batch that is in the log */
    int64_t next_seq;
    uint64_t head;
    uint64_t chain_at; /* position that `chain` is of */
    struct hash chain;
    uint64_t proof_at; /* the newest position of which the chain was seen; 0: none */
    struct hash proof;
    bool taking_asks; /* the chain was asked for with take_writer; this is what it must be */
    struct hash taking_proof;
    uint64_t taking_head; /* head when take_writer was sent: the log cannot end before it */

    struct list_node reads; /* under way: struct read, see eventstore_read.c */
    struct slot slots[EVENTSTORE_IN_FLIGHT_MAX];
    struct list_node order; /* struct slot, in the order given */

    foreign_events foreign; /* NULL: nobody follows */
    void *foreign_ctx;
    uint64_t known;        /* see eventstore_known_position */
    uint64_t known_wanted; /* it should get here */
    uint64_t known_asked;  /* as it was when the page was asked for */
    bool following;        /* a page is being read */
    struct loop_timer follow_retry;

    struct {                      /* eventstore_hint.c */
        struct pg *pg;            /* hears and tells */
        uint64_t head, projected; /* to be told */
        bool wanted, sending;     /* something is to be told; a hint is under way */
        uint64_t heard_ms;        /* when another node was heard last; 0: never */
        struct loop_timer pause, presence;
        hint_heard heard; /* NULL: nobody */
        void *ctx;
    } hints;

    save_done save_done; /* of the snapshot under way; NULL: none is */
    void *save_ctx;

    struct evp_md_ctx_st *sha; /* of the batch being built; OpenSSL's EVP_MD_CTX */
    struct arena params;       /* of the call being built */
    struct arena results;      /* of the answer being told */
    char failure[240];
    char told[240]; /* the failure of an append that was logged last; "" after one that was appended */
    struct eventstore_counters counters;
};

/* eventstore.c */
void eventstore_set_state(struct eventstore *store, enum eventstore_state next);
/* Remembers words for eventstore_failure. */
__attribute__((format(printf, 2, 3))) void eventstore_fail(struct eventstore *store, const char *format, ...);
void eventstore_saw_position(struct eventstore *store, uint64_t position);
/* The database refused for now: goes on after a while, with what `state` was. */
void eventstore_pause(struct eventstore *store, uint32_t after_ms);

/* eventstore_append.c */
/* Sends what is queued, in order. Only in READY. */
void eventstore_send_queued(struct eventstore *store);
/* Answers and frees a slot whose events are in the log. */
void eventstore_settle_appended(struct slot *slot, uint64_t first, uint64_t last, int64_t recorded_at_us);
/* Frees a slot; its answer was given. */
void eventstore_free_slot(struct slot *slot);

/* eventstore_batch.c */
/* Writes the slot's batch as parameters, into params->arena; previous_seq is of the batch sent before it. */
void eventstore_build(struct eventstore *store, const struct slot *slot, int64_t previous_seq,
                      struct pg_params *params);

/* eventstore_read.c */
/* A connection for a short read; whoever is connected stands in for one that is not. */
struct pg *eventstore_pick_reader(struct eventstore *store, bool log_page);
/* Lets go of the reads in flight: nobody will be told. */
void eventstore_free_reads(struct eventstore *store);

/* eventstore.c: remembers the chain of the batch that ends at `position`. */
void eventstore_saw_chain(struct eventstore *store, uint64_t position, struct slice chain);

/* eventstore_proof.c */
void eventstore_keep_proof(struct eventstore *store, uint64_t position, struct slice chain);
/* Looks whether this is still the log of before, by connecting anew: eventstore_resolve.c compares. */
void eventstore_doubt(struct eventstore *store);
/* The question for the chain at `position`, and whether its answer is what was seen before. */
struct pg_call eventstore_chain_call(uint64_t position, struct pg_params *params);
bool eventstore_proof_holds(const struct hash *proof, const PGresult *result);

/* eventstore_resolve.c */
/* Takes a new writer number, finds what is unknown, then READY. Only when connected. */
void eventstore_take_writer(struct eventstore *store);

/* eventstore_follow.c */
/* Events of others may be in the log up to `position`. */
void eventstore_follow_to(struct eventstore *store, uint64_t position);
/* This node's batch ends at `last`; events behind `since` up to there are all its own. */
void eventstore_follow_own(struct eventstore *store, uint64_t since, uint64_t last);
void eventstore_follow_retry(void *ctx);

/* eventstore_hint.c */
/* Connects in the background, with the settings of `like`; false with words. */
bool eventstore_hints_open(struct eventstore *store, const struct pg_config *like, char ret_failure[200]);
void eventstore_hints_close(struct eventstore *store); /* also when not opened */
/* This node has appended up to `position`: other nodes hear of it soon. */
void eventstore_hint_appended(struct eventstore *store, uint64_t position);

/* eventstore_stream.c */
/* The bytes of a stream's key in the store; borrows from `ref`. */
struct slice stream_key(const struct stream_ref *ref);
/* The reverse; false for a kind or key that the schema does not have. */
bool stream_parse(int16_t kind, struct slice key, struct stream_ref *ret_ref);

#endif
