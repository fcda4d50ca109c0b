/* fake_store: the event store's statements, as migrations/eventstore/0002_append.sql has them, over arrays.
 *
 * Each statement of append_batch is here in the same order: lock (a group is one instant, so it is held
 * already), known ids, the one comparison or the looked-up heads, fencing, the chain of batches, then the
 * rows. What is read is in fake_store_read.c. The unique constraints are here too, and hitting one is a
 * broken promise: they are the last guards, not the condition.
 *
 * Every append is shown to the oracle, which judges its commands against the states as committed. */
#include "database.h"
#include "node.h"
#include "oracle.h"
#include "store_read.h"
#include "domain/state.h"
#include "eventstore/eventstore.h"
#include "pg/pg_result.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include <stdlib.h>

#define EVENTS_MAX 16384
#define ROWS_MAX 20000
#define ELEMENTS_MAX 4096

struct batch_row {
    uint64_t first, last, since;
    int64_t writer, seq, recorded_at_us;
};
struct writer_row {
    char node[16];
    int64_t replaces;
};
struct key_row {
    uint64_t stream;
    uint8_t key[32];
};

static struct {
    struct logged *events;
    uint64_t count;
    struct batch_row *batches;
    uint32_t batch_count;
    struct writer_row writers[ROWS_MAX]; /* writer n is at n - 1 */
    uint32_t writer_count;
    struct key_row keys[256];
    uint32_t key_count;
    struct map commands; /* id -> its first event */
    struct map heads;    /* stream -> its last event */
    struct map streams;  /* number -> struct stream_ref */
    uint64_t appends, preloaded;
    uint8_t epoch;          /* counts */
    int64_t replaced_until; /* writers up to this one are of an earlier epoch */
} db;

void store_open(void)
{
    db.events = calloc(EVENTS_MAX, sizeof *db.events);
    db.batches = calloc(EVENTS_MAX, sizeof *db.batches);
    check(db.events != NULL && db.batches != NULL);
    db.count = db.batch_count = db.writer_count = db.key_count = 0;
    db.appends = 0;
    db.epoch = 1;
    db.replaced_until = 0;
    map_init(&db.commands);
    map_init(&db.heads);
    map_init(&db.streams);
    snapshots_open();
    db.batches[db.batch_count++] = (struct batch_row){.first = 1};
}

void store_close(void)
{
    free(db.events);
    free(db.batches);
    map_release(&db.commands);
    map_release(&db.heads);
    map_release(&db.streams);
    snapshots_close();
}

uint64_t store_head(void)
{
    return db.count;
}

uint64_t store_preloaded(void)
{
    return db.preloaded;
}

uint64_t store_appends(void)
{
    return db.appends;
}

const struct logged *store_event(uint64_t position)
{
    check(position >= 1 && position <= db.count);
    return &db.events[position - 1];
}

const struct logged *store_command(struct uuid command_id)
{
    return map_get(&db.commands, command_id);
}

struct slice store_personal_key(uint64_t stream)
{
    for (uint32_t i = 0; i < db.key_count; i++)
        if (db.keys[i].stream == stream)
            return slice_of(db.keys[i].key, 32);
    return (struct slice){0};
}

uint32_t store_head_version(uint64_t stream)
{
    const struct logged *head = map_get(&db.heads, map_key_u64(stream));
    return head == NULL ? 0 : head->version;
}

struct uuid store_epoch(void)
{
    return (struct uuid){{0xe9, 0x0c, db.epoch}};
}

/* ---- append_batch ---- */

enum { APPENDED_, REFUSED_, ORPHANED_, FENCED_ };

struct verdict {
    int outcome;
    struct slice known[ELEMENTS_MAX], changed[ELEMENTS_MAX];
    uint32_t known_count, changed_count;
};

static bool is_replaced(int64_t writer)
{
    for (uint32_t i = 0; i < db.writer_count; i++)
        if (db.writers[i].replaces == writer)
            return true;
    return writer <= db.replaced_until;
}

