/* test_states: which states stay in memory, when they are loaded, and what doubt does to them.
 *
 * The store is a fake, defined here in the place of the library's: a load waits until the test answers it, in
 * order. A stream of the test is a pack that was published once, with as many entries as its name says, so a
 * state is as large as wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/check.h"
#include "gen/c/schema.h"
#include "request/states.h"
#include "wire/codec.h"

/* ---- the store ---- */

#define FAKE_LOADS_MAX 1024

static struct fake_load {
    struct stream_ref stream;
    load_done done;
    void *ctx;
} fake_loads[FAKE_LOADS_MAX];
static uint32_t asked, answered; /* asked - answered are in flight */

void eventstore_load_state(struct eventstore *store, struct stream_ref stream, int32_t snapshot_schema,
                           uint32_t limit, load_done done, void *ctx)
{
    (void)store, (void)snapshot_schema, (void)limit;
    check(asked < FAKE_LOADS_MAX);
    fake_loads[asked++] = (struct fake_load){stream, done, ctx};
}

void eventstore_load(struct eventstore *store, struct stream_ref stream, uint32_t after_version,
                     uint32_t limit, read_done done, void *ctx)
{
    (void)store, (void)stream, (void)after_version, (void)limit, (void)done, (void)ctx;
    fail_msg("one page is enough here");
}

void eventstore_save_snapshot(struct eventstore *store, struct stream_ref stream, uint32_t version,
                              int32_t snapshot_schema, struct slice data, save_done done, void *ctx)
{
    (void)store, (void)stream, (void)version, (void)snapshot_schema, (void)data, (void)done, (void)ctx;
    fail_msg("no stream is long enough here");
}

static struct slice published(struct stream_ref stream, struct buf *out)
{
    static struct pack_entry entries[256];
    struct event_pack_published event = {.pack = stream.slug,
                                         .version = 1,
                                         .name = slice_text("A pack"),
                                         .pity_group = slug_of("all"),
                                         .pity_rarity = RARITY_EPIC};
    event.entries = (struct pack_entry_list){entries, (uint32_t)atoi(stream.slug.text + 1)};
    for (uint32_t i = 0; i < event.entries.count; i++)
        entries[i] = (struct pack_entry){slug_of("someone"), RARITY_COMMON, i + 1};
    assert_int_equal(codec_encode(out, &type_event_pack_published, &event, CODEC_PLAIN), ERR_OK);
    return buf_slice(out);
}

/* Answers the oldest load. */
static void answer(enum err err)
{
    struct fake_load *load = &fake_loads[answered];
    struct buf data;
    assert_true(answered++ < asked);
    buf_init(&data, 1u << 16);
    struct stored_event event = {
        .position = answered, .stream = load->stream, .version = 1, .type = EVENT_PACK_PUBLISHED};
    event.schema_version = (uint16_t)schema_event(EVENT_PACK_PUBLISHED)->version;
    event.data = published(load->stream, &data);
    load->done(load->ctx, err, NULL, &event, err == ERR_OK, false);
    buf_release(&data);
}

/* ---- streams and those who want them ---- */

/* A pack with so many entries; `letter` tells packs of the same size apart. */
static struct stream_ref pack(char letter, uint32_t number)
{
    struct stream_ref ref = {.kind = STREAM_PACK};
    snprintf(ref.slug.text, sizeof ref.slug.text, "%c%u", letter, number);
    return ref;
}

struct holder {
    struct state_waiter waiter;
    struct state_entry *entry;
    enum err told;
    uint32_t times;
};

static void on_ready(void *ctx, enum err err)
{
    struct holder *holder = ctx;
    holder->told = err;
    holder->times++;
}

static bool get(struct states *states, struct stream_ref ref, struct holder *holder)
{
    *holder = (struct holder){.waiter = {.ready = on_ready, .ctx = holder}};
    bool ready = states_get(states, ref, &holder->waiter, &holder->entry);
    assert_non_null(holder->entry);
    return ready;
}

/* Gets it, loaded if need be, and lets go of it. True when it had to be loaded. */
static bool touch(struct states *states, struct stream_ref ref)
{
    struct holder holder;
    bool loads = !get(states, ref, &holder);
    states_load(states);
    if (loads)
        answer(ERR_OK);
    assert_int_equal(holder.entry->situation, STATE_READY);
    states_unpin(holder.entry);
    return loads;
}

