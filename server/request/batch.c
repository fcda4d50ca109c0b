/* batch: decided events join the open batch (the step `append`); a batch is one transaction of the event
 * store.
 *
 * The open batch grows while the loop turn runs and while as many batches as the store takes are in flight;
 * it is sent at the end of a turn. So one command alone waits for nobody, and under load one fsync carries
 * hundreds.
 *
 *   open --(APPEND stage, store not busy)--> sent --> committed: positions known, on to `reply`
 *                                             ^ `--> refused:   what is guilty is taken out; the rest
 *                                             `------'          is sent again as it was (withdraw.c)
 *                                                `--> away:     outcome unknown: `store_unavailable`, and
 *                                                               the same id later
 *
 * `requests->batches` holds all that are not committed, in order: those sent, those to be sent again, the
 * open one last. States evolve when a command joins, before its commit. Therefore what is in a batch was
 * decided on all batches before it, and a rejection that read uncommitted state rides on the batch that state
 * waits for. A command remembers the versions it saw: with them it says at any time what it depends on, and
 * is listed again when it is sent again.
 *
 * Invariant: entry->pending_batch is the newest batch that wrote it; commits come in order, so when that
 * batch has committed, the state is as the log has it. */
#include "request/batch.h"
#include "base/warm.h"
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

#define BATCH_ARENA_CHUNK_BYTES 16384
#define BATCH_ARENA_MAX_BYTES (64u << 20)
#define CHAIN_LOG_EVERY 1000 /* batches */

/* ---- batches: made twice or thrice, then reused ---- */

static void batch_free(struct batch *batch)
{
    if (batch == NULL)
        return;
    arena_release(&batch->arena);
    free(batch->commands);
    free(batch->events);
    free(batch->streams);
    free(batch->keys);
    free(batch);
}

static struct batch *batch_new(struct requests *requests)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return NULL;
    batch->requests = requests;
    batch->command_max = requests->config.batch_commands_max;
    arena_init(&batch->arena, BATCH_ARENA_CHUNK_BYTES, BATCH_ARENA_MAX_BYTES);
    size_t commands = batch->command_max;
    batch->commands = calloc(commands, sizeof *batch->commands);
    batch->events = calloc(commands * LIMIT_EVENTS_PER_COMMAND_MAX, sizeof *batch->events);
    batch->streams = calloc(commands * COMMAND_STREAMS_MAX, sizeof *batch->streams);
    batch->keys = calloc(commands, sizeof *batch->keys);
    if (batch->commands == NULL || batch->events == NULL || batch->streams == NULL || batch->keys == NULL) {
        batch_free(batch);
        return NULL;
    }
    return batch;
}

/* Puts an empty batch behind all others, as the open one. Out of memory leaves none: commands then wait. */
static void open_next(struct requests *requests)
{
    struct list_node *node = list_pop(&requests->spare);
    struct batch *batch = node != NULL ? list_entry(node, struct batch, node) : batch_new(requests);
    requests->open = batch;
    if (batch == NULL)
        return;
    batch->number = ++requests->next_batch;
    batch->command_count = batch->event_count = batch->stream_count = batch->key_count = 0;
    batch->bytes = 0;
    batch->sent = batch->refused = false;
    list_init(&batch->writers);
    list_init(&batch->riders);
    list_append(&requests->batches, &batch->node);
}

void batch_recycle(struct batch *batch)
{
    check(list_empty(&batch->writers) && list_empty(&batch->riders));
    arena_reset(&batch->arena);
    explicit_bzero(batch->keys, batch->key_count * sizeof *batch->keys);
    list_remove(&batch->node);
    list_append(&batch->requests->spare, &batch->node);
}

enum err batches_init(struct requests *requests)
{
    list_init(&requests->batches);
    list_init(&requests->spare);
    list_init(&requests->withdrawn);
    open_next(requests);
    return requests->open == NULL ? ERR_NOMEM : ERR_OK;
}

void batches_release(struct requests *requests)
{
    if (requests->batches.next == NULL)
        return;
    list_each(node, &requests->batches) batch_free(list_entry(node, struct batch, node));
    list_each(spare, &requests->spare) batch_free(list_entry(spare, struct batch, node));
}

bool batch_has_room(const struct requests *requests)
{
    const struct batch *open = requests->open;
    return open != NULL && open->command_count < open->command_max &&
           open->bytes < requests->config.batch_bytes_max;
}

/* ---- joining ---- */

static void leave_batch(struct request *request)
{
    list_remove(&request->batch_node);
    request->batch = NULL;
}

/* Lists the streams the command read or wrote, with the version its first command saw. */
static void list_streams(struct batch *batch, struct request *request)
{
    for (int i = 0; i < request->desc->stream_count; i++) {
        struct state_entry *entry = request->entries[i];
        if (entry->listed_batch == batch->number)
            continue;
        entry->listed_batch = batch->number;
        batch->streams[batch->stream_count++] = (struct append_stream){
            .stream = entry->ref, .number = entry->number, .expected_version = request->seen[i]};
    }
}

