/* request: how a command walks through the server.
 *
 *   decode        bytes -> struct, limits first                    step_decode         (here)
 *   authenticate  may this session send this?                      step_authenticate   (here)
 *   load          the states the command decides on                step_load           load.c, states.c
 *   decide        (states, command, context) -> events|rejection   step_decide         load.c -> domain
 *   append        events join the open batch, states evolve        step_append         batch.c -> eventstore
 *   reply         after the commit, and for `strong` after the     step_reply          reply.c
 *                 projections and their rows
 *
 * Apart from the path: confirm (does the log agree with a rejection: confirm.c), known (the command id is in
 * the log: answer as the first time, known.c), query (query.c) and account (sign_in, refresh, register,
 * follow, ping: account.c).
 *
 * A step does its part, names the next step and returns STEP_NEXT; or it started something that will call
 * request_advance or request_resume and returns STEP_WAIT; or it has answered and finished the request
 * (STEP_DONE).
 *
 * Invariants: a request is answered exactly once; a session that goes away does not stop a command, only its
 * answer; a request holds its session by id, never by pointer; nothing decided on uncommitted state leaves
 * before its commit.
 *
 * When you add a step: its entry in enum request_step, in the table below, and its function in the file of
 * its part. */
#include "request/internal.h"
#include <sodium.h>
#include <stdlib.h>

static enum step_result step_decode(struct request *request);
static enum step_result step_authenticate(struct request *request);

static enum step_result (*const steps[STEP_COUNT])(struct request *request) = {
    [STEP_DECODE] = step_decode,   [STEP_AUTHENTICATE] = step_authenticate,
    [STEP_LOAD] = step_load,       [STEP_DECIDE] = step_decide,
    [STEP_APPEND] = step_append,   [STEP_REPLY] = step_reply,
    [STEP_CONFIRM] = step_confirm, [STEP_KNOWN] = step_known,
    [STEP_QUERY] = step_query,     [STEP_ACCOUNT] = step_account,
};

void request_advance(struct request *request)
{
    enum step_result result;
    do {
        check_magic(request, REQUEST_MAGIC);
        result = steps[request->step](request);
    } while (result == STEP_NEXT);
}

/* ---- decode ---- */

/* The id and digest that make a command itself whenever it is sent again. */
static enum step_result identify_command(struct request *request)
{
    const struct command_desc *desc = request->desc;
    request->command_id = request->meta.command_id;
    if (desc->id_from >= 0) {
        const struct field_desc *field = &desc->payload->fields[desc->id_from];
        struct slice value;
        memcpy(&value, (char *)command_payload_mutable(&request->command) + field->offset, sizeof value);
        request->command_id = uuid_derived(desc->name, value);
    }
    if (uuid_is_nil(request->command_id))
        return reply_error(request, ERROR_COMMAND_ID_MISSING, NULL);
    secrets_digest(request->requests->secrets, request->actor, request->type, request->payload,
                   request->digest);
    request->step = STEP_AUTHENTICATE;
    return STEP_NEXT;
}

static enum step_result step_decode(struct request *request)
{
    const struct message_desc *message = schema_message((int)request->type);
    request->desc = schema_command((int)request->type);
    request->step = STEP_AUTHENTICATE;
    if (schema_view_of_query((int)request->type) != NULL) {
        request->kind = REQUEST_QUERY;
        return STEP_NEXT;
    }
    if (message != NULL && !message->push) {
        request->kind = REQUEST_MESSAGE;
        return STEP_NEXT;
    }
    if (request->desc == NULL || (request->desc->roles == ROLE_INTERNAL && request->session_id != 0))
        return reply_error(request, ERROR_TYPE_UNKNOWN, NULL);
    request->kind = REQUEST_COMMAND;
    request->command.type = (enum command_type)request->type;
    struct wire_fault fault;
    if (!codec_decode(request->desc->payload, request->payload, &request->arena,
                      command_payload_mutable(&request->command), &fault))
        return reply_error(request, fault.code, arena_printf(&request->arena, "%s", fault.where));
    return identify_command(request);
}

/* ---- authenticate ---- */

/* A second copy of a command in flight joins the first. Another command with the same id waits for its end,
 * which says whose the id is. True when it does either. */
static bool join_copy(struct request *request, enum step_result *ret_result)
{
    struct requests *requests = request->requests;
    struct request *first = map_get(&requests->by_command_id, request->command_id);
    if (first == NULL) {
        if (map_put(&requests->by_command_id, request->command_id, request) == ERR_OK) {
            request->tracked = true;
            return false;
        }
        *ret_result = reply_error(request, ERROR_OVERLOADED, NULL);
        return true;
    }
    list_remove(&request->node);
    *ret_result = STEP_WAIT;
    if (sodium_memcmp(first->digest, request->digest, sizeof first->digest) != 0) {
        list_append(&first->rivals, &request->node);
        return true;
    }
    if (request->meta.consistency == CONSISTENCY_STRONG)
        first->meta.consistency = CONSISTENCY_STRONG; /* one answer for both: not before either may have it */
    list_append(&first->copies, &request->node);
    first->copies_since_asked = true;
    requests->counters.repeats++;
    return true;
}

