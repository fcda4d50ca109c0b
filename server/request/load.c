/* load and decide: the states a command decides on, and the decision.
 *
 * The schema says which streams a command decides on and where their keys come from, so this file knows no
 * command by name. All entries are asked for at once; those that are not in memory load side by side and the
 * request waits for the last. The context of the decision - time, seeds - is made here, as the domain has no
 * clock and no randomness.
 *
 * A rejection is never sent on faith: if a state it was decided on is ahead of the log, the rejection rides
 * on the batch that state waits for (batch_ride); and before it leaves, the log is asked whether it is right
 * (confirm.c). */
#include "request/internal.h"

/* ---- load ---- */

void release_entries(struct request *request)
{
    for (int i = 0; i < COMMAND_STREAMS_MAX; i++)
        if (request->entries[i] != NULL) {
            states_cancel(&request->waiters[i]);
            states_unpin(request->entries[i]);
            request->entries[i] = NULL;
        }
}

void requests_on_foreign(void *ctx, const struct stored_event *events, uint32_t count)
{
    struct requests *requests = ctx;
    for (uint32_t i = 0; i < count; i++)
        if (states_seen(requests->states, events[i].stream, events[i].version))
            requests->to_mend = true; /* what was decided on it and is not sent yet need not be */
}

static struct stream_ref stream_of(struct request *request, const struct command_stream *stream)
{
    struct stream_ref ref = {.kind = (enum stream_kind)stream->kind};
    const struct field_desc *field =
        stream->key_field < 0 ? NULL : &request->desc->payload->fields[stream->key_field];
    const char *value =
        field == NULL ? NULL : (const char *)command_payload_mutable(&request->command) + field->offset;
    switch (schema_stream(stream->kind)->key) {
    case STREAM_KEY_NONE:
        break;
    case STREAM_KEY_UUID:
        if (value == NULL)
            ref.uuid = request->actor;
        else
            memcpy(&ref.uuid, value, sizeof ref.uuid);
        break;
    case STREAM_KEY_SLUG:
        memcpy(&ref.slug, value, sizeof ref.slug);
        break;
    }
    return ref;
}

static void on_entry_ready(void *ctx, enum err err)
{
    struct request *request = ctx;
    check_magic(request, REQUEST_MAGIC);
    check(request->waiting > 0);
    if (err != ERR_OK)
        request->load_failure = err;
    if (--request->waiting == 0)
        request_resume(request);
}

/* Asks for every stream of the command that it does not hold yet. */
static enum step_result acquire(struct request *request)
{
    request->load_failure = ERR_OK;
    for (int i = 0; i < request->desc->stream_count; i++) {
        struct state_waiter *waiter = &request->waiters[i];
        *waiter = (struct state_waiter){.ready = on_entry_ready, .ctx = request};
        bool ready = states_get(request->requests->states, stream_of(request, &request->desc->streams[i]),
                                waiter, &request->entries[i]);
        if (request->entries[i] == NULL) {
            request->load_failure = ERR_NOMEM;
            break;
        }
        if (!ready)
            request->waiting++;
    }
    return request->waiting > 0 ? STEP_WAIT : STEP_NEXT;
}

enum step_result step_load(struct request *request)
{
    if (request->entries[0] == NULL && acquire(request) == STEP_WAIT)
        return STEP_WAIT;
    if (request->load_failure == ERR_CONFLICT &&
        ++request->attempts < request->requests->config.attempts_max) {
        release_entries(request); /* another node wrote while it was read */
        request_resume(request);
        return STEP_WAIT;
    }
    if (request->load_failure != ERR_OK) {
        enum err err = request->load_failure;
        log_warn("load", "type=%s err=%s", request->desc->name, err_name(err));
        return reply_error(request, error_of_err(err), NULL);
    }
    request->step = STEP_DECIDE;
    return STEP_NEXT;
}

/* ---- decide ---- */

