/* eventstore_append: batches - built as arrays, sent in order, answered once.
 *
 * The problem: a batch of hundreds of commands has to reach the database as one message (so no lock ever
 * waits on the network) and its answer has to be told exactly once, whether it was appended, refused, lost or
 * late.
 *
 * A slot carries a batch from eventstore_append to its answer:
 *
 *   QUEUED --send--> SENT --appended or refused by name--> answered, FREE
 *     ^               |--orphaned, fenced, refused for now--> QUEUED
 *     |               `--connection lost--> UNKNOWN --> FINDING --found--> answered, FREE
 *     `---------------------------------------------------'  (eventstore_resolve.c)
 *   any --deadline--> answered APPEND_AWAY; FREE, or ABANDONED while a group of it is in flight
 *   any --one in front is answered as not appended--> answered likewise; FREE or ABANDONED
 *
 * Order: slots are sent in the order given, each naming the batch sent before it. If one is not appended,
 * those behind it come back as orphans, because their predecessor is missing: they are sent again when the
 * one in front is still to be settled (sent again itself). If the one in front is answered as not appended,
 * they are answered with it, with nobody named, and their owner decides them anew: it must never come about
 * that one is sent again after what it was decided on is gone. `seq` goes up with every attempt and is never
 * used twice.
 *
 * What goes over the wire is built in eventstore_batch.c. */
#include "base/check.h"
#include "base/log.h"
#include "eventstore/eventstore_internal.h"

#define RETRY_MS 50

/* outcome of append_batch */
enum { OUTCOME_APPENDED, OUTCOME_REFUSED, OUTCOME_ORPHANED, OUTCOME_FENCED };

static void on_deadline(void *ctx);
static void send_slot(struct eventstore *store, struct slot *slot);
static void on_appended(void *ctx, const struct pg_outcome *outcome);

bool eventstore_append_busy(const struct eventstore *store)
{
    return store->counters.in_flight >= store->in_flight_max;
}

void eventstore_append(struct eventstore *store, const struct append_batch *batch, append_done done,
                       void *ctx)
{
    check_magic(store, EVENTSTORE_MAGIC);
    check(!eventstore_append_busy(store) && batch->event_count > 0 && batch->command_count > 0 &&
          done != NULL);
    struct slot *slot = NULL;
    for (uint32_t i = 0; i < EVENTSTORE_IN_FLIGHT_MAX && slot == NULL; i++)
        if (store->slots[i].state == SLOT_FREE)
            slot = &store->slots[i];
    check(slot != NULL);
    *slot = (struct slot){.state = SLOT_QUEUED, .store = store, .batch = *batch, .done = done, .ctx = ctx};
    loop_timer_init(&slot->deadline, store->loop, on_deadline, slot);
    loop_timer_start(&slot->deadline, store->append_deadline_ms);
    list_append(&store->order, &slot->node);
    store->counters.in_flight++;
    if (store->state == EVENTSTORE_READY)
        eventstore_send_queued(store);
}

void eventstore_send_queued(struct eventstore *store)
{
    list_each(node, &store->order)
    {
        struct slot *slot = list_entry(node, struct slot, node);
        if (store->state != EVENTSTORE_READY)
            return;
        check(slot->state == SLOT_QUEUED || slot->state == SLOT_SENT);
        if (slot->state == SLOT_SENT && slot->orphan)
            return;
        if (slot->state == SLOT_QUEUED)
            send_slot(store, slot);
    }
}

static void send_slot(struct eventstore *store, struct slot *slot)
{
    static const struct pg_statement statement = {.name = "eventstore_append"};
    struct pg_params params;
    slot->orphan = false;
    slot->writer = store->writer;
    slot->seq = store->next_seq++;
    arena_reset(&store->params);
    pg_params_init(&params, &store->params);
    eventstore_build(store, slot, store->sent_seq, &params);
    store->sent_seq = slot->seq;
    slot->state = SLOT_SENT;
    pg_run(store->appender, &(struct pg_call){.statement = &statement, .params = &params}, 1, on_appended,
           slot);
}

/* ---- answers ---- */

void eventstore_free_slot(struct slot *slot)
{
    check(slot->state != SLOT_FREE);
    list_remove(&slot->node);
    loop_timer_stop(&slot->deadline);
    slot->state = SLOT_FREE;
    slot->store->counters.in_flight--;
}

