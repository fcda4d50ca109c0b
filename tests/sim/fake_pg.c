/* fake_pg: pg.h over the databases of the world, with every way to lose a connection.
 *
 * A connection has two ends. The node's end is a struct pg: groups in flight, in order. The other end is a
 * struct backend in the database: the groups that reached it, of which the oldest are executed already. The
 * world moves a group along: sent -> executed -> answered; each of these is a step of its own, so anything
 * can come between.
 *
 *   cut before execution     the group stays in the old backend, which may execute it later, or never
 *   cut after execution      committed, and the answer is lost
 *   refuse                   an SQL error instead of execution: nothing was changed
 *
 * A connection that listens hears what others send with eventstore_hint: late, in another order, twice,
 * never. As in server/pg, after a loss on_state(false) comes first, then every group in flight with ERR_LOST;
 * never from inside a call of the owner. What is given while not connected comes back with ERR_AWAY. */
#include "database.h"
#include "node.h"
#include "base/sql.h"
#include <stdio.h>
#include <stdlib.h>

#define PG_MAGIC 0x50475351u
#define HINTS_MAX 8 /* on their way to one connection; more are lost */

enum group_state { GROUP_SENT, GROUP_EXECUTED, GROUP_LOST, GROUP_UNSENT };

struct group {
    struct list_node node; /* in pg->groups or pg->failed */
    struct work *work;     /* the backend's part; NULL once the connection is gone */
    enum group_state state;
    pg_done done;
    void *ctx;
    enum err err;
};

/* A group as the backend has it. */
struct work {
    struct list_node node; /* in backend->works */
    struct wire_call *calls;
    uint32_t count;
    bool executed;
    struct wire_answer answer;
};

struct backend {
    struct list_node node; /* in world.backends, once its client is gone */
    struct list_node works;
    bool is_store;
    char label[32];
};

struct pg {
    uint32_t magic;
    struct list_node node; /* in world.connections */
    struct loop *loop;
    char label[24];
    bool is_store;
    bool connected, told_ready, loss_untold;
    pg_on_state on_state;
    void (*on_notify)(void *ctx, const char *payload);
    void *ctx;
    bool listens;
    char hints[HINTS_MAX][64];
    uint32_t hint_count;
    struct backend *backend;
    struct list_node groups, failed;
    uint64_t connects;
};

/* ---- pg.h ---- */

struct pg *pg_open(struct loop *loop, const struct pg_config *config, pg_on_state on_state, void *ctx,
                   char ret_failure[200])
{
    struct pg *pg = calloc(1, sizeof *pg);
    check(pg != NULL);
    (void)ret_failure;
    pg->magic = PG_MAGIC;
    pg->loop = loop;
    pg->is_store = strcmp(config->dsn, "store") == 0;
    pg->on_state = on_state;
    pg->on_notify = config->on_notify;
    pg->ctx = ctx;
    list_init(&pg->groups);
    list_init(&pg->failed);
    struct node *node = node_of_loop(loop);
    snprintf(pg->label, sizeof pg->label, "%s.%s", node_name(node),
             strchr(config->application_name, ' ') + 1);
    list_append(&world.connections, &pg->node);
    return pg;
}

static void work_free(struct work *work)
{
    list_remove(&work->node);
    wire_answer_release(&work->answer);
    free(work->calls);
    free(work);
}

static void backend_free(struct backend *backend)
{
    struct list_node *node;
    while ((node = backend->works.next) != &backend->works)
        work_free(list_entry(node, struct work, node));
    list_remove(&backend->node);
    free(backend);
}

/* The node's end is gone; what was not executed stays behind. */
static void let_go(struct pg *pg)
{
    struct backend *backend = pg->backend;
    pg->backend = NULL;
    pg->connected = pg->listens = false;
    pg->hint_count = 0;
    if (backend == NULL)
        return;
    list_each(node, &backend->works)
    {
        struct work *work = list_entry(node, struct work, node);
        if (work->executed)
            work_free(work);
    }
    if (list_empty(&backend->works))
        backend_free(backend);
    else
        list_append(&world.backends, &backend->node);
}

void pg_close(struct pg *pg)
{
    if (pg == NULL)
        return;
    check_magic(pg, PG_MAGIC);
    let_go(pg);
    list_splice(&pg->failed, &pg->groups);
    struct list_node *node;
    while ((node = list_pop(&pg->failed)) != NULL)
        free(list_entry(node, struct group, node));
    list_remove(&pg->node);
    pg->magic = 0;
    free(pg);
}

static struct work *work_new(const struct pg_call *calls, uint32_t count)
{
    struct work *work = calloc(1, sizeof *work);
    check(work != NULL);
    work->calls = calloc(count, sizeof *work->calls);
    check(work->calls != NULL);
    work->count = count;
    for (uint32_t i = 0; i < count; i++)
        wire_call_make(&work->calls[i], calls[i].statement->name, calls[i].params);
    return work;
}

