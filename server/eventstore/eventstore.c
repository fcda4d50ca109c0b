/* eventstore: the append connection's life, and the way in and out.
 *
 * The problem: appends must be ordered, applied once, and answered once, over a connection that can die at
 * any byte. The database's part is append_batch (migrations/eventstore): all or nothing, under a lock, and
 * only for the writer number that is current. This side's part is a small state machine around one
 * connection:
 *
 *   AWAY --connected--> TAKING --number--> RESOLVING --all known--> READY --loss--> AWAY
 *                         |  ^                |                    |  ^
 *                         |  `--fenced--------+--------------------'  |
 *                         `------refused for now------> PAUSED --retry timer--> TAKING or READY
 *   any --another log than before--> DIVERGED (for good: states in memory are of a log that is gone; the
 *                                    process ends, see serve.c)
 *
 * Batches are answered from any state. In READY they are sent in the order given; each names the one before,
 * so that a refused or lost one takes the later ones with it instead of being overtaken. After a loss the
 * order is fixed: first a new writer number - from then on nothing sent under the old one can be appended -
 * then each batch whose answer was lost is looked up by (writer, seq), then those not found are sent again.
 * An answer is exact, not guessed.
 *
 * Every batch has a deadline, in every state. At it the caller hears APPEND_AWAY; a batch under way then
 * costs the connection, since only a new writer number makes sure that it does not appear later behind the
 * caller's back.
 *
 * Reads run on connections of their own, so a slow page never delays a commit: the last one serves
 * eventstore_read, the others loads and look-ups, in turn; one more tells other nodes and hears them.
 * Statements are point look-ups only, and the planner is told so (`options`), so that a plan made while the
 * tables were empty is the plan for ten million events. When you add a state: its row in `allowed`, its line
 * above. */
#include "eventstore/eventstore_internal.h"
#include "base/check.h"
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAN_OPTIONS                                                                                         \
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c "                 \
    "enable_mergejoin=off"                                                                                   \
    " -c enable_bitmapscan=off"

static void on_appender_state(void *ctx, bool ready);
static void on_retry(void *ctx);
static bool open_connections(struct eventstore *store, const struct eventstore_config *config,
                             char ret_failure[200]);

struct eventstore *eventstore_open(struct loop *loop, const struct eventstore_config *config,
                                   char ret_failure[200])
{
    if (config->read_connections < 1 || config->read_connections > EVENTSTORE_READERS_MAX ||
        config->in_flight_max > EVENTSTORE_IN_FLIGHT_MAX || config->append_deadline_ms == 0 ||
        config->node == NULL || config->node[0] == '\0' ||
        strlen(config->node) >= sizeof((struct eventstore *)NULL)->node) {
        snprintf(ret_failure, 200,
                 "event store: a node name of 1 to 63 bytes, 1 to %d read connections, 1 to %d batches "
                 "in flight and a deadline are needed",
                 EVENTSTORE_READERS_MAX, EVENTSTORE_IN_FLIGHT_MAX);
        return NULL;
    }
    struct eventstore *store = calloc(1, sizeof *store);
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    if (store == NULL || sha == NULL) {
        free(store);
        EVP_MD_CTX_free(sha);
        snprintf(ret_failure, 200, "%s", err_text(ERR_NOMEM));
        return NULL;
    }
    store->magic = EVENTSTORE_MAGIC;
    store->loop = loop;
    store->sha = sha;
    snprintf(store->node, sizeof store->node, "%s", config->node);
    store->in_flight_max = config->in_flight_max == 0 ? 1 : config->in_flight_max;
    store->append_deadline_ms = config->append_deadline_ms;
    store->next_seq = 1;
    list_init(&store->order);
    list_init(&store->reads);
    arena_init(&store->params, EVENTSTORE_PARAMS_CHUNK_BYTES, EVENTSTORE_PARAMS_MAX_BYTES);
    arena_init(&store->results, 65536, EVENTSTORE_RESULTS_MAX_BYTES);
    loop_timer_init(&store->retry, loop, on_retry, store);
    loop_timer_init(&store->follow_retry, loop, eventstore_follow_retry, store);
    if (!open_connections(store, config, ret_failure)) {
        eventstore_close(store);
        return NULL;
    }
    return store;
}

static bool open_connections(struct eventstore *store, const struct eventstore_config *config,
                             char ret_failure[200])
{
    struct pg_config pg = {.dsn = config->dsn,
                           .application_name = "gachapon append",
                           .statement_timeout_ms = config->statement_timeout_ms,
                           .options = PLAN_OPTIONS};
    store->appender = pg_open(store->loop, &pg, on_appender_state, store, ret_failure);
    if (store->appender == NULL)
        return false;
    pg.application_name = "gachapon read";
    while (store->reader_count < config->read_connections) {
        struct pg *reader = pg_open(store->loop, &pg, NULL, NULL, ret_failure);
        if (reader == NULL)
            return false;
        store->readers[store->reader_count++] = reader;
    }
    return eventstore_hints_open(store, &pg, ret_failure);
}

