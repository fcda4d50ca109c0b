/* process: the runner of the process managers.
 *
 *   follow   the log, from a stored cursor: each event of a process's types -> timers set and cancelled;
 *            those and the cursor's step beyond the page are one transaction
 *   look     every tick_ms: where the cursor is, where the log ends, which timers are due
 *   work     a due timer: load the instance's events, fold them, act() -> a command or a task outside ->
 *            act() again with what came of it, until it says FORGET (the timer goes) or RETRY (back-off)
 *
 * The problem: something must be done after an event or when time has passed, once, whatever is killed in
 * between. Nobody can do a thing and note that it was done in one step when the thing is elsewhere. So all is
 * done at least once, and the second time has no effect: commands carry ids derived from what they are about
 * and the log knows them; tasks are idempotent; a timer is deleted only as it was read, so one that was set
 * anew meanwhile stays. What is in memory here is the only copy of nothing: kill -9 at any instant leaves a
 * cursor, timers and a log from which the same follows.
 *
 *   follower: IDLE --tick--> LOOKING --> READING --> MOVING --> READING ... --> IDLE at the head
 *
 * One node leads (process_store.h); the others ask for the lock and do nothing else. Events of other types
 * are skipped in the database; the cursor is stored when a page left timers, or every QUIET positions.
 *
 * When you add a process: process.h says what it is made of; its line in serve.c. */
#include "process/process.h"
#include "base/check.h"
#include "base/list.h"
#include "base/log.h"
#include "gen/c/schema.h"
#include "process/process_asked.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOB_MAGIC 0x4a4f4221u
#define READ_PAGE 2000
#define QUIET 20000    /* positions without a change before the cursor is stored all the same */
#define LOAD_PAGE 500  /* events of an instance */
#define WORKING_MAX 16 /* timers of a process at once */
#define ROUNDS_MAX 32  /* actions for one timer before it is put off: a process that goes in circles */
#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS 60000
#define SCRATCH_MAX_BYTES (1u << 20)

enum follower_state { FOLLOWER_IDLE, FOLLOWER_LOOKING, FOLLOWER_READING, FOLLOWER_MOVING };

struct follower {
    struct processes *processes;
    const struct process *process;
    enum follower_state state;
    struct process_call call;
    bool known;        /* `position` is that of the store */
    uint64_t position; /* stored */
    uint64_t scanned;  /* nothing up to here is missing in the timers */
    uint64_t until;    /* of the page under way */
    struct list_node jobs;
    struct process_status status;
    char failure[160];
};

struct processes {
    struct loop *loop;
    struct processes_config config;
    struct eventstore *store;
    struct process_store *timers;
    struct process_asked *asked;
    struct loop_timer tick;
    bool leads, resting;
    struct arena scratch;
    struct process_changes changes;
    struct follower *followers;
    uint32_t count;
};

/* A timer being worked on. */
struct job {
    uint32_t magic;
    struct list_node node;
    struct follower *follower;
    struct process_timer timer;
    struct process_view view;
    uint32_t version; /* events folded */
    uint32_t rounds;
    uint64_t state[]; /* process->state_size bytes */
};

static void on_lead(void *ctx, bool leads);
static void tick(void *ctx);
static void on_looked(void *ctx, enum err err, const struct process_look *look);
static void follow_on(struct follower *follower);
static void on_page(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);
static void on_moved(void *ctx, enum err err, bool moved);
static void work(struct follower *follower, const struct process_timer *timer);
static void job_load(struct job *job);
static void on_loaded(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);
static void job_act(struct job *job);
static void on_ran(void *ctx, enum error_code error, const char *detail, uint64_t position);
static void job_end(struct job *job, enum process_do how);

