/* withdraw: a batch was refused - who goes back, and what stays as it was decided.
 *
 * The problem: a refused batch wrote nothing, and names the guilty: ids that the log knows, streams that
 * others wrote. Its other commands are as right as before, and so is most of what was decided on it in later
 * batches; with several in flight and hundreds of commands in each, taking all of them back would make one
 * client's conflict everybody's. But who read what a withdrawn command wrote must go with it, and who read
 * what that one wrote, and so on.
 *
 *   1. The store's answer comes: the guilty are taken out; the states they wrote are in doubt from the
 *      version they saw on (states_doubt); streams that others changed are, from the first.
 *   2. At the end of the turn, when all that was sent behind has come back as well, all batches that the
 *      store does not have are walked in order, commands in order: one that saw a version in doubt is taken
 *      out, and what it wrote is in doubt. One pass is enough, as nobody reads what is decided later.
 *   3. What is left is put together again: the same events, versions and bytes, in the same order, the same
 *      read position; a batch keeps its place and goes out again under a new seq.
 *   4. Those taken out go back to load: a stream of which an earlier write is left is loaded when that has
 *      committed (states.c). Those with streams that others changed at most attempts_max times, then
 *      `conflict`; those whose id the log knows go to `known`.
 *
 * Rejections that ride on a batch saw versions too, and go with them. So do personal keys, with the command
 * that made the stream. After APPEND_AWAY nobody knows what became of the whole batch: all of it is answered
 * with `store_unavailable`, and what it wrote is in doubt.
 *
 * Another node's events can put states in doubt as well (requests_on_foreign): what was not sent yet is then
 * mended without asking the store. */
#include "request/batch.h"

static bool is_known(const struct append_result *result, const struct request *request)
{
    for (uint32_t i = 0; i < result->known_command_count; i++)
        if (request->event_count > 0 && uuid_equal(result->known_commands[i], request->command_id))
            return true;
    return false;
}

/* Whether it read or wrote a stream that somebody else changed. */
static bool has_changed(const struct append_result *result, const struct request *request)
{
    for (uint32_t i = 0; i < result->changed_stream_count; i++)
        for (int k = 0; k < request->desc->stream_count; k++)
            if (request->entries[k]->number == result->changed_streams[i])
                return true;
    return false;
}

static void take_out(struct request *request, enum request_step next, enum error_code rejection)
{
    struct requests *requests = request->requests;
    for (uint32_t i = 0; i < request->event_count; i++) {
        int stream = request->events[i].stream;
        states_doubt(request->entries[stream], request->seen[stream] + 1);
    }
    list_remove(&request->batch_node);
    list_append(&requests->withdrawn, &request->batch_node);
    request->batch = NULL;
    request->step = next;
    request->rejection = rejection;
    request->detail = NULL;
    requests->counters.withdrawn++;
}

static void take_out_guilty(struct request *request, const struct append_result *result)
{
    struct requests *requests = request->requests;
    if (result->outcome == APPEND_AWAY) {
        take_out(request, STEP_REPLY, ERROR_STORE_UNAVAILABLE);
    } else if (is_known(result, request)) {
        take_out(request, STEP_KNOWN, ERROR_NONE);
    } else if (has_changed(result, request)) {
        bool again = ++request->attempts < requests->config.attempts_max;
        requests->counters.conflicts += !again;
        take_out(request, again ? STEP_LOAD : STEP_REPLY, again ? ERROR_NONE : ERROR_CONFLICT);
    }
}

void batch_not_appended(struct batch *batch, const struct append_result *result)
{
    struct requests *requests = batch->requests;
    batch->sent = false;
    batch->refused = requests->to_mend = true;
    for (uint32_t i = 0; i < result->changed_stream_count; i++)
        states_doubt_number(requests->states, result->changed_streams[i]);
    list_each(node, &batch->writers) take_out_guilty(list_entry(node, struct request, batch_node), result);
    list_each(rider, &batch->riders) take_out_guilty(list_entry(rider, struct request, batch_node), result);
}

/* ---- at the end of the turn ---- */

static void take_out_unsound(struct list_node *list)
{
    list_each(node, list)
    {
        struct request *request = list_entry(node, struct request, batch_node);
        for (int i = 0; i < request->desc->stream_count; i++)
            if (request->seen[i] >= request->entries[i]->unsound_from) {
                take_out(request, STEP_LOAD, ERROR_NONE);
                break;
            }
    }
}

/* The keys of streams whose first event is left. */
static void keep_keys(struct batch *batch, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < batch->event_count; k++) {
            const struct append_event *event = &batch->events[k];
            if (event->version != 1 || !stream_ref_equal(&event->stream, &batch->keys[i].stream))
                continue;
            batch->keys[batch->key_count++] = batch->keys[i];
            break;
        }
    explicit_bzero(&batch->keys[batch->key_count], (count - batch->key_count) * sizeof *batch->keys);
}

/* The arrays again, of the writers that are left. */
static void put_together(struct batch *batch)
{
    uint32_t keys = batch->key_count;
    batch->number = ++batch->requests->next_batch; /* so that every stream is listed anew */
    batch->command_count = batch->event_count = batch->stream_count = batch->key_count = 0;
    batch->bytes = 0;
    list_each(node, &batch->writers)
    {
        struct request *request = list_entry(node, struct request, batch_node);
        memmove(&batch->events[batch->event_count], &batch->events[request->first_event],
                request->event_count * sizeof *batch->events);
        request->first_event = batch->event_count;
        batch_count_in(batch, request);
    }
    keep_keys(batch, keys);
    check(batch->command_count > 0 || list_empty(&batch->riders));
    if (batch->command_count == 0 && batch != batch->requests->open)
        batch_recycle(batch);
}

static void let_go(struct request *request)
{
    list_remove(&request->batch_node);
    release_entries(request);
    request_resume(request);
}

void batches_mend(struct requests *requests)
{
    if (!requests->to_mend)
        return;
    requests->to_mend = false;
    list_each(node, &requests->batches)
    {
        struct batch *batch = list_entry(node, struct batch, node);
        if (batch->sent)
            continue;
        take_out_unsound(&batch->writers);
        take_out_unsound(&batch->riders);
    }
    list_each(out, &requests->withdrawn)
    {
        struct request *request = list_entry(out, struct request, batch_node);
        for (uint32_t i = 0; i < request->event_count; i++)
            request->entries[request->events[i].stream]->pending_batch =
                0; /* unless a batch says otherwise */
    }
    list_each(left, &requests->batches)
    {
        struct batch *batch = list_entry(left, struct batch, node);
        if (!batch->sent)
            put_together(batch);
        else
            list_each(node, &batch->writers)
                batch_mark_written(batch, list_entry(node, struct request, batch_node));
    }
    list_each(back, &requests->withdrawn) let_go(list_entry(back, struct request, batch_node));
}
