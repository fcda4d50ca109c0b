/* metrics: one table a part: name, kind, sentence, value. Counters live in the parts; nothing is kept here.
 *
 * When you add a counter: its field in the part's counters struct, its line here. */
#include "metrics.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct metric {
    const char *name, *kind, *sentence;
    uint64_t value;
};

/* What stands above a metric's values. */
static enum err write_head(struct buf *out, const char *name, const char *kind, const char *sentence)
{
    return buf_printf(out, "# HELP gachapon_%s %s\n# TYPE gachapon_%s %s\n", name, sentence, name, kind);
}

static enum err write_table(struct buf *out, const struct metric *table, size_t count)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = write_head(out, table[i].name, table[i].kind, table[i].sentence);
        if (err == ERR_OK)
            err = buf_printf(out, "gachapon_%s %" PRIu64 "\n", table[i].name, table[i].value);
    }
    return err;
}
#define WRITE(out, table) write_table(out, table, sizeof table / sizeof table[0])

/* Buckets that double: bucket i is below 2^i * first_us, the last one has no end. */
static enum err write_histogram(struct buf *out, const char *name, const char *sentence,
                                const uint64_t *buckets, int count, uint64_t first_us, uint64_t sum_us)
{
    enum err err = write_head(out, name, "histogram", sentence);
    uint64_t sum = 0;
    for (int i = 0; i < count && err == ERR_OK; i++) {
        sum += buckets[i];
        if (i < count - 1)
            err = buf_printf(out, "gachapon_%s_bucket{le=\"%.6f\"} %" PRIu64 "\n", name,
                             (double)(first_us << i) / 1e6, sum);
    }
    if (err == ERR_OK)
        err = buf_printf(out,
                         "gachapon_%s_bucket{le=\"+Inf\"} %" PRIu64 "\ngachapon_%s_sum %.6f\n"
                         "gachapon_%s_count %" PRIu64 "\n",
                         name, sum, name, (double)sum_us / 1e6, name, sum);
    return err;
}

static enum err write_requests(struct buf *out, struct requests *requests)
{
    const struct requests_counters *c = requests_counters(requests);
    const struct metric table[] = {
        {"commands_total", "counter", "Commands that took effect.", c->commands},
        {"rejections_total", "counter", "Requests refused for good.", c->rejections},
        {"failures_total", "counter", "Requests refused that may be sent again.", c->failures},
        {"repeats_total", "counter", "Commands answered as the first time.", c->repeats},
        {"queries_total", "counter", "Pages of views sent.", c->queries},
        {"messages_total", "counter", "Messages received.", c->messages},
        {"malformed_total", "counter", "Messages that could not be taken.", c->malformed},
        {"withdrawn_total", "counter", "Commands taken out of refused batches.", c->withdrawn},
        {"sent_again_total", "counter", "Commands of refused batches that went out again as they were.",
         c->sent_again},
        {"conflicts_total", "counter", "Commands given up after too many refused batches.", c->conflicts},
        {"behind_total", "counter", "Strong replies that left before the views held them.", c->behind},
        {"batches_total", "counter", "Batches sent to the event store.", c->batches},
        {"batch_commands_total", "counter", "Commands in them.", c->batch_commands},
        {"overloaded_total", "counter", "Messages refused as there was too much to do.", c->overloaded},
        {"commands_inside", "gauge", "Commands let in and not answered.", c->commands_inside},
        {"commands_bound", "gauge", "How many may be, by what is answered a second.", c->commands_bound},
        {"queries_inside", "gauge", "Queries let in and not answered, but those that wait for a position.",
         c->queries_inside},
        {"states", "gauge", "Streams in memory.", c->states.entries},
        {"states_idle", "gauge", "Streams in memory that no request holds.", c->states.idle},
        {"states_idle_bytes", "gauge", "What those take.", c->states.idle_bytes},
        {"states_loaded_total", "counter", "Streams loaded from the log.", c->states.loaded},
        {"states_evicted_total", "counter", "Streams let go to make room.", c->states.evicted},
        {"states_doubted_total", "counter", "Streams in memory that were found to be wrong.",
         c->states.doubted},
        {"requests_in_flight", "gauge", "Requests not answered yet.", requests_in_flight(requests)},
    };
    enum err err = WRITE(out, table);
    if (err == ERR_OK)
        err = write_histogram(out, "command_seconds", "From decode to reply.", c->command_latency,
                              LATENCY_BUCKETS, 16, c->command_latency_sum_us);
    return err;
}