static enum step_result step_authenticate(struct request *request)
{
    if (request->kind == REQUEST_MESSAGE) {
        request->step = STEP_ACCOUNT;
        return STEP_NEXT;
    }
    if (request->kind == REQUEST_QUERY) {
        if (request->requests->draining)
            return reply_error(request, ERROR_DRAINING, NULL);
        request->step = STEP_QUERY;
        return STEP_NEXT;
    }
    if (uuid_is_nil(request->actor) && request->session_id != 0)
        return reply_error(request, ERROR_SIGNED_OUT, NULL);
    if ((request->desc->roles & request->roles) == 0)
        return reply_error(request, ERROR_FORBIDDEN, NULL);
    if (request->requests->draining && request->session_id != 0) /* the server's own finish what was taken */
        return reply_error(request, ERROR_DRAINING, NULL);
    enum step_result result;
    if (join_copy(request, &result))
        return result;
    request->step = recent_holds(&request->requests->recent, request->command_id) ? STEP_KNOWN : STEP_LOAD;
    return STEP_NEXT;
}

/* ---- life ---- */

struct session *request_session(const struct request *request)
{
    struct socket_server *server = request->requests->server;
    return request->session_id == 0 || server == NULL ? NULL : socket_session(server, request->session_id);
}

struct request *request_new(struct requests *requests)
{
    struct list_node *node = list_pop(&requests->free);
    if (node == NULL)
        return NULL;
    struct request *request = list_entry(node, struct request, node);
    struct arena arena = request->arena;
    *request = (struct request){.magic = REQUEST_MAGIC, .requests = requests, .arena = arena};
    list_init(&request->copies);
    list_init(&request->rivals);
    list_append(&requests->active, &request->node);
    requests->in_flight++;
    request->started_us = loop_mono_us();
    return request;
}

void request_leave_admission(struct request *request)
{
    if (request->admission != NULL)
        admission_leave(request->admission);
    request->admission = NULL;
}

static void record_latency(struct request *request)
{
    struct requests_counters *counters = &request->requests->counters;
    uint64_t us = loop_mono_us() - request->started_us;
    int bucket = 0;
    while (bucket < LATENCY_BUCKETS - 1 && us >= (16ull << bucket))
        bucket++;
    counters->command_latency[bucket]++;
    counters->command_latency_sum_us += us;
}

void request_finish(struct request *request)
{
    struct requests *requests = request->requests;
    check_magic(request, REQUEST_MAGIC);
    check(list_empty(&request->copies));
    check(request->batch == NULL);
    if (request->kind == REQUEST_COMMAND)
        record_latency(request);
    release_entries(request);
    request_leave_admission(request);
    newcomer_ends(request);
    requests->payload_bytes -= request->payload.size;
    if (request->tracked)
        map_remove(&requests->by_command_id, request->command_id);
    struct list_node *rival;
    while ((rival = list_pop(&request->rivals)) != NULL)
        request_resume(list_entry(rival, struct request, node));
    if (list_linked(&request->session_node)) {
        list_remove(&request->session_node);
        struct session *session = request_session(request);
        if (session != NULL)
            client_of(session)->in_flight--;
    }
    if (request->kind == REQUEST_MESSAGE)
        arena_wipe(&request->arena); /* tokens and passwords */
    else if (request->arena.held_bytes > 16384)
        arena_release(&request->arena);
    else
        arena_reset(&request->arena);
    list_remove(&request->node);
    request->magic = 0;
    requests->in_flight--;
    list_append(requests->free.next, &request->node); /* in front: its memory is in the cache */
}

void request_resume(struct request *request)
{
    list_remove(&request->node);
    list_append(&request->requests->resumed, &request->node);
    loop_again(request->requests->loop);
}

void requests_stage_resume(void *ctx)
{
    struct requests *requests = ctx;
    batches_mend(requests);
    while (!list_empty(&requests->stalled) && batch_has_room(requests)) {
        struct list_node *node = list_pop(&requests->stalled);
        list_append(&requests->resumed, node);
    }
    struct list_node now;
    list_init(&now);
    list_splice(&now, &requests->resumed); /* what is resumed meanwhile waits for the next turn */
    struct list_node *node;
    while ((node = list_pop(&now)) != NULL) {
        list_append(&requests->active, node);
        request_advance(list_entry(node, struct request, node));
    }
}