static int64_t last_seq(int64_t writer)
{
    int64_t seq = -1; /* null: none */
    for (uint32_t i = 0; i < db.batch_count; i++)
        if (db.batches[i].writer == writer && db.batches[i].seq > seq)
            seq = db.batches[i].seq;
    return seq;
}

static void judge(const struct wire_call *call, struct verdict *verdict)
{
    const struct batch_row *head = &db.batches[db.batch_count - 1];
    static struct slice ids[ELEMENTS_MAX], checked[ELEMENTS_MAX], expected[ELEMENTS_MAX];
    int64_t writer = call_i64(call, 1), previous_seq = call_i64(call, 3);
    uint64_t read_position = (uint64_t)call_i64(call, 4);
    uint32_t id_count = call_array(call, 23, ids, ELEMENTS_MAX);
    *verdict = (struct verdict){.outcome = APPENDED_};
    for (uint32_t i = 0; i < id_count; i++)
        if (store_command(element_uuid(ids[i])) != NULL)
            verdict->known[verdict->known_count++] = ids[i];
    if (head->writer != writer || head->seq != previous_seq || head->since > read_position) {
        if (is_replaced(writer)) {
            verdict->outcome = FENCED_;
            return;
        }
        if (previous_seq != last_seq(writer)) {
            verdict->outcome = ORPHANED_;
            return;
        }
        uint32_t count = call_array(call, 6, checked, ELEMENTS_MAX);
        check(call_array(call, 7, expected, ELEMENTS_MAX) == count);
        for (uint32_t i = 0; i < count; i++)
            if (store_head_version((uint64_t)element_int(checked[i])) != (uint32_t)element_int(expected[i]))
                verdict->changed[verdict->changed_count++] = checked[i];
    }
    if (verdict->known_count > 0 || verdict->changed_count > 0)
        verdict->outcome = REFUSED_;
}

static void add_streams(const struct wire_call *call)
{
    struct slice numbers[256], kinds[256], keys[256];
    uint32_t count = call_array(call, 8, numbers, 256);
    check(call_array(call, 9, kinds, 256) == count && call_array(call, 10, keys, 256) == count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t number = (uint64_t)element_int(numbers[i]);
        struct stream_ref ref = {.kind = (enum stream_kind)element_int(kinds[i])};
        switch (schema_stream((int)ref.kind)->key) {
        case STREAM_KEY_UUID:
            ref.uuid = element_uuid(keys[i]);
            break;
        case STREAM_KEY_SLUG:
            check(slug_parse(keys[i], &ref.slug));
            break;
        case STREAM_KEY_NONE:
            break;
        }
        hold(map_get(&db.streams, map_key_u64(number)) == NULL, "a stream is made twice");
        check(map_put(&db.streams, map_key_u64(number), keep(&ref, sizeof ref)) == ERR_OK);
    }
}

static void add_keys(const struct wire_call *call)
{
    struct slice numbers[256], keys[256];
    uint32_t count = call_array(call, 11, numbers, 256);
    check(call_array(call, 12, keys, 256) == count);
    for (uint32_t i = 0; i < count; i++) {
        struct key_row *row = &db.keys[db.key_count];
        struct slice stored = store_personal_key((uint64_t)element_int(numbers[i]));
        hold(stored.data == NULL || slice_equal(stored, keys[i]),
             "GC003: a player gets a second personal key");
        if (stored.data != NULL)
            continue;
        check(db.key_count < 256 && keys[i].size == sizeof row->key);
        row->stream = (uint64_t)element_int(numbers[i]);
        memcpy(row->key, keys[i].data, sizeof row->key);
        db.key_count++;
    }
}