/* Frees first: the callback may append the next batch. */
static void answer(struct slot *slot, const struct append_result *result)
{
    append_done done = slot->done;
    void *ctx = slot->ctx;
    eventstore_free_slot(slot);
    done(ctx, result);
}

void eventstore_settle_appended(struct slot *slot, uint64_t first, uint64_t last, int64_t recorded_at_us)
{
    struct eventstore *store = slot->store;
    check(last - first + 1 == slot->batch.event_count);
    if (slot->writer == store->writer)
        store->settled_seq = slot->seq;
    store->told[0] = '\0';
    store->counters.batches++;
    store->counters.events += slot->batch.event_count;
    eventstore_saw_position(store, last);
    eventstore_hint_appended(store, last);
    answer(slot, &(struct append_result){
                     .outcome = APPENDED, .first_position = first, .recorded_at_us = recorded_at_us});
}

/* One whose group is still in flight is kept until that has come back. */
static void answer_or_abandon(struct slot *slot, const struct append_result *result)
{
    if (slot->state != SLOT_SENT && slot->state != SLOT_FINDING) {
        answer(slot, result);
        return;
    }
    slot->state = SLOT_ABANDONED;
    list_remove(&slot->node);
    loop_timer_stop(&slot->deadline);
    slot->done(slot->ctx, result);
}

/* Answers a batch that is not appended, then all that were given after it: each of them names it, or one that
 * names it, as the one before, and so comes to nothing, whatever it holds. The owner decides them anew, and
 * what it gives from here on stands behind what is settled. */
static void answer_with_those_behind(struct slot *slot, const struct append_result *result)
{
    struct eventstore *store = slot->store;
    struct append_result behind = {.outcome = result->outcome == APPEND_AWAY ? APPEND_AWAY : APPEND_REFUSED};
    struct list_node slots;
    list_init(&slots);
    while (slot->node.next != &store->order) {
        struct list_node *node = slot->node.next;
        list_remove(node);
        list_append(&slots, node);
    }
    answer_or_abandon(slot, result);
    struct list_node *node;
    while ((node = list_pop(&slots)) != NULL)
        answer_or_abandon(list_entry(node, struct slot, node), &behind);
}

/* Nothing of it is in the log: the next batch sent names the one in front of it, or what is settled. Those
 * that name this one come back. */
static void not_appended(struct slot *slot)
{
    struct eventstore *store = slot->store;
    if (slot->writer != store->writer)
        return;
    struct slot *front =
        slot->node.prev == &store->order ? NULL : list_entry(slot->node.prev, struct slot, node);
    bool holds =
        front != NULL && front->state == SLOT_SENT && !front->orphan && front->writer == store->writer;
    store->sent_seq = holds ? front->seq : store->settled_seq;
    for (struct list_node *node = slot->node.next; node != &store->order; node = node->next)
        list_entry(node, struct slot, node)->orphan = true;
}

static void settle_refused(struct slot *slot, const PGresult *result)
{
    struct eventstore *store = slot->store;
    struct append_result refused = {.outcome = APPEND_REFUSED};
    arena_reset(&store->results);
    struct pg_array known = pg_array_open(result, 0, 5), changed = pg_array_open(result, 0, 6);
    struct uuid *ids = arena_array(&store->results, known.left, sizeof *ids);
    uint64_t *streams = arena_array(&store->results, changed.left, sizeof *streams);
    check(ids != NULL && streams != NULL); /* bounded by the batch, which was sent from a larger arena */
    struct slice element;
    while (pg_array_next(&known, &element))
        ids[refused.known_command_count++] = pg_slice_uuid(element);
    while (pg_array_next(&changed, &element))
        streams[refused.changed_stream_count++] = (uint64_t)pg_slice_i64(element);
    refused.known_commands = ids;
    refused.changed_streams = streams;
    check(refused.known_command_count + refused.changed_stream_count > 0);
    store->counters.refused++;
    not_appended(slot);
    slot->state = SLOT_QUEUED; /* its group has come back */
    answer_with_those_behind(slot, &refused);
}

