/* test_eventstore: the event store on a real PostgreSQL, each race as an order of steps.
 *
 * Needs EVENT_STORE_OWNER_DSN and EVENT_STORE_DSN; skipped (77) without. The numbers in brackets are the
 * interleavings of issue 4. */
#include "store_world.h"
#include "base/check.h"
#include "eventstore/migrate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_append_load_read_find(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 5000, 1);
    struct stream_ref player = world_player(), pack = {.kind = STREAM_PACK, .slug = slug_of("starter")};
    snprintf(pack.slug.text, sizeof pack.slug.text, "p%u", (unsigned)(stream_number(player) % 1000000000));
    struct uuid first = world_uuid(), second = world_uuid();
    struct world_batch batch = {0};
    world_command(&batch, first);
    world_event(&batch, player, 1);
    world_event(&batch, pack, 1);
    world_event(&batch, player, 2);
    world_command(&batch, second);
    world_event(&batch, player, 3);
    batch.commands[1].causation_id = first;
    batch.keys[0] = (struct append_key){.stream = player, .key = {42}};
    batch.batch.key_count = 1;
    uint64_t head = eventstore_head(store);
    world_append(store, &batch);
    assert_true(eventstore_append_busy(store));
    assert_int_equal(world_outcome(&batch), APPENDED);
    assert_int_equal(batch.result.first_position, head + 1);
    assert_int_equal(eventstore_head(store), head + 4);

    struct world_page page = {0};
    eventstore_load(store, player, 0, 10, world_on_page, &page);
    world_page_wait(&page);
    assert_int_equal(page.err, ERR_OK);
    assert_int_equal(page.count, 3);
    assert_false(page.more);
    assert_int_equal(page.events[2].version, 3);
    assert_int_equal(page.events[2].position, head + 4);
    assert_int_equal(page.events[0].recorded_at_us, batch.result.recorded_at_us);
    assert_true(page.events[0].first_of_command && !page.events[1].first_of_command);
    assert_true(uuid_equal(page.events[0].causation_id, first) &&
                uuid_equal(page.events[2].causation_id, first));
    assert_true(uuid_equal(page.events[2].correlation_id, second));
    assert_true(slice_equal_text(page.events[1].data, "\x93\x01\x02\x03"));
    assert_int_equal(page.events[1].personal_key.size, 32);
    assert_int_equal(page.events[1].personal_key.data[0], 42);

    page.answered = false;
    eventstore_load(store, player, 1, 1, world_on_page, &page);
    world_page_wait(&page);
    assert_int_equal(page.count, 1);
    assert_true(page.more);
    assert_int_equal(page.events[0].version, 2);

    page.answered = false;
    eventstore_read(store, head, 3, world_on_page, &page);
    world_page_wait(&page);
    assert_int_equal(page.count, 3);
    assert_true(page.more);
    assert_int_equal(page.events[1].stream.kind, STREAM_PACK);
    assert_true(slug_equal(page.events[1].stream.slug, pack.slug));

    page.answered = false;
    eventstore_find_commands(store, (struct uuid[]){second, world_uuid(), first}, 3, world_on_page, &page);
    world_page_wait(&page);
    assert_int_equal(page.count, 4);
    page.answered = false;
    eventstore_find_commands(store, &first, 1, world_on_page, &page);
    world_page_wait(&page);
    assert_int_equal(page.count, 3);
    assert_int_equal(page.events[2].version, 2);
    eventstore_close(store);
}

static void test_known_command_is_refused_by_name(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 5000, 1);
    struct stream_ref player = world_player(), other = world_player();
    struct uuid id = world_uuid();
    struct world_batch batch = {0}, again = {0}, next = {0};
    world_command(&batch, id);
    world_event(&batch, player, 1);
    world_append(store, &batch);
    assert_int_equal(world_outcome(&batch), APPENDED);
    uint64_t head = eventstore_head(store);

    world_command(&again, world_uuid());
    world_event(&again, other, 1);
    world_command(&again, id);
    world_event(&again, player, 2);
    world_append(store, &again);
    assert_int_equal(world_outcome(&again), APPEND_REFUSED);
    assert_int_equal(again.result.known_command_count, 1);
    assert_true(uuid_equal(again.known[0], id));
    assert_int_equal(again.result.changed_stream_count, 0);

    world_command(&next, world_uuid());
    world_event(&next, other, 1); /* nothing of the refused batch was written */
    world_append(store, &next);
    assert_int_equal(world_outcome(&next), APPENDED);
    assert_int_equal(next.result.first_position, head + 1);
    eventstore_close(store);
}