struct processes *processes_open(struct loop *loop, const struct processes_config *config,
                                 struct eventstore *store, const struct process *const *list, uint32_t count,
                                 char ret_failure[200])
{
    struct processes *processes = calloc(1, sizeof *processes);
    check(processes != NULL);
    processes->loop = loop;
    processes->config = *config;
    processes->store = store;
    processes->followers = calloc(count, sizeof *processes->followers);
    check(processes->followers != NULL);
    arena_init(&processes->scratch, 4096, SCRATCH_MAX_BYTES);
    loop_timer_init(&processes->tick, loop, tick, processes);
    for (; processes->count < count; processes->count++) {
        struct follower *follower = &processes->followers[processes->count];
        *follower = (struct follower){.processes = processes, .process = list[processes->count]};
        follower->call = (struct process_call){.looked = on_looked, .moved = on_moved, .ctx = follower};
        list_init(&follower->jobs);
    }
    processes->timers = process_store_open(loop, config->dsn, on_lead, processes, ret_failure);
    if (processes->timers == NULL) {
        processes_close(processes);
        return NULL;
    }
    processes->asked = process_asked_new(loop, processes->timers);
    return processes;
}

void processes_close(struct processes *processes)
{
    if (processes == NULL)
        return;
    loop_timer_stop(&processes->tick);
    process_store_close(processes->timers);
    process_asked_free(processes->asked);
    for (uint32_t i = 0; i < processes->count; i++)
        for (struct list_node *node; (node = list_pop(&processes->followers[i].jobs)) != NULL;)
            free(list_entry(node, struct job, node));
    free(processes->followers);
    free(processes->changes.items);
    arena_release(&processes->scratch);
    free(processes);
}

void processes_ask(struct processes *processes, const struct process *process, struct uuid instance,
                   int16_t step)
{
    process_asked_add(processes->asked, process->name, instance, step);
}

uint32_t processes_asked(const struct processes *processes)
{
    return process_asked_count(processes->asked);
}

void processes_rest(struct processes *processes)
{
    if (processes != NULL)
        processes->resting = true;
}

bool processes_lead(const struct processes *processes)
{
    return processes->leads;
}

uint32_t processes_count(const struct processes *processes)
{
    return processes->count;
}

struct process_status processes_status(const struct processes *processes, uint32_t index)
{
    check(index < processes->count);
    const struct follower *follower = &processes->followers[index];
    struct process_status status = follower->status;
    status.name = follower->process->name;
    status.position = follower->scanned;
    status.failure = follower->failure;
    return status;
}

/* ---- look ---- */

static void on_lead(void *ctx, bool leads)
{
    struct processes *processes = ctx;
    processes->leads = leads;
    log_info("processes", "leads=%d", leads);
    for (uint32_t i = 0; i < processes->count; i++)
        processes->followers[i].known = false;
    if (leads)
        loop_timer_start(&processes->tick, 0);
    else
        loop_timer_stop(&processes->tick);
}

static void tick(void *ctx)
{
    struct processes *processes = ctx;
    for (uint32_t i = 0; i < processes->count && !processes->resting; i++) {
        struct follower *follower = &processes->followers[i];
        if (follower->state != FOLLOWER_IDLE)
            continue;
        follower->state = FOLLOWER_LOOKING;
        process_store_look(processes->timers, follower->process->name, &follower->call);
    }
    loop_timer_start(&processes->tick, processes->config.tick_ms);
}

static void fail(struct follower *follower, const char *what, enum err err)
{
    snprintf(follower->failure, sizeof follower->failure, "%s: %s", what, err_text(err));
}

static void on_looked(void *ctx, enum err err, const struct process_look *look)
{
    struct follower *follower = ctx;
    struct processes *processes = follower->processes;
    follower->state = FOLLOWER_IDLE;
    if (err == ERR_NOT_FOUND)
        process_store_begin(processes->timers, follower->process->name);
    else if (err != ERR_OK)
        fail(follower, "the timers cannot be read", err);
    if (err != ERR_OK || !processes->leads)
        return;
    if (!follower->known || follower->position != look->position)
        follower->position = follower->scanned = look->position;
    follower->known = true;
    follower->status.head = look->head;
    follower->status.due = look->count;
    for (uint32_t i = 0; i < look->count; i++)
        work(follower, &look->timers[i]);
    follow_on(follower);
}

