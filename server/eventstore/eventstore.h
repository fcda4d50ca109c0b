/* eventstore: PostgreSQL database 1 as an append-only log with one gapless order.
 *
 * Appends are batches, one transaction each, one message each; the store function takes the lock, checks,
 * writes. A connection lost during an append leaves the outcome unknown: the store then takes a new writer
 * number (which fences the old attempt), looks the command ids up, and either reports the append as done or
 * sends it again. The caller hears one answer. Reads run on other connections. */
#ifndef EVENTSTORE_EVENTSTORE_H
#define EVENTSTORE_EVENTSTORE_H

#include "base/err.h"
#include "base/sha256.h"
#include "base/slice.h"
#include "base/uuid.h"
#include "domain/domain.h"
#include "loop/loop.h"

struct eventstore;

struct eventstore_config {
    const char *dsn;
    const char *node;          /* this node's name; writers of one node fence each other */
    uint32_t read_connections; /* 1 to 8 */
    uint32_t statement_timeout_ms;
    uint32_t
        append_deadline_ms; /* an append not settled by then is answered with APPEND_AWAY (outcome unknown) */
    uint32_t in_flight_max; /* batches taken at once, 1 to 8; 0: 1 */
};

/* Connects in the background. NULL: bad configuration, in words. */
struct eventstore *eventstore_open(struct loop *loop, const struct eventstore_config *config,
                                   char ret_failure[200]);
/* Accepts NULL. Callbacks of what is in flight do not run any more. Not from inside a callback. */
void eventstore_close(struct eventstore *store);
/* True when appends and loads can be served: connected, writer number taken, epoch and head known. */
bool eventstore_ready(const struct eventstore *store);
/* The log is another one than this process began with (restored, failed over): what it remembers is of a log
 * that is gone, nothing is appended any more, and only another process can go on. eventstore_failure has the
 * words. */
bool eventstore_diverged(const struct eventstore *store);
struct uuid eventstore_epoch(const struct eventstore *store);
/* Last committed position this node knows of. */
uint64_t eventstore_head(const struct eventstore *store);
/* Why it is not ready, or what was wrong last, for the log and /readyz; "" when nothing was. */
const char *eventstore_failure(const struct eventstore *store);

/* The stream's number in the store: 63 bits of SHA-256(kind, key), so it needs no lookup; the append function
 * keeps (number, kind, key) in `streams` and refuses a collision by name. */
uint64_t stream_number(struct stream_ref ref);

/* ---- append ---- */
struct append_command {
    struct uuid command_id, causation_id, correlation_id,
        actor; /* causation, correlation nil: the command's own id */
    uint8_t digest[16];
    uint32_t event_count; /* its events follow one another in `events`, commands in order */
};
struct append_event {
    struct stream_ref stream;
    uint64_t number;  /* stream_number(stream): who holds the stream's state has it */
    uint32_t version; /* of this event in its stream, from 1 */
    uint16_t type, schema_version;
    struct slice data; /* msgpack, personal fields encrypted */
};
/* A stream the batch read or wrote, with the version its commands saw before this batch. */
struct append_stream {
    struct stream_ref stream;
    uint64_t number; /* stream_number(stream) */
    uint32_t expected_version;
};
/* A new personal key (32 bytes), stored with the batch. */
struct append_key {
    struct stream_ref stream;
    uint8_t key[32];
};
struct append_batch {
    const struct append_command *commands;
    uint32_t command_count;
    const struct append_event *events;
    uint32_t event_count;
    const struct append_stream *streams;
    uint32_t stream_count;
    const struct append_key *keys;
    uint32_t key_count;
    /* eventstore_known_position() when the first of its commands was decided. 0 is always right, and slower:
     * every stream is then looked up. */
    uint64_t read_position;
};
enum append_outcome {
    APPENDED,
    APPEND_REFUSED, /* nothing written; the guilty are named: ids already in the log, streams others wrote.
                       None named: a batch before it was refused (several in flight); what does not depend on
                       that one may be sent again as it is */
    APPEND_AWAY,    /* not settled within the deadline; may or may not be in the log */
};
struct append_result {
    enum append_outcome outcome;
    uint64_t first_position; /* of the batch's first event; the others follow */
    int64_t recorded_at_us;  /* unix microseconds */
    const struct uuid *known_commands;
    uint32_t known_command_count;
    const uint64_t *changed_streams; /* stream numbers whose head is not what the batch expected */
    uint32_t changed_stream_count;
};
/* True while no more batches are taken: in_flight_max are under way. */
bool eventstore_append_busy(const struct eventstore *store);
/* Appends; `batch` is copied, all that it points to is borrowed until `done` ran (exactly once, never before
 * this returns). Events must be of streams it lists, each stream's versions following its expected one;
 * anything else aborts. Not while busy. */