void pg_run(struct pg *pg, const struct pg_call *calls, uint32_t count, pg_done done, void *ctx)
{
    check_magic(pg, PG_MAGIC);
    check(count >= 1 && count <= PG_CALLS_MAX && done != NULL);
    struct group *group = calloc(1, sizeof *group);
    check(group != NULL);
    *group = (struct group){.done = done, .ctx = ctx};
    if (!pg_ready(pg)) {
        group->state = GROUP_UNSENT;
        group->err = ERR_AWAY;
        list_append(&pg->failed, &group->node);
        return;
    }
    group->work = work_new(calls, count);
    list_append(&pg->groups, &group->node);
    list_append(&pg->backend->works, &group->work->node);
}

void pg_forget_statements(struct pg *pg)
{
    (void)pg;
}

void pg_disconnect(struct pg *pg, const char *why)
{
    (void)why;
    if (pg->connected)
        pg_do_cut(pg);
}

bool pg_ready(const struct pg *pg)
{
    return pg->connected && pg->told_ready;
}

uint32_t pg_in_flight(const struct pg *pg)
{
    uint32_t count = 0;
    list_each(node, &pg->groups) count++;
    return count;
}

const char *pg_failure(const struct pg *pg)
{
    return pg->connected ? "" : "cut by the world";
}

const char *pg_trouble(const struct pg *pg)
{
    return pg_failure(pg);
}

uint64_t pg_connects(const struct pg *pg)
{
    return pg->connects;
}

bool pg_retryable(const struct pg_outcome *outcome)
{
    return outcome->err == ERR_REFUSED &&
           (strcmp(outcome->sqlstate, "57014") == 0 || strcmp(outcome->sqlstate, "53100") == 0);
}

/* No text of a statement is needed here. */
const char *sql_text(const char *name)
{
    broken("the text of %s is asked for", name);
}

/* ---- what can happen ---- */

static struct work *next_work(const struct pg *pg)
{
    if (pg->backend == NULL)
        return NULL;
    list_each(node, &pg->backend->works)
    {
        struct work *work = list_entry(node, struct work, node);
        if (!work->executed)
            return work;
    }
    return NULL;
}

static struct group *next_answer(const struct pg *pg)
{
    if (!pg->connected || list_empty(&pg->groups))
        return NULL;
    struct group *group = list_entry(pg->groups.next, struct group, node);
    return group->work->executed ? group : NULL;
}

bool pg_can_connect(const struct pg *pg)
{
    return !pg->connected;
}

bool pg_can_execute(const struct pg *pg)
{
    return next_work(pg) != NULL;
}

bool pg_can_answer(const struct pg *pg)
{
    return next_answer(pg) != NULL;
}

bool pg_can_tell(const struct pg *pg)
{
    return pg->loss_untold || !list_empty(&pg->failed);
}

struct pg *pg_of_node(struct list_node *node)
{
    return list_entry(node, struct pg, node);
}

bool pg_is_store(const struct pg *pg)
{
    return pg->is_store;
}

const char *pg_label(const struct pg *pg)
{
    return pg->label;
}

struct node *pg_node(const struct pg *pg)
{
    return node_of_loop(pg->loop);
}

const char *pg_next_statement(const struct pg *pg)
{
    struct work *work = next_work(pg);
    return work == NULL ? NULL : work->calls[0].name;
}

const struct wire_call *pg_waiting(const struct pg *pg, uint32_t number)
{
    if (pg->backend == NULL)
        return NULL;
    list_each(node, &pg->backend->works)
    {
        struct work *work = list_entry(node, struct work, node);
        if (!work->executed && number-- == 0)
            return &work->calls[0];
    }
    return NULL;
}

/* ---- and how ---- */

void pg_do_connect(struct pg *pg)
{
    check(!pg->connected);
    if (pg_can_tell(pg)) { /* the loss before is told first */
        pg_do_tell(pg);
        if (pg->connected)
            return;
    }
    trace("%s: connected", pg->label);
    pg->backend = calloc(1, sizeof *pg->backend);
    check(pg->backend != NULL);
    list_init(&pg->backend->works);
    pg->backend->is_store = pg->is_store;
    snprintf(pg->backend->label, sizeof pg->backend->label, "%s#%d", pg->label, (int)pg->connects);
    pg->connected = pg->told_ready = true;
    pg->connects++;
    loop_touch(pg->loop);
    if (pg->on_state != NULL)
        pg->on_state(pg->ctx, true);
}

static void execute(bool is_store, const char *label, struct work *work)
{
    trace("%s: %s", label, work->calls[0].name);
    if (is_store)
        store_execute(work->calls, work->count, &work->answer);
    else
        views_execute(work->calls, work->count, &work->answer);
    if (work->answer.sqlstate[0] != '\0')
        trace("%s: error %s %s", label, work->answer.sqlstate, work->answer.message);
    work->executed = true;
}

/* What `sender` says to all that listen. Scripts are about what happens when it is lost. */
static void spread(const struct pg *sender, struct slice hint)
{
    if (world.scripted)
        return;
    list_each(node, &world.connections)
    {
        struct pg *pg = list_entry(node, struct pg, node);
        uint32_t copies = chance(10) ? 0 : chance(10) ? 2 : 1;
        for (; pg->listens && pg != sender && copies > 0 && pg->hint_count < HINTS_MAX; copies--)
            snprintf(pg->hints[pg->hint_count++], sizeof pg->hints[0], "%.*s", (int)hint.size,
                     (const char *)hint.data);
    }
}