enum err requests_run(struct requests *requests, const struct command *command, struct uuid command_id,
                      struct uuid actor, struct uuid cause, request_done done, void *ctx)
{
    struct request *request = request_new(requests); /* there is a reserve that sessions do not get */
    if (request == NULL)
        return ERR_FULL;
    const struct command_desc *desc = schema_command((int)command->type);
    struct command copy = *command;
    request->type = (uint32_t)command->type;
    request->roles = ROLE_INTERNAL | ROLE_PLAYER | ROLE_GAME_ADMIN | ROLE_GAME_SERVICE;
    request->actor = actor;
    request->cause = cause;
    request->meta.command_id = command_id;
    request->meta.consistency = CONSISTENCY_STRONG;
    request->done = done;
    request->done_ctx = ctx;
    buf_clear(&requests->out);
    if (codec_encode(&requests->out, desc->payload, command_payload_mutable(&copy), CODEC_PLAIN) == ERR_OK)
        request->payload = slice_copy(&request->arena, buf_slice(&requests->out));
    if (request->payload.data == NULL) { /* no memory: a command of our own making fits */
        request_finish(request);
        return ERR_FULL;
    }
    requests->payload_bytes += request->payload.size;
    request_resume(request);
    return ERR_OK;
}

/* ---- the whole ---- */

#define RESERVED_REQUESTS 64 /* for the server's own commands */
#define JANITOR_EVERY_MS 100
#define JANITOR_CLIENTS_EVERY 10 /* walking every session is dear: once a second */
#define REQUEST_ARENA_CHUNK_BYTES 2048
#define REQUEST_ARENA_MAX_BYTES (1u << 20)

static void janitor(void *ctx)
{
    struct requests *requests = ctx;
    replies_overdue(requests);
    admission_look(&requests->commands, loop_mono_ms(requests->loop));
    admission_look(&requests->queries, loop_mono_ms(requests->loop));
    if (++requests->janitor_runs % JANITOR_CLIENTS_EVERY == 0)
        clients_housekeeping(requests);
    loop_timer_start(&requests->janitor, JANITOR_EVERY_MS);
}

struct requests *requests_new(struct loop *loop, const struct requests_config *config,
                              struct eventstore *store, struct auth *auth, struct keycloak *keycloak,
                              const struct secrets *secrets)
{
    struct requests *requests = calloc(1, sizeof *requests);
    if (requests == NULL)
        return NULL;
    *requests = (struct requests){.loop = loop,
                                  .config = *config,
                                  .store = store,
                                  .auth = auth,
                                  .keycloak = keycloak,
                                  .secrets = secrets};
    list_init(&requests->free);
    list_init(&requests->active);
    list_init(&requests->resumed);
    list_init(&requests->stalled);
    list_init(&requests->rejected);
    list_init(&requests->confirms);
    list_init(&requests->repeated);
    list_init(&requests->lookups);
    list_init(&requests->awaiting_projection);
    list_init(&requests->expected);
    list_init(&requests->signing);
    map_init(&requests->by_command_id);
    admission_init(&requests->commands, config->queue_ms, config->queue_least, config->requests_max);
    admission_init(&requests->queries, config->queue_ms, config->queue_least / 4, config->requests_max);
    buf_init(&requests->out, 16u << 20);
    uint32_t count = config->requests_max + RESERVED_REQUESTS;
    requests->pool = calloc(count, sizeof *requests->pool);
    requests->states = states_new(store, config->states_max, config->states_bytes_max);
    if (requests->pool == NULL || requests->states == NULL || batches_init(requests) != ERR_OK ||
        recent_init(&requests->recent) != ERR_OK) {
        requests_free(requests);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        arena_init(&requests->pool[i].arena, REQUEST_ARENA_CHUNK_BYTES, REQUEST_ARENA_MAX_BYTES);
        list_append(&requests->free, &requests->pool[i].node);
    }
    loop_timer_init(&requests->janitor, loop, janitor, requests);
    loop_timer_start(&requests->janitor, JANITOR_EVERY_MS);
    return requests;
}

void requests_free(struct requests *requests)
{
    if (requests == NULL)
        return;
    loop_timer_stop(&requests->janitor);
    batches_release(requests);
    confirms_release(requests);
    lookups_release(requests);
    if (requests->pool != NULL)
        for (uint32_t i = 0; i < requests->config.requests_max + RESERVED_REQUESTS; i++) {
            if (requests->pool[i].magic == REQUEST_MAGIC && requests->pool[i].kind == REQUEST_MESSAGE)
                arena_wipe(&requests->pool[i].arena);
            arena_release(&requests->pool[i].arena);
        }
    free(requests->pool);
    states_free(requests->states); /* with what unfinished requests have pinned */
    map_release(&requests->by_command_id);
    recent_release(&requests->recent);
    buf_release(&requests->out);
    free(requests);
}

void requests_attach(struct requests *requests, struct projector *projector, struct notify *notify,
                     struct socket_server *server)
{
    requests->projector = projector;
    requests->notify = notify;
    requests->server = server;
}

void requests_drain(struct requests *requests)
{
    requests->draining = true;
}

uint32_t requests_in_flight(const struct requests *requests)
{
    return requests->in_flight;
}

const struct requests_counters *requests_counters(struct requests *requests)
{
    requests->counters.states = *states_counters(requests->states);
    requests->counters.commands_inside = requests->commands.inside;
    requests->counters.commands_bound = admission_bound(&requests->commands);
    requests->counters.queries_inside = requests->queries.inside;
    return &requests->counters;
}
