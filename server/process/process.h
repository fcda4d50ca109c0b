/* process: work that outlives the request that began it - process managers, event sourced like the rest.
 *
 * A process follows events and leaves timers ("do this about that instance, now or by then"); when one is
 * due, its state is folded from the instance's events and it says what to do: a command, something outside
 * the log, or nothing. At least once, on one node at a time, with the effect of once: see process.c.
 *
 * A new process is one `struct process`: a name, its event types, three pure functions and, if it reaches
 * outside, one that does (registration.c is the example). */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include "base/arena.h"
#include "eventstore/eventstore.h"

/* ---- what a process is made of ---- */

/* What the events of a page ask for; the last word on a timer counts. */
struct process_change {
    struct uuid instance;
    int16_t step;
    int64_t due_at_us; /* unix microseconds, of the event store's clock; 0: cancelled */
};
struct process_changes {
    struct process_change *items;
    uint32_t count, capacity;
    enum err failure;
};
/* `due_at_us` of event->recorded_at_us plus something: the clock that judges it is the same. */
void process_set(struct process_changes *changes, struct uuid instance, int16_t step, int64_t due_at_us);
void process_cancel(struct process_changes *changes, struct uuid instance, int16_t step);

/* What the last action came to. */
enum process_result {
    PROCESS_FRESH,     /* there was none: the timer is due */
    PROCESS_COMMITTED, /* the command took effect, now or before */
    PROCESS_REJECTED,  /* it was rejected for good: `rejection` */
    PROCESS_ANSWERED,  /* the outside answered: `answer`, `found` */
};

/* What act() decides on. */
struct process_view {
    struct uuid instance;
    int16_t step;
    int64_t due_at_us; /* as it was set, or put off to */
    const void *state; /* folded when the timer was due; what this timer did since is in `result` */
    int phase;         /* what the last action called itself; 0: fresh */
    enum process_result result;
    enum error_code rejection;
    int answer;
    struct uuid found; /* of the last answer that had one */
};

enum process_do {
    PROCESS_FORGET,  /* nothing is left to do: the timer goes */
    PROCESS_COMMAND, /* send `command`, then act again */
    PROCESS_TASK,    /* do `task` outside the log, then act again */
    PROCESS_RETRY,   /* come back later (back-off), with the state of then */
};
struct process_action {
    enum process_do what;
    struct command command;
    struct uuid command_id; /* derived from what the command is about (uuid_derived), the same at every try */
    struct uuid actor;      /* nil: nobody */
    struct uuid cause;      /* the client's command that all this follows from; nil: none */
    int task;
    int phase; /* told back in the next view */
};

struct process {
    const char *name;      /* stored: never changes */
    const uint16_t *types; /* of events that follow() is told of */
    uint32_t type_count;
    enum stream_kind kind; /* of an instance's stream, whose key is a uuid */
    size_t state_size;     /* zeroed before the first event */
    void *ctx;
    /* Pure. `scratch` is reset after the call. An error stops the process here: it is tried again. */
    enum err (*follow)(void *ctx, const struct stored_event *event, struct arena *scratch,
                       struct process_changes *changes);
    enum err (*evolve)(void *state, const struct stored_event *event, struct arena *scratch);
    void (*act)(void *ctx, const struct process_view *view, struct process_action *ret_action);
    /* Not pure, idempotent; process_answer(job, ...) once, not before it returns. NULL: there are no tasks.
     */
    void (*task)(void *ctx, const struct process_view *view, int task, void *job);
};
/* What came of a task; `found` nil: nothing new. */
void process_answer(void *job, int answer, struct uuid found);

/* ---- the runner ---- */

struct processes;

/* Sends a command of the server's own; what requests_run is. ERR_FULL: `done` does not run. */
typedef void (*process_ran)(void *job, enum error_code error, const char *detail, uint64_t position);
typedef enum err (*process_run)(void *ctx, const struct command *command, struct uuid command_id,
                                struct uuid actor, struct uuid cause, process_ran done, void *job);

struct processes_config {
    const char *dsn;  /* of the event store, in the server's role; copied */
    uint32_t tick_ms; /* between two looks */
    process_run run;
    void *run_ctx;
};

/* `list` and `store` are borrowed and outlive it. NULL: `ret_failure` in words. */
struct processes *processes_open(struct loop *loop, const struct processes_config *config,
                                 struct eventstore *store, const struct process *const *list, uint32_t count,
                                 char ret_failure[200]);
/* Only when nobody can answer its jobs any more: event store, walk and outside are closed. Accepts NULL. */
void processes_close(struct processes *processes);
/* Sets a timer of a process of the list that no event leaves: due at once, set anew if it is there. From any
 * node; whoever leads will work on it. Kept and sent again until the store has it on its disk: how many of
 * those there are, processes_asked() says. */
void processes_ask(struct processes *processes, const struct process *process, struct uuid instance,
                   int16_t step);
uint32_t processes_asked(const struct processes *processes);
/* Takes nothing new on: the server is going down. */
void processes_rest(struct processes *processes); /* accepts NULL */

struct process_status {
    const char *name;
    uint64_t position; /* followed up to here, and the log's head when it looked */
    uint64_t head;
    uint32_t due;           /* timers due when it looked, at most PROCESS_DUE_MAX are counted */
    uint64_t done, retries; /* timers finished, and tries that came to nothing */
    const char *failure;    /* why it does not follow, in words; "" while it does */
};
#define PROCESS_DUE_MAX 64
/* Whether this node is the one that works; the figures of one that does not are old. */
bool processes_lead(const struct processes *processes);
uint32_t processes_count(const struct processes *processes);
struct process_status processes_status(const struct processes *processes, uint32_t index);

#endif
