/* test_eventstore_snapshots: states beside the log on a real PostgreSQL, and a log that begins a new epoch.
 *
 * Needs EVENT_STORE_OWNER_DSN and EVENT_STORE_DSN; skipped (77) without. The last test ends the epoch of the
 * log, so it comes last. */
#include "store_world.h"
#include "base/check.h"
#include "gen/c/schema.h"
#include "request/states.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* ---- the store's part ---- */

struct loaded {
    bool answered, has_snapshot, more;
    enum err err;
    uint32_t snapshot_version, count, first_version, last_version;
    char data[16];
    bool has_key;
};

static void on_loaded(void *ctx, enum err err, const struct stored_snapshot *snapshot,
                      const struct stored_event *events, uint32_t count, bool more)
{
    struct loaded *loaded = ctx;
    assert_false(loaded->answered);
    *loaded = (struct loaded){
        .answered = true, .err = err, .has_snapshot = snapshot != NULL, .count = count, .more = more};
    if (snapshot != NULL) {
        loaded->snapshot_version = snapshot->version;
        loaded->has_key = snapshot->personal_key.size == 32;
        snprintf(loaded->data, sizeof loaded->data, "%.*s", SLICE_ARGS(snapshot->data));
    }
    if (count > 0) {
        loaded->first_version = events[0].version;
        loaded->last_version = events[count - 1].version;
    }
}

static bool is_loaded(void *ctx)
{
    return ((struct loaded *)ctx)->answered;
}

static struct loaded load(struct eventstore *store, struct stream_ref stream, int32_t schema, uint32_t limit)
{
    struct loaded loaded = {0};
    eventstore_load_state(store, stream, schema, limit, on_loaded, &loaded);
    assert_false(loaded.answered);
    world_until(is_loaded, &loaded, "a state");
    assert_int_equal(loaded.err, ERR_OK);
    return loaded;
}

struct saved {
    bool answered, kept;
};

static void on_saved(void *ctx, bool kept)
{
    *(struct saved *)ctx = (struct saved){true, kept};
}

static bool is_saved(void *ctx)
{
    return ((struct saved *)ctx)->answered;
}

static bool save(struct eventstore *store, struct stream_ref stream, uint32_t version, int32_t schema,
                 const char *data)
{
    struct saved saved = {0};
    eventstore_save_snapshot(store, stream, version, schema, slice_text(data), on_saved, &saved);
    assert_false(saved.answered);
    world_until(is_saved, &saved, "a snapshot");
    return saved.kept;
}

static void append_versions(struct eventstore *store, struct stream_ref stream, uint32_t from, uint32_t to)
{
    for (uint32_t version = from; version <= to; version++)
        world_append_one(store, stream, version, APPENDED);
}

static void test_snapshot_and_what_comes_behind(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 5000, 1);
    struct stream_ref player = world_player();
    struct loaded loaded = load(store, player, 7, 10);
    assert_true(!loaded.has_snapshot && loaded.count == 0);
    append_versions(store, player, 1, 5);
    loaded = load(store, player, 7, 10);
    assert_true(!loaded.has_snapshot && loaded.count == 5 && loaded.first_version == 1);

    assert_true(save(store, player, 3, 7, "at 3"));
    loaded = load(store, player, 7, 10);
    assert_true(loaded.has_snapshot && loaded.snapshot_version == 3 && !loaded.has_key);
    assert_string_equal(loaded.data, "at 3");
    assert_true(loaded.count == 2 && loaded.first_version == 4 && loaded.last_version == 5 && !loaded.more);
    loaded = load(store, player, 7, 1);
    assert_true(loaded.has_snapshot && loaded.count == 1 && loaded.more);

    assert_true(save(store, player, 5, 7, "at 5"));
    loaded = load(store, player, 7, 10);
    assert_true(loaded.has_snapshot && loaded.snapshot_version == 5 && loaded.count == 0);
    assert_false(save(store, player, 4, 7, "older")); /* the newer one stays */
    assert_true(save(store, player, 5, 7, "again"));
    assert_string_equal(load(store, player, 7, 10).data, "again");

    loaded = load(store, player, 8, 10); /* of another program */
    assert_true(!loaded.has_snapshot && loaded.count == 5);
    assert_true(save(store, player, 2, 8, "other"));
    loaded = load(store, player, 8, 10);
    assert_true(loaded.has_snapshot && loaded.count == 3);
    assert_int_equal(eventstore_counters(store)->snapshots, 4);
    eventstore_close(store);
}