/* A state that came into doubt between load and decide (a batch was refused): start over. */
static bool entries_hold(struct request *request)
{
    for (int i = 0; i < request->desc->stream_count; i++)
        if (request->entries[i]->situation != STATE_READY)
            return false;
    return true;
}

static void make_context(struct request *request, struct decide_context *context)
{
    *context = (struct decide_context){
        .now_ms = loop_now_ms(request->requests->loop), .actor = request->actor, .roles = request->roles};
    uint32_t seeds = (request->desc->needs & NEEDS_SEEDS) != 0  ? 3
                     : (request->desc->needs & NEEDS_SEED) != 0 ? 1
                                                                : 0;
    if (seeds == 0)
        return;
    for (int i = 0; i < request->desc->stream_count; i++) {
        if (request->entries[i]->ref.kind != STREAM_PLAYER)
            continue;
        uint32_t number = player_seed_number(&request->entries[i]->state);
        for (uint32_t seed = 0; seed < seeds; seed++)
            context->seeds[seed] =
                secrets_seed(request->requests->secrets, request->entries[i]->ref.uuid, number + seed);
        return;
    }
}

/* Keeps the events beyond the scratch decision. */
static bool keep_events(struct request *request, const struct decision *decision)
{
    request->event_count = decision->count;
    request->events = arena_array(&request->arena, decision->count, sizeof *request->events);
    if (request->events == NULL)
        return false;
    memcpy(request->events, decision->events, decision->count * sizeof *request->events);
    return true;
}

static void run_decide(struct request *request, struct decision *decision)
{
    struct decide_context context;
    struct state *states[COMMAND_STREAMS_MAX];
    for (int i = 0; i < request->desc->stream_count; i++) {
        states[i] = &request->entries[i]->state;
        request->seen[i] = states[i]->version;
    }
    make_context(request, &context);
    struct decide_input input = {.context = &context, .states = states, .arena = &request->arena};
    decision->rejection = ERROR_NONE;
    decision->detail = NULL;
    decision->failure = ERR_OK;
    decision->count = 0;
    decide(&input, &request->command, decision);
    explicit_bzero(context.seeds, sizeof context.seeds);
}

/* Every sign-in of a known player ends here: the rejection is the answer, the log need not be asked. */
static bool is_enrolled_already(const struct request *request)
{
    return request->rejection == ERROR_PLAYER_EXISTS && request->done != NULL &&
           request->command.type == COMMAND_ENROL_PLAYER &&
           request->command.enrol_player.door == DOOR_ENROLLED;
}

enum step_result step_decide(struct request *request)
{
    struct requests *requests = request->requests;
    if (request->revoked)
        return reply_error(request, ERROR_TOKEN_REVOKED, NULL);
    if (!entries_hold(request)) {
        release_entries(request);
        request->step = STEP_LOAD;
        return STEP_NEXT;
    }
    /* Decided now, it could not keep its place in the order; nor may it pass by those who wait for room. */
    if (!batch_has_room(requests) || !list_empty(&requests->stalled)) {
        list_remove(&request->node);
        list_append(&requests->stalled, &request->node);
        return STEP_WAIT;
    }
    struct decision *decision = &requests->decision;
    run_decide(request, decision);
    if (decision->failure != ERR_OK)
        return reply_error(request, error_of_err(decision->failure), NULL);
    if (decision->rejection != ERROR_NONE) {
        request->event_count = 0;
        request->rejection = decision->rejection;
        request->detail = decision->detail;
        request->step = is_enrolled_already(request) ? STEP_REPLY : STEP_CONFIRM;
        return batch_ride(request) ? STEP_WAIT : STEP_NEXT;
    }
    check(decision->count > 0 && decision->count <= LIMIT_EVENTS_PER_COMMAND_MAX);
    if (!keep_events(request, decision))
        return reply_error(request, ERROR_INTERNAL, "out of memory");
    request->step = STEP_APPEND;
    return STEP_NEXT;
}