static enum err write_projections(struct buf *out, const struct projector *projector)
{
    enum err err = write_head(out, "projection_held_position", "gauge", "Position one projection holds.");
    for (uint32_t i = 0; i < projector_count(projector) && err == ERR_OK; i++) {
        struct projection_status status = projector_status(projector, i);
        err = buf_printf(out, "gachapon_projection_held_position{projection=\"%s\"} %" PRIu64 "\n",
                         status.name, status.position);
    }
    if (err == ERR_OK)
        err = write_head(out, "projection_stopped_at", "gauge",
                         "Event that a projection cannot take; 0 for none.");
    for (uint32_t i = 0; i < projector_count(projector) && err == ERR_OK; i++) {
        struct projection_status status = projector_status(projector, i);
        err = buf_printf(out, "gachapon_projection_stopped_at{projection=\"%s\"} %" PRIu64 "\n", status.name,
                         status.failed_position);
    }
    return err;
}

static enum err write_stores(struct buf *out, const struct metrics_parts *parts)
{
    const struct eventstore_counters *s = eventstore_counters(parts->store);
    const struct projector_counters *p = projector_counters(parts->projector);
    uint64_t head = eventstore_head(parts->store);
    const struct metric table[] = {
        {"eventstore_batches_total", "counter", "Batches committed.", s->batches},
        {"eventstore_events_total", "counter", "Events committed.", s->events},
        {"eventstore_refused_total", "counter", "Batches refused.", s->refused},
        {"eventstore_lost_total", "counter", "Appends whose connection was lost.", s->lost},
        {"eventstore_reconnects_total", "counter", "Connections made again.", s->reconnects},
        {"eventstore_loads_total", "counter", "Pages of streams loaded.", s->loads},
        {"eventstore_snapshots_total", "counter", "States kept beside the log.", s->snapshots},
        {"eventstore_reads_total", "counter", "Pages of the log read.", s->reads},
        {"eventstore_hints_sent_total", "counter", "Hints sent to other nodes.", s->hints_sent},
        {"eventstore_hints_heard_total", "counter", "Hints heard from other nodes.", s->hints_heard},
        {"eventstore_head", "gauge", "Last position known.", head},
        {"projection_batches_total", "counter", "Transactions of the projections.", p->batches},
        {"projection_events_total", "counter", "Events projected.", p->events},
        {"projection_rows_total", "counter", "Rows written.", p->rows},
        {"projection_failures_total", "counter", "Projection transactions that failed.", p->failures},
        {"projection_reconnects_total", "counter", "Connections made again.", p->reconnects},
        {"projection_tombstones_pruned_total", "counter", "Tombstones deleted.", p->pruned},
        {"projection_queries_total", "counter", "Queries run.", p->queries},
        {"projection_position", "gauge", "Position the views hold.", p->position},
        {"projection_lag_events", "gauge", "Events the views are behind.",
         head > p->position ? head - p->position : 0},
    };
    enum err err = WRITE(out, table);
    return err == ERR_OK ? write_projections(out, parts->projector) : err;
}

static enum err write_edges(struct buf *out, const struct metrics_parts *parts)
{
    const struct socket_counters *s = socket_counters(parts->server);
    const struct notify_counters *n = notify_counters(parts->notify);
    const struct auth_counters *a = auth_counters(parts->auth);
    const struct metric table[] = {
        {"sockets", "gauge", "WebSockets open.", socket_session_count(parts->server)},
        {"sockets_accepted_total", "counter", "WebSockets opened.", s->accepted},
        {"sockets_refused_total", "counter", "Upgrades refused.", s->refused},
        {"sockets_turned_away_total", "counter", "Connections for which there was no descriptor.",
         s->turned_away},
        {"rate_limited_total", "counter", "Messages over a limit of rate.", s->rate_limited},
        {"addresses", "gauge", "Addresses counted: connected, or over a limit lately.", s->addresses},
        {"sockets_closed_by_server_total", "counter", "Sockets the server closed.", s->closed_by_server},
        {"socket_bytes_in_total", "counter", "Payload bytes received.", s->bytes_in},
        {"socket_bytes_out_total", "counter", "Payload bytes sent.", s->bytes_out},
        {"socket_messages_out_total", "counter", "Messages sent.", s->messages_out},
        {"notify_deliveries_total", "counter", "Row messages queued.", n->deliveries},
        {"notify_rows_own_total", "counter", "Own rows told.", n->rows_own},
        {"notify_rows_public_total", "counter", "Public rows told.", n->rows_public},
        {"notify_collapsed_total", "counter", "Slow readers put on catch-up.", n->collapsed},
        {"notify_catch_ups_total", "counter", "Catch-ups begun.", n->catch_ups},
        {"notify_snapshots_total", "counter", "Public catch-ups without a query.", n->snapshots},
        {"tokens_verified_total", "counter", "Tokens whose signature was checked.", a->verified},
        {"tokens_remembered_total", "counter", "Tokens known from before.", a->remembered},
        {"tokens_refused_total", "counter", "Tokens refused.", a->refused},
        {"key_fetches_total", "counter", "Fetches of the issuer's keys.", a->key_fetches},
        {"keys_known", "gauge", "Keys of the issuer that verify tokens now.", a->keys_known},
        {"keys_age_seconds", "gauge", "Since they were fetched, or since the start if never.", a->keys_age_s},
    };
    enum err err = WRITE(out, table);
    if (err == ERR_OK)
        err = write_head(out, "key_fetch_failures_total", "counter", "Fetches of keys that failed, by kind.");
    for (int kind = 0; kind < KEY_FAILURE_KINDS && err == ERR_OK; kind++)
        err = buf_printf(out, "gachapon_key_fetch_failures_total{kind=\"%s\"} %" PRIu64 "\n",
                         key_failure_name((enum key_failure)kind), a->key_fetch_failures[kind]);
    return err;
}

