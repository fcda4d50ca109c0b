/* loop: the one libev loop, its timers, and the ordered list of what happens at the end of a turn.
 *
 * Everything runs on one thread. A module that waits uses a loop_timer; only pg, socket, auth/http and
 * serve.c touch libev itself, through loop_ev(). Callbacks never run before the function that installed them
 * has returned. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <ev.h>
#include "base/err.h"

struct loop;

/* The end of a turn, in this order; the reasons stand beside the list in loop.c. */
enum loop_stage {
    LOOP_STAGE_REQUESTS, /* resume requests whose wait is over */
    LOOP_STAGE_APPEND,   /* send the open batch */
    LOOP_STAGE_PROJECT,  /* send what was committed to the projections */
    LOOP_STAGE_SOCKET,   /* ask for WRITEABLE where something is queued */
    LOOP_STAGE_FREE,     /* free what ended in this turn */
    LOOP_STAGE_COUNT,
};

/* NULL when libev gives no loop. The caller frees it after everything that lives on it. */
struct loop *loop_new(void);
void loop_free(struct loop *loop); /* accepts NULL */

/* Runs until loop_stop; returns then. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Installs the function of one stage; one per stage; `ctx` is the caller's. Called once at the end of every
 * turn, before the loop sleeps. */
void loop_at_stage(struct loop *loop, enum loop_stage stage, void (*function)(void *ctx), void *ctx);
/* Makes sure that one more turn runs at once (work was left for a stage). */
void loop_again(struct loop *loop);

/* How long turns took, from the first callback to the last stage: while one runs, everybody waits. */
#define LOOP_TURN_BUCKETS 16 /* bucket i: below 2^i * 64 microseconds */
struct loop_counters {
    uint64_t turns[LOOP_TURN_BUCKETS];
    uint64_t turns_us, longest_us; /* of all, of the longest so far */
};
const struct loop_counters *loop_counters(const struct loop *loop);

struct ev_loop *loop_ev(struct loop *loop);
/* The wall clock in unix milliseconds and microseconds, and a clock that never jumps in milliseconds; read
 * once a turn. */
int64_t loop_now_ms(struct loop *loop);
uint64_t loop_mono_ms(struct loop *loop);
/* The latter in microseconds and read now, for what is shorter than a turn. */
uint64_t loop_mono_us(void);

/* A one-shot timer, embedded in its owner. */
struct loop_timer {
    ev_timer timer;
    struct loop *loop;
    void (*function)(void *ctx);
    void *ctx;
};
void loop_timer_init(struct loop_timer *timer, struct loop *loop, void (*function)(void *ctx), void *ctx);
/* (Re)starts: runs `function` once after `after_ms`. */
void loop_timer_start(struct loop_timer *timer, uint64_t after_ms);
void loop_timer_stop(struct loop_timer *timer); /* also when not started */
bool loop_timer_running(const struct loop_timer *timer);

#endif
