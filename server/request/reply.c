/* reply: the one place where an outcome - success, rejection, failure - becomes a message.
 *
 * A success is the payload of the event the schema names, so a repeat that is rebuilt from the log is the
 * same bytes. With `eventual` it leaves after the commit, with `strong` after the projections hold it and its
 * rows were queued on the same socket; when the projections do not get there in strong_wait_ms, it leaves as
 * the success it is and says where the view stands. Clients never see database text: failures are mapped to
 * the protocol's errors here.
 *
 * Copies of a command that joined the first get the same answer under their own request id. */
#include "base/warm.h"
#include "request/internal.h"
#include <inttypes.h>

enum error_code error_of_err(enum err err)
{
    switch (err) {
    case ERR_OK:
        return ERROR_NONE;
    case ERR_AWAY:
    case ERR_LOST:
    case ERR_TIMEOUT:
    case ERR_FULL:
        return ERROR_STORE_UNAVAILABLE;
    case ERR_CONFLICT:
        return ERROR_CONFLICT;
    case ERR_NOMEM:
    case ERR_MALFORMED:
    case ERR_TOO_LARGE:
    case ERR_NOT_FOUND:
    case ERR_REFUSED:
    case ERR_CONFIG:
    case ERR_IO:
    case ERR_INTEGRITY:
        return ERROR_INTERNAL;
    }
    return ERROR_INTERNAL;
}

/* An answer that cannot be made closes the socket: its client comes back and asks again. */
static void send_out(struct requests *requests, struct session *session, enum err err)
{
    if (session == NULL)
        return;
    if (err == ERR_OK)
        session_send_bytes(session, buf_slice(&requests->out));
    else
        session_close(session, CLOSE_GOING_AWAY);
}

static void log_command(const struct request *request, const char *result)
{
    if (request->desc == NULL || !log_wants(LOG_INFO))
        return;
    char id[UUID_TEXT_SIZE], actor[UUID_TEXT_SIZE];
    log_info("command",
             "type=%s id=%s actor=%s session=%" PRIu64 " result=%s position=%" PRIu64 " attempts=%u",
             request->desc->name, uuid_format(request->command_id, id), uuid_format(request->actor, actor),
             request->session_id, result, request->position, (unsigned)request->attempts);
}

/* ---- errors ---- */

void reply_fault(struct requests *requests, struct session *session, uint32_t id, enum error_code code,
                 uint32_t retry_after_ms, const char *detail)
{
    if (code == ERROR_OVERLOADED) {
        requests->counters.overloaded++;
        if (retry_after_ms == 0)
            retry_after_ms = admission_retry_ms(&requests->commands);
    }
    buf_clear(&requests->out);
    send_out(requests, session, frame_error(&requests->out, id, code, retry_after_ms, detail));
}

static void send_error(struct request *request, enum error_code code, const char *detail)
{
    struct requests *requests = request->requests;
    struct session *session = request_session(request);
    if (session != NULL)
        reply_fault(requests, session, request->id, code, 0, detail);
    if (request->done != NULL)
        request->done(request->done_ctx, code, detail, 0);
}

enum step_result reply_error(struct request *request, enum error_code code, const char *detail)
{
    struct requests *requests = request->requests;
    const struct error_desc *desc = schema_error((int)code);
    check(desc != NULL);
    log_command(request, desc->name);
    if (desc->retry == RETRY_LATER || desc->retry == RETRY_NOW)
        requests->counters.failures++;
    else
        requests->counters.rejections++;
    struct list_node *node;
    while ((node = list_pop(&request->copies)) != NULL) {
        struct request *copy = list_entry(node, struct request, node);
        send_error(copy, code, detail);
        request_finish(copy);
    }
    send_error(request, code, detail);
    request_finish(request);
    return STEP_DONE;
}

/* ---- payloads ---- */

enum step_result reply_payload(struct request *request, const struct type_desc *type, const void *payload,
                               const struct reply_meta *meta)
{
    struct requests *requests = request->requests;
    struct session *session = request_session(request);
    if (session != NULL) {
        buf_clear(&requests->out);
        enum err err = frame_reply(&requests->out, request->id, request->type, type, payload, meta);
        if (err != ERR_OK)
            return reply_error(request, ERROR_INTERNAL, NULL);
        send_out(requests, session, err);
    }
    request_finish(request);
    return STEP_DONE;
}

