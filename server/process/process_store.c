/* process_store: two small tables and one lock.
 *
 * The lock is PostgreSQL's advisory lock of the session: who has it leads, and it goes with the connection -
 * at once when the process dies, after the keepalive's time when its machine does. A node that does not get
 * it asks again every LEAD_AGAIN_MS. After a loss this node does not lead until it has it anew; another may
 * have it in between, and even two for a moment cannot hurt: cursors move by compare-and-set, timers go only
 * as they were read, commands carry derived ids.
 *
 * Nothing here waits for the disk (synchronous_commit off): a crash takes cursor and timers back together,
 * and the log brings them forward again. But for timers that no event leaves (process_ask.sql).
 *
 * Calls run in order on the one connection, so a timer that was forgotten is not seen by the next look. */
#include "process/process_store.h"
#include "base/check.h"
#include "pg/pg.h"
#include <stdlib.h>

#define LEAD_AGAIN_MS 1000
#define LEAD_LOCK INT64_C(7449344558610018159) /* that of the log, and one */
#define STATEMENT_TIMEOUT_MS 5000
/* The server's side: a machine that is gone must not hold the lock for two hours. */
#define KEEPALIVE_OPTIONS "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
#define PARAMS_MAX_BYTES (4u << 20)

struct process_store {
    struct pg *pg;
    struct loop_timer again;
    bool leads;
    process_on_lead on_lead;
    void *ctx;
    struct arena params;
    struct process_look look;               /* being told */
    void (*asked)(void *ctx, enum err err); /* of the one process_store_ask under way */
    void *asked_ctx;
};

static void on_state(void *ctx, bool ready);
static void ask_lead(void *ctx);
static void on_lead_answer(void *ctx, const struct pg_outcome *outcome);
static void on_looked(void *ctx, const struct pg_outcome *outcome);
static void on_moved(void *ctx, const struct pg_outcome *outcome);
static void on_asked(void *ctx, const struct pg_outcome *outcome);
static void on_nothing(void *ctx, const struct pg_outcome *outcome);

struct process_store *process_store_open(struct loop *loop, const char *dsn, process_on_lead on_lead,
                                         void *ctx, char ret_failure[200])
{
    struct process_store *store = calloc(1, sizeof *store);
    check(store != NULL);
    store->on_lead = on_lead;
    store->ctx = ctx;
    arena_init(&store->params, 4096, PARAMS_MAX_BYTES);
    loop_timer_init(&store->again, loop, ask_lead, store);
    struct pg_config config = {.dsn = dsn,
                               .application_name = "gachapon processes",
                               .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
                               .synchronous_commit_off = true,
                               .options = KEEPALIVE_OPTIONS};
    store->pg = pg_open(loop, &config, on_state, store, ret_failure);
    if (store->pg != NULL)
        return store;
    process_store_close(store);
    return NULL;
}

void process_store_close(struct process_store *store)
{
    if (store == NULL)
        return;
    loop_timer_stop(&store->again);
    pg_close(store->pg);
    arena_release(&store->params);
    free(store);
}

/* ---- who leads ---- */

static void on_state(void *ctx, bool ready)
{
    struct process_store *store = ctx;
    if (ready) {
        ask_lead(store);
        return;
    }
    loop_timer_stop(&store->again);
    if (!store->leads)
        return;
    store->leads = false;
    store->on_lead(store->ctx, false);
}

static struct pg_params *new_params(struct process_store *store, struct pg_params *params)
{
    arena_reset(&store->params);
    pg_params_init(params, &store->params);
    return params;
}

static void run(struct process_store *store, const struct pg_statement *statement,
                const struct pg_params *params, pg_done done, void *ctx)
{
    pg_run(store->pg, &(struct pg_call){.statement = statement, .params = params}, 1, done, ctx);
}

static void ask_lead(void *ctx)
{
    static const struct pg_statement statement = {.name = "process_lead"};
    struct process_store *store = ctx;
    struct pg_params params;
    pg_param_i64(new_params(store, &params), LEAD_LOCK);
    run(store, &statement, &params, on_lead_answer, store);
}

static void on_lead_answer(void *ctx, const struct pg_outcome *outcome)
{
    struct process_store *store = ctx;
    if (outcome->err == ERR_OK && pg_get_bool(outcome->results[0], 0, 0)) {
        store->leads = true;
        store->on_lead(store->ctx, true);
    } else if (pg_ready(store->pg)) {
        loop_timer_start(&store->again, LEAD_AGAIN_MS);
    }
}

/* ---- looking ---- */

static void param_name(struct pg_params *params, const char *process)
{
    pg_param_text(params, slice_text(process));
}

void process_store_look(struct process_store *store, const char *process, struct process_call *call)
{
    static const struct pg_statement statement = {.name = "process_look"};
    struct pg_params params;
    param_name(new_params(store, &params), process);
    pg_param_i64(&params, PROCESS_DUE_MAX);
    call->store = store;
    run(store, &statement, &params, on_looked, call);
}