/* (2) B changes X; A, whose run was interrupted, then writes Y having read X: also when A's own batch came
 * between. */
static void test_stream_read_is_checked_after_another_writer(void **state)
{
    (void)state;
    struct eventstore *a = world_store("a", 5000, 1), *b = world_store("b", 5000, 1);
    struct stream_ref x = world_player(), y = world_player();
    world_append_one(a, x, 1, APPENDED);
    uint64_t known = eventstore_known_position(a);
    world_append_one(b, x, 2, APPENDED);
    world_append_one(a, y, 1, APPENDED); /* now the head is A's again */

    struct world_batch stale = {0};
    world_command(&stale, world_uuid());
    world_event(&stale, y, 2);
    world_reads(&stale, x, 1);
    stale.batch.read_position = known;
    world_append(a, &stale);
    assert_int_equal(world_outcome(&stale), APPEND_REFUSED);
    assert_int_equal(stale.result.changed_stream_count, 1);
    assert_int_equal(stale.changed[0], stream_number(x));

    stale.streams[1].expected_version = 2; /* decided anew */
    world_append(a, &stale);
    assert_int_equal(world_outcome(&stale), APPENDED);
    eventstore_close(a);
    eventstore_close(b);
}

static void test_written_stream_is_checked(void **state)
{
    (void)state;
    struct eventstore *a = world_store("a", 5000, 1), *b = world_store("b", 5000, 1);
    struct stream_ref x = world_player();
    world_append_one(a, x, 1, APPENDED);
    world_append_one(b, x, 1, APPEND_REFUSED);
    world_append_one(b, x, 2, APPENDED);
    world_append_one(a, x, 2, APPEND_REFUSED);
    world_append_one(a, x, 3, APPENDED);
    eventstore_close(a);
    eventstore_close(b);
}

struct told {
    struct eventstore *store;
    uint64_t last;
    uint64_t wanted;
};

static void on_foreign(void *ctx, const struct stored_event *events, uint32_t count)
{
    struct told *told = ctx;
    for (uint32_t i = 0; i < count; i++) {
        assert_true(told->last == 0 || events[i].position == told->last + 1);
        told->last = events[i].position;
    }
    assert_true(eventstore_known_position(told->store) < told->last);
}

static bool is_told(void *ctx)
{
    struct told *told = ctx;
    return eventstore_known_position(told->store) >= told->wanted;
}

static void test_events_of_others_are_told(void **state)
{
    (void)state;
    struct eventstore *a = world_store("a", 5000, 1), *b = world_store("b", 5000, 1);
    struct told told = {.store = a};
    eventstore_on_foreign(a, on_foreign, &told);
    struct stream_ref x = world_player(), y = world_player();
    world_append_one(b, x, 1, APPENDED);
    world_append_one(b, x, 2, APPENDED);
    told.wanted = eventstore_head(b);
    world_append_one(a, y, 1, APPENDED); /* its answer shows that others wrote */
    world_until(is_told, &told, "the known position to reach what B wrote");
    assert_int_equal(told.last, told.wanted);
    world_append_one(a, y, 2, APPENDED);
    eventstore_close(a);
    eventstore_close(b);
}

/* ---- several in flight, several writers ---- */