/* ---- follow ---- */

static void follow_on(struct follower *follower)
{
    const struct process *process = follower->process;
    uint64_t head = follower->status.head;
    if (follower->scanned >= head || !follower->known || follower->processes->resting)
        return;
    follower->until = head - follower->scanned > READ_PAGE ? follower->scanned + READ_PAGE : head;
    follower->state = FOLLOWER_READING;
    eventstore_read_types(follower->processes->store, follower->scanned, follower->until, process->types,
                          process->type_count, on_page, follower);
}

/* The change of this timer, made if it is not there. */
static struct process_change *change_of(struct process_changes *changes, struct uuid instance, int16_t step)
{
    for (uint32_t i = 0; i < changes->count; i++)
        if (changes->items[i].step == step && uuid_equal(changes->items[i].instance, instance))
            return &changes->items[i];
    if (changes->count == changes->capacity) {
        uint32_t capacity = changes->capacity == 0 ? 16 : changes->capacity * 2;
        struct process_change *items = realloc(changes->items, capacity * sizeof *items);
        check(items != NULL);
        changes->items = items;
        changes->capacity = capacity;
    }
    struct process_change *change = &changes->items[changes->count++];
    *change = (struct process_change){.instance = instance, .step = step};
    return change;
}

void process_set(struct process_changes *changes, struct uuid instance, int16_t step, int64_t due_at_us)
{
    check(due_at_us > 0);
    change_of(changes, instance, step)->due_at_us = due_at_us;
}

void process_cancel(struct process_changes *changes, struct uuid instance, int16_t step)
{
    change_of(changes, instance, step)->due_at_us = 0;
}

static enum err follow_page(struct follower *follower, const struct stored_event *events, uint32_t count)
{
    struct processes *processes = follower->processes;
    const struct process *process = follower->process;
    processes->changes.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        enum err err = process->follow(process->ctx, &events[i], &processes->scratch, &processes->changes);
        arena_reset(&processes->scratch);
        if (err == ERR_OK)
            continue;
        snprintf(follower->failure, sizeof follower->failure, "cannot take the event %llu: %s",
                 (unsigned long long)events[i].position, err_text(err));
        return err;
    }
    return ERR_OK;
}

static void on_page(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct follower *follower = ctx;
    struct processes *processes = follower->processes;
    (void)more;
    follower->state = FOLLOWER_IDLE;
    if (err != ERR_OK)
        fail(follower, "the log cannot be read", err);
    if (err != ERR_OK || !follower->known || follow_page(follower, events, count) != ERR_OK)
        return; /* the next tick begins where it stands */
    follower->failure[0] = '\0';
    if (processes->changes.count == 0 && follower->until - follower->position < QUIET) {
        follower->scanned = follower->until;
        follow_on(follower);
        return;
    }
    follower->state = FOLLOWER_MOVING;
    process_store_move(processes->timers, follower->process->name, follower->position, follower->until,
                       &processes->changes, &follower->call);
}

static void on_moved(void *ctx, enum err err, bool moved)
{
    struct follower *follower = ctx;
    follower->state = FOLLOWER_IDLE;
    if (err != ERR_OK)
        fail(follower, "the timers cannot be set", err);
    if (err != ERR_OK || !moved || !follower->known) {
        follower->known = false; /* it may stand elsewhere: the next look says */
        return;
    }
    follower->position = follower->scanned = follower->until;
    follow_on(follower);
}

/* ---- work ---- */

static void work(struct follower *follower, const struct process_timer *timer)
{
    uint32_t working = 0;
    list_each(node, &follower->jobs)
    {
        const struct process_timer *other = &list_entry(node, struct job, node)->timer;
        if (other->step == timer->step && uuid_equal(other->instance, timer->instance))
            return;
        working++;
    }
    if (working >= WORKING_MAX)
        return;
    struct job *job = calloc(1, sizeof *job + follower->process->state_size);
    check(job != NULL);
    job->magic = JOB_MAGIC;
    job->follower = follower;
    job->timer = *timer;
    job->view = (struct process_view){
        .instance = timer->instance, .step = timer->step, .due_at_us = timer->due_at_us, .state = job->state};
    list_append(&follower->jobs, &job->node);
    job_load(job);
}

