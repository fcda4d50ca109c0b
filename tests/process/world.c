/* world: see world.h. The loop, the clock and the ops; the store is in world_store.c. */
#include "world.h"
#include "base/log.h"
#include <stdlib.h>
#include <string.h>

struct world world;

static uint64_t next_random(void)
{
    world.random += 0x9e3779b97f4a7c15u; /* splitmix64 */
    uint64_t z = world.random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t world_below(uint32_t bound)
{
    return (uint32_t)(next_random() % bound);
}

/* ---- the loop: a struct loop is a node ---- */

static struct node *node_of(const struct loop *loop)
{
    return (struct node *)loop;
}

int64_t loop_now_ms(struct loop *loop)
{
    (void)loop;
    return world.now_us / 1000;
}

uint64_t loop_mono_ms(struct loop *loop)
{
    (void)loop;
    return (uint64_t)world.now_us / 1000;
}

void loop_timer_init(struct loop_timer *timer, struct loop *loop, void (*function)(void *ctx), void *ctx)
{
    *timer = (struct loop_timer){.loop = loop, .function = function, .ctx = ctx};
}

void loop_timer_stop(struct loop_timer *timer)
{
    struct node *node = node_of(timer->loop);
    for (uint32_t i = 0; i < node->timer_count; i++)
        if (node->timers[i] == timer)
            node->timers[i--] = node->timers[--node->timer_count];
}

void loop_timer_start(struct loop_timer *timer, uint64_t after_ms)
{
    struct node *node = node_of(timer->loop);
    loop_timer_stop(timer);
    check(node->timer_count < sizeof node->timers / sizeof *node->timers);
    timer->timer.repeat = (double)(world.now_us + (int64_t)after_ms * 1000);
    node->timers[node->timer_count++] = timer;
}

bool loop_timer_running(const struct loop_timer *timer)
{
    struct node *node = node_of(timer->loop);
    for (uint32_t i = 0; i < node->timer_count; i++)
        if (node->timers[i] == timer)
            return true;
    return false;
}

static struct loop_timer *next_timer(void)
{
    struct loop_timer *next = NULL;
    for (int n = 0; n < NODES; n++)
        for (uint32_t i = 0; i < world.nodes[n].timer_count; i++) {
            struct loop_timer *timer = world.nodes[n].timers[i];
            if (next == NULL || timer->timer.repeat < next->timer.repeat)
                next = timer;
        }
    return next;
}

/* ---- the log ---- */

void world_append(struct stream_ref stream, uint16_t type, struct slice data, struct uuid command_id)
{
    struct logged *logged = calloc(1, sizeof *logged);
    check(logged != NULL && world.event_count < EVENTS_MAX && data.size <= sizeof logged->data);
    uint32_t version = 1;
    for (uint32_t i = 0; i < world.event_count; i++)
        version += stream_number(world.events[i]->stored.stream) == stream_number(stream);
    memcpy(logged->data, data.data, data.size);
    logged->stored = (struct stored_event){.position = world.event_count + 1,
                                           .stream = stream,
                                           .version = version,
                                           .type = type,
                                           .schema_version = 1,
                                           .recorded_at_us = world.now_us,
                                           .first_of_command = !uuid_is_nil(command_id),
                                           .command_id = command_id,
                                           .data = slice_of(logged->data, data.size)};
    world.events[world.event_count++] = logged;
}

bool world_knows(struct uuid command_id)
{
    for (uint32_t i = 0; i < world.event_count; i++)
        if (uuid_equal(world.events[i]->stored.command_id, command_id))
            return true;
    return false;
}

enum error_code world_command(const struct command *command, struct uuid id)
{
    struct op op = {.command = *command, .id = id};
    return world_knows(id) ? ERROR_NONE : world.decide(&op);
}

/* ---- ops ---- */

struct op *world_op(int node, void (*apply)(struct op *op), void (*answer)(struct op *op))
{
    check(world.op_count < OPS_MAX);
    struct op *op = &world.ops[world.op_count++];
    *op = (struct op){.node = node, .life = world.nodes[node].life, .apply = apply, .answer = answer};
    return op;
}

static void remove_op(uint32_t index)
{
    memmove(&world.ops[index], &world.ops[index + 1], (world.op_count - index - 1) * sizeof *world.ops);
    world.op_count--;
}

/* The effect, or the answer. */
static void step_op(uint32_t index)
{
    struct op *op = &world.ops[index];
    if (op->on_store) /* the first of its connection goes first */
        for (uint32_t i = 0; i < index; i++)
            if (world.ops[i].on_store && world.ops[i].node == op->node && world.ops[i].life == op->life) {
                index = i;
                op = &world.ops[i];
                break;
            }
    if (!op->applied && op->apply != NULL) {
        op->applied = true;
        op->apply(op);
        return;
    }
    struct op done = *op;
    remove_op(index);
    if (done.answer != NULL && done.life == world.nodes[done.node].life)
        done.answer(&done);
}

/* ---- nodes ---- */

static void on_ran(struct op *op)
{
    process_ran done = (process_ran)op->done;
    done(op->ctx, op->error, NULL, 1);
}

/* Sometimes the store is away: then it may have taken the command all the same. */
static void apply_command(struct op *op)
{
    bool away = world.storm > 0 && world_below(world.storm) == 0;
    if (away && world_below(2) == 0) {
        op->error = ERROR_STORE_UNAVAILABLE;
        return;
    }
    op->error = world_knows(op->id) ? ERROR_NONE : world.decide(op);
    if (away)
        op->error = ERROR_STORE_UNAVAILABLE;
}

static enum err run_command(void *ctx, const struct command *command, struct uuid command_id,
                            struct uuid actor, struct uuid cause, process_ran done, void *job)
{
    (void)actor, (void)cause;
    if (world.storm > 0 && world_below(world.storm) == 0)
        return ERR_FULL;
    struct op *op = world_op((int)((struct node *)ctx - world.nodes), apply_command, on_ran);
    op->command = *command;
    op->id = command_id;
    op->done = (void *)done;
    op->ctx = job;
    return ERR_OK;
}

static void start(int number)
{
    struct node *node = &world.nodes[number];
    const struct process *process = world.make(number);
    char failure[200];
    struct processes_config config = {.dsn = "", .tick_ms = 2000, .run = run_command, .run_ctx = node};
    node->up = true;
    node->life++;
    node->processes =
        processes_open((struct loop *)node, &config, (struct eventstore *)node, &process, 1, failure);
    check(node->processes != NULL);
}

void world_kill(int number, bool applies)
{
    struct node *node = &world.nodes[number];
    node->up = false;
    world_cut(number);
    processes_close(node->processes);
    node->life++;
    check(node->timer_count == 0);
    for (uint32_t i = world.op_count; i-- > 0;)
        if (world.ops[i].node == number && (world.ops[i].applied || !applies))
            remove_op(i);
    world.faults++;
    start(number);
}

void world_begin(uint64_t seed)
{
    log_set_level(LOG_ERROR);
    world.random = seed;
    world.now_us = INT64_C(1767225600000000);
    world.leader = -1;
    for (int i = 0; i < NODES; i++)
        start(i);
}

void world_end(void)
{
    for (int i = 0; i < NODES; i++)
        processes_close(world.nodes[i].processes);
    for (uint32_t i = 0; i < world.event_count; i++)
        free(world.events[i]);
    memset(&world, 0, sizeof world);
}

bool world_tables_empty(void)
{
    return world.tables.timer_count == 0;
}

/* ---- running ---- */

static void maybe_fault(void)
{
    if (world.kill_at != 0 && ++world.steps == world.kill_at && world.leader >= 0)
        world_kill(world.leader, world.kill_applies);
    if (world.storm == 0 || world_below(world.storm) != 0)
        return;
    switch (world_below(6)) {
    case 0:
    case 1:
        world_kill((int)world_below(NODES), world_below(2) == 0);
        return;
    case 2:
        world_cut((int)world_below(NODES));
        return;
    case 3:
        world_crash();
        return;
    case 4:
        world_usurp();
        return;
    default:
        world.old_tables = world.tables; /* this much is on the disk */
        return;
    }
}

void world_run(uint64_t ms)
{
    int64_t until_us = world.now_us + (int64_t)ms * 1000;
    for (;;) {
        maybe_fault();
        if (world.op_count > 0) {
            step_op(world_below(world.op_count));
        } else {
            struct loop_timer *timer = next_timer();
            if (timer == NULL || timer->timer.repeat > (double)until_us)
                break;
            if (timer->timer.repeat > (double)world.now_us)
                world.now_us = (int64_t)timer->timer.repeat;
            loop_timer_stop(timer);
            timer->function(timer->ctx);
        }
        if (world.check_always != NULL)
            world.check_always();
    }
    world.now_us = until_us;
}

uint64_t world_kill_everywhere(void (*play)(void *ctx, uint64_t at), void *ctx)
{
    uint64_t kills = 0;
    for (int applies = 0; applies <= 1; applies++)
        for (uint64_t at = 1;; at++) {
            world.kill_at = at;
            world.kill_applies = applies;
            play(ctx, at);
            bool past_the_end = world.steps < at;
            world_end();
            if (past_the_end)
                break;
            kills++;
        }
    return kills;
}
