/* process_store: cursors and timers of the processes, in the event store's database, on a connection of its
 * own that holds the lock which makes this node the one that works. Nothing blocks; callbacks run once, never
 * before the function has returned, and not any more after process_store_close. */
#ifndef PROCESS_PROCESS_STORE_H
#define PROCESS_PROCESS_STORE_H

#include "process/process.h"

struct process_store;

/* True: this node leads now. False: no more, whoever does may have begun. */
typedef void (*process_on_lead)(void *ctx, bool leads);

/* NULL: `ret_failure` in words. */
struct process_store *process_store_open(struct loop *loop, const char *dsn, process_on_lead on_lead,
                                         void *ctx, char ret_failure[200]);
void process_store_close(struct process_store *store); /* accepts NULL */

struct process_timer {
    struct uuid instance;
    int16_t step;
    int64_t due_at_us;
    int32_t attempts;
};
struct process_look {
    uint64_t position, head;
    struct process_timer timers[PROCESS_DUE_MAX]; /* due, the oldest first */
    uint32_t count;
};

/* One call under way; the caller's memory until it is answered. */
struct process_call {
    struct process_store *store;
    void (*looked)(void *ctx, enum err err, const struct process_look *look);
    void (*moved)(void *ctx, enum err err, bool moved);
    void *ctx;
};
/* Follows a process from the log's beginning, if it was never followed. No answer. */
void process_store_begin(struct process_store *store, const char *process);
/* ERR_NOT_FOUND: it was never followed. `look` is borrowed for the call. */
void process_store_look(struct process_store *store, const char *process, struct process_call *call);
/* Applies a page's changes and moves the cursor, both or neither; `moved` false: the cursor was elsewhere. */
void process_store_move(struct process_store *store, const char *process, uint64_t from, uint64_t to,
                        const struct process_changes *changes, struct process_call *call);
/* Sets timers that no event leaves, due at once; ERR_OK: they are on the disk. One at
 * a time. */
void process_store_ask(struct process_store *store, const char *process, int16_t step,
                       const struct uuid *instances, uint32_t count, void (*done)(void *ctx, enum err err),
                       void *ctx);
/* These have no answer: what is lost comes again. They act before any later look. */
void process_store_forget(struct process_store *store, const char *process,
                          const struct process_timer *timer);
void process_store_defer(struct process_store *store, const char *process, const struct process_timer *timer,
                         uint32_t after_ms);

#endif