static struct states *open_states(uint32_t entries_max, size_t bytes_max)
{
    asked = answered = 0;
    struct states *states = states_new(NULL, entries_max, bytes_max);
    assert_non_null(states);
    return states;
}

/* ---- the bounds ---- */

static void test_number_is_bounded(void **unused)
{
    (void)unused;
    struct states *states = open_states(3, 1u << 20);
    for (char letter = 'a'; letter <= 'd'; letter++)
        assert_true(touch(states, pack(letter, 1)));
    assert_int_equal(states_counters(states)->idle, 3);
    assert_int_equal(states_counters(states)->evicted, 1);
    assert_false(touch(states, pack('b', 1))); /* used: the youngest now */
    assert_true(touch(states, pack('a', 1)));  /* had to go, and c goes for it */
    assert_false(touch(states, pack('b', 1)));
    assert_true(touch(states, pack('c', 1)));
    states_free(states);
}

static void test_bytes_are_bounded(void **unused)
{
    (void)unused;
    size_t bytes_max = 64 * 1024;
    struct states *states = open_states(1000, bytes_max);
    const struct states_counters *counters = states_counters(states);
    for (uint32_t i = 0; i < 20; i++)
        assert_true(touch(states, pack('a' + (char)i, 1)));
    assert_int_equal(states_counters(states)->idle, 20); /* small ones: all fit */
    size_t small = counters->idle_bytes / 20;
    for (uint32_t i = 0; i < 20; i++) {
        assert_true(touch(states, pack('a' + (char)i, 250)));
        assert_true(counters->idle_bytes <= bytes_max);
    }
    states_counters(states);
    assert_true(counters->idle < 10 && counters->evicted > 30); /* each takes as much as many of those */
    assert_true(counters->idle_bytes > bytes_max / 2);          /* it is a bound, not a collapse */
    assert_true(counters->idle_bytes > counters->idle * 5 * small);
    assert_int_equal(counters->entries, counters->idle);
    assert_false(touch(states, pack('t', 250))); /* the last one is there */
    assert_true(touch(states, pack('a', 1)));    /* the oldest is not */
    states_free(states);
}

static void test_one_above_the_bound_is_not_kept(void **unused)
{
    (void)unused;
    struct states *states = open_states(1000, 4096);
    assert_true(touch(states, pack('a', 1)));
    assert_true(touch(states, pack('a', 250)));
    assert_int_equal(states_counters(states)->idle_bytes, 0);
    assert_int_equal(states_counters(states)->entries, 0);
    assert_true(touch(states, pack('a', 250)));
    states_free(states);
}

static void test_what_is_held_does_not_go(void **unused)
{
    (void)unused;
    struct holder held;
    struct states *states = open_states(1, 1u << 20);
    assert_false(get(states, pack('a', 9), &held));
    states_load(states);
    answer(ERR_OK);
    for (char letter = 'b'; letter <= 'f'; letter++)
        touch(states, pack(letter, 1));
    assert_int_equal(held.entry->situation, STATE_READY);
    assert_int_equal(states_pinned(states), 1);
    states_unpin(held.entry);
    assert_false(touch(states, pack('a', 9)));
    assert_int_equal(states_pinned(states), 0);
    states_free(states);
}

/* ---- loads ---- */

static void test_one_load_for_all_who_wait(void **unused)
{
    (void)unused;
    struct holder one, two;
    struct states *states = open_states(10, 1u << 20);
    assert_false(get(states, pack('a', 1), &one));
    assert_false(get(states, pack('a', 1), &two));
    assert_int_equal(asked, 0); /* the turn is not over */
    states_load(states);
    states_load(states);
    assert_int_equal(asked, 1);
    answer(ERR_OK);
    assert_true(one.entry == two.entry && one.times == 1 && two.times == 1 && two.told == ERR_OK);
    assert_int_equal(one.entry->state.version, 1);
    states_unpin(one.entry);
    states_unpin(two.entry);
    states_free(states);
}