typedef void (*append_done)(void *ctx, const struct append_result *result);
void eventstore_append(struct eventstore *store, const struct append_batch *batch, append_done done,
                       void *ctx);

/* ---- other writers ---- */
struct stored_event;
/* Every event up to here that another writer wrote was told through eventstore_on_foreign (or was in the log
 * before this node's first read of it). */
uint64_t eventstore_known_position(const struct eventstore *store);
/* Installs who is told of events that may be another writer's: in position order, this node's own may be
 * among them. Whoever keeps states evolves or drops those with a lower version; a decision made on such a
 * state before must not join a batch opened after. Without it the known position never moves, and appends
 * stay right but slower once another writer has written. `events` are borrowed for the call. */
typedef void (*foreign_events)(void *ctx, const struct stored_event *events, uint32_t count);
void eventstore_on_foreign(struct eventstore *store, foreign_events told, void *ctx);

/* ---- hints between nodes: nothing depends on them ---- */
/* Installs who hears what other nodes say: their log has reached `head`, the projections `projected`. Not so
 * for sure: whoever hears it looks. NULL: nobody. */
typedef void (*hint_heard)(void *ctx, uint64_t head, uint64_t projected);
void eventstore_on_hint(struct eventstore *store, hint_heard heard, void *ctx);
/* This node's projections hold every event up to here: other nodes hear of it soon. */
void eventstore_hint_projected(struct eventstore *store, uint64_t position);

/* ---- read ---- */
struct stored_event {
    uint64_t position;
    struct stream_ref stream;
    uint32_t version;
    uint16_t type, schema_version;
    int64_t recorded_at_us;
    bool first_of_command;
    struct uuid command_id, causation_id, correlation_id, actor; /* nil unless first_of_command */
    uint8_t digest[16];
    struct slice data;
    struct slice personal_key; /* 32 bytes; absent: none or erased */
};
/* `events` are borrowed for the call. `more`: there are further events beyond this page. Exactly once per
 * call, never before the function returns. ERR_AWAY: the store cannot be reached, or lost the connection
 * meanwhile; ERR_FULL: too many reads in flight; ERR_NOMEM; ERR_INTEGRITY: versions or positions with a gap,
 * or a row that no writer of ours made. */
#define EVENTSTORE_PAGE_MAX 10000 /* events a page may ask for; ids of one eventstore_find_commands */
typedef void (*read_done)(void *ctx, enum err err, const struct stored_event *events, uint32_t count,
                          bool more);
/* Events of one stream with version > after_version, in order, at most `limit`. */
void eventstore_load(struct eventstore *store, struct stream_ref stream, uint32_t after_version,
                     uint32_t limit, read_done done, void *ctx);
/* Events with position > after, in order, at most `limit`. */
void eventstore_read(struct eventstore *store, uint64_t after, uint32_t limit, read_done done, void *ctx);
/* The events of these types with position > after and <= until, in order; at most EVENTSTORE_PAGE_MAX
 * positions. `until` must be in the log: what is not told is then of other types, and no gap. */
void eventstore_read_types(struct eventstore *store, uint64_t after, uint64_t until, const uint16_t *types,
                           uint32_t count, read_done done, void *ctx);
