/* test_eventstore_losses: connections that die before, during and after a commit, each as an order of steps.
 *
 * A blocking connection holds the log's lock, so that an append waits where the test wants it; then its
 * backend is terminated, or the connection is cut on this side only and the old backend commits later.
 * Whatever happens a batch is answered once and is in the log at most once. Needs EVENT_STORE_OWNER_DSN and
 * EVENT_STORE_DSN; skipped (77) without. (6) is the interleaving of that number in the list of those known to
 * break such systems (issue 4). */
#include "store_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool two_wait(void *ctx)
{
    (void)ctx;
    return strcmp(world_value(world_sql,
                              "select count(*) from pg_locks where locktype = 'advisory' and not granted"),
                  "2") == 0;
}

static bool has_lost(void *ctx)
{
    return eventstore_counters(ctx)->lost > 0;
}

/* (6, first half) Terminated while it waits for the lock: nothing was written, it is sent again, once. */
static void test_backend_killed_while_waiting(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 15000, 1);
    struct world_batch batch = {0};
    struct uuid id = world_uuid();
    world_command(&batch, id);
    world_event(&batch, world_player(), 1);
    PGconn *holder = world_hold_lock();
    world_append(store, &batch);
    world_until(world_one_waits, NULL, "the append to wait for the lock");
    world_value(world_sql,
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted");
    world_until(has_lost, store, "the loss to be noticed");
    world_until(world_one_waits, NULL, "the new writer to wait for the lock");
    assert_false(batch.answered);
    PQfinish(holder);
    assert_int_equal(world_outcome(&batch), APPENDED);
    assert_string_equal(world_count_of(id), "1");
    eventstore_close(store);
}

/* (6) The connection is lost on this side only; the old backend still waits for the lock and commits after
 * all. */
static void test_late_commit_is_found(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 15000, 1);
    struct world_batch batch = {0};
    struct uuid id = world_uuid();
    world_command(&batch, id);
    world_event(&batch, world_player(), 1);
    PGconn *holder = world_hold_lock();
    world_append(store, &batch);
    world_until(world_one_waits, NULL, "the append to wait for the lock");
    pg_disconnect(store->appender, "cut by the test");
    world_until(two_wait, NULL, "the new writer to wait behind the old backend");
    PQfinish(holder);
    assert_int_equal(world_outcome(&batch), APPENDED);
    assert_string_equal(world_count_of(id), "1");
    assert_int_equal(batch.result.first_position, eventstore_head(store));
    world_append_one(store, world_player(), 1, APPENDED);
    eventstore_close(store);
}

/* (6, the other order) The new number is taken first; what comes under the old one afterwards is fenced. */
static void test_late_attempt_is_fenced(void **state)
{
    (void)state;
    struct eventstore *store = world_store("fenced", 15000, 1);
    long long old = store->writer;
    pg_disconnect(store->appender, "cut by the test");
    struct stream_ref player = world_player();
    world_append_one(store, player, 1, APPENDED); /* under a new number */
    assert_true(store->writer > old);
    char sql[700];
    snprintf(sql, sizeof sql,
             "select outcome from append_batch(%lld, 99, 0, 0, '\\x00', '{%llu}', '{1}', '{}', '{}', '{}', "
             "'{}', '{}', "
             "'{%llu}', '{2}', '{1}', '{1}', '{%s}', '{null}', '{null}', '{null}', '{null}', "
             "'{\"\\\\x01\"}', '{}')",
             old, (unsigned long long)stream_number(player), (unsigned long long)stream_number(player),
             "00000000-0000-0000-0000-000000000001");
    assert_string_equal(world_value(world_sql, sql), "3");
    world_append_one(store, player, 2, APPENDED);
    eventstore_close(store);
}

/* Two processes with one node name: the second takes over, the first takes its number again when it next
 * writes. */
static void test_two_processes_of_one_name(void **state)
{
    (void)state;
    struct eventstore *a = world_store("twin", 5000, 1), *b = world_store("twin", 5000, 1);
    struct stream_ref x = world_player();
    world_append_one(a, x, 1, APPENDED);
    world_append_one(b, x, 1, APPEND_REFUSED);
    world_append_one(b, x, 2, APPENDED);
    world_append_one(a, x, 3, APPENDED);
    eventstore_close(a);
    eventstore_close(b);
}

static bool is_not_busy(void *ctx)
{
    return !eventstore_append_busy(ctx);
}

static void test_deadline_is_an_answer(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 300, 1);
    struct world_batch batch = {0};
    struct uuid id = world_uuid();
    struct stream_ref player = world_player();
    world_command(&batch, id);
    world_event(&batch, player, 1);
    PGconn *holder = world_hold_lock();
    world_append(store, &batch);
    assert_int_equal(world_outcome(&batch), APPEND_AWAY);
    world_until(is_not_busy, store, "the abandoned batch to come back");
    PQfinish(holder);
    bool appended = false;
    for (int attempt = 0; attempt < 100 && !appended;
         attempt++) { /* the old backend may still commit, before us */
        struct world_batch next = {0};
        world_command(&next, world_uuid());
        world_event(&next, player, strcmp(world_count_of(id), "1") == 0 ? 2 : 1);
        world_append(store, &next);
        appended = world_outcome(&next) == APPENDED;
        world_until(is_not_busy, store, "the batch to come back");
    }
    assert_true(appended);
    eventstore_close(store);
}

