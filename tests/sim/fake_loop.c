/* fake_loop: loop.h without libev. The clock is the world's; timers run when the world says so; the stages of
 * the end of a turn are those of loop.h, in the same order.
 *
 * A turn is: some callbacks (timers, answers of databases, messages), then the stages. The world may put
 * several callbacks into one turn, as libev does when several descriptors are ready. Time does not pass
 * within a turn. */
#include "world.h"
#include <stdlib.h>

struct loop {
    struct loop_timer *timers[256]; /* that run, in the order they were started */
    uint32_t timer_count;
    struct {
        void (*function)(void *ctx);
        void *ctx;
    } stages[LOOP_STAGE_COUNT];
    bool dirty;
};

struct loop *loop_new(void)
{
    return calloc(1, sizeof(struct loop));
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    hold(loop->timer_count == 0, "a loop is freed while %u timers run on it", loop->timer_count);
    free(loop);
}

void loop_at_stage(struct loop *loop, enum loop_stage stage, void (*function)(void *ctx), void *ctx)
{
    loop->stages[stage].function = function;
    loop->stages[stage].ctx = ctx;
}

void loop_again(struct loop *loop)
{
    loop->dirty = true;
}

struct ev_loop *loop_ev(struct loop *loop)
{
    (void)loop;
    check(!"nobody who is simulated touches libev");
}

int64_t loop_now_ms(struct loop *loop)
{
    (void)loop;
    return world.wall_ms;
}

uint64_t loop_mono_ms(struct loop *loop)
{
    (void)loop;
    return world.mono_ms;
}

uint64_t loop_mono_us(void)
{
    return world.mono_ms * 1000;
}

/* ---- timers: the due time lives in the ev_timer that nobody else uses ---- */

void loop_timer_init(struct loop_timer *timer, struct loop *loop, void (*function)(void *ctx), void *ctx)
{
    *timer = (struct loop_timer){.loop = loop, .function = function, .ctx = ctx};
}

void loop_timer_stop(struct loop_timer *timer)
{
    struct loop *loop = timer->loop;
    for (uint32_t i = 0; loop != NULL && i < loop->timer_count; i++) {
        if (loop->timers[i] != timer)
            continue;
        loop->timer_count--;
        for (uint32_t k = i; k < loop->timer_count; k++)
            loop->timers[k] = loop->timers[k + 1];
        return;
    }
}

void loop_timer_start(struct loop_timer *timer, uint64_t after_ms)
{
    struct loop *loop = timer->loop;
    loop_timer_stop(timer);
    check(loop->timer_count < sizeof loop->timers / sizeof *loop->timers);
    timer->timer.repeat = (double)(world.mono_ms + after_ms);
    loop->timers[loop->timer_count++] = timer;
}

bool loop_timer_running(const struct loop_timer *timer)
{
    for (uint32_t i = 0; timer->loop != NULL && i < timer->loop->timer_count; i++)
        if (timer->loop->timers[i] == timer)
            return true;
    return false;
}

static uint64_t due_ms(const struct loop_timer *timer)
{
    return (uint64_t)timer->timer.repeat;
}

uint64_t loop_next_ms(const struct loop *loop)
{
    uint64_t next = UINT64_MAX;
    for (uint32_t i = 0; i < loop->timer_count; i++)
        if (due_ms(loop->timers[i]) < next)
            next = due_ms(loop->timers[i]);
    return next;
}

bool loop_fire(struct loop *loop)
{
    uint64_t next = loop_next_ms(loop);
    if (next > world.mono_ms)
        return false;
    for (uint32_t i = 0; i < loop->timer_count; i++) {
        struct loop_timer *timer = loop->timers[i];
        if (due_ms(timer) != next)
            continue;
        loop_timer_stop(timer);
        loop->dirty = true;
        timer->function(timer->ctx);
        return true;
    }
    return false;
}

/* ---- turns ---- */

bool loop_dirty(const struct loop *loop)
{
    return loop->dirty;
}

void loop_touch(struct loop *loop)
{
    loop->dirty = true;
}

void loop_end_turn(struct loop *loop)
{
    loop->dirty = false;
    for (int stage = 0; stage < LOOP_STAGE_COUNT; stage++)
        if (loop->stages[stage].function != NULL)
            loop->stages[stage].function(loop->stages[stage].ctx);
}