void pg_do_execute(struct pg *pg)
{
    struct work *work = next_work(pg);
    execute(pg->is_store, pg->label, work);
    for (uint32_t i = 0; i < work->count && work->answer.sqlstate[0] == '\0'; i++) {
        if (strcmp(work->calls[i].name, "eventstore_listen") == 0)
            pg->listens = true;
        if (strcmp(work->calls[i].name, "eventstore_hint") == 0)
            spread(pg, work->calls[i].values[0]);
    }
}

bool pg_can_notify(const struct pg *pg)
{
    return pg->connected && pg->hint_count > 0;
}

void pg_do_notify(struct pg *pg)
{
    char hint[sizeof pg->hints[0]];
    uint32_t number = random_below(pg->hint_count);
    memcpy(hint, pg->hints[number], sizeof hint);
    memcpy(pg->hints[number], pg->hints[--pg->hint_count], sizeof hint);
    trace("%s: hears %s", pg->label, hint);
    loop_touch(pg->loop);
    if (pg->on_notify != NULL)
        pg->on_notify(pg->ctx, hint);
}

void pg_do_refuse(struct pg *pg, const char *sqlstate)
{
    struct work *work = next_work(pg);
    trace("%s: %s refused with %s", pg->label, work->calls[0].name, sqlstate);
    snprintf(work->answer.sqlstate, sizeof work->answer.sqlstate, "%s", sqlstate);
    work->answer.message = "refused by the world";
    work->executed = true;
}

static void tell(struct group *group, const struct pg_outcome *outcome)
{
    pg_done done = group->done;
    void *ctx = group->ctx;
    done(ctx, outcome);
    free(group);
}

void pg_do_answer(struct pg *pg)
{
    struct group *group = next_answer(pg);
    struct work *work = group->work;
    struct pg_outcome outcome = {.message = ""};
    loop_touch(pg->loop);
    if (work->answer.sqlstate[0] != '\0') {
        outcome.err = ERR_REFUSED;
        outcome.message = work->answer.message;
        memcpy(outcome.sqlstate, work->answer.sqlstate, sizeof outcome.sqlstate);
    } else {
        outcome.results = work->answer.results;
        outcome.count = work->answer.count;
    }
    trace("%s: answer of %s", pg->label, work->calls[0].name);
    if (pg->is_store)
        store_answered(pg_node(pg), &work->calls[0], &work->answer);
    list_remove(&group->node);
    list_remove(&work->node); /* the callback may cut the connection */
    tell(group, &outcome);
    work_free(work);
}

void pg_do_cut(struct pg *pg)
{
    check(pg->connected);
    uint32_t waiting = 0;
    list_each(node, &pg->groups)
    {
        struct group *group = list_entry(node, struct group, node);
        waiting += !group->work->executed;
        group->state = GROUP_LOST;
        group->err = ERR_LOST;
        group->work = NULL;
    }
    trace("%s: connection lost, %u not executed", pg->label, waiting);
    list_splice(&pg->failed, &pg->groups);
    pg->loss_untold = pg->loss_untold || pg->told_ready;
    pg->told_ready = false;
    let_go(pg);
}

void pg_do_tell(struct pg *pg)
{
    struct list_node now;
    loop_touch(pg->loop);
    if (pg->loss_untold) {
        pg->loss_untold = false;
        trace("%s: the node hears of the loss", pg->label);
        if (pg->on_state != NULL)
            pg->on_state(pg->ctx, false);
    }
    list_init(&now);
    list_splice(&now, &pg->failed);
    struct list_node *node;
    while ((node = list_pop(&now)) != NULL) {
        struct group *group = list_entry(node, struct group, node);
        tell(group, &(struct pg_outcome){.err = group->err, .message = ""});
    }
}

void pg_do_crash(bool store)
{
    trace("%s: crashes", store ? "store" : "views");
    list_each(node, &world.connections)
    {
        struct pg *pg = pg_of_node(node);
        if (pg->is_store == store && pg->connected)
            pg_do_cut(pg);
    }
    list_each(old, &world.backends)
    {
        struct backend *backend = list_entry(old, struct backend, node);
        if (backend->is_store == store)
            backend_free(backend);
    }
}

/* ---- old backends ---- */

bool backend_any(void)
{
    return !list_empty(&world.backends);
}

void backend_do_execute(void)
{
    struct backend *backend = list_entry(world.backends.next, struct backend, node);
    struct work *work = list_entry(backend->works.next, struct work, node);
    char label[48];
    snprintf(label, sizeof label, "%s (old)", backend->label);
    execute(backend->is_store, label, work);
    work_free(work);
    if (list_empty(&backend->works))
        backend_free(backend);
}

void backend_do_drop(void)
{
    struct backend *backend = list_entry(world.backends.next, struct backend, node);
    trace("%s (old): ends", backend->label);
    backend_free(backend);
}