static void test_orphans_of_a_refused_batch(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 5000, 4);
    struct stream_ref x = world_player(), y = world_player();
    struct uuid known = world_uuid();
    struct world_batch batches[5] = {0};
    world_command(&batches[0], known);
    world_event(&batches[0], x, 1);
    world_command(&batches[1], known); /* the same id: refused */
    world_event(&batches[1], x, 2);
    world_command(&batches[2], world_uuid()); /* decided on the one before */
    world_event(&batches[2], x, 3);
    world_command(&batches[3], world_uuid());
    world_event(&batches[3], y, 1);
    for (int i = 0; i < 4; i++)
        world_append(store, &batches[i]);
    assert_true(eventstore_append_busy(store));
    assert_int_equal(world_outcome(&batches[0]), APPENDED);
    assert_int_equal(world_outcome(&batches[1]), APPEND_REFUSED);
    assert_int_equal(batches[1].result.known_command_count, 1);
    for (int i = 2; i < 4; i++) {
        assert_int_equal(world_outcome(&batches[i]), APPEND_REFUSED);
        assert_int_equal(batches[i].result.known_command_count + batches[i].result.changed_stream_count, 0);
    }
    world_append_one(store, x, 2, APPENDED);
    world_append_one(store, y, 1, APPENDED);
    eventstore_close(store);
}

/* (15) Two appenders at once, each with several batches in flight: every position is there, in order, once.
 */
static void test_two_appenders_gapless(void **state)
{
    (void)state;
    enum { ROUNDS = 60, LANES = 3 };
    struct eventstore *stores[2] = {world_store("a", 15000, LANES), world_store("b", 15000, LANES)};
    uint64_t start = eventstore_head(stores[1]);
    uint64_t written = 0;
    for (int round = 0; round < ROUNDS; round++) {
        static struct world_batch batches[2][LANES];
        memset(batches, 0, sizeof batches);
        for (int lane = 0; lane < LANES; lane++)
            for (int s = 0; s < 2; s++) {
                struct stream_ref player = world_player();
                for (uint32_t version = 1; version <= 3; version++, written++) {
                    world_command(&batches[s][lane], world_uuid());
                    world_event(&batches[s][lane], player, version);
                }
                world_append(stores[s], &batches[s][lane]);
            }
        for (int lane = 0; lane < LANES; lane++)
            for (int s = 0; s < 2; s++)
                assert_int_equal(world_outcome(&batches[s][lane]), APPENDED);
    }
    char sql[200];
    snprintf(sql, sizeof sql,
             "select count(*) = %llu and min(position) = %llu and max(position) = %llu from events where "
             "position > %llu",
             (unsigned long long)written, (unsigned long long)start + 1,
             (unsigned long long)(start + written), (unsigned long long)start);
    assert_string_equal(world_value(world_sql, sql), "t");
    assert_string_equal(world_value(world_sql,
                                    "select count(*) from (select recorded_at < lag(recorded_at) over "
                                    "(order by position) as back from events) as e where back"),
                        "0");
    eventstore_close(stores[0]);
    eventstore_close(stores[1]);
}

/* ---- what the database refuses ---- */

static void test_roles_cannot_change_the_log(void **state)
{
    (void)state;
    static const char *const tables[] = {"log", "writers", "streams", "events", "batches"};
    PGconn *owner = world_connect(world_owner_dsn);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char sql[4][100];
        snprintf(sql[0], sizeof sql[0], "delete from %s", tables[i]);
        snprintf(sql[1], sizeof sql[1], "truncate %s", tables[i]);
        snprintf(sql[2], sizeof sql[2], "update %s set %s = %s", tables[i],
                 i == 0 ? "created_at" : (i == 1 ? "node" : (i == 2 ? "kind" : (i == 3 ? "type" : "seq"))),
                 i == 0 ? "now()" : (i == 1 ? "'x'" : "1"));
        snprintf(sql[3], sizeof sql[3], "insert into %s default values", tables[i]);
        for (int k = 0; k < 3; k++)
            assert_string_equal(world_sqlstate(owner, sql[k]), "GC001");
        for (int k = 0; k < 4; k++)
            assert_string_equal(world_sqlstate(world_sql, sql[k]), "42501");
    }
    assert_string_equal(world_sqlstate(world_sql, "select lock_log()"), "42501");
    assert_string_equal(world_sqlstate(world_sql, "create table public.mine (a int)"), "42501");
    assert_string_equal(world_sqlstate(world_sql, "select data from event_log limit 1"), "");
    PQfinish(owner);
}

