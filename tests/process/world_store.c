/* world_store: what server/eventstore and process_store.c are in earnest, by the same rules: the cursor moves
 * by compare-and-set together with the timers of its page, a timer goes only as it was read, one connection
 * leads, ops of one connection keep their order. */
#include "world.h"
#include <stdio.h>
#include <string.h>

/* A struct process_store is a node too. */
static int number_of(const void *node)
{
    return (int)((const struct node *)node - world.nodes);
}

/* ---- leading ---- */

static void apply_lead(struct op *op)
{
    if (world.leader < 0)
        world.leader = op->node;
}

static void ask_lead(int node);

static void answer_lead(struct op *op)
{
    struct node *node = &world.nodes[op->node];
    if (world.leader == op->node)
        node->on_lead(node->on_lead_ctx, true);
    else
        ask_lead(op->node);
}

/* Asked again only when the lock is free: the world has no need of the waiting. */
static void ask_lead(int number)
{
    for (uint32_t i = 0; i < world.op_count; i++)
        if (world.ops[i].node == number && world.ops[i].life == world.nodes[number].life &&
            world.ops[i].answer == answer_lead)
            return;
    if (world.leader < 0 && world.nodes[number].up)
        world_op(number, apply_lead, answer_lead)->on_store = true;
}

struct process_store *process_store_open(struct loop *loop, const char *dsn, process_on_lead on_lead,
                                         void *ctx, char ret_failure[200])
{
    struct node *node = (struct node *)loop;
    (void)dsn, (void)ret_failure;
    node->on_lead = on_lead;
    node->on_lead_ctx = ctx;
    ask_lead(number_of(node));
    return (struct process_store *)node;
}

void process_store_close(struct process_store *store)
{
    (void)store;
}

/* The connection goes: what was under way took effect or did not, and is answered as lost. */
void world_cut(int number)
{
    struct node *node = &world.nodes[number];
    bool led = processes_lead(node->processes);
    if (world.leader == number)
        world.leader = -1;
    for (uint32_t i = 0; i < world.op_count; i++) {
        struct op *op = &world.ops[i];
        if (!op->on_store || op->node != number || op->life != node->life || op->answer == answer_lead)
            continue;
        op->err = ERR_LOST;
        if (!op->applied && world_below(2) == 0)
            op->apply = NULL;
    }
    for (uint32_t i = world.op_count; i-- > 0;)
        if (world.ops[i].node == number && world.ops[i].answer == answer_lead) {
            memmove(&world.ops[i], &world.ops[i + 1], (world.op_count - i - 1) * sizeof *world.ops);
            world.op_count--;
        }
    if (led)
        node->on_lead(node->on_lead_ctx, false);
    world.faults++;
    for (int i = 0; i < NODES; i++)
        ask_lead(i);
}

void world_usurp(void)
{
    int usurped = world.leader;
    world.leader = -1;
    for (int i = 0; i < NODES; i++)
        if (i != usurped)
            ask_lead(i);
    world.faults++;
}

void world_crash(void)
{
    world.tables = world.old_tables;
    for (int i = 0; i < NODES; i++)
        world_cut(i);
}

/* ---- tables ---- */

static uint64_t *cursor_of(const char *process)
{
    for (uint32_t i = 0; i < world.tables.cursor_count; i++)
        if (strcmp(world.tables.cursors[i].name, process) == 0)
            return &world.tables.cursors[i].position;
    return NULL;
}

static struct world_timer *timer_of(const char *process, struct uuid instance, int16_t step)
{
    for (uint32_t i = 0; i < world.tables.timer_count; i++) {
        struct world_timer *timer = &world.tables.timers[i];
        if (strcmp(timer->process, process) == 0 && uuid_equal(timer->timer.instance, instance) &&
            timer->timer.step == step)
            return timer;
    }
    return NULL;
}

static void drop(struct world_timer *timer)
{
    *timer = world.tables.timers[--world.tables.timer_count];
}

static void place(const char *process, const struct process_change *change)
{
    struct world_timer *timer = timer_of(process, change->instance, change->step);
    if (timer == NULL) {
        check(world.tables.timer_count < TIMERS_MAX);
        timer = &world.tables.timers[world.tables.timer_count++];
        snprintf(timer->process, sizeof timer->process, "%s", process);
    }
    timer->timer = (struct process_timer){
        .instance = change->instance, .step = change->step, .due_at_us = change->due_at_us};
}

static struct op *store_op(struct process_store *store, const char *process, void (*apply)(struct op *op),
                           void (*answer)(struct op *op))
{
    struct op *op = world_op(number_of(store), apply, answer);
    op->on_store = true;
    op->process = process;
    return op;
}

static void apply_begin(struct op *op)
{
    if (cursor_of(op->process) != NULL)
        return;
    snprintf(world.tables.cursors[world.tables.cursor_count++].name, 16, "%s", op->process);
}

void process_store_begin(struct process_store *store, const char *process)
{
    store_op(store, process, apply_begin, NULL);
}

