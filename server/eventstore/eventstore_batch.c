/* eventstore_batch: a batch as the parameters of append_batch.
 *
 * The problem: the database wants columns, the caller has commands, events and streams. Here each column is
 * written as a binary array, in the order of the parameters in eventstore_append.sql. Streams' numbers come
 * with them: who holds a state has its stream's, and hashing them anew was five hashes an opening.
 *
 * The digest in the chain is over the events as sent, so that it can be made again from the rows (numbers big
 * endian), for each
 *     stream 8, version 4, type 2, schema version 2, first of its command 1,
 *     when first: command id 16, causation 16, correlation 16, actor 16 (zeros for none), digest 16,
 *     size 4, data
 * Causation and correlation are stored as null, and digested as zeros, when they are the command's own id:
 * most are, and 34 bytes an event are a quarter of it.
 *
 * Checked here, as the database checks on its side: every event's stream is listed, once; its versions follow
 * the expected one without a gap; commands cover the events exactly. A violation is a bug in the caller. */
#include "base/check.h"
#include "eventstore/eventstore_internal.h"
#include <endian.h>
#include <openssl/evp.h>

static bool check_versions(struct arena *arena, const struct append_batch *batch);
static void digest_events(EVP_MD_CTX *sha, const struct append_batch *batch, struct hash *ret_digest);
static void add_streams(struct pg_params *params, const struct append_batch *batch);
static void add_new_streams(struct pg_params *params, const struct append_batch *batch);
static void add_keys(struct pg_params *params, const struct append_batch *batch);
static void add_events(struct pg_params *params, const struct append_batch *batch);
static void add_commands(struct pg_params *params, const struct append_batch *batch);
static void add_data(struct pg_params *params, const struct append_batch *batch);

void eventstore_build(struct eventstore *store, const struct slot *slot, int64_t previous_seq,
                      struct pg_params *params)
{
    const struct append_batch *batch = &slot->batch;
    uint32_t covered = 0;
    for (uint32_t i = 0; i < batch->command_count; i++) {
        check(batch->commands[i].event_count > 0 && !uuid_is_nil(batch->commands[i].command_id));
        covered += batch->commands[i].event_count;
    }
    check(covered == batch->event_count && batch->read_position <= store->known);
    struct hash *digest = arena_alloc(params->arena, sizeof *digest);
    if (digest == NULL || !check_versions(params->arena, batch)) {
        params->failure = ERR_NOMEM;
        return;
    }
    digest_events(store->sha, batch, digest);
    pg_param_i64(params, slot->writer);
    pg_param_i64(params, slot->seq);
    pg_param_i64(params, previous_seq);
    pg_param_i64(params, (int64_t)batch->read_position);
    pg_param_bytea(params, slice_of(digest->bytes, sizeof digest->bytes));
    add_streams(params, batch);
    add_new_streams(params, batch);
    add_keys(params, batch);
    add_events(params, batch);
    add_commands(params, batch);
    add_data(params, batch);
}

/* ---- versions ---- */

/* Streams of a batch by number: open addressing, at most half full. */
struct stream_table {
    struct stream_entry {
        uint64_t number; /* 0: empty */
        uint32_t version;
    } * entries;
    uint32_t mask;
};

static struct stream_entry *stream_at(struct stream_table *table, uint64_t number)
{
    uint32_t at = (uint32_t)number & table->mask;
    while (table->entries[at].number != 0 && table->entries[at].number != number)
        at = (at + 1) & table->mask;
    return &table->entries[at];
}

/* Every stream is listed once, and its events follow the version that was seen. False: out of memory. */
static bool check_versions(struct arena *arena, const struct append_batch *batch)
{
    uint32_t size = 16;
    while (size < batch->stream_count * 2)
        size *= 2;
    struct stream_table table = {.entries = arena_array(arena, size, sizeof *table.entries),
                                 .mask = size - 1};
    if (table.entries == NULL)
        return false;
    for (uint32_t i = 0; i < batch->stream_count; i++) {
        const struct append_stream *stream = &batch->streams[i];
        struct stream_entry *entry = stream_at(&table, stream->number);
        check(stream->number != 0 && entry->number == 0);
        *entry = (struct stream_entry){stream->number, stream->expected_version};
    }
    for (uint32_t i = 0; i < batch->event_count; i++) {
        const struct append_event *event = &batch->events[i];
        struct stream_entry *entry = stream_at(&table, event->number);
        check(event->number != 0 && entry->number == event->number);
        check(event->version == ++entry->version);
    }
    return true;
}

/* ---- the digest ---- */

/* As stored: nil for none, and for the command's own id. */
static struct uuid unless_own(struct uuid id, const struct append_command *command)
{
    return uuid_equal(id, command->command_id) ? (struct uuid){{0}} : id;
}

static struct uuid pick_command_id(const struct append_command *command)
{
    return command->command_id;
}

static struct uuid pick_causation_id(const struct append_command *command)
{
    return unless_own(command->causation_id, command);
}

static struct uuid pick_correlation_id(const struct append_command *command)
{
    return unless_own(command->correlation_id, command);
}

static struct uuid pick_actor(const struct append_command *command)
{
    return command->actor;
}

static void digest_bytes(EVP_MD_CTX *sha, const void *data, size_t size)
{
    check(EVP_DigestUpdate(sha, data, size) == 1);
}

static void digest_u(EVP_MD_CTX *sha, uint64_t value, size_t size)
{
    uint64_t big = htobe64(value);
    digest_bytes(sha, (const uint8_t *)&big + sizeof big - size, size);
}

static void digest_command(EVP_MD_CTX *sha, const struct append_command *command)
{
    struct uuid ids[] = {command->command_id, pick_causation_id(command), pick_correlation_id(command),
                         command->actor};
    digest_bytes(sha, ids, sizeof ids);
    digest_bytes(sha, command->digest, sizeof command->digest);
}