/* How the server's own account stands in Keycloak, and how it hears of what happens there. */
static enum err write_keycloak(struct buf *out, const struct keycloak *keycloak)
{
    static const char *const lists[] = {[KEYCLOAK_ADMIN_EVENTS] = "admin", [KEYCLOAK_USER_EVENTS] = "user"};
    struct keycloak_account account = keycloak_account(keycloak);
    const struct metric table[] = {
        {"keycloak_account_refused", "gauge", "Whether the service account gets no token.", account.refused}};
    enum err err = WRITE(out, table);
    if (err == ERR_OK)
        err = write_head(out, "keycloak_role_missing", "gauge", "Whether the service account lacks a role.");
    for (int role = 0; role < KEYCLOAK_ROLE_COUNT && err == ERR_OK; role++)
        err = buf_printf(out, "gachapon_keycloak_role_missing{role=\"%s\"} %d\n",
                         keycloak_role_name((enum keycloak_role)role), (account.missing & 1u << role) != 0);
    if (err == ERR_OK)
        err = write_head(out, "keycloak_events_age_seconds", "gauge",
                         "Since the last good look at its events.");
    for (int source = 0; source < KEYCLOAK_SOURCES && err == ERR_OK; source++)
        err = buf_printf(out, "gachapon_keycloak_events_age_seconds{list=\"%s\"} %.3f\n", lists[source],
                         (double)keycloak_followed(keycloak, (enum keycloak_source)source).age_ms / 1e3);
    if (err != ERR_OK || !account.clock_known)
        return err;
    err = write_head(out, "keycloak_clock_ahead_seconds", "gauge",
                     "Keycloak's clock against ours, to a second.");
    return err != ERR_OK ? err
                         : buf_printf(out, "gachapon_keycloak_clock_ahead_seconds %.3f\n",
                                      (double)account.clock_ahead_ms / 1e3);
}

static enum err write_closes(struct buf *out, const struct socket_counters *sockets)
{
    enum err err =
        write_head(out, "sockets_closed_total", "counter", "Sockets the server closed, by close code.");
    for (int i = 0; i < SCHEMA_CLOSE_COUNT && err == ERR_OK; i++)
        err = buf_printf(out, "gachapon_sockets_closed_total{code=\"%u\",name=\"%s\"} %" PRIu64 "\n",
                         (unsigned)schema_closes[i].code, schema_closes[i].name, sockets->closed[i]);
    return err;
}

static enum err write_sign_outs(struct buf *out, const struct metrics_parts *parts)
{
    const struct revocations_counters *r = revocations_counters(parts->revocations);
    struct keycloak_counters k = {0};
    if (parts->keycloak != NULL)
        k = *keycloak_counters(parts->keycloak);
    const struct metric table[] = {
        {"revocations_taken_total", "counter", "Sign-outs and the like, learnt here.", r->taken},
        {"revocations_heard_total", "counter", "Read from the table: of other nodes, or from before.",
         r->heard},
        {"revocations_unkept", "gauge", "Waiting for the event store's database.", r->unkept},
        {"admin_events_total", "counter", "Events of Keycloak's that meant something.", k.events},
        {"admin_event_passes_total", "counter", "Looks at Keycloak's admin events.", k.passes},
        {"admin_event_passes_failed_total", "counter", "Looks that failed: they are made again.",
         k.passes_failed},
    };
    enum err err = WRITE(out, table);
    return err == ERR_OK && parts->keycloak != NULL ? write_keycloak(out, parts->keycloak) : err;
}