static void test_loads_are_bounded_and_in_order(void **unused)
{
    (void)unused;
    static struct holder holders[600];
    struct states *states = open_states(1000, 1u << 24);
    for (uint32_t i = 0; i < 600; i++)
        assert_false(get(states, pack('a' + (char)(i / 200), i % 200), &holders[i]));
    states_load(states);
    assert_int_equal(asked, 256);
    answer(ERR_OK);
    answer(ERR_AWAY);
    states_load(states);
    assert_int_equal(asked, 258);
    for (uint32_t i = 0; i < 600; i++)
        assert_int_equal(holders[i].times, i < 2); /* first come, first served */
    while (answered < 600) {
        answer(ERR_OK);
        states_load(states);
    }
    for (uint32_t i = 0; i < 600; i++) {
        assert_int_equal(holders[i].times, 1);
        assert_int_equal(holders[i].told, i == 1 ? ERR_AWAY : ERR_OK);
        states_unpin(holders[i].entry);
    }
    assert_int_equal(states_counters(states)->idle, 599); /* what could not be loaded is not kept */
    states_free(states);
}

static void test_who_stops_waiting_leaves_nothing(void **unused)
{
    (void)unused;
    struct holder holder;
    struct states *states = open_states(10, 1u << 20);
    assert_false(get(states, pack('a', 1), &holder));
    states_cancel(&holder.waiter);
    states_unpin(holder.entry);
    states_load(states);
    assert_int_equal(asked, 0);
    assert_int_equal(states_counters(states)->entries, 0);
    states_free(states);
}

/* ---- doubt ---- */

/* What is ahead of the log is not loaded: the log does not have yet what must be in it. */
static void test_doubt_waits_for_what_is_under_way(void **unused)
{
    (void)unused;
    struct holder writer, reader;
    struct states *states = open_states(10, 1u << 20);
    assert_false(get(states, pack('a', 1), &writer));
    states_load(states);
    answer(ERR_OK);
    writer.entry->pending_batch = 7;
    writer.entry->has_key = true;
    writer.entry->state.version = 3; /* written twice, and the second is withdrawn */
    states_doubt(writer.entry, 3);
    assert_int_equal(writer.entry->unsound_from, 3);
    assert_false(get(states, pack('a', 1), &reader));
    states_load(states);
    assert_int_equal(asked, 1);
    writer.entry->pending_batch = 0; /* the first has committed */
    states_load(states);
    assert_int_equal(asked, 2);
    answer(ERR_OK);
    assert_true(reader.entry == writer.entry && reader.told == ERR_OK);
    assert_int_equal(reader.entry->situation, STATE_READY);
    assert_int_equal(reader.entry->state.version, 1);
    assert_int_equal(reader.entry->unsound_from, STATE_SOUND);
    assert_false(reader.entry->has_key);
    states_unpin(writer.entry);
    states_unpin(reader.entry);
    states_free(states);
}

static void test_overtaken_while_it_loads(void **unused)
{
    (void)unused;
    struct holder holder, later;
    struct states *states = open_states(10, 1u << 20);
    assert_false(get(states, pack('a', 1), &holder));
    states_load(states);
    assert_true(states_seen(states, pack('a', 1), 2));
    assert_false(get(states, pack('a', 1), &later));
    answer(ERR_OK);
    assert_true(holder.told == ERR_CONFLICT && later.told == ERR_CONFLICT);
    assert_int_equal(holder.entry->situation, STATE_STALE);
    states_unpin(holder.entry);
    states_unpin(later.entry);
    assert_int_equal(states_counters(states)->entries, 0);
    assert_true(touch(states, pack('a', 1)));
    assert_false(states_seen(states, pack('a', 1), 1)); /* it has seen that */
    assert_false(touch(states, pack('a', 1)));
    assert_true(states_seen(states, pack('a', 1), 2));
    assert_true(touch(states, pack('a', 1)));
    states_free(states);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number_is_bounded),
        cmocka_unit_test(test_bytes_are_bounded),
        cmocka_unit_test(test_one_above_the_bound_is_not_kept),
        cmocka_unit_test(test_what_is_held_does_not_go),
        cmocka_unit_test(test_one_load_for_all_who_wait),
        cmocka_unit_test(test_loads_are_bounded_and_in_order),
        cmocka_unit_test(test_who_stops_waiting_leaves_nothing),
        cmocka_unit_test(test_doubt_waits_for_what_is_under_way),
        cmocka_unit_test(test_overtaken_while_it_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