/* A lock that is not given in time refuses the statement; the batch stays and is sent again. */
static void test_lock_timeout_is_retried(void **state)
{
    (void)state;
    char failure[200];
    struct eventstore_config config = {.dsn = world_server_dsn,
                                       .node = "impatient",
                                       .read_connections = 1,
                                       .statement_timeout_ms = 150,
                                       .append_deadline_ms = 15000};
    struct eventstore *store = eventstore_open(world_loop, &config, failure);
    assert_non_null(store);
    struct world_batch batch = {0};
    struct uuid id = world_uuid();
    world_command(&batch, id);
    world_event(&batch, world_player(), 1);
    PGconn *holder = world_hold_lock();
    world_append(store, &batch); /* not even connected yet */
    world_until(world_one_waits, NULL, "the first attempt to wait");
    while (world_one_waits(NULL)) /* until it has given up once */
        ev_run(loop_ev(world_loop), EVRUN_ONCE);
    assert_false(batch.answered);
    PQfinish(holder);
    assert_int_equal(world_outcome(&batch), APPENDED);
    assert_string_equal(world_count_of(id), "1");
    eventstore_close(store);
}

static void test_other_log_is_noticed(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 3000, 1);
    store->epoch = world_uuid(); /* as if another log had been there before */
    pg_disconnect(store->appender, "cut by the test");
    world_append_one(store, world_player(), 1, APPEND_AWAY);
    assert_false(eventstore_ready(store));
    assert_non_null(strstr(eventstore_failure(store), "another log"));
    eventstore_close(store);
}

static bool diverged(void *ctx)
{
    return ((struct eventstore *)ctx)->state == EVENTSTORE_DIVERGED;
}

/* The log is as long as before and of the same epoch, but its chain is another one where this node saw it.
 * The same log with the same chain is none. */
static void test_other_chain_is_noticed(void **state)
{
    (void)state;
    struct eventstore *store = world_store("chained", 20000, 1);
    struct stream_ref player = world_player();
    world_append_one(store, player, 1, APPENDED);
    pg_disconnect(store->appender, "cut by the test");
    world_until(has_lost, store, "the loss");
    world_append_one(store, player, 2, APPENDED);
    assert_true(store->proof_at > 0);
    store->proof.bytes[7] ^= 1; /* as if it had been another log */
    pg_disconnect(store->appender, "cut by the test");
    world_until(diverged, store, "the store to notice");
    assert_non_null(strstr(eventstore_failure(store), "another log"));
    eventstore_close(store);
}

static void test_several_lost_in_flight(void **state)
{
    (void)state;
    struct eventstore *store = world_store("a", 15000, 4);
    struct stream_ref x = world_player();
    struct world_batch batches[4] = {0};
    PGconn *holder = world_hold_lock();
    for (uint32_t i = 0; i < 4; i++) {
        world_command(&batches[i], world_uuid());
        world_event(&batches[i], x, i + 1);
        world_append(store, &batches[i]);
    }
    world_until(world_one_waits, NULL, "the first to wait for the lock");
    world_value(world_sql,
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted");
    PQfinish(holder);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(world_outcome(&batches[i]), APPENDED);
        assert_true(i == 0 || batches[i].result.first_position == batches[i - 1].result.first_position + 1);
    }
    eventstore_close(store);
}

/* Connections are cut at random, on either side, while two nodes append: every batch is answered as appended,
 * and is in the log once. */
static void test_storm_of_losses(void **state)
{
    (void)state;
    enum { ROUNDS = 120, LANES = 3 };
    struct eventstore *stores[2] = {world_store("storm-a", 20000, LANES),
                                    world_store("storm-b", 20000, LANES)};
    struct stream_ref players[2][LANES];
    unsigned seed = (unsigned)loop_now_ms(world_loop);
    print_message("seed %u\n", seed);
    for (int s = 0; s < 2; s++)
        for (int lane = 0; lane < LANES; lane++)
            players[s][lane] = world_player();
    for (uint32_t round = 0; round < ROUNDS; round++) {
        static struct world_batch batches[2][LANES];
        memset(batches, 0, sizeof batches);
        for (int lane = 0; lane < LANES; lane++)
            for (int s = 0; s < 2; s++) {
                world_command(&batches[s][lane], world_uuid());
                world_event(&batches[s][lane], players[s][lane], round + 1);
                world_append(stores[s], &batches[s][lane]);
            }
        for (int turns = rand_r(&seed) % 4; turns > 0; turns--)
            ev_run(loop_ev(world_loop), EVRUN_NOWAIT);
        if (rand_r(&seed) % 3 == 0)
            world_value(world_sql, "select pg_terminate_backend(pid) from pg_stat_activity "
                                   "where application_name = 'gachapon append' order by random() limit 1");
        if (rand_r(&seed) % 6 == 0)
            pg_disconnect(stores[rand_r(&seed) % 2]->appender, "cut by the test");
        for (int lane = 0; lane < LANES; lane++)
            for (int s = 0; s < 2; s++) {
                assert_int_equal(world_outcome(&batches[s][lane]), APPENDED);
                assert_string_equal(world_count_of(batches[s][lane].commands[0].command_id), "1");
            }
    }
    assert_true(eventstore_counters(stores[0])->lost + eventstore_counters(stores[1])->lost > 10);
    assert_string_equal(world_value(world_sql, "select count(*) = max(position) from events"), "t");
    eventstore_close(stores[0]);
    eventstore_close(stores[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backend_killed_while_waiting), cmocka_unit_test(test_late_commit_is_found),
        cmocka_unit_test(test_late_attempt_is_fenced),       cmocka_unit_test(test_two_processes_of_one_name),
        cmocka_unit_test(test_deadline_is_an_answer),        cmocka_unit_test(test_lock_timeout_is_retried),
        cmocka_unit_test(test_other_log_is_noticed),         cmocka_unit_test(test_other_chain_is_noticed),
        cmocka_unit_test(test_several_lost_in_flight),       cmocka_unit_test(test_storm_of_losses),
    };
    world_begin();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_end();
    return failed;
}
