/* known: a command whose id the log holds is answered from the log, as the first time.
 *
 * Three ways lead here: the store refused a batch because an id in it is known; a command was rejected and
 * might be the repeat of one that took effect; or another command with its id is under way, of which only one
 * can be the id's owner. If the log has the id, sender, type and content must be the same (the digest), or it
 * is `command_id_reused`; the answer is then rebuilt from the stored events. If it has not, the rejection
 * stands. */
#include "request/internal.h"
#include <sodium.h>

/* Decodes the event that answers the command; NULL when the log does not hold what it must. */
static const struct event *answer_of(struct request *request, const struct stored_event *events,
                                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if ((int)events[i].type != request->desc->reply_event)
            continue;
        struct event *event = arena_alloc(&request->arena, sizeof *event);
        struct slice data = slice_copy(&request->arena, events[i].data);
        struct wire_fault fault;
        if (event == NULL || data.data == NULL)
            return NULL;
        event->type = (enum event_type)events[i].type;
        return codec_decode_stored(event_type_desc(event->type), data, events[i].personal_key,
                                   &request->arena, event_payload_mutable(event), &fault)
                   ? event
                   : NULL;
    }
    return NULL;
}

static void on_found(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct request *request = ctx;
    (void)more;
    check_magic(request, REQUEST_MAGIC);
    request->step = STEP_REPLY;
    if (err != ERR_OK) {
        request->rejection = error_of_err(err);
    } else if (count == 0) {
        if (request->rejection == ERROR_NONE)
            request->rejection = ERROR_INTERNAL;
    } else if (sodium_memcmp(events[0].digest, request->digest, sizeof request->digest) != 0) {
        request->rejection = ERROR_COMMAND_ID_REUSED;
    } else {
        request->requests->counters.repeats++;
        request->answer = answer_of(request, events, count);
        request->position = events[count - 1].position;
        request->rejection = request->answer == NULL ? ERROR_INTERNAL : ERROR_NONE;
    }
    if (err != ERR_OK || count > 0)
        request->detail = NULL; /* it was the domain's, whose word this is no more */
    request_advance(request);
}

enum step_result step_known(struct request *request)
{
    eventstore_find_commands(request->requests->store, &request->command_id, 1, on_found, request);
    return STEP_WAIT;
}