static void test_migrate_notices_a_changed_file(void **state)
{
    (void)state;
    char failure[400];
    struct migration changed[8];
    assert_true(migrations_eventstore_count < 8);
    memcpy(changed, migrations_eventstore, sizeof changed[0] * migrations_eventstore_count);
    assert_int_equal(
        migrate_apply(world_owner_dsn, changed, migrations_eventstore_count, PQuser(world_sql), failure),
        ERR_OK); /* a second time: nothing to do */
    changed[1].sql = "select 1";
    assert_int_equal(
        migrate_apply(world_owner_dsn, changed, migrations_eventstore_count, PQuser(world_sql), failure),
        ERR_INTEGRITY);
    assert_non_null(strstr(failure, changed[1].name));
    assert_int_equal(migrate_apply(world_owner_dsn, changed, 1, PQuser(world_sql), failure), ERR_INTEGRITY);
    struct migration broken = {.name = "broken", .sql = "create table half (a int); select 1 / 0"};
    assert_int_equal(migrate_apply(world_owner_dsn, &broken, 1, PQuser(world_sql), failure), ERR_REFUSED);
    assert_string_equal(world_value(world_sql, "select to_regclass('half') is null"), "t");
    assert_int_equal(migrate_apply("postgresql://nobody@127.0.0.1:1/x", changed, 1, "x", failure), ERR_AWAY);
    assert_int_equal(migrate_apply(world_owner_dsn, &broken, 1, "a\nb", failure), ERR_CONFIG);
}

struct destroyed {
    bool answered;
    enum err err;
};

static void on_key_destroyed(void *ctx, enum err err)
{
    *(struct destroyed *)ctx = (struct destroyed){true, err};
}

static bool is_answered(void *ctx)
{
    return ((struct destroyed *)ctx)->answered;
}

static enum err destroy(struct eventstore *store, struct stream_ref stream)
{
    struct destroyed destroyed = {0};
    eventstore_destroy_key(store, stream, on_key_destroyed, &destroyed);
    assert_false(destroyed.answered);
    world_until(is_answered, &destroyed, "the key to be destroyed");
    return destroyed.err;
}

static void test_a_key_is_destroyed_and_no_other(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 5000, 1);
    struct stream_ref players[] = {world_player(), world_player()};
    struct world_page page = {0};
    for (int i = 0; i < 2; i++) {
        struct world_batch batch = {0};
        world_command(&batch, world_uuid());
        world_event(&batch, players[i], 1);
        batch.keys[0] = (struct append_key){.stream = players[i], .key = {(uint8_t)(42 + i)}};
        batch.batch.key_count = 1;
        world_append(store, &batch);
        assert_int_equal(world_outcome(&batch), APPENDED);
    }
    for (int again = 0; again < 2; again++)
        assert_int_equal(destroy(store, players[0]), ERR_OK);
    for (int i = 0; i < 2; i++) {
        page.answered = false;
        eventstore_load(store, players[i], 0, 10, world_on_page, &page);
        world_page_wait(&page);
        assert_int_equal(page.count, 1);
        assert_int_equal(page.events[0].personal_key.size, i == 0 ? 0 : 32);
    }
    eventstore_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_load_read_find),
        cmocka_unit_test(test_known_command_is_refused_by_name),
        cmocka_unit_test(test_stream_read_is_checked_after_another_writer),
        cmocka_unit_test(test_written_stream_is_checked),
        cmocka_unit_test(test_events_of_others_are_told),
        cmocka_unit_test(test_orphans_of_a_refused_batch),
        cmocka_unit_test(test_two_appenders_gapless),
        cmocka_unit_test(test_roles_cannot_change_the_log),
        cmocka_unit_test(test_a_key_is_destroyed_and_no_other),
        cmocka_unit_test(test_migrate_notices_a_changed_file),
    };
    world_begin();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_end();
    return failed;
}