/* Nothing that is not committed, nothing that the log does not hold. */
static void test_a_snapshot_is_never_ahead(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 15000, 1);
    struct stream_ref player = world_player(), other = world_player();
    append_versions(store, player, 1, 2);
    assert_false(save(store, player, 3, 7, "ahead"));
    assert_false(save(store, other, 1, 7, "of nothing"));

    PGconn *holder = world_hold_lock();
    struct world_batch batch = {0};
    world_command(&batch, world_uuid());
    world_event(&batch, player, 3);
    world_append(store, &batch);
    world_until(world_one_waits, NULL, "the append to wait for the lock");
    assert_false(save(store, player, 3, 7, "uncommitted"));
    PQfinish(holder);
    assert_int_equal(world_outcome(&batch), APPENDED);
    assert_true(save(store, player, 3, 7, "committed"));

    char sql[200]; /* one that came from elsewhere */
    PGconn *owner = world_connect(world_owner_dsn);
    snprintf(sql, sizeof sql, "update snapshots set version = 99 where stream = %llu",
             (unsigned long long)stream_number(player));
    world_value(owner, sql);
    struct loaded loaded = load(store, player, 7, 10);
    assert_true(!loaded.has_snapshot && loaded.count == 3 && loaded.first_version == 1);
    assert_string_equal(world_sqlstate(world_sql, "delete from snapshots"), "42501");
    assert_string_equal(world_sqlstate(world_sql, "select begin_epoch()"), "42501");
    PQfinish(owner);
    eventstore_close(store);
}

/* ---- states on top of it ---- */

static void on_ready(void *ctx, enum err err)
{
    *(enum err *)ctx = err;
}

static bool is_ready(void *ctx)
{
    return *(enum err *)ctx != ERR_FULL; /* nobody answers that */
}

static struct state_entry *get_state(struct states *states, struct stream_ref ref)
{
    enum err err = ERR_FULL;
    struct state_entry *entry;
    struct state_waiter waiter = {.ready = on_ready, .ctx = &err};
    if (!states_get(states, ref, &waiter, &entry)) {
        states_load(states);
        world_until(is_ready, &err, "a state");
        assert_int_equal(err, ERR_OK);
    }
    assert_non_null(entry);
    assert_int_equal(entry->situation, STATE_READY);
    return entry;
}

static struct stream_ref a_stock(void)
{
    struct stream_ref ref = {.kind = STREAM_STOCK};
    snprintf(ref.slug.text, sizeof ref.slug.text, "s%u",
             (unsigned)(stream_number(world_player()) % 1000000000));
    return ref;
}

/* stock_taken, one after another, sixty a batch; what remains is the version. */
static void append_stock(struct eventstore *store, struct stream_ref ref, uint32_t from, uint32_t to)
{
    struct buf data[60];
    while (from <= to) {
        struct world_batch batch = {.batch.read_position = eventstore_known_position(store)};
        uint32_t count = 0;
        world_command(&batch, world_uuid());
        for (; count < 60 && from <= to; count++, from++) {
            struct event_stock_taken taken = {.pack = ref.slug, .taken = 1, .remaining = from};
            world_event(&batch, ref, from);
            buf_init(&data[count], 4096);
            assert_int_equal(codec_encode(&data[count], &type_event_stock_taken, &taken, CODEC_PLAIN),
                             ERR_OK);
            batch.events[count].type = EVENT_STOCK_TAKEN;
            batch.events[count].data = buf_slice(&data[count]);
        }
        world_append(store, &batch);
        assert_int_equal(world_outcome(&batch), APPENDED);
        for (uint32_t i = 0; i < count; i++)
            buf_release(&data[i]);
    }
}

static bool wrote_all(void *ctx)
{
    states_write_snapshots(ctx);
    return states_snapshots_waiting(ctx) == 0;
}

static const char *kept_version(struct stream_ref ref)
{
    char sql[120];
    snprintf(sql, sizeof sql, "select version from snapshots where stream = %llu",
             (unsigned long long)stream_number(ref));
    return world_value(world_sql, sql);
}

/* Another content, so that it shows where a state came from. */
static void forge(struct stream_ref ref, uint64_t remaining)
{
    char sql[300], hex[100] = "";
    struct buf data;
    buf_init(&data, 4096);
    struct snapshot_stock forged = {.situation = STOCK_LIMITED, .remaining = remaining};
    assert_int_equal(codec_encode(&data, &type_snapshot_stock, &forged, CODEC_PLAIN), ERR_OK);
    if (remaining == 0)
        data.size--; /* damaged */
    sodium_bin2hex(hex, sizeof hex, data.data, data.size);
    snprintf(sql, sizeof sql, "update snapshots set data = '\\x%s' where stream = %llu", hex,
             (unsigned long long)stream_number(ref));
    PGconn *owner = world_connect(world_owner_dsn);
    world_value(owner, sql);
    PQfinish(owner);
    buf_release(&data);
}