/* A player's own key for personal fields, made with the first event that has one. */
static void ensure_key(struct batch *batch, struct state_entry *entry, const struct type_desc *type)
{
    if (entry->has_key || entry->state.version != 0 || !codec_has_personal(type))
        return;
    struct append_key *key = &batch->keys[batch->key_count++];
    randombytes_buf(entry->personal_key, sizeof entry->personal_key);
    entry->has_key = true;
    key->stream = entry->ref;
    memcpy(key->key, entry->personal_key, sizeof key->key);
}

/* Of a command that could not join: nothing of its streams is in the log yet. */
static void drop_keys(struct batch *batch, struct request *request, uint32_t kept)
{
    for (; batch->key_count > kept; batch->key_count--) {
        struct append_key *key = &batch->keys[batch->key_count - 1];
        for (int i = 0; i < request->desc->stream_count; i++)
            if (memcmp(request->entries[i]->personal_key, key->key, sizeof key->key) == 0)
                request->entries[i]->has_key = false;
        explicit_bzero(key->key, sizeof key->key);
    }
}

/* Encodes the command's events behind those of the batch, without counting them yet. */
static enum err encode_events(struct batch *batch, struct request *request)
{
    struct buf *out = &batch->requests->out;
    uint32_t versions[COMMAND_STREAMS_MAX];
    memcpy(versions, request->seen, sizeof versions);
    request->first_event = batch->event_count;
    for (uint32_t i = 0; i < request->event_count; i++) {
        struct decided_event *decided = &request->events[i];
        struct state_entry *entry = request->entries[decided->stream];
        const struct event_desc *desc = schema_event((int)decided->event.type);
        check(desc != NULL && desc->stream == (int)entry->ref.kind);
        ensure_key(batch, entry, desc->payload);
        struct slice key =
            entry->has_key ? slice_of(entry->personal_key, sizeof entry->personal_key) : (struct slice){0};
        buf_clear(out);
        enum err err = codec_encode_stored(out, desc->payload, event_payload(&decided->event), key);
        if (err != ERR_OK)
            return err;
        batch->events[batch->event_count + i] =
            (struct append_event){.stream = entry->ref,
                                  .number = entry->number,
                                  .version = ++versions[decided->stream],
                                  .type = (uint16_t)desc->number,
                                  .schema_version = desc->version,
                                  .data = slice_copy(&batch->arena, buf_slice(out))};
        if (batch->events[batch->event_count + i].data.data == NULL)
            return ERR_NOMEM;
    }
    return ERR_OK;
}

static void evolve_states(struct request *request)
{
    for (uint32_t i = 0; i < request->event_count; i++) {
        struct state_entry *entry = request->entries[request->events[i].stream];
        entry->state.version++;
        if (entry->situation == STATE_READY &&
            state_evolve(&entry->state, &request->events[i].event) != ERR_OK)
            states_doubt(entry, STATE_SOUND); /* too large or no memory: the log will have it */
    }
    for (int i = 0; i < request->desc->stream_count; i++) {
        request->kept[i] = (struct kept_state){0};
        if (request->entries[i]->situation == STATE_READY)
            states_take_snapshot(request->entries[i], &request->arena, &request->kept[i]);
    }
}

void batch_mark_written(struct batch *batch, struct request *request)
{
    for (uint32_t i = 0; i < request->event_count; i++)
        request->entries[request->events[i].stream]->pending_batch = batch->number;
}

void batch_count_in(struct batch *batch, struct request *request)
{
    check(request->first_event == batch->event_count);
    list_streams(batch, request);
    struct append_command *command = &batch->commands[batch->command_count++];
    *command = (struct append_command){.command_id = request->command_id,
                                       .causation_id = request->cause,
                                       .correlation_id = request->cause,
                                       .actor = request->actor,
                                       .event_count = request->event_count};
    memcpy(command->digest, request->digest, sizeof command->digest);
    for (uint32_t i = 0; i < request->event_count; i++)
        batch->bytes += batch->events[batch->event_count++].data.size;
    batch_mark_written(batch, request);
}

enum step_result step_append(struct request *request)
{
    struct requests *requests = request->requests;
    struct batch *batch = requests->open;
    check(batch_has_room(requests));
    uint32_t keys = batch->key_count;
    enum err err = encode_events(batch, request);
    if (err != ERR_OK) {
        drop_keys(batch, request, keys);
        return reply_error(request, error_of_err(err), NULL);
    }
    if (batch->command_count == 0)
        batch->read_position = eventstore_known_position(requests->store);
    batch_count_in(batch, request);
    evolve_states(request);
    request->batch = batch;
    list_append(&batch->writers, &request->batch_node);
    request->step = STEP_REPLY;
    return STEP_WAIT;
}

bool batch_ride(struct request *request)
{
    struct requests *requests = request->requests;
    uint64_t number = 0;
    for (int i = 0; i < request->desc->stream_count; i++)
        if (request->entries[i]->pending_batch > number)
            number = request->entries[i]->pending_batch;
    if (number == 0)
        return false;
    struct batch *batch = NULL;
    list_each(node, &requests->batches)
    {
        struct batch *under_way = list_entry(node, struct batch, node);
        if (under_way->number == number)
            batch = under_way;
    }
    check(batch != NULL);
    request->batch = batch;
    list_append(&batch->riders, &request->batch_node);
    return true;
}