static void add_event(struct logged *event)
{
    const struct stream_ref *ref = map_get(&db.streams, map_key_u64(event->stream));
    hold(ref != NULL, "an event of a stream that was never made");
    hold(event->version == store_head_version(event->stream) + 1,
         "version %u of %s stream follows version %u", event->version, schema_stream((int)ref->kind)->name,
         store_head_version(event->stream));
    check(db.count < EVENTS_MAX);
    event->ref = *ref;
    event->position = db.count + 1;
    event->data = keep_slice(event->data);
    struct logged *stored = &db.events[db.count++];
    *stored = *event;
    check(map_put(&db.heads, map_key_u64(event->stream), stored) == ERR_OK);
    if (!event->first)
        return;
    hold(store_command(event->command_id) == NULL, "command %s took effect twice",
         name_of_id(event->command_id));
    check(map_put(&db.commands, event->command_id, stored) == ERR_OK);
}

static void insert(const struct wire_call *call)
{
    static struct slice column[11][ELEMENTS_MAX]; /* $13 to $16, $17, $20, $21, $22 */
    static const uint32_t numbers[] = {13, 14, 15, 16, 17, 20, 21, 22};
    const struct batch_row head = db.batches[db.batch_count - 1];
    uint32_t count = 0;
    for (uint32_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        count = call_array(call, numbers[i], column[i], ELEMENTS_MAX);
    struct batch_row row = {.first = head.last + 1,
                            .last = head.last + count,
                            .writer = call_i64(call, 1),
                            .seq = call_i64(call, 2),
                            .recorded_at_us = world.wall_ms * 1000};
    row.since = head.writer == row.writer ? head.since : head.last;
    if (row.recorded_at_us < head.recorded_at_us)
        row.recorded_at_us = head.recorded_at_us;
    add_streams(call);
    add_keys(call);
    for (uint32_t i = 0; i < count; i++) {
        struct logged event = {.stream = (uint64_t)element_int(column[0][i]),
                               .version = (uint32_t)element_int(column[1][i]),
                               .type = (uint16_t)element_int(column[2][i]),
                               .schema_version = (uint16_t)element_int(column[3][i]),
                               .recorded_at_us = row.recorded_at_us,
                               .first = column[4][i].data != NULL,
                               .data = column[7][i]};
        if (event.first) {
            event.command_id = element_uuid(column[4][i]);
            event.actor = column[5][i].data == NULL ? (struct uuid){{0}} : element_uuid(column[5][i]);
            check(column[6][i].size == sizeof event.digest);
            memcpy(event.digest, column[6][i].data, sizeof event.digest);
        }
        add_event(&event);
    }
    db.batches[db.batch_count++] = row;
    db.appends++;
    oracle_appended(row.first, row.last);
}

/* Of a batch, by its number and its writer's, of which no two batches ever have the same. */
static struct slice chain_of(uint32_t number)
{
    uint8_t *chain = arena_alloc(&world.arena, 32);
    check(chain != NULL);
    memset(chain, 0, 32);
    memcpy(chain, &number, sizeof number);
    memcpy(chain + 8, &db.batches[number].writer, 8);
    memcpy(chain + 16, &db.batches[number].seq, 8);
    return slice_of(chain, 32);
}

static PGresult *append_batch(const struct wire_call *call)
{
    static struct verdict verdict;
    static const char *const names[] = {"appended", "refused", "orphaned", "fenced"};
    PGresult *result = result_new(8);
    judge(call, &verdict);
    trace("store: seq %d after %d, read to %d, head %d: %s, %u known, %u changed", (int)call_i64(call, 2),
          (int)call_i64(call, 3), (int)call_i64(call, 4), (int)db.count, names[verdict.outcome],
          verdict.known_count, verdict.changed_count);
    if (verdict.outcome == APPENDED_)
        insert(call);
    const struct batch_row *head = &db.batches[db.batch_count - 1];
    result_int(result, 0, 0, verdict.outcome, 2);
    result_int(result, 0, 1, (int64_t)head->first, 8);
    result_int(result, 0, 2, (int64_t)head->last, 8);
    result_int(result, 0, 3, head->recorded_at_us - PG_EPOCH_OFFSET_US, 8);
    result_int(result, 0, 4, (int64_t)head->since, 8);
    result_array(result, 0, 5, PG_TYPE_UUID, verdict.known, verdict.known_count);
    result_array(result, 0, 6, PG_TYPE_I64, verdict.changed, verdict.changed_count);
    result_slice(result, 0, 7, chain_of(db.batch_count - 1));
    return result;
}

/* ---- the other statements ---- */

static PGresult *take_writer(const struct wire_call *call)
{
    check(db.writer_count < ROWS_MAX);
    struct writer_row *row = &db.writers[db.writer_count];
    *row = (struct writer_row){.replaces = 0};
    check(call->values[0].size < sizeof row->node);
    memcpy(row->node, call->values[0].data, call->values[0].size);
    for (uint32_t i = 0; i < db.writer_count; i++)
        if (strcmp(db.writers[i].node, row->node) == 0)
            row->replaces = i + 1;
    int64_t writer = ++db.writer_count;
    struct batch_row head = db.batches[db.batch_count - 1];
    db.batches[db.batch_count++] = (struct batch_row){.first = head.last + 1,
                                                      .last = head.last,
                                                      .since = head.last,
                                                      .writer = writer,
                                                      .recorded_at_us = head.recorded_at_us};
    trace("store: writer %d in place of %d, head %d", (int)writer, (int)row->replaces, (int)head.last);
    PGresult *result = result_new(4);
    result_int(result, 0, 0, writer, 8);
    result_int(result, 0, 1, (int64_t)head.last, 8);
    result_uuid(result, 0, 2, store_epoch());
    result_slice(result, 0, 3, chain_of(db.batch_count - 1));
    return result;
}

static PGresult *find_batch(const struct wire_call *call)
{
    PGresult *result = result_new(4);
    for (uint32_t i = 0; i < db.batch_count; i++) {
        const struct batch_row *row = &db.batches[i];
        if (row->writer != call_i64(call, 1) || row->seq != call_i64(call, 2))
            continue;
        result_int(result, 0, 0, (int64_t)row->first, 8);
        result_int(result, 0, 1, (int64_t)row->last, 8);
        result_int(result, 0, 2, row->recorded_at_us - PG_EPOCH_OFFSET_US, 8);
        result_int(result, 0, 3, (int64_t)row->since, 8);
    }
    return result;
}

static PGresult *save_snapshot(const struct wire_call *call)
{
    uint64_t stream = (uint64_t)call_i64(call, 2);
    uint32_t version = (uint32_t)call_int(call, 3);
    const struct logged *head = map_get(&db.heads, map_key_u64(stream));
    bool kept = uuid_equal(call_uuid(call, 1), store_epoch()) && head != NULL && head->version >= version &&
                snapshots_put(head, version, (int32_t)call_int(call, 4), call->values[4]);
    trace("snapshots: at %u: %s", version, kept ? "kept" : "not kept");
    PGresult *result = result_new(1);
    result_bool(result, 0, 0, kept);
    return result;
}

static PGresult *chain(const struct wire_call *call)
{
    PGresult *result = result_new(2);
    uint32_t number = 0;
    while (number < db.batch_count && db.batches[number].last < (uint64_t)call_i64(call, 1))
        number++;
    result_slice(result, 0, 0, number < db.batch_count ? chain_of(number) : (struct slice){0});
    result_uuid(result, 0, 1, store_epoch());
    return result;
}

/* Listening and telling are the connections' (fake_pg.c). */
static PGresult *nothing(const struct wire_call *call)
{
    (void)call;
    return result_new(1);
}

void store_execute(const struct wire_call *calls, uint32_t count, struct wire_answer *ret_answer)
{
    static const struct {
        const char *name;
        PGresult *(*run)(const struct wire_call *call);
    } statements[] = {{"eventstore_append", append_batch},
                      {"eventstore_take_writer", take_writer},
                      {"eventstore_find_batch", find_batch},
                      {"eventstore_load", store_load},
                      {"eventstore_read", store_read_log},
                      {"eventstore_find_commands", store_find_commands},
                      {"eventstore_load_state", store_load_state},
                      {"eventstore_save_snapshot", save_snapshot},
                      {"eventstore_heads", store_heads},
                      {"eventstore_chain", chain},
                      {"eventstore_listen", nothing},
                      {"eventstore_hint", nothing}};
    *ret_answer = (struct wire_answer){.message = ""};
    for (uint32_t call = 0; call < count; call++) {
        size_t i = 0;
        while (i < sizeof statements / sizeof *statements &&
               strcmp(statements[i].name, calls[call].name) != 0)
            i++;
        if (i == sizeof statements / sizeof *statements)
            broken("a statement that the simulated event store does not know: %s", calls[call].name);
        ret_answer->results[ret_answer->count++] = statements[i].run(&calls[call]);
    }
}

void store_answered(const struct node *node, const struct wire_call *call, const struct wire_answer *answer)
{
    if (strcmp(call->name, "eventstore_append") != 0 || answer->count == 0)
        return;
    const PGresult *result = answer->results[0];
    if (pg_get_i16(result, 0, 0) == APPENDED_)
        oracle_heard(node, (uint64_t)pg_get_i64(result, 0, 1), (uint64_t)pg_get_i64(result, 0, 2));
}

/* ---- a restore ---- */

/* Everything that is looked up by key is made anew from the events that are left. */
static void index_events(void)
{
    uint32_t keys = db.key_count;
    map_release(&db.commands);
    map_release(&db.heads);
    map_release(&db.streams);
    map_init(&db.commands);
    map_init(&db.heads);
    map_init(&db.streams);
    for (uint64_t i = 0; i < db.count; i++) {
        struct logged *event = &db.events[i];
        check(map_put(&db.heads, map_key_u64(event->stream), event) == ERR_OK);
        check(map_put(&db.streams, map_key_u64(event->stream), &event->ref) == ERR_OK);
        check(!event->first || map_put(&db.commands, event->command_id, event) == ERR_OK);
    }
    db.key_count = 0;
    for (uint32_t i = 0; i < keys; i++)
        if (map_get(&db.streams, map_key_u64(db.keys[i].stream)) != NULL)
            db.keys[db.key_count++] = db.keys[i];
}

void store_restore(uint64_t position)
{
    while (db.batches[db.batch_count - 1].last > position)
        db.batch_count--;
    struct batch_row head = db.batches[db.batch_count - 1];
    trace("store: restored to %d of %d, a new epoch", (int)head.last, (int)db.count);
    db.count = head.last;
    db.epoch++;
    db.replaced_until = db.writer_count;
    db.batches[db.batch_count++] = (struct batch_row){.first = head.last + 1,
                                                      .last = head.last,
                                                      .since = head.last,
                                                      .writer = ++db.writer_count,
                                                      .recorded_at_us = head.recorded_at_us};
    index_events();
    snapshots_close();
    snapshots_open();
    oracle_restored();
}

/* ---- before the run ---- */

void store_preload(const struct command *command, struct uuid actor)
{
    struct logged events[LIMIT_EVENTS_PER_COMMAND_MAX];
    uint32_t count = oracle_decide_preload(command, actor, events);
    uint64_t first = db.count + 1;
    for (uint32_t i = 0; i < count; i++) {
        if (map_get(&db.streams, map_key_u64(events[i].stream)) == NULL)
            check(map_put(&db.streams, map_key_u64(events[i].stream),
                          keep(&events[i].ref, sizeof events[i].ref)) == ERR_OK);
        add_event(&events[i]);
    }
    struct batch_row head = db.batches[db.batch_count - 1];
    db.batches[db.batch_count++] =
        (struct batch_row){.first = first, .last = db.count, .since = head.last, .recorded_at_us = 1};
    db.preloaded = db.count;
    oracle_appended(first, db.count);
}