void eventstore_close(struct eventstore *store)
{
    if (store == NULL)
        return;
    check_magic(store, EVENTSTORE_MAGIC);
    pg_close(store->appender);
    for (uint32_t i = 0; i < store->reader_count; i++)
        pg_close(store->readers[i]);
    for (uint32_t i = 0; i < EVENTSTORE_IN_FLIGHT_MAX; i++)
        loop_timer_stop(&store->slots[i].deadline);
    loop_timer_stop(&store->retry);
    loop_timer_stop(&store->follow_retry);
    eventstore_hints_close(store);
    eventstore_free_reads(store);
    arena_release(&store->params);
    arena_release(&store->results);
    EVP_MD_CTX_free(store->sha);
    store->magic = 0;
    free(store);
}

/* The only place where a state changes. */
void eventstore_set_state(struct eventstore *store, enum eventstore_state next)
{
    static const bool allowed[6][6] = {
        [EVENTSTORE_AWAY] = {[EVENTSTORE_TAKING] = true},
        [EVENTSTORE_TAKING] = {[EVENTSTORE_RESOLVING] = true,
                               [EVENTSTORE_PAUSED] = true,
                               [EVENTSTORE_AWAY] = true,
                               [EVENTSTORE_DIVERGED] = true},
        [EVENTSTORE_RESOLVING] =
            {[EVENTSTORE_READY] = true, [EVENTSTORE_PAUSED] = true, [EVENTSTORE_AWAY] = true},
        [EVENTSTORE_READY] =
            {[EVENTSTORE_TAKING] = true, [EVENTSTORE_PAUSED] = true, [EVENTSTORE_AWAY] = true},
        [EVENTSTORE_PAUSED] =
            {[EVENTSTORE_TAKING] = true, [EVENTSTORE_READY] = true, [EVENTSTORE_AWAY] = true},
    };
    check_magic(store, EVENTSTORE_MAGIC);
    check(allowed[store->state][next]);
    store->state = next;
}

/* ---- what moves it ---- */

static void on_appender_state(void *ctx, bool ready)
{
    struct eventstore *store = ctx;
    check_magic(store, EVENTSTORE_MAGIC);
    if (store->state == EVENTSTORE_DIVERGED)
        return;
    if (ready) {
        store->counters.reconnects += pg_connects(store->appender) > 1;
        eventstore_take_writer(store);
        return;
    }
    loop_timer_stop(&store->retry);
    store->counters.lost++;
    eventstore_fail(store, "connection lost: %s", pg_failure(store->appender));
    if (store->state != EVENTSTORE_AWAY)
        eventstore_set_state(store, EVENTSTORE_AWAY);
}

void eventstore_pause(struct eventstore *store, uint32_t after_ms)
{
    if (store->state == EVENTSTORE_PAUSED || store->state == EVENTSTORE_AWAY ||
        store->state == EVENTSTORE_DIVERGED)
        return;
    if (store->state != EVENTSTORE_READY)
        store->writer = 0; /* to be taken again: something is still unknown */
    eventstore_set_state(store, EVENTSTORE_PAUSED);
    loop_timer_start(&store->retry, after_ms);
}

static void on_retry(void *ctx)
{
    struct eventstore *store = ctx;
    check_magic(store, EVENTSTORE_MAGIC);
    if (store->state != EVENTSTORE_PAUSED)
        return;
    if (store->writer == 0) {
        eventstore_take_writer(store);
        return;
    }
    eventstore_set_state(store, EVENTSTORE_READY);
    eventstore_send_queued(store);
}

void eventstore_fail(struct eventstore *store, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(store->failure, sizeof store->failure, format, arguments);
    va_end(arguments);
}

void eventstore_saw_position(struct eventstore *store, uint64_t position)
{
    if (position > store->head)
        store->head = position;
}

void eventstore_saw_chain(struct eventstore *store, uint64_t position, struct slice chain)
{
    check(chain.size == sizeof store->chain.bytes);
    if (position < store->chain_at)
        return;
    store->chain_at = position;
    memcpy(store->chain.bytes, chain.data, chain.size);
}

/* ---- queries ---- */

uint64_t eventstore_chain(const struct eventstore *store, struct hash *ret_chain)
{
    *ret_chain = store->chain;
    return store->chain_at;
}

bool eventstore_ready(const struct eventstore *store)
{
    bool readable = false;
    for (uint32_t i = 0; i < store->reader_count; i++)
        readable = readable || pg_ready(store->readers[i]);
    return readable && store->state == EVENTSTORE_READY;
}

bool eventstore_diverged(const struct eventstore *store)
{
    return store->state == EVENTSTORE_DIVERGED;
}

struct uuid eventstore_epoch(const struct eventstore *store)
{
    return store->epoch;
}

uint64_t eventstore_head(const struct eventstore *store)
{
    return store->head;
}

const char *eventstore_failure(const struct eventstore *store)
{
    bool connects = store->state == EVENTSTORE_AWAY || store->failure[0] == '\0';
    return connects ? pg_failure(store->appender) : store->failure;
}

const struct eventstore_counters *eventstore_counters(const struct eventstore *store)
{
    return &store->counters;
}
