/* world: what a simulated run consists of, and how its parts reach each other.
 *
 * One run at a time, in one global, which run_open fills and run_close empties: the fakes are called by the
 * real server code and have no other way to find the run. Everything that happens is one step of one thread,
 * chosen by one random number generator; nothing reads a real clock. So a seed is a run. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/list.h"
#include "base/map.h"
#include "gen/c/schema.h"
#include "loop/loop.h"
#include "request/secrets.h"

#define NODES_MAX 2
#define CLIENTS_MAX 6
#define PLAYERS 3

struct pg;
struct session;
struct node;
struct client;
struct op;

/* How hostile a run is: of ten thousand steps so many try this. 0 everywhere: nothing goes wrong by itself.
 */
struct faults {
    uint32_t cut_store, cut_views; /* a connection to a database is lost */
    uint32_t crash_store;          /* the event store goes down and comes back: what was committed is there */
    uint32_t restore;              /* ...as of earlier, as another epoch; every node starts anew */
    uint32_t views_go_back;        /* the projections database crashes and comes back as of its last fsync */
    uint32_t drop_views;           /* it is dropped, and made anew */
    uint32_t rebuild_views;        /* new tables are put in the place of some, or all */
    uint32_t kill_node;
    uint32_t cut_client, stall_client;
    uint32_t refuse; /* percent: an SQL error instead of an execution */
    uint32_t jump;   /* percent: time passes although there is work */
};

struct world {
    uint64_t seed, random;
    uint64_t step; /* so far */
    uint64_t mono_ms;
    int64_t wall_ms;
    uint32_t node_count, client_count, batches_in_flight;
    struct faults faults;
    bool calm;          /* no new commands, no faults: the run comes to rest */
    bool scripted;      /* what a script sends is sent as it is */
    struct arena arena; /* lives as long as the run: what databases and clients hold */
    struct secrets secrets;
    struct node *nodes[NODES_MAX];
    struct client *clients[CLIENTS_MAX];
    struct list_node connections; /* struct pg */
    struct list_node backends;    /* sessions of the databases whose client is gone */
};
extern struct world world;

/* ---- randomness, trace (world.c) ---- */
uint64_t random_u64(void);
uint32_t random_below(uint32_t bound); /* 0 for bound 0 */
bool chance(uint32_t percent);

/* One line of what happened; kept in a ring, printed when a check fails, or at once with --trace. */
void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
void trace_print(void);
/* Shows lines as they come. */
void trace_live(bool live);
/* For scripted tests: the lines since the last trace_clear, joined by newlines; static memory. */
const char *trace_text(void);
void trace_clear(void);

/* The run broke a promise: prints the seed, the trace and the reason, then aborts. */
__attribute__((noreturn, format(printf, 1, 2))) void broken(const char *format, ...);
#define hold(expression, ...)                                                                                \
    do {                                                                                                     \
        if (!(expression))                                                                                   \
            broken(__VA_ARGS__);                                                                             \
    } while (0)

/* A copy that lives as long as the run. */
void *keep(const void *data, size_t size);
struct slice keep_slice(struct slice slice);
/* Short names for traces; static memory, four at a time. */
const char *name_of_id(struct uuid id);

/* ---- fake_loop.c ---- */
/* Whether a turn has begun on this loop that has not ended, or one more was asked for. */
bool loop_dirty(const struct loop *loop);
void loop_touch(struct loop *loop);
void loop_end_turn(struct loop *loop);
/* The time of the next timer; UINT64_MAX for none. */
uint64_t loop_next_ms(const struct loop *loop);
/* Runs the first timer that is due; false: none is. */
bool loop_fire(struct loop *loop);

#endif
