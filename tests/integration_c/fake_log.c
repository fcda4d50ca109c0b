/* fake_log: see fake_log.h. Events are encoded as the store has them, personal fields sealed with a key, so
 * that the catch-up decodes them the way it does in earnest. */
#include "fake_log.h"
#include "../unit/helper_wire.h"
#include "base/check.h"
#include "base/list.h"
#include "gen/c/schema.h"
#include "wire/frame.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_log fake_log;
static struct arena arena;
static const uint8_t personal_key[32] = {7};

struct pending_read {
    struct list_node node;
    struct loop_timer timer;
    uint64_t after;
    uint32_t limit;
    read_done done;
    struct chain_question *question; /* NULL: a page is read */
    void *ctx;
};
static struct list_node reads;

void fake_log_begin(struct loop *loop)
{
    fake_log = (struct fake_log){.loop = loop, .ready = true, .epoch = {{1}}};
    arena_init(&arena, 65536, 1u << 30);
    list_init(&reads);
}

void fake_log_end(void)
{
    list_each(node, &reads)
    {
        struct pending_read *read = list_entry(node, struct pending_read, node);
        loop_timer_stop(&read->timer);
        free(read);
    }
    free(fake_log.events);
    arena_release(&arena);
}

struct eventstore *fake_log_store(void)
{
    return (struct eventstore *)&fake_log;
}

/* ---- events ---- */

static struct slug slug_in(struct wire_random *random, const char *what, uint32_t count)
{
    struct slug slug = {{0}};
    snprintf(slug.text, sizeof slug.text, "%.4s-%u", what, (unsigned)wire_random_below(random, count));
    return slug;
}

/* Makes keys collide and times fit into a timestamp. */
static void tame(struct wire_random *random, const struct type_desc *type, void *value)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        void *at = (uint8_t *)value + field->offset;
        if (strcmp(field->name, "player") == 0)
            *(struct uuid *)at = (struct uuid){{(uint8_t)wire_random_below(random, 8), 0xab}};
        else if (strcmp(field->name, "team") == 0)
            *(uint32_t *)at = wire_random_below(random, 4);
        else if (field->kind == FIELD_TIME)
            *(int64_t *)at = 1700000000000 + wire_random_below(random, 1u << 30);
        else if (field->kind == FIELD_SLUG)
            *(struct slug *)at = slug_in(random, field->name, 5);
        else if (field->kind == FIELD_LIST && field->of == FIELD_STRUCT)
            for (uint32_t n = 0; n < ((struct list_value *)at)->count; n++)
                tame(random, field->type,
                     (uint8_t *)((struct list_value *)at)->items + n * field->type->size);
    }
}

static void append_one(struct wire_random *random)
{
    struct fake_event *fake = arena_alloc(&arena, sizeof *fake);
    check(fake != NULL);
    const struct event_desc *desc = &schema_events[wire_random_below(random, SCHEMA_EVENT_COUNT)];
    fake->event.type = (enum event_type)desc->number;
    wire_random_struct(random, desc->payload, &arena, event_payload_mutable(&fake->event));
    tame(random, desc->payload, event_payload_mutable(&fake->event));
    struct buf bytes;
    buf_init(&bytes, 1u << 20);
    struct slice key = codec_has_personal(desc->payload) ? slice_of(personal_key, 32) : (struct slice){0};
    check(codec_encode_stored(&bytes, desc->payload, event_payload(&fake->event), key) == ERR_OK);
    fake->stored = (struct stored_event){.position = fake_log.count + 1,
                                         .type = (uint16_t)desc->number,
                                         .schema_version = desc->version,
                                         .data = slice_copy(&arena, buf_slice(&bytes)),
                                         .personal_key = key};
    buf_release(&bytes);
    struct sha256 sha;
    sha256_init(&sha);
    if (fake_log.count > 0)
        sha256_update(&sha, fake_log.events[fake_log.count - 1]->chain.bytes, sizeof(struct hash));
    sha256_update(&sha, fake->stored.data.data, fake->stored.data.size);
    fake->chain = sha256_final(&sha);
    if (fake_log.count == fake_log.capacity) {
        fake_log.capacity = fake_log.capacity == 0 ? 1024 : fake_log.capacity * 2;
        fake_log.events = realloc(fake_log.events, fake_log.capacity * sizeof *fake_log.events);
        check(fake_log.events != NULL);
    }
    fake_log.events[fake_log.count++] = fake;
}