void process_store_begin(struct process_store *store, const char *process)
{
    static const struct pg_statement statement = {.name = "process_begin"};
    struct pg_params params;
    param_name(new_params(store, &params), process);
    run(store, &statement, &params, on_nothing, store);
}

static void on_looked(void *ctx, const struct pg_outcome *outcome)
{
    struct process_call *call = ctx;
    struct process_look *look = &call->store->look;
    *look = (struct process_look){0};
    enum err err = outcome->err;
    const PGresult *result = err == ERR_OK ? outcome->results[0] : NULL;
    if (err == ERR_OK && pg_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err != ERR_OK) {
        call->looked(call->ctx, err, NULL);
        return;
    }
    look->position = (uint64_t)pg_get_i64(result, 0, 0);
    look->head = (uint64_t)pg_get_i64(result, 0, 1);
    for (uint32_t row = 0; row < pg_rows(result) && !pg_is_null(result, row, 2); row++)
        look->timers[look->count++] = (struct process_timer){.instance = pg_get_uuid(result, row, 2),
                                                             .step = pg_get_i16(result, row, 3),
                                                             .due_at_us = pg_get_timestamp_us(result, row, 4),
                                                             .attempts = pg_get_i32(result, row, 5)};
    call->looked(call->ctx, ERR_OK, look);
}

/* ---- moving ---- */

void process_store_move(struct process_store *store, const char *process, uint64_t from, uint64_t to,
                        const struct process_changes *changes, struct process_call *call)
{
    static const struct pg_statement statement = {.name = "process_move"};
    struct pg_params params;
    param_name(new_params(store, &params), process);
    pg_param_i64(&params, (int64_t)from);
    pg_param_i64(&params, (int64_t)to);
    for (int set = 0; set <= 1; set++) {
        pg_array_begin(&params, PG_TYPE_UUID, changes->count);
        for (uint32_t i = 0; i < changes->count; i++)
            if ((changes->items[i].due_at_us != 0) == set)
                pg_array_uuid(&params, changes->items[i].instance);
        pg_array_end(&params);
        pg_array_begin(&params, PG_TYPE_I16, changes->count);
        for (uint32_t i = 0; i < changes->count; i++)
            if ((changes->items[i].due_at_us != 0) == set)
                pg_array_i16(&params, changes->items[i].step);
        pg_array_end(&params);
    }
    pg_array_begin(&params, PG_TYPE_TIMESTAMP, changes->count);
    for (uint32_t i = 0; i < changes->count; i++)
        if (changes->items[i].due_at_us != 0)
            pg_array_timestamp_us(&params, changes->items[i].due_at_us);
    pg_array_end(&params);
    call->store = store;
    run(store, &statement, &params, on_moved, call);
}

static void on_moved(void *ctx, const struct pg_outcome *outcome)
{
    struct process_call *call = ctx;
    bool moved = outcome->err == ERR_OK && pg_get_i64(outcome->results[0], 0, 0) == 1;
    call->moved(call->ctx, outcome->err, moved);
}

/* ---- asking ---- */

void process_store_ask(struct process_store *store, const char *process, int16_t step,
                       const struct uuid *instances, uint32_t count, void (*done)(void *ctx, enum err err),
                       void *ctx)
{
    static const struct pg_statement statement = {.name = "process_ask"};
    struct pg_params params;
    check(store->asked == NULL);
    store->asked = done;
    store->asked_ctx = ctx;
    param_name(new_params(store, &params), process);
    pg_array_begin(&params, PG_TYPE_UUID, count);
    for (uint32_t i = 0; i < count; i++)
        pg_array_uuid(&params, instances[i]);
    pg_array_end(&params);
    pg_param_i16(&params, step);
    run(store, &statement, &params, on_asked, store);
}

static void on_asked(void *ctx, const struct pg_outcome *outcome)
{
    struct process_store *store = ctx;
    void (*asked)(void *ctx, enum err err) = store->asked;
    store->asked = NULL;
    asked(store->asked_ctx, outcome->err);
}

/* ---- settling ---- */

static void param_timer(struct pg_params *params, const char *process, const struct process_timer *timer)
{
    param_name(params, process);
    pg_param_uuid(params, timer->instance);
    pg_param_i16(params, timer->step);
    pg_param_timestamp_us(params, timer->due_at_us);
}

void process_store_forget(struct process_store *store, const char *process, const struct process_timer *timer)
{
    static const struct pg_statement statement = {.name = "process_forget"};
    struct pg_params params;
    param_timer(new_params(store, &params), process, timer);
    run(store, &statement, &params, on_nothing, store);
}

void process_store_defer(struct process_store *store, const char *process, const struct process_timer *timer,
                         uint32_t after_ms)
{
    static const struct pg_statement statement = {.name = "process_defer"};
    struct pg_params params;
    param_timer(new_params(store, &params), process, timer);
    pg_param_i64(&params, after_ms);
    run(store, &statement, &params, on_nothing, store);
}

static void on_nothing(void *ctx, const struct pg_outcome *outcome)
{
    (void)ctx, (void)outcome;
}