static void answer_look(struct op *op)
{
    static struct process_look look;
    uint64_t *cursor = cursor_of(op->process);
    enum err err = op->err != ERR_OK ? op->err : cursor == NULL ? ERR_NOT_FOUND : ERR_OK;
    look = (struct process_look){.head = world.event_count};
    if (cursor != NULL)
        look.position = *cursor;
    for (uint32_t i = 0; i < world.tables.timer_count; i++)
        if (strcmp(world.tables.timers[i].process, op->process) == 0 &&
            world.tables.timers[i].timer.due_at_us <= world.now_us)
            look.timers[look.count++] = world.tables.timers[i].timer;
    op->call->looked(op->call->ctx, err, err == ERR_OK ? &look : NULL);
}

void process_store_look(struct process_store *store, const char *process, struct process_call *call)
{
    store_op(store, process, NULL, answer_look)->call = call;
}

static void apply_move(struct op *op)
{
    uint64_t *cursor = cursor_of(op->process);
    if (cursor == NULL || *cursor != op->from)
        return;
    *cursor = op->to;
    op->moved = true;
    for (uint32_t i = 0; i < op->change_count; i++) {
        struct world_timer *there = timer_of(op->process, op->changes[i].instance, op->changes[i].step);
        if (op->changes[i].due_at_us != 0)
            place(op->process, &op->changes[i]);
        else if (there != NULL)
            drop(there);
    }
}

static void answer_move(struct op *op)
{
    op->call->moved(op->call->ctx, op->err, op->moved);
}

void process_store_move(struct process_store *store, const char *process, uint64_t from, uint64_t to,
                        const struct process_changes *changes, struct process_call *call)
{
    struct op *op = store_op(store, process, apply_move, answer_move);
    check(changes->count <= sizeof op->changes / sizeof *op->changes);
    if (changes->count > 0)
        memcpy(op->changes, changes->items, changes->count * sizeof *changes->items);
    op->change_count = changes->count;
    op->from = from;
    op->to = to;
    op->call = call;
}

/* On the disk when it is answered: it does not go back with the rest. */
static void apply_ask(struct op *op)
{
    struct world_tables now = world.tables;
    for (int old = 0; old <= 1; old++) {
        world.tables = old ? world.old_tables : now;
        apply_begin(op);
        for (uint32_t i = 0; i < op->change_count; i++)
            place(op->process, &op->changes[i]);
        *(old ? &world.old_tables : &now) = world.tables;
    }
    world.tables = now;
}

static void answer_ask(struct op *op)
{
    ((void (*)(void *ctx, enum err err))op->done)(op->ctx, op->err);
}

void process_store_ask(struct process_store *store, const char *process, int16_t step,
                       const struct uuid *instances, uint32_t count, void (*done)(void *ctx, enum err err),
                       void *ctx)
{
    struct op *op = store_op(store, process, apply_ask, answer_ask);
    check(count <= sizeof op->changes / sizeof *op->changes);
    for (op->change_count = 0; op->change_count < count; op->change_count++)
        op->changes[op->change_count] = (struct process_change){
            .instance = instances[op->change_count], .step = step, .due_at_us = world.now_us};
    op->done = (void *)done;
    op->ctx = ctx;
}

static void apply_settle(struct op *op)
{
    struct world_timer *there = timer_of(op->process, op->timer.instance, op->timer.step);
    if (there == NULL || there->timer.due_at_us != op->timer.due_at_us)
        return;
    if (op->after_ms == 0) {
        drop(there);
        return;
    }
    there->timer.attempts++;
    there->timer.due_at_us = world.now_us + (int64_t)op->after_ms * 1000;
}

void process_store_forget(struct process_store *store, const char *process, const struct process_timer *timer)
{
    store_op(store, process, apply_settle, NULL)->timer = *timer;
}

void process_store_defer(struct process_store *store, const char *process, const struct process_timer *timer,
                         uint32_t after_ms)
{
    struct op *op = store_op(store, process, apply_settle, NULL);
    op->timer = *timer;
    op->after_ms = after_ms;
}

/* ---- the log ---- */

static void answer_read(struct op *op)
{
    static struct stored_event page[EVENTS_MAX];
    uint32_t count = 0;
    bool away = world.storm > 0 && world_below(world.storm) == 0;
    for (uint32_t i = 0; i < world.event_count; i++) {
        const struct stored_event *stored = &world.events[i]->stored;
        bool wanted = op->type_count == 0 && stream_number(stored->stream) == stream_number(op->stream) &&
                      stored->version > op->from;
        for (uint32_t k = 0; k < op->type_count && stored->position > op->from && stored->position <= op->to;
             k++)
            wanted = wanted || stored->type == op->types[k];
        if (wanted)
            page[count++] = *stored;
    }
    ((read_done)op->done)(op->ctx, away ? ERR_AWAY : ERR_OK, page, away ? 0 : count, false);
}

void eventstore_load(struct eventstore *store, struct stream_ref stream, uint32_t after_version,
                     uint32_t limit, read_done done, void *ctx)
{
    struct op *op = world_op(number_of(store), NULL, answer_read);
    (void)limit;
    op->stream = stream;
    op->from = after_version;
    op->done = (void *)done;
    op->ctx = ctx;
}

void eventstore_read_types(struct eventstore *store, uint64_t after, uint64_t until, const uint16_t *types,
                           uint32_t count, read_done done, void *ctx)
{
    struct op *op = world_op(number_of(store), NULL, answer_read);
    op->from = after;
    op->to = until;
    op->types = types;
    op->type_count = count;
    op->done = (void *)done;
    op->ctx = ctx;
}