uint64_t fake_log_append(uint32_t count, uint64_t seed)
{
    struct wire_random random = {seed};
    uint64_t first = fake_log.count + 1;
    for (uint32_t i = 0; i < count; i++)
        append_one(&random);
    return first;
}

void fake_log_cut(uint64_t position)
{
    check(position <= fake_log.count);
    fake_log.count = (uint32_t)position;
}

/* ---- in the place of server/eventstore ---- */

bool eventstore_ready(const struct eventstore *store)
{
    (void)store;
    return fake_log.ready;
}

const char *eventstore_failure(const struct eventstore *store)
{
    (void)store;
    return "";
}

struct uuid eventstore_epoch(const struct eventstore *store)
{
    (void)store;
    return fake_log.epoch;
}

uint64_t eventstore_head(const struct eventstore *store)
{
    (void)store;
    return fake_log.count;
}

void eventstore_on_hint(struct eventstore *store, hint_heard heard, void *ctx)
{
    (void)store, (void)heard, (void)ctx;
}

/* Nobody hears it: the looks have to do. */
void eventstore_hint_projected(struct eventstore *store, uint64_t position)
{
    (void)store, (void)position;
}

static const struct hash *chain_at(uint64_t position)
{
    return &fake_log.events[position - 1]->chain;
}

static void answer_chain(struct pending_read *read)
{
    struct chain_question *question = read->question;
    bool held = read->after >= 1 && read->after <= fake_log.count;
    list_remove(&read->node);
    free(read);
    question->done(question->ctx,
                   fake_log.away ? ERR_AWAY
                   : held        ? ERR_OK
                                 : ERR_NOT_FOUND,
                   held ? chain_at(question->position) : NULL);
}

static void answer(void *ctx)
{
    struct pending_read *read = ctx;
    if (read->question != NULL) {
        answer_chain(read);
        return;
    }
    struct stored_event *events = calloc(read->limit, sizeof *events);
    check(events != NULL);
    uint32_t count = 0;
    for (uint64_t position = read->after + 1; position <= fake_log.count && count < read->limit; position++)
        events[count++] = fake_log.events[position - 1]->stored;
    list_remove(&read->node);
    fake_log.reads++;
    read->done(read->ctx, fake_log.away ? ERR_AWAY : ERR_OK, events, fake_log.away ? 0 : count,
               read->after + count < fake_log.count);
    free(events);
    free(read);
}

void eventstore_chain_of(struct eventstore *store, struct chain_question *question, uint64_t position,
                         chain_done done, void *ctx)
{
    struct pending_read *read = calloc(1, sizeof *read);
    check(read != NULL);
    *question = (struct chain_question){.store = store, .position = position, .done = done, .ctx = ctx};
    *read = (struct pending_read){.after = position, .question = question};
    list_append(&reads, &read->node);
    loop_timer_init(&read->timer, fake_log.loop, answer, read);
    loop_timer_start(&read->timer, 0);
}

bool eventstore_proof(const struct eventstore *store, uint64_t position, struct hash *ret_chain)
{
    (void)store;
    if (position == 0 || position != fake_log.count)
        return false;
    *ret_chain = *chain_at(position);
    return true;
}

void eventstore_read(struct eventstore *store, uint64_t after, uint32_t limit, read_done done, void *ctx)
{
    (void)store;
    struct pending_read *read = calloc(1, sizeof *read);
    check(read != NULL);
    *read = (struct pending_read){.after = after, .limit = limit, .done = done, .ctx = ctx};
    list_append(&reads, &read->node);
    loop_timer_init(&read->timer, fake_log.loop, answer, read);
    loop_timer_start(&read->timer, 0);
}