/* The batch before it is not in the log. */
static void settle_orphan(struct slot *slot)
{
    struct eventstore *store = slot->store;
    if (slot->node.prev != &store->order || store->writer != slot->writer) {
        slot->state = SLOT_QUEUED; /* that one is still to be settled: behind it again */
        return;
    }
    store->counters.refused++;
    not_appended(slot);
    slot->state = SLOT_QUEUED;
    answer_with_those_behind(slot, &(struct append_result){.outcome = APPEND_REFUSED});
}

static void take_answer(struct slot *slot, const PGresult *result)
{
    struct eventstore *store = slot->store;
    check(pg_rows(result) == 1);
    switch (pg_get_i16(result, 0, 0)) {
    case OUTCOME_APPENDED:
        eventstore_follow_own(store, (uint64_t)pg_get_i64(result, 0, 4), (uint64_t)pg_get_i64(result, 0, 2));
        eventstore_saw_chain(store, (uint64_t)pg_get_i64(result, 0, 2), pg_get_slice(result, 0, 7));
        eventstore_keep_proof(store, (uint64_t)pg_get_i64(result, 0, 2), pg_get_slice(result, 0, 7));
        eventstore_settle_appended(slot, (uint64_t)pg_get_i64(result, 0, 1),
                                   (uint64_t)pg_get_i64(result, 0, 2), pg_get_timestamp_us(result, 0, 3));
        return;
    case OUTCOME_REFUSED:
        settle_refused(slot, result);
        return;
    case OUTCOME_ORPHANED:
        settle_orphan(slot);
        return;
    case OUTCOME_FENCED: /* someone took this node's name: a number of our own again, then once more */
        slot->state = SLOT_QUEUED;
        if (store->state == EVENTSTORE_READY) {
            log_warn("eventstore", "fenced=1 node=%s reason=\"another process has this --node\"",
                     store->node);
            eventstore_take_writer(store);
        }
        return;
    default:
        check(!"outcome of append_batch");
    }
}

/* An SQL error, or not sent at all: the transaction left nothing. */
static void take_failure(struct slot *slot, const struct pg_outcome *outcome)
{
    struct eventstore *store = slot->store;
    if (outcome->err == ERR_AWAY) {
        slot->state = SLOT_QUEUED;
        return;
    }
    eventstore_fail(store, "append: %s %s %.120s", err_name(outcome->err), outcome->sqlstate,
                    outcome->message);
    not_appended(slot);
    if (pg_retryable(outcome)) {
        slot->state = SLOT_QUEUED;
        if (strcmp(outcome->sqlstate, "25006") == 0)
            pg_disconnect(store->appender, store->failure); /* a standby: the list of hosts has the primary */
        else if (store->state == EVENTSTORE_READY) /* else a new writer number is on its way already */
            eventstore_pause(store, RETRY_MS);
        return;
    }
    slot->state = SLOT_QUEUED;
    if (strcmp(store->told, store->failure) != 0) /* once: nobody would hear of it but the players */
        log_error("eventstore", "append=failed reason=\"%s\"", store->failure);
    snprintf(store->told, sizeof store->told, "%s", store->failure);
    answer_with_those_behind(
        slot, &(struct append_result){.outcome = APPEND_AWAY}); /* the same again would fail the same way */
}

static void on_appended(void *ctx, const struct pg_outcome *outcome)
{
    struct slot *slot = ctx;
    struct eventstore *store = slot->store;
    check_magic(store, EVENTSTORE_MAGIC);
    check(slot->state == SLOT_SENT || slot->state == SLOT_ABANDONED);
    if (slot->state == SLOT_ABANDONED)
        eventstore_free_slot(slot);
    else if (outcome->err == ERR_LOST)
        slot->state = SLOT_UNKNOWN;
    else if (outcome->err != ERR_OK)
        take_failure(slot, outcome);
    else
        take_answer(slot, outcome->results[0]);
    if (store->state == EVENTSTORE_READY)
        eventstore_send_queued(store); /* what came back to the queue */
}

static void on_deadline(void *ctx)
{
    struct slot *slot = ctx;
    struct eventstore *store = slot->store;
    check_magic(store, EVENTSTORE_MAGIC);
    if (slot->state == SLOT_SENT || slot->state == SLOT_FINDING)
        pg_disconnect(store->appender, "no answer to a batch in time"); /* lost, and a new number fences it */
    answer_with_those_behind(slot, &(struct append_result){.outcome = APPEND_AWAY});
}