static void test_states_load_from_snapshots(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 5000, 1);
    struct stream_ref stock = a_stock(), small = a_stock();
    append_stock(store, stock, 1, 1300); /* more than a page */
    append_stock(store, small, 1, 200);
    struct states *states = states_new(store, 100, 1u << 20);
    struct state_entry *entry = get_state(states, stock);
    assert_int_equal(entry->state.version, 1300);
    assert_int_equal(entry->state.stock.remaining, 1300);
    states_unpin(entry);
    states_unpin(get_state(states, small));
    world_until(wrote_all, states, "the snapshots to be written");
    assert_string_equal(kept_version(stock), "1300");
    assert_string_equal(kept_version(small), ""); /* not worth one yet */
    states_free(states);

    append_stock(store, stock, 1301, 1310);
    states = states_new(store, 100, 1u << 20);
    entry = get_state(states, stock);
    assert_int_equal(entry->state.version, 1310);
    assert_int_equal(entry->state.stock.remaining, 1310);
    assert_int_equal(entry->snapshot_version, 1300);
    states_unpin(entry);
    world_until(wrote_all, states, "nothing");
    assert_string_equal(kept_version(stock), "1300"); /* ten events are no reason for another */
    states_free(states);
    eventstore_close(store);
}

static void test_what_a_load_takes_from_where(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 5000, 1);
    struct stream_ref stock = a_stock();
    append_stock(store, stock, 1, 300);
    struct states *states = states_new(store, 100, 1u << 20);
    states_unpin(get_state(states, stock));
    world_until(wrote_all, states, "the snapshot");
    states_free(states);

    forge(stock, 4242);
    states = states_new(store, 100, 1u << 20);
    struct state_entry *entry = get_state(states, stock);
    assert_int_equal(entry->state.stock.remaining, 4242); /* it does come from there */
    states_unpin(entry);
    states_free(states);

    forge(stock, 0); /* damaged: folded from the first event, and replaced */
    states = states_new(store, 100, 1u << 20);
    entry = get_state(states, stock);
    assert_int_equal(entry->state.stock.remaining, 300);
    assert_int_equal(entry->state.version, 300);
    states_unpin(entry);
    world_until(wrote_all, states, "the snapshot again");
    states_free(states);
    states = states_new(store, 100, 1u << 20);
    entry = get_state(states, stock);
    assert_int_equal(entry->snapshot_version, 300);
    assert_int_equal(entry->state.stock.remaining, 300);
    states_unpin(entry);
    states_free(states);
    eventstore_close(store);
}

/* ---- a new epoch ---- */

static bool is_away(void *ctx)
{
    return !eventstore_ready(ctx);
}

/* The log went back and was given a new epoch: what remembers the old one keeps and appends nothing. */
static void test_a_new_epoch_stops_who_knows_the_old_one(void **state)
{
    (void)state;
    struct eventstore *old = world_store("a", 3000, 1);
    struct stream_ref player = world_player();
    append_versions(old, player, 1, 2);
    assert_true(save(old, player, 2, 7, "before"));
    PGconn *owner = world_connect(world_owner_dsn);
    const char *epoch = world_value(owner, "select epoch from begin_epoch()");
    assert_string_equal(world_value(world_sql, "select epoch from log order by number desc limit 1"), epoch);
    assert_string_equal(world_value(world_sql, "select count(*) from snapshots"), "0");
    assert_false(save(old, player, 2, 7, "of the old epoch"));
    world_append_one(old, player, 3, APPEND_AWAY);
    world_until(is_away, old, "the store to see that the log is another one");
    assert_non_null(strstr(eventstore_failure(old), "another log"));

    struct eventstore *fresh = world_store("a", 5000, 1);
    char text[UUID_TEXT_SIZE];
    assert_string_equal(uuid_format(eventstore_epoch(fresh), text), epoch);
    append_versions(fresh, player, 3, 3);
    assert_true(save(fresh, player, 3, 7, "of the new one"));
    eventstore_close(fresh);
    eventstore_close(old);
    PQfinish(owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshot_and_what_comes_behind),
        cmocka_unit_test(test_a_snapshot_is_never_ahead),
        cmocka_unit_test(test_states_load_from_snapshots),
        cmocka_unit_test(test_what_a_load_takes_from_where),
        cmocka_unit_test(test_a_new_epoch_stops_who_knows_the_old_one),
    };
    check(sodium_init() >= 0);
    world_begin();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_end();
    return failed;
}
