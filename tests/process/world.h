/* world: two nodes that run processes over one log and one table of timers, all in memory, on a clock of its
 * own; and everything that can happen to them.
 *
 * Whatever a node asks for - of the store, of the walk, of the outside - becomes an op: it takes effect in
 * one step and is answered in a later one, in an order that the seed decides. Between any two steps a node
 * can be killed (its ops are lost, or take effect behind its back, and nobody is told), lose its connection,
 * or the database go back to an earlier state of cursors and timers, as one does that did not wait for its
 * disk. */
#ifndef TESTS_PROCESS_WORLD_H
#define TESTS_PROCESS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/check.h"
#include "domain/state.h"
#include "process/process_store.h"

#define NODES 2
#define EVENTS_MAX 512
#define TIMERS_MAX 64
#define OPS_MAX 128
#define WORLD_PROCESSES 2

/* An op between what asks for it and its answer. */
struct op {
    int node, life; /* life: of the node when it asked; another by now: nobody hears the answer */
    bool on_store;  /* in order with the node's others of this kind, as on one connection */
    bool applied;
    void (*apply)(struct op *op);
    void (*answer)(struct op *op);
    enum error_code error;
    struct command command;
    struct uuid id, instance, found;
    struct stream_ref stream;
    uint64_t from, to;
    const char *process;
    const uint16_t *types;
    uint32_t type_count;
    struct process_change changes[64];
    uint32_t change_count;
    struct process_timer timer;
    uint64_t after_ms;
    struct process_call *call;
    bool moved;
    enum err err;
    int outcome;
    void *done, *ctx;
};

struct world_timer {
    char process[16];
    struct process_timer timer;
};
/* What goes back in a crash of the database. */
struct world_tables {
    struct world_timer timers[TIMERS_MAX];
    uint32_t timer_count;
    struct {
        char name[16];
        uint64_t position;
    } cursors[WORLD_PROCESSES];
    uint32_t cursor_count;
};

struct node {
    int life;
    bool up;
    struct processes *processes;
    struct loop_timer *timers[16];
    uint32_t timer_count;
    process_on_lead on_lead; /* its connection, while it has one */
    void *on_lead_ctx;
};

struct logged {
    struct stored_event stored;
    uint8_t data[600];
};

extern struct world {
    uint64_t random;
    int64_t now_us;
    uint64_t steps, kill_at; /* kill the leader at this step; 0: never */
    bool kill_applies;       /* what it had asked for takes effect */
    uint32_t storm;          /* one step in so many brings a fault; 0: none */
    int leader;              /* -1: nobody */
    struct node nodes[NODES];
    struct logged *events[EVENTS_MAX];
    uint32_t event_count;
    struct world_tables tables, old_tables;
    struct op ops[OPS_MAX];
    uint32_t op_count;
    /* of the test */
    const struct process *(*make)(int node);        /* the process as this node runs it */
    enum error_code (*decide)(const struct op *op); /* appends events, or says why not */
    void (*check_always)(void);
    uint64_t faults;
} world;

/* Two nodes that are up. `world.make`, `.decide` and `.check_always` are set before. */
void world_begin(uint64_t seed);
void world_end(void);
/* Plays a story once for every step it has, with the leading node killed there: what it had asked for is
 * lost, and in a second round takes effect behind it. `play` begins the world (`at`: the step, and a seed),
 * tells the story and looks at its end; the world is ended here. Returns how often it was killed. */
uint64_t world_kill_everywhere(void (*play)(void *ctx, uint64_t at), void *ctx);
/* Lets time pass. */
void world_run(uint64_t ms);
void world_kill(int node, bool applies);
uint32_t world_below(uint32_t bound);

/* Adds an event; the command id, if it has one, is known from then on. */
void world_append(struct stream_ref stream, uint16_t type, struct slice data, struct uuid command_id);
bool world_knows(struct uuid command_id);
/* An op of this node, to be filled. */
struct op *world_op(int node, void (*apply)(struct op *op), void (*answer)(struct op *op));
/* A command as a client sends it: takes effect at once, or not, by its id. */
enum error_code world_command(const struct command *command, struct uuid id);
bool world_tables_empty(void); /* no timer is left */

/* world_domain.c: the game's own rules, for `world.decide`, and the state of a stream. */
enum error_code world_decide(const struct op *op);
void world_load(struct state *state, struct stream_ref stream, struct arena *arena);

/* world_store.c */
void world_cut(int node);
void world_usurp(void); /* the lock is let go while its holder still believes in it: two lead */
void world_crash(void); /* the database: tables go back, connections go */

#endif