/* ---- sending, and what comes back ---- */

static void on_appended(void *ctx, const struct append_result *result);
static void send_batches(struct requests *requests);

void requests_stage_append(void *ctx)
{
    struct requests *requests = ctx;
    send_batches(requests);
    confirms_send(requests);
    lookups_send(requests);
    states_load(requests->states);
    states_write_snapshots(requests->states); /* behind the batch, on another connection */
}

static void send_batch(struct batch *batch)
{
    struct requests *requests = batch->requests;
    struct append_batch append = {.commands = batch->commands,
                                  .command_count = batch->command_count,
                                  .events = batch->events,
                                  .event_count = batch->event_count,
                                  .streams = batch->streams,
                                  .stream_count = batch->stream_count,
                                  .keys = batch->keys,
                                  .key_count = batch->key_count,
                                  .read_position = batch->read_position};
    batch->sent = true;
    requests->counters.batches++;
    requests->counters.batch_commands += batch->command_count;
    requests->counters.sent_again += batch->refused ? batch->command_count : 0;
    eventstore_append(requests->store, &append, on_appended, batch);
}

/* In order: what is sent again stays in front of what was decided on it. */
static void send_batches(struct requests *requests)
{
    list_each(node, &requests->batches)
    {
        struct batch *batch = list_entry(node, struct batch, node);
        if (batch->sent)
            continue;
        if (batch->command_count == 0 || eventstore_append_busy(requests->store))
            break;
        if (batch == requests->open)
            requests->open = NULL;
        send_batch(batch);
    }
    if (requests->open != NULL)
        return;
    open_next(requests);
    if (!list_empty(&requests->stalled))
        loop_again(requests->loop);
}

/* The batch's states are now as the log has them; so is what was taken of them. */
static void settle_entries(struct batch *batch, struct request *request)
{
    for (int i = 0; i < request->desc->stream_count; i++) {
        states_committed(request->entries[i], request->kept[i].version);
        states_keep_snapshot(request->entries[i], &request->kept[i]);
        if (request->entries[i]->pending_batch == batch->number)
            request->entries[i]->pending_batch = 0;
    }
}

/* The request after the next one; the next one's events, and its first state. */
static void warm_next(const struct batch *batch, const struct list_node *node)
{
    const struct list_node *next = node->next;
    if (next == &batch->writers)
        return;
    if (next->next != &batch->writers)
        warm(list_entry(next->next, struct request, batch_node), sizeof(struct request));
    const struct request *request = list_entry(next, struct request, batch_node);
    warm(request->events, 4 * WARM_LINE_BYTES);
    warm(request->entries[0], sizeof(struct state_entry));
}

/* Hands the committed events to the projections, in order. */
static void feed_projector(struct batch *batch, uint64_t first_position)
{
    struct committed_event *committed = arena_array(&batch->arena, batch->event_count, sizeof *committed);
    if (committed == NULL)
        return; /* the projector sees the hole and reads the log */
    uint32_t count = 0;
    list_each(node, &batch->writers)
    {
        struct request *request = list_entry(node, struct request, batch_node);
        warm_next(batch, node);
        for (uint32_t i = 0; i < request->event_count; i++, count++)
            committed[count] = (struct committed_event){.position = first_position + count,
                                                        .event = &request->events[i].event};
    }
    projector_feed(batch->requests->projector, committed, count);
}

/* Where the chain stands, outside the database too: who can rewrite the log cannot rewrite these lines. */
static void log_chain(struct requests *requests)
{
    struct hash chain;
    char hex[2 * sizeof chain.bytes + 1];
    if (requests->committed_batches++ % CHAIN_LOG_EVERY != 0)
        return;
    uint64_t position = eventstore_chain(requests->store, &chain);
    sodium_bin2hex(hex, sizeof hex, chain.bytes, sizeof chain.bytes);
    log_info("chain", "position=%" PRIu64 " chain=%s", position, hex);
}

static void on_committed(struct batch *batch, const struct append_result *result)
{
    log_chain(batch->requests);
    feed_projector(batch, result->first_position);
    uint64_t position = result->first_position - 1;
    list_each(node, &batch->writers)
    {
        struct request *request = list_entry(node, struct request, batch_node);
        position += request->event_count;
        request->position = position;
        recent_add(&request->requests->recent, request->command_id);
        settle_entries(batch, request);
        leave_batch(request);
        request_advance(request);
    }
    list_each(rider, &batch->riders)
    {
        struct request *request = list_entry(rider, struct request, batch_node);
        leave_batch(request);
        request_advance(request);
    }
}

static void on_appended(void *ctx, const struct append_result *result)
{
    struct batch *batch = ctx;
    if (result->outcome != APPENDED) {
        batch_not_appended(batch, result);
        return;
    }
    on_committed(batch, result);
    batch_recycle(batch);
}