static void job_load(struct job *job)
{
    struct stream_ref stream = {.kind = job->follower->process->kind, .uuid = job->timer.instance};
    eventstore_load(job->follower->processes->store, stream, job->version, LOAD_PAGE, on_loaded, job);
}

static void on_loaded(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct job *job = ctx;
    check_magic(job, JOB_MAGIC);
    struct processes *processes = job->follower->processes;
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        err = job->follower->process->evolve(job->state, &events[i], &processes->scratch);
        arena_reset(&processes->scratch);
        job->version = events[i].version;
    }
    if (err != ERR_OK)
        job_end(job, PROCESS_RETRY);
    else if (more)
        job_load(job);
    else
        job_act(job);
}

static void job_act(struct job *job)
{
    const struct process *process = job->follower->process;
    const struct processes_config *config = &job->follower->processes->config;
    struct process_action action = {.what = PROCESS_FORGET};
    if (++job->rounds > ROUNDS_MAX) {
        job_end(job, PROCESS_RETRY);
        return;
    }
    process->act(process->ctx, &job->view, &action);
    job->view.phase = action.phase;
    switch (action.what) {
    case PROCESS_FORGET:
    case PROCESS_RETRY:
        job_end(job, action.what);
        return;
    case PROCESS_COMMAND:
        check(uuid_is_derived(action.command_id));
        if (config->run(config->run_ctx, &action.command, action.command_id, action.actor, action.cause,
                        on_ran, job) != ERR_OK)
            job_end(job, PROCESS_RETRY);
        return;
    case PROCESS_TASK:
        check(process->task != NULL);
        process->task(process->ctx, &job->view, action.task, job);
        return;
    }
    check(!"a process does one of these");
}

static void on_ran(void *ctx, enum error_code error, const char *detail, uint64_t position)
{
    struct job *job = ctx;
    (void)detail, (void)position;
    check_magic(job, JOB_MAGIC);
    const struct error_desc *desc = error == ERROR_NONE ? NULL : schema_error((int)error);
    if (desc != NULL && desc->retry != RETRY_NEVER) {
        job_end(job, PROCESS_RETRY);
        return;
    }
    job->view.result = error == ERROR_NONE ? PROCESS_COMMITTED : PROCESS_REJECTED;
    job->view.rejection = error;
    job_act(job);
}

void process_answer(void *ctx, int answer, struct uuid found)
{
    struct job *job = ctx;
    check_magic(job, JOB_MAGIC);
    job->view.result = PROCESS_ANSWERED;
    job->view.answer = answer;
    if (!uuid_is_nil(found))
        job->view.found = found;
    job_act(job);
}

/* The timer goes, or comes again; when this node leads no more, it is another's by now. */
static void job_end(struct job *job, enum process_do how)
{
    struct follower *follower = job->follower;
    struct processes *processes = follower->processes;
    const char *name = follower->process->name;
    int doublings = job->timer.attempts < 6 ? job->timer.attempts : 6;
    uint32_t after_ms =
        RETRY_FIRST_MS << doublings < RETRY_MAX_MS ? RETRY_FIRST_MS << doublings : RETRY_MAX_MS;
    char instance[UUID_TEXT_SIZE];
    log_info("process", "name=%s instance=%s step=%d result=%s attempts=%d", name,
             uuid_format(job->timer.instance, instance), job->timer.step,
             how == PROCESS_FORGET ? "done" : "later", job->timer.attempts + 1);
    if (how == PROCESS_FORGET)
        follower->status.done++;
    else
        follower->status.retries++;
    if (processes->leads && how == PROCESS_FORGET)
        process_store_forget(processes->timers, name, &job->timer);
    else if (processes->leads)
        process_store_defer(processes->timers, name, &job->timer, after_ms);
    list_remove(&job->node);
    job->magic = 0;
    free(job);
}
