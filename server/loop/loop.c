/* loop: one libev loop for everything - libwebsockets (foreign loop), libpq and libcurl are guests on it.
 *
 * A turn: libev calls what became ready (messages are read, results parsed, timers run); then, before the
 * loop would sleep, a prepare watcher runs the stages below, in this order and each for this reason:
 *
 *   REQUESTS  resumes what waits on this turn's results, so that it can still join this turn's batch
 *   APPEND    sends the open batch: everything that was decided in this turn shares one commit
 *   PROJECT   hands committed events to the projections: after APPEND, as an append is what clients wait for
 *   SOCKET    lets waiting upgrades in, asks for WRITEABLE once per session that has something queued, now
 *             that all of it is queued
 *   FREE      last, as everything above may still hold what ended in this turn
 *
 * A stage that leaves work behind calls loop_again(): an idle watcher keeps the loop from sleeping for one
 * turn.
 *
 * When you add a stage: add it to the enum in loop.h at its place, say its reason here. */
#include "loop/loop.h"
#include "base/check.h"
#include "loop/ready.h"
#include <stdlib.h>
#include <time.h>

struct loop {
    struct ev_loop *ev;
    ev_check woken;
    ev_prepare prepare;
    ev_idle again; /* started: do not sleep before the next turn */
    struct {
        void (*function)(void *ctx);
        void *ctx;
    } stages[LOOP_STAGE_COUNT];
    uint64_t turn_began_us;
    struct loop_counters counters;
};

uint64_t loop_mono_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void begin_turn(struct ev_loop *ev, ev_check *woken, int events)
{
    (void)ev, (void)events;
    ((struct loop *)woken->data)->turn_began_us = loop_mono_us();
}

static void count_turn(struct loop *loop)
{
    if (loop->turn_began_us == 0)
        return; /* before the first */
    uint64_t us = loop_mono_us() - loop->turn_began_us;
    int bucket = 0;
    while (bucket < LOOP_TURN_BUCKETS - 1 && us >= (64ull << bucket))
        bucket++;
    loop->counters.turns[bucket]++;
    loop->counters.turns_us += us;
    if (us > loop->counters.longest_us)
        loop->counters.longest_us = us;
}

static void end_of_turn(struct ev_loop *ev, ev_prepare *prepare, int events)
{
    (void)events;
    struct loop *loop = prepare->data;
    ev_idle_stop(ev, &loop->again);
    for (int stage = 0; stage < LOOP_STAGE_COUNT; stage++)
        if (loop->stages[stage].function != NULL)
            loop->stages[stage].function(loop->stages[stage].ctx);
    count_turn(loop);
}

static void idle(struct ev_loop *ev, ev_idle *again, int events)
{
    (void)ev, (void)again, (void)events;
}

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL)
        return NULL;
    loop->ev = ready_init() ? ev_loop_new(EVFLAG_NOENV) : NULL;
    if (loop->ev == NULL) {
        free(loop);
        return NULL;
    }
    ev_prepare_init(&loop->prepare, end_of_turn);
    loop->prepare.data = loop;
    ev_set_priority(&loop->prepare, EV_MINPRI); /* after the guests' own prepare watchers */
    ev_prepare_start(loop->ev, &loop->prepare);
    ev_unref(loop->ev);
    ev_check_init(&loop->woken, begin_turn);
    loop->woken.data = loop;
    ev_set_priority(&loop->woken, EV_MAXPRI); /* before whatever became ready */
    ev_check_start(loop->ev, &loop->woken);
    ev_unref(loop->ev);
    ev_idle_init(&loop->again, idle);
    return loop;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    ev_ref(loop->ev);
    ev_prepare_stop(loop->ev, &loop->prepare);
    ev_ref(loop->ev);
    ev_check_stop(loop->ev, &loop->woken);
    ev_idle_stop(loop->ev, &loop->again);
    ev_loop_destroy(loop->ev);
    free(loop);
}

void loop_run(struct loop *loop)
{
    ev_run(loop->ev, 0);
}

void loop_stop(struct loop *loop)
{
    ev_break(loop->ev, EVBREAK_ALL);
}

void loop_at_stage(struct loop *loop, enum loop_stage stage, void (*function)(void *ctx), void *ctx)
{
    check(stage < LOOP_STAGE_COUNT);
    check(function == NULL || loop->stages[stage].function == NULL);
    loop->stages[stage].function = function;
    loop->stages[stage].ctx = ctx;
}

void loop_again(struct loop *loop)
{
    ev_idle_start(loop->ev, &loop->again);
}

const struct loop_counters *loop_counters(const struct loop *loop)
{
    return &loop->counters;
}

struct ev_loop *loop_ev(struct loop *loop)
{
    return loop->ev;
}

int64_t loop_now_ms(struct loop *loop)
{
    return (int64_t)(ev_now(loop->ev) * 1000.0);
}

uint64_t loop_mono_ms(struct loop *loop)
{
    uint64_t us = loop->turn_began_us == 0 ? loop_mono_us() : loop->turn_began_us; /* before the first: now */
    return us / 1000;
}

static void timer_fired(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev, (void)events;
    struct loop_timer *owner = timer->data;
    owner->function(owner->ctx);
}

void loop_timer_init(struct loop_timer *timer, struct loop *loop, void (*function)(void *ctx), void *ctx)
{
    *timer = (struct loop_timer){.loop = loop, .function = function, .ctx = ctx};
    ev_timer_init(&timer->timer, timer_fired, 0., 0.);
    timer->timer.data = timer;
}

void loop_timer_start(struct loop_timer *timer, uint64_t after_ms)
{
    ev_timer_stop(timer->loop->ev, &timer->timer);
    ev_now_update(timer->loop->ev);
    ev_timer_set(&timer->timer, (double)after_ms / 1000.0, 0.);
    ev_timer_start(timer->loop->ev, &timer->timer);
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (timer->loop != NULL)
        ev_timer_stop(timer->loop->ev, &timer->timer);
}

bool loop_timer_running(const struct loop_timer *timer)
{
    return ev_is_active(&timer->timer);
}