/* All events of the commands with these ids that are in the log, in position order. */
void eventstore_find_commands(struct eventstore *store, const struct uuid *ids, uint32_t count,
                              read_done done, void *ctx);

/* ---- is it still so? ---- */
struct stream_heads {
    const struct uuid *known; /* those of the ids that the log holds, in no order */
    uint32_t known_count;
    const uint32_t *versions; /* of each stream's last event, in the order asked; 0: none */
    uint32_t version_count;
};
/* `heads` is borrowed for the call, and NULL unless ERR_OK; the errors are those of read_done. */
typedef void (*heads_done)(void *ctx, enum err err, const struct stream_heads *heads);
/* Embedded in who asks, and left alone until `done` ran. */
struct heads_question {
    struct eventstore *store;
    heads_done done;
    void *ctx;
};
/* Which command ids are known and where streams (by stream_number) stand, as of one moment. */
void eventstore_heads(struct eventstore *store, struct heads_question *question, const struct uuid *ids,
                      uint32_t id_count, const uint64_t *streams, uint32_t stream_count, heads_done done,
                      void *ctx);

/* ---- is it still this log? ---- */
/* `chain` is borrowed for the call, and NULL unless ERR_OK. ERR_NOT_FOUND: the log ends before the position;
 * else the errors of read_done. */
typedef void (*chain_done)(void *ctx, enum err err, const struct hash *chain);
struct chain_question { /* as heads_question */
    struct eventstore *store;
    uint64_t position;
    chain_done done;
    void *ctx;
};
/* The chain of the batch that holds `position`: a log in which it is another one is another log. */
void eventstore_chain_of(struct eventstore *store, struct chain_question *question, uint64_t position,
                         chain_done done, void *ctx);
/* The same without asking, where this node knows it: at the end of its own last batch. */
bool eventstore_proof(const struct eventstore *store, uint64_t position, struct hash *ret_chain);

/* ---- snapshots: states beside the log, disposable ---- */
struct stored_snapshot {
    uint32_t version; /* of the stream's last event in it; the log holds that event */
    struct slice data;
    struct slice personal_key; /* as in struct stored_event */
};
/* As read_done; `snapshot` is NULL when there is none of this schema version, else the events are those
 * behind it. Both are borrowed for the call. */
typedef void (*load_done)(void *ctx, enum err err, const struct stored_snapshot *snapshot,
                          const struct stored_event *events, uint32_t count, bool more);
/* The stream's snapshot and the events behind it, at most `limit`, in one round trip. */
void eventstore_load_state(struct eventstore *store, struct stream_ref stream, int32_t snapshot_schema,
                           uint32_t limit, load_done done, void *ctx);
/* Keeps a snapshot of a committed state, on a read connection, without waiting for the disk. It is not kept
 * (`kept` false, nothing else happens) when the log does not hold that version, is of another epoch, or
 * cannot be reached, or when a newer one is there already. `data` is copied. One at a time: not before `done`
 * ran. */
typedef void (*save_done)(void *ctx, bool kept);
void eventstore_save_snapshot(struct eventstore *store, struct stream_ref stream, uint32_t version,
                              int32_t snapshot_schema, struct slice data, save_done done, void *ctx);

/* ---- erasure ---- */
/* Destroys the stream's personal key: its personal fields read `erased` from now on. ERR_OK: it is gone from
 * the disk, now or before; ERR_AWAY: nobody knows. Only when no event with such a field can follow. */
typedef void (*destroy_done)(void *ctx, enum err err);
void eventstore_destroy_key(struct eventstore *store, struct stream_ref stream, destroy_done done, void *ctx);

/* The last batch whose chain this node knows: the position it ends at and its chain. For logs outside the
 * database, which `gachapon verify --expect` takes. Position 0: none yet. */
uint64_t eventstore_chain(const struct eventstore *store, struct hash *ret_chain);

struct eventstore_counters {
    uint64_t batches, events, refused, lost, reconnects, loads, reads, snapshots, hints_sent, hints_heard;
    uint32_t in_flight;
};
const struct eventstore_counters *eventstore_counters(const struct eventstore *store);

#endif
