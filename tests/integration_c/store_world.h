/* store_world: a real event store for the tests in this folder - migrated, with the loop to drive it and a
 * blocking connection to look behind the scenes. From EVENT_STORE_OWNER_DSN and EVENT_STORE_DSN; tests skip
 * without them. The log may hold anything already: tests use streams of their own. */
#ifndef TESTS_STORE_WORLD_H
#define TESTS_STORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libpq-fe.h>
#include "eventstore/eventstore_internal.h"

extern const char *world_owner_dsn, *world_server_dsn;
extern struct loop *world_loop;
extern PGconn *world_sql; /* as the server's role */

/* Exits with 77 when the environment does not name a store; applies the migrations. */
void world_begin(void);
void world_end(void);

/* Runs the loop until `reached` holds; fails the test after 20 s. */
void world_until(bool (*reached)(void *ctx), void *ctx, const char *what);
/* Runs one statement and returns its first value as text (static memory), "" for none; fails the test on an
 * error. */
const char *world_value(PGconn *connection, const char *sql);
/* Runs one statement and returns its SQLSTATE, "" when it succeeded. */
const char *world_sqlstate(PGconn *connection, const char *sql);
PGconn *world_connect(const char *dsn);

struct uuid world_uuid(void); /* random */
struct eventstore *world_store(const char *node, uint32_t deadline_ms, uint32_t in_flight);

/* One batch: filled with world_command and world_event, then appended; `result` is copied. */
struct world_batch {
    struct append_command commands[16];
    struct append_event events[64];
    struct append_stream streams[16];
    struct append_key keys[4];
    struct append_batch batch;
    bool answered;
    struct append_result result;
    struct uuid known[16];
    uint64_t changed[16];
};
struct stream_ref world_player(void); /* a new one */
void world_command(struct world_batch *batch, struct uuid id);
/* An event of the last command; the stream is listed with version - 1 when it was not yet. */
void world_event(struct world_batch *batch, struct stream_ref stream, uint32_t version);
/* A stream that is only read. */
void world_reads(struct world_batch *batch, struct stream_ref stream, uint32_t version);
void world_append(struct eventstore *store, struct world_batch *batch);
/* Waits for the answer and returns its outcome. */
enum append_outcome world_outcome(struct world_batch *batch);

/* One event, one command, one batch: appends it and demands this outcome. */
void world_append_one(struct eventstore *store, struct stream_ref stream, uint32_t version,
                      enum append_outcome expected);

/* A connection that holds the log's lock until it is ended with PQfinish. */
PGconn *world_hold_lock(void);
/* Whether exactly one backend waits for it. */
bool world_one_waits(void *ctx);
/* How many events have this command id, as text. */
const char *world_count_of(struct uuid id);

/* A copy of a page. */
struct world_page {
    bool answered, more;
    enum err err;
    uint32_t count;
    struct stored_event events[64]; /* data points into `bytes` */
    uint8_t bytes[64][64];
    uint8_t keys[64][32];
};
void world_on_page(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);
void world_page_wait(struct world_page *page);

#endif