/* See the top of the file. OpenSSL's, as it uses the processor's instructions: a fifth of the time. */
static void digest_events(EVP_MD_CTX *sha, const struct append_batch *batch, struct hash *ret_digest)
{
    check(EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1);
    const struct append_event *event = batch->events;
    for (uint32_t i = 0; i < batch->command_count; i++)
        for (uint32_t k = 0; k < batch->commands[i].event_count; k++, event++) {
            digest_u(sha, event->number, 8);
            digest_u(sha, event->version, 4);
            digest_u(sha, event->type, 2);
            digest_u(sha, event->schema_version, 2);
            digest_u(sha, k == 0, 1);
            if (k == 0)
                digest_command(sha, &batch->commands[i]);
            digest_u(sha, event->data.size, 4);
            digest_bytes(sha, event->data.data, event->data.size);
        }
    check(EVP_DigestFinal_ex(sha, ret_digest->bytes, NULL) == 1);
}

/* ---- the columns ---- */

/* $6 and $7 */
static void add_streams(struct pg_params *params, const struct append_batch *batch)
{
    pg_array_begin(params, PG_TYPE_I64, batch->stream_count);
    for (uint32_t i = 0; i < batch->stream_count; i++)
        pg_array_i64(params, (int64_t)batch->streams[i].number);
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_I32, batch->stream_count);
    for (uint32_t i = 0; i < batch->stream_count; i++)
        pg_array_i32(params, (int32_t)batch->streams[i].expected_version);
    pg_array_end(params);
}

/* $8 to $10 */
static void add_new_streams(struct pg_params *params, const struct append_batch *batch)
{
    pg_array_begin(params, PG_TYPE_I64, 8);
    for (uint32_t i = 0; i < batch->event_count; i++)
        if (batch->events[i].version == 1)
            pg_array_i64(params, (int64_t)batch->events[i].number);
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_I16, 8);
    for (uint32_t i = 0; i < batch->event_count; i++)
        if (batch->events[i].version == 1)
            pg_array_i16(params, (int16_t)batch->events[i].stream.kind);
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_BYTEA, 16);
    for (uint32_t i = 0; i < batch->event_count; i++)
        if (batch->events[i].version == 1)
            pg_array_slice(params, stream_key(&batch->events[i].stream));
    pg_array_end(params);
}

/* $11 and $12 */
static void add_keys(struct pg_params *params, const struct append_batch *batch)
{
    pg_array_begin(params, PG_TYPE_I64, batch->key_count);
    for (uint32_t i = 0; i < batch->key_count; i++)
        pg_array_i64(params, (int64_t)stream_number(batch->keys[i].stream));
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_BYTEA, batch->key_count * 3);
    for (uint32_t i = 0; i < batch->key_count; i++)
        pg_array_slice(params, slice_of(batch->keys[i].key, sizeof batch->keys[i].key));
    pg_array_end(params);
}

/* $13 to $16 */
static void add_events(struct pg_params *params, const struct append_batch *batch)
{
    pg_array_begin(params, PG_TYPE_I64, batch->event_count);
    for (uint32_t i = 0; i < batch->event_count; i++)
        pg_array_i64(params, (int64_t)batch->events[i].number);
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_I32, batch->event_count);
    for (uint32_t i = 0; i < batch->event_count; i++)
        pg_array_i32(params, (int32_t)batch->events[i].version);
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_I16, batch->event_count);
    for (uint32_t i = 0; i < batch->event_count; i++)
        pg_array_i16(params, (int16_t)batch->events[i].type);
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_I16, batch->event_count);
    for (uint32_t i = 0; i < batch->event_count; i++)
        pg_array_i16(params, (int16_t)batch->events[i].schema_version);
    pg_array_end(params);
}

static void add_ids(struct pg_params *params, const struct append_batch *batch,
                    struct uuid (*pick)(const struct append_command *command))
{
    pg_array_begin(params, PG_TYPE_UUID, batch->event_count * 2);
    for (uint32_t i = 0; i < batch->command_count; i++) {
        struct uuid id = pick(&batch->commands[i]);
        if (uuid_is_nil(id))
            pg_array_null(params);
        else
            pg_array_uuid(params, id);
        for (uint32_t k = 1; k < batch->commands[i].event_count; k++)
            pg_array_null(params);
    }
    pg_array_end(params);
}

/* $17 to $21 */
static void add_commands(struct pg_params *params, const struct append_batch *batch)
{
    add_ids(params, batch, pick_command_id);
    add_ids(params, batch, pick_causation_id);
    add_ids(params, batch, pick_correlation_id);
    add_ids(params, batch, pick_actor);
    pg_array_begin(params, PG_TYPE_BYTEA, batch->event_count * 2);
    for (uint32_t i = 0; i < batch->command_count; i++) {
        pg_array_slice(params, slice_of(batch->commands[i].digest, sizeof batch->commands[i].digest));
        for (uint32_t k = 1; k < batch->commands[i].event_count; k++)
            pg_array_null(params);
    }
    pg_array_end(params);
}

/* $22 and $23 */
static void add_data(struct pg_params *params, const struct append_batch *batch)
{
    pg_array_begin(params, PG_TYPE_BYTEA, batch->event_count * 16);
    for (uint32_t i = 0; i < batch->event_count; i++)
        pg_array_slice(params, batch->events[i].data);
    pg_array_end(params);
    pg_array_begin(params, PG_TYPE_UUID, batch->command_count * 2);
    for (uint32_t i = 0; i < batch->command_count; i++)
        pg_array_uuid(params, batch->commands[i].command_id);
    pg_array_end(params);
}
