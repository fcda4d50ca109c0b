/* eventstore_hint: other nodes hear at once of what this one did, and nothing depends on it.
 *
 * The problem: a node learns what others wrote by looking, once a second, and a second is long for a player
 * whose friend sits on another node. So a node that has appended says so: a NOTIFY that names the position
 * its log has reached and the one its projections have. Whoever hears it reads on, by position, as it would
 * have done at its next look. A hint that is lost, doubled or late can therefore do no harm; one that names
 * more than the log holds is forgotten after one read.
 *
 * NOTIFY takes a lock of the whole cluster until its commit is over, so it never rides with an append: hints
 * have a connection of their own, on which commits do not wait for the disk, and on which they are heard too.
 * When that connection dies in silence the node is deaf until TCP notices, and looks once a second.
 *
 * At most one hint is under way and at most one leaves every HINT_EVERY_MS; what happens meanwhile is in the
 * next one. A node that is alone sends none but the one that asks who is there: when its connection is new,
 * and every HINT_PRESENCE_MS, so that others know of it. Who is asked answers, and who was heard within
 * HINT_PEER_MS is told.
 *
 *   hint = HEAD SPACE PROJECTED [SPACE ?]      decimal; `?` asks everyone to say where it is
 *        | epoch                               of `gachapon new-epoch`: this may be another log by now */
#include "base/check.h"
#include "eventstore/eventstore_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HINT_EVERY_MS 2
#define HINT_PRESENCE_MS 20000
#define HINT_PEER_MS 60000

static const struct pg_statement listen_statement = {.name = "eventstore_listen"};
static const struct pg_statement hint_statement = {.name = "eventstore_hint"};

static void on_state(void *ctx, bool ready);
static void on_notify(void *ctx, const char *payload);
static void on_pause(void *ctx);
static void on_presence(void *ctx);
static void send(struct eventstore *store, bool first, bool asks);
static void on_sent(void *ctx, const struct pg_outcome *outcome);

bool eventstore_hints_open(struct eventstore *store, const struct pg_config *like, char ret_failure[200])
{
    struct pg_config config = *like;
    config.application_name = "gachapon hints";
    config.synchronous_commit_off = true;
    config.on_notify = on_notify;
    loop_timer_init(&store->hints.pause, store->loop, on_pause, store);
    loop_timer_init(&store->hints.presence, store->loop, on_presence, store);
    store->hints.pg = pg_open(store->loop, &config, on_state, store, ret_failure);
    return store->hints.pg != NULL;
}

void eventstore_hints_close(struct eventstore *store)
{
    if (store->hints.pg == NULL)
        return;
    pg_close(store->hints.pg);
    loop_timer_stop(&store->hints.pause);
    loop_timer_stop(&store->hints.presence);
}

void eventstore_on_hint(struct eventstore *store, hint_heard heard, void *ctx)
{
    check_magic(store, EVENTSTORE_MAGIC);
    store->hints.heard = heard;
    store->hints.ctx = ctx;
}

/* ---- telling ---- */

static bool has_peers(const struct eventstore *store)
{
    return store->hints.heard_ms != 0 && loop_mono_ms(store->loop) - store->hints.heard_ms < HINT_PEER_MS;
}

static void send_wanted(struct eventstore *store)
{
    if (store->hints.wanted && !store->hints.sending && !loop_timer_running(&store->hints.pause) &&
        has_peers(store))
        send(store, false, false);
}

void eventstore_hint_appended(struct eventstore *store, uint64_t position)
{
    store->hints.head = position;
    store->hints.wanted = true;
    send_wanted(store);
}

void eventstore_hint_projected(struct eventstore *store, uint64_t position)
{
    check_magic(store, EVENTSTORE_MAGIC);
    store->hints.projected = position;
    store->hints.wanted = true;
    send_wanted(store);
}

static void send(struct eventstore *store, bool first, bool asks)
{
    struct pg_params params;
    char hint[64];
    snprintf(hint, sizeof hint, "%" PRIu64 " %" PRIu64 "%s", store->hints.head, store->hints.projected,
             asks ? " ?" : "");
    arena_reset(&store->params);
    pg_params_init(&params, &store->params);
    pg_param_text(&params, slice_text(hint));
    struct pg_call calls[] = {{&listen_statement, NULL}, {&hint_statement, &params}};
    store->hints.wanted = false;
    store->hints.sending = true;
    store->counters.hints_sent++;
    pg_run(store->hints.pg, first ? calls : calls + 1, first ? 2 : 1, on_sent, store);
}

/* A refusal or a loss is no more than a hint that was lost. */
static void on_sent(void *ctx, const struct pg_outcome *outcome)
{
    struct eventstore *store = ctx;
    check_magic(store, EVENTSTORE_MAGIC);
    store->hints.sending = false;
    if (outcome->err == ERR_REFUSED)
        eventstore_fail(store, "hint: %s %.120s", outcome->sqlstate, outcome->message);
    loop_timer_start(&store->hints.pause, HINT_EVERY_MS);
}

static void on_pause(void *ctx)
{
    struct eventstore *store = ctx;
    check_magic(store, EVENTSTORE_MAGIC);
    send_wanted(store);
}

static void on_presence(void *ctx)
{
    struct eventstore *store = ctx;
    check_magic(store, EVENTSTORE_MAGIC);
    loop_timer_start(&store->hints.presence, HINT_PRESENCE_MS);
    if (!store->hints.sending && pg_ready(store->hints.pg))
        send(store, false, true);
}

/* ---- hearing ---- */

static void on_state(void *ctx, bool ready)
{
    struct eventstore *store = ctx;
    check_magic(store, EVENTSTORE_MAGIC);
    loop_timer_stop(&store->hints.presence);
    if (!ready)
        return;
    loop_timer_start(&store->hints.presence, HINT_PRESENCE_MS);
    send(store, true, true);
}

/* False: no hint of ours. */
static bool parse(const char *payload, uint64_t *ret_head, uint64_t *ret_projected, bool *ret_asks)
{
    char *end;
    *ret_head = strtoull(payload, &end, 10);
    if (end == payload || *end != ' ')
        return false;
    const char *second = end + 1;
    *ret_projected = strtoull(second, &end, 10);
    *ret_asks = strcmp(end, " ?") == 0;
    return end != second && (*ret_asks || *end == '\0') && *ret_head <= INT64_MAX &&
           *ret_projected <= INT64_MAX;
}

static void on_notify(void *ctx, const char *payload)
{
    struct eventstore *store = ctx;
    uint64_t head, projected;
    bool asks;
    check_magic(store, EVENTSTORE_MAGIC);
    if (strcmp(payload, "epoch") == 0)
        eventstore_doubt(store);
    if (!parse(payload, &head, &projected, &asks))
        return;
    store->counters.hints_heard++;
    store->hints.heard_ms = loop_mono_ms(store->loop);
    if (asks) {
        store->hints.wanted = true;
        send_wanted(store);
    }
    if (!store->opened)
        return;
    eventstore_follow_to(store, head);
    if (store->hints.heard != NULL)
        store->hints.heard(store->hints.ctx, head, projected);
}
