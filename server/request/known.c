/* known: a command whose id the log holds is answered from the log, as the first time.
 *
 * Three ways lead here: the id is one of the last that this process saw in the log, the store refused a batch
 * because an id in it is known, or a command was rejected and turned out to be the repeat of one that took
 * effect (confirm.c). Sender, type and content must be the same (the digest), or it is `command_id_reused`;
 * the answer is then rebuilt from the stored events.
 *
 * One question for all of a turn: when a server comes back, or a store, thousands repeat what they sent last,
 * and a question each would fill the connection that others load their states on.
 *
 * The ids last seen are kept (about RECENT_IDS), as a refused batch takes other people's commands with it:
 * who repeats a command over and over would slow down everybody. Every command asks and nearly none is there,
 * so they lie in small sets, each one place in memory to look at; what falls out of its set early is found by
 * the store, as older ones are. */
#include "request/internal.h"
#include "eventstore/event_decode.h"
#include <sodium.h>
#include <stdlib.h>

#define ASKED_MAX 64 /* ids of one question; more make another */

/* One question under way. */
struct lookup {
    struct list_node node;  /* in requests->lookups */
    struct list_node asked; /* struct request, by node */
    struct requests *requests;
};

static void on_found(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more);

enum step_result step_known(struct request *request)
{
    list_remove(&request->node);
    list_append(&request->requests->repeated, &request->node);
    loop_again(request->requests->loop);
    return STEP_WAIT;
}

void lookups_send(struct requests *requests)
{
    while (!list_empty(&requests->repeated)) {
        struct uuid ids[ASKED_MAX];
        uint32_t count = 0;
        struct lookup *lookup = calloc(1, sizeof *lookup);
        if (lookup == NULL)
            return; /* the next turn tries again */
        lookup->requests = requests;
        list_init(&lookup->asked);
        list_append(&requests->lookups, &lookup->node);
        while (count < ASKED_MAX && !list_empty(&requests->repeated)) {
            struct list_node *node = list_pop(&requests->repeated);
            list_append(&lookup->asked, node);
            ids[count++] = list_entry(node, struct request, node)->command_id;
        }
        eventstore_find_commands(requests->store, ids, count, on_found, lookup);
    }
}

void lookups_release(struct requests *requests)
{
    for (struct list_node *node; (node = list_pop(&requests->lookups)) != NULL;)
        free(list_entry(node, struct lookup, node));
}

/* The command's events among those found, which stand together; 0: none. */
static uint32_t events_of(struct uuid command_id, const struct stored_event *events, uint32_t count,
                          const struct stored_event **ret_first)
{
    uint32_t first = 0, end;
    while (first < count &&
           !(events[first].first_of_command && uuid_equal(events[first].command_id, command_id)))
        first++;
    for (end = first + 1; end < count && !events[end].first_of_command; end++)
        ;
    *ret_first = events + first;
    return first < count ? end - first : 0;
}

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
        struct stored_event kept = events[i];
        kept.data = data;
        return event_decode(&kept, &request->arena, event, &fault) ? event : NULL;
    }
    return NULL;
}

static void settle(struct request *request, enum err err, const struct stored_event *events, uint32_t count)
{
    if (err == ERR_OK && count > 0)
        recent_add(&request->requests->recent, request->command_id);
    request->step = STEP_REPLY;
    if (err != ERR_OK) {
        request->rejection = error_of_err(err);
    } else if (count == 0) {
        request->rejection = ERROR_INTERNAL;
    } else if (sodium_memcmp(events[0].digest, request->digest, sizeof request->digest) != 0) {
        request->rejection = ERROR_COMMAND_ID_REUSED;
    } else {
        request->requests->counters.repeats++;
        request->answer = answer_of(request, events, count);
        request->position = events[count - 1].position;
        request->rejection = request->answer == NULL ? ERROR_INTERNAL : ERROR_NONE;
    }
    request->detail = NULL;
    request_advance(request);
}

static void on_found(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct lookup *lookup = ctx;
    (void)more;
    for (struct list_node *node; (node = list_pop(&lookup->asked)) != NULL;) {
        struct request *request = list_entry(node, struct request, node);
        const struct stored_event *found = NULL;
        check_magic(request, REQUEST_MAGIC);
        list_append(&lookup->requests->active, node);
        uint32_t size = err == ERR_OK ? events_of(request->command_id, events, count, &found) : 0;
        settle(request, err, found, size);
    }
    list_remove(&lookup->node);
    free(lookup);
}

/* ---- ids last seen ---- */

enum err recent_init(struct recent_ids *recent)
{
    recent->sets = aligned_alloc(sizeof *recent->sets, RECENT_IDS * sizeof(struct uuid));
    if (recent->sets == NULL)
        return ERR_NOMEM;
    memset(recent->sets, 0, RECENT_IDS * sizeof(struct uuid));
    return ERR_OK;
}

void recent_release(struct recent_ids *recent)
{
    free(recent->sets);
}

static struct uuid *set_of(const struct recent_ids *recent, struct uuid command_id)
{
    return recent->sets[map_hash(command_id) % (RECENT_IDS / RECENT_WAYS)];
}

bool recent_holds(const struct recent_ids *recent, struct uuid command_id)
{
    const struct uuid *set = set_of(recent, command_id);
    for (int i = 0; i < RECENT_WAYS; i++)
        if (uuid_equal(set[i], command_id))
            return true;
    return false;
}

void recent_add(struct recent_ids *recent, struct uuid command_id)
{
    if (recent_holds(recent, command_id))
        return;
    struct uuid *set = set_of(recent, command_id);
    memmove(set + 1, set, (RECENT_WAYS - 1) * sizeof *set);
    set[0] = command_id;
}