static enum err write_loop(struct buf *out, const struct loop *loop)
{
    const struct loop_counters *l = loop_counters(loop);
    enum err err = write_histogram(out, "loop_turn_seconds", "Turns of the loop, without its sleep.",
                                   l->turns, LOOP_TURN_BUCKETS, 64, l->turns_us);
    if (err == ERR_OK)
        err = write_head(out, "loop_longest_turn_seconds", "gauge", "The longest since the start.");
    return err != ERR_OK
               ? err
               : buf_printf(out, "gachapon_loop_longest_turn_seconds %.6f\n", (double)l->longest_us / 1e6);
}

static enum err write_processes(struct buf *out, const struct processes *processes)
{
    static const struct metric shapes[] = {
        {"process_lag_events", "gauge", "Events a process has not followed yet.", 0},
        {"process_timers_due", "gauge", "Timers due when it looked, 64 at most.", 0},
        {"process_timers_done_total", "counter", "Timers finished here.", 0},
        {"process_retries_total", "counter", "Tries of a timer that came to nothing.", 0},
    };
    const struct metric table[] = {
        {"process_leads", "gauge", "Whether the processes run on this node.", processes_lead(processes)}};
    enum err err = WRITE(out, table);
    for (size_t shape = 0; shape < sizeof shapes / sizeof shapes[0] && err == ERR_OK; shape++) {
        const char *name = shapes[shape].name;
        err = write_head(out, name, shapes[shape].kind, shapes[shape].sentence);
        for (uint32_t i = 0; i < processes_count(processes) && err == ERR_OK; i++) {
            struct process_status status = processes_status(processes, i);
            uint64_t lag = status.head > status.position ? status.head - status.position : 0;
            uint64_t values[] = {lag, status.due, status.done, status.retries};
            err = buf_printf(out, "gachapon_%s{process=\"%s\"} %" PRIu64 "\n", name, status.name,
                             values[shape]);
        }
    }
    return err;
}

/* Bytes in memory; 0 where the kernel does not tell. Of procfs: no disk is asked. */
static uint64_t resident_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL || fscanf(file, "%*u %llu", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Whether players can be served and which part is missing; then the process, by the names that every
 * Prometheus client library gives these. */
static enum err write_process(struct buf *out, const struct metrics_parts *parts)
{
    bool store = eventstore_ready(parts->store), views = projector_ready(parts->projector);
    bool tokens = auth_ready(parts->auth);
    const struct metric table[] = {
        {"ready", "gauge", "Whether a command could be taken now, as /readyz says while it does not drain.",
         store && views && tokens},
        {"ready_event_store", "gauge", "Whether the event store is there.", store},
        {"ready_projections", "gauge", "Whether the views are there and caught up.", views},
        {"ready_tokens", "gauge", "Whether keys and revocations are known.", tokens},
    };
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    enum err err = WRITE(out, table);
    if (err == ERR_OK)
        err = write_head(out, "build_info", "gauge", "The version that runs.");
    if (err == ERR_OK)
        err = buf_printf(out, "gachapon_build_info{version=\"%s\"} 1\n", GACHAPON_VERSION);
    if (err == ERR_OK)
        err = buf_printf(out,
                         "# HELP process_cpu_seconds_total CPU time spent.\n"
                         "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total %.3f\n",
                         (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                             (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    if (err == ERR_OK)
        err = buf_printf(out,
                         "# HELP process_resident_memory_bytes Memory resident.\n"
                         "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %" PRIu64
                         "\n",
                         resident_bytes());
    if (err == ERR_OK)
        err = buf_printf(out,
                         "# HELP process_start_time_seconds When it began, unix seconds.\n"
                         "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %" PRId64 "\n",
                         parts->started_at_s);
    return err;
}

enum err metrics_write(struct buf *out, const struct metrics_parts *parts)
{
    enum err err = write_process(out, parts);
    if (err == ERR_OK)
        err = write_requests(out, parts->requests);
    if (err == ERR_OK)
        err = write_stores(out, parts);
    if (err == ERR_OK)
        err = write_edges(out, parts);
    if (err == ERR_OK)
        err = write_closes(out, socket_counters(parts->server));
    if (err == ERR_OK)
        err = write_sign_outs(out, parts);
    if (err == ERR_OK)
        err = write_loop(out, parts->loop);
    if (err == ERR_OK && parts->processes != NULL)
        err = write_processes(out, parts->processes);
    return err;
}
