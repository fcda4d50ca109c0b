/* confirm: a rejection leaves only if the log says that it is right.
 *
 * An acceptance is checked when it is appended. A rejection is appended nowhere, so before it leaves the log
 * is asked two things, as of one moment: whether this command id took effect before - a repeat must get its
 * first answer, not a rejection by the state it made itself - and whether the streams it was decided on stand
 * where they stood. Another node may have moved them, and this one, whose states are only as new as what it
 * has heard, may have decided on what was over before the command came.
 *
 * A stream that has moved because of this node's own commits is no reason for doubt: the state it was decided
 * on was the log's when it was decided. So a head is good up to the version that this node knows to have
 * committed. Anything else is decided anew, on states that are loaded again if need be; at most attempts_max
 * times, then `conflict`.
 *
 * One question for all rejections of a turn; a sold-out pack that thousands ask for costs one small query a
 * turn. A rejection that read uncommitted state has waited for that commit before (batch_ride). */
#include "request/internal.h"
#include <stdlib.h>

#define CONFIRM_MAX 128 /* rejections of one question; more make another */

/* One question under way. */
struct confirm {
    struct list_node node;  /* in requests->confirms */
    struct list_node asked; /* struct request, by node */
    struct requests *requests;
    struct heads_question question;
};

static void on_heads(void *ctx, enum err err, const struct stream_heads *heads);

enum step_result step_confirm(struct request *request)
{
    list_remove(&request->node);
    list_append(&request->requests->rejected, &request->node);
    loop_again(request->requests->loop);
    return STEP_WAIT;
}

static void ask(struct requests *requests, struct confirm *confirm)
{
    struct uuid ids[CONFIRM_MAX];
    uint64_t streams[CONFIRM_MAX * COMMAND_STREAMS_MAX];
    uint32_t id_count = 0, stream_count = 0;
    while (id_count < CONFIRM_MAX && !list_empty(&requests->rejected)) {
        struct request *request = list_entry(list_pop(&requests->rejected), struct request, node);
        list_append(&confirm->asked, &request->node);
        request->copies_since_asked = false;
        ids[id_count++] = request->command_id;
        for (int i = 0; i < request->desc->stream_count; i++)
            streams[stream_count++] = request->entries[i]->number;
    }
    eventstore_heads(requests->store, &confirm->question, ids, id_count, streams, stream_count, on_heads,
                     confirm);
}

void confirms_send(struct requests *requests)
{
    while (!list_empty(&requests->rejected)) {
        struct confirm *confirm = calloc(1, sizeof *confirm);
        if (confirm == NULL)
            return; /* the next turn tries again */
        confirm->requests = requests;
        list_init(&confirm->asked);
        list_append(&requests->confirms, &confirm->node);
        ask(requests, confirm);
    }
}

void confirms_release(struct requests *requests)
{
    for (struct list_node *node; (node = list_pop(&requests->confirms)) != NULL;)
        free(list_entry(node, struct confirm, node));
}

static bool is_known(const struct stream_heads *heads, struct uuid command_id)
{
    for (uint32_t i = 0; i < heads->known_count; i++)
        if (uuid_equal(heads->known[i], command_id))
            return true;
    return false;
}

/* Whether its states were the log's while it was decided. Doubts those that are not the log's any more. */
static bool holds(struct request *request, const uint32_t *heads)
{
    struct requests *requests = request->requests;
    bool held = true;
    for (int i = 0; i < request->desc->stream_count; i++) {
        struct state_entry *entry = request->entries[i];
        if (states_held(entry, request->seen[i], heads[i]))
            continue;
        held = false;
        if (heads[i] < request->seen[i])
            states_doubt(entry, 0); /* a log that lost events: whatever it is, it is not this */
        else
            states_seen(requests->states, entry->ref, heads[i]);
        requests->to_mend = true;
    }
    return held;
}

static void decide_anew(struct request *request)
{
    struct requests *requests = request->requests;
    request->rejection = ERROR_NONE;
    request->detail = NULL;
    release_entries(request);
    request->step = STEP_LOAD;
    if (++request->attempts >= requests->config.attempts_max) {
        requests->counters.conflicts++;
        request->rejection = ERROR_CONFLICT;
        request->step = STEP_REPLY;
    }
}

static void settle(struct request *request, enum err err, const struct stream_heads *heads,
                   const uint32_t *versions)
{
    if (err == ERR_OK && request->copies_since_asked) { /* it may have taken effect since, on another node */
        step_confirm(request);
        return;
    }
    request->step = STEP_REPLY;
    if (err != ERR_OK) {
        request->rejection = error_of_err(err);
        request->detail = NULL; /* it was the domain's, whose word this is no more */
    } else if (is_known(heads, request->command_id)) {
        request->rejection = ERROR_NONE;
        request->step = STEP_KNOWN;
    } else if (!holds(request, versions)) {
        decide_anew(request);
    }
    request_resume(request);
}

static void on_heads(void *ctx, enum err err, const struct stream_heads *heads)
{
    struct confirm *confirm = ctx;
    uint32_t at = 0;
    for (struct list_node *node; (node = list_pop(&confirm->asked)) != NULL;) {
        struct request *request = list_entry(node, struct request, node);
        check_magic(request, REQUEST_MAGIC);
        uint32_t count = (uint32_t)request->desc->stream_count;
        list_append(&request->requests->active, node);
        check(err != ERR_OK || at + count <= heads->version_count);
        settle(request, err, heads, err == ERR_OK ? heads->versions + at : NULL);
        at += count;
    }
    list_remove(&confirm->node);
    free(confirm);
}