/* ---- a command that took effect ---- */

static const struct event *answer_event(const struct request *request)
{
    if (request->answer != NULL)
        return request->answer;
    for (uint32_t i = 0; i < request->event_count; i++)
        if ((int)request->events[i].event.type == request->desc->reply_event)
            return &request->events[i].event;
    check(!"the decision has the event its command promises as reply");
    return NULL;
}

static void send_success(struct request *request, const struct event *answer, uint64_t position)
{
    struct requests *requests = request->requests;
    struct session *session = request_session(request);
    if (session != NULL) {
        struct reply_meta meta = {.position = position,
                                  .view_position = projector_lowest(requests->projector)};
        buf_clear(&requests->out);
        send_out(requests, session,
                 frame_reply(&requests->out, request->id, request->type, event_type_desc(answer->type),
                             event_payload(answer), &meta));
    }
    if (request->done != NULL)
        request->done(request->done_ctx, ERROR_NONE, NULL, position);
}

static enum step_result succeed(struct request *request)
{
    const struct event *answer = answer_event(request);
    log_command(request, "ok");
    request->requests->counters.commands++;
    struct list_node *node;
    while ((node = list_pop(&request->copies)) != NULL) {
        struct request *copy = list_entry(node, struct request, node);
        send_success(copy, answer, request->position);
        request_finish(copy);
    }
    send_success(request, answer, request->position);
    request_finish(request);
    return STEP_DONE;
}

/* Puts the reply in its place by position; they come almost always in order. */
static void await_projection(struct request *request)
{
    struct requests *requests = request->requests;
    struct list_node *after = requests->awaiting_projection.prev;
    while (after != &requests->awaiting_projection &&
           list_entry(after, struct request, reply_node)->position > request->position)
        after = after->prev;
    list_append(after->next, &request->reply_node);
    request->reply_by_ms = loop_mono_ms(requests->loop) + requests->config.strong_wait_ms;
    if (!projector_ready(requests->projector) ||
        projector_strong_position(requests->projector) < projector_position(requests->projector))
        request_leave_admission(request); /* it is stored, and waits for what may be away for long */
}

enum step_result step_reply(struct request *request)
{
    if (request->rejection != ERROR_NONE)
        return reply_error(request, request->rejection, request->detail);
    if (request->meta.consistency == CONSISTENCY_EVENTUAL ||
        projector_strong_position(request->requests->projector) >= request->position)
        return succeed(request);
    release_entries(request);
    await_projection(request);
    return STEP_WAIT;
}

/* The request after the next one, and the next one's events. */
static void warm_next(const struct requests *requests, const struct list_node *node)
{
    const struct list_node *next = node->next;
    if (next == &requests->awaiting_projection)
        return;
    warm(list_entry(next, struct request, reply_node)->events, 4 * WARM_LINE_BYTES);
    if (next->next != &requests->awaiting_projection)
        warm(list_entry(next->next, struct request, reply_node), sizeof(struct request));
}

static void replies_projected(struct requests *requests)
{
    uint64_t position = projector_strong_position(requests->projector);
    list_each(node, &requests->awaiting_projection)
    {
        struct request *request = list_entry(node, struct request, reply_node);
        if (request->position > position)
            return;
        warm_next(requests, node);
        list_remove(node);
        succeed(request);
    }
}

void replies_overdue(struct requests *requests)
{
    uint64_t now = loop_mono_ms(requests->loop);
    list_each(node, &requests->awaiting_projection)
    {
        struct request *request = list_entry(node, struct request, reply_node);
        if (request->reply_by_ms > now)
            continue;
        list_remove(node);
        requests->counters.behind++;
        succeed(request);
    }
}

void requests_on_projected(void *ctx, const struct projected *projected)
{
    struct requests *requests = ctx;
    notify_projected(requests->notify, projected);
    replies_projected(requests);
}
