/* test_pg: groups of calls on a real connection - all or nothing, in order, each answered once whatever
 * happens.
 *
 * Uses the event store's database, with tables of its own made by the owner and dropped at the end. */
#include "store_world.h"
#include <stdio.h>
#include <string.h>

struct answer {
    int count; /* callbacks so far */
    enum err err;
    char sqlstate[6];
    int64_t value; /* first column of the last result's first row */
    uint32_t results;
    int order; /* when, among all */
};

static struct pg *pg;
static struct arena arena;
static int ready_count, lost_count, order;
static bool is_ready_now;

static const struct pg_statement insert_row = {"insert_row", "insert into pg_test (id) values ($1::bigint)"};
static const struct pg_statement count_rows = {"count_rows", "select count(*) from pg_test"};
static const struct pg_statement echo = {"echo", "select $1::bigint"};
static const struct pg_statement no_table = {"no_table", "select * from there_is_no_such_table"};
static const struct pg_statement star = {"star", "select * from pg_swap"};
static const struct pg_statement slow = {"slow", "select 1::bigint from pg_sleep(30)"};
static const struct pg_statement die = {"die",
                                        "select 1::bigint from pg_terminate_backend(pg_backend_pid())"};
static const struct pg_statement large = {"large", "select length($1::text)::bigint, repeat('x', 3000000)"};

static const struct pg_statement listen_here = {"listen_here", "listen pg_test"};
static const struct pg_statement say = {"say", "select 1::bigint from pg_notify('pg_test', 'of its own')"};

static char heard[64]; /* all, one after the other */
static void on_notify(void *ctx, const char *payload)
{
    (void)ctx;
    strncat(heard, payload, sizeof heard - strlen(heard) - 1);
}

static bool has_heard(void *ctx)
{
    return strlen(heard) >= strlen(ctx);
}

static void on_state(void *ctx, bool ready)
{
    (void)ctx;
    assert_true(is_ready_now != ready);
    is_ready_now = ready;
    ready_count += ready;
    lost_count += !ready;
}

static void on_answer(void *ctx, const struct pg_outcome *outcome)
{
    struct answer *answer = ctx;
    answer->count++;
    answer->err = outcome->err;
    answer->order = ++order;
    answer->results = outcome->count;
    strcpy(answer->sqlstate, outcome->sqlstate);
    if (outcome->count > 0 && PQntuples(outcome->results[outcome->count - 1]) > 0)
        answer->value = pg_get_i64(outcome->results[outcome->count - 1], 0, 0);
}

static bool is_answered(void *ctx)
{
    return ((struct answer *)ctx)->count > 0;
}

static bool is_connected(void *ctx)
{
    (void)ctx;
    return pg_ready(pg);
}

static void wait_for(struct answer *answer)
{
    world_until(is_answered, answer, "the answer of a group");
    assert_int_equal(answer->count, 1);
}

static const struct pg_params *number(int64_t value)
{
    struct pg_params *params = arena_alloc(&arena, sizeof *params);
    pg_params_init(params, &arena);
    pg_param_i64(params, value);
    return params;
}

static void run1(const struct pg_statement *statement, const struct pg_params *params, struct answer *answer)
{
    pg_run(pg, &(struct pg_call){statement, params}, 1, on_answer, answer);
    assert_int_equal(answer->count, 0); /* never inside pg_run */
}

static void test_groups_answer_in_order(void **state)
{
    (void)state;
    struct answer answers[40] = {0};
    for (int i = 0; i < 40; i++)
        run1(&echo, number(i * INT64_C(10000000000)), &answers[i]);
    wait_for(&answers[39]);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(answers[i].err, ERR_OK);
        assert_int_equal(answers[i].value, i * INT64_C(10000000000));
        assert_int_equal(answers[i].order - answers[0].order, i);
    }
}

static void test_group_is_all_or_nothing(void **state)
{
    (void)state;
    struct answer bad = {0}, good = {0};
    struct pg_call twice[] = {{&insert_row, number(1)}, {&insert_row, number(1)}, {&count_rows, NULL}};
    pg_run(pg, twice, 3, on_answer, &bad);
    struct pg_call once[] = {{&insert_row, number(2)}, {&count_rows, NULL}};
    pg_run(pg, once, 2, on_answer, &good);
    wait_for(&good);
    assert_int_equal(bad.err, ERR_REFUSED);
    assert_string_equal(bad.sqlstate, "23505");
    assert_int_equal(bad.results, 0);
    assert_int_equal(good.err, ERR_OK);
    assert_int_equal(good.results, 2);
    assert_int_equal(good.value, 1);
}

/* A deferred check fails at the commit, after every call has answered well. */
static void test_failure_at_commit_is_a_refusal(void **state)
{
    (void)state;
    static const struct pg_statement child = {"child", "insert into pg_child (id) values ($1::bigint)"};
    struct answer answer = {0}, after = {0};
    run1(&child, number(77), &answer);
    run1(&echo, number(5), &after);
    wait_for(&after);
    assert_int_equal(answer.err, ERR_REFUSED);
    assert_string_equal(answer.sqlstate, "23503");
    assert_int_equal(after.value, 5);
}

/* A refused preparation fails its group; statements in the same group are prepared again next time. */
static void test_refused_preparation(void **state)
{
    (void)state;
    static const struct pg_statement late = {"late", "select 9::bigint"};
    struct answer bad = {0}, second = {0}, third = {0};
    struct pg_call calls[] = {{&no_table, NULL}, {&late, NULL}};
    pg_run(pg, calls, 2, on_answer, &bad);
    run1(&late, NULL, &second); /* sent before the refusal is known */
    wait_for(&second);
    assert_int_equal(bad.err, ERR_REFUSED);
    assert_string_equal(bad.sqlstate, "42P01");
    assert_int_equal(second.err, ERR_REFUSED);
    assert_string_equal(second.sqlstate, "26000");
    run1(&late, NULL, &third);
    wait_for(&third);
    assert_int_equal(third.err, ERR_OK);
    assert_int_equal(third.value, 9);
}

static void test_statements_forgotten_after_a_swap(void **state)
{
    (void)state;
    struct answer first = {0}, stale = {0}, fresh = {0};
    PGconn *owner = world_connect(world_owner_dsn);
    run1(&star, NULL, &first);
    wait_for(&first);
    assert_int_equal(first.err, ERR_OK);
    world_value(owner, "alter table pg_swap add column more int");
    run1(&star, NULL, &stale);
    wait_for(&stale);
    assert_string_equal(stale.sqlstate, "0A000"); /* cached plan must not change result type */
    pg_forget_statements(pg);
    run1(&star, NULL, &fresh);
    wait_for(&fresh);
    assert_int_equal(fresh.err, ERR_OK);
    PQfinish(owner);
}

static void test_large_both_ways(void **state)
{
    (void)state;
    struct answer answers[8] = {0};
    size_t size = 3000000;
    char *text = arena_alloc(&arena, size);
    memset(text, 'y', size);
    struct pg_params params;
    pg_params_init(&params, &arena);
    pg_param_text(&params, slice_of(text, size));
    for (int i = 0; i < 8; i++) /* neither side may wait for the other to read */
        run1(&large, &params, &answers[i]);
    wait_for(&answers[7]);
    for (int i = 0; i < 8; i++)
        assert_int_equal(answers[i].value, (int64_t)size);
}

static void test_array_parameters(void **state)
{
    (void)state;
    static const struct pg_statement sum = {
        "sum", "select (select coalesce(sum(n), 0)::bigint from unnest($1::bigint[]) n) * 1000000"
               " + cardinality($2::uuid[]) * 10000 + coalesce(length(($3::bytea[])[1]), -1) * 100"
               " + (select count(*) from unnest($3::bytea[]) b where b is null) * 10"
               " + coalesce(cardinality($4::text[]), 5)"};
    struct pg_params params;
    struct answer answer = {0};
    pg_params_init(&params, &arena);
    pg_array_begin(&params, PG_TYPE_I64, 0);
    for (int i = 1; i <= 100; i++)
        pg_array_i64(&params, i);
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_UUID, 1);
    pg_array_uuid(&params, world_uuid());
    pg_array_null(&params);
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_BYTEA, 1);
    pg_array_slice(&params, slice_text("abc"));
    pg_array_slice(&params, (struct slice){0});
    pg_array_end(&params);
    pg_array_begin(&params, PG_TYPE_TEXT, 0);
    pg_array_end(&params);
    run1(&sum, &params, &answer);
    wait_for(&answer);
    assert_int_equal(answer.value, 5050 * 1000000LL + 2 * 10000 + 3 * 100 + 1 * 10 + 0);
}

/* What others say is heard in order, also while a group waits for its answer; what the connection says itself
 * is not. */
static void test_notifications(void **state)
{
    (void)state;
    struct answer listening = {0}, said = {0}, echoed = {0};
    heard[0] = '\0';
    run1(&listen_here, NULL, &listening);
    wait_for(&listening);
    assert_int_equal(listening.err, ERR_OK);
    world_value(world_sql, "select pg_notify('pg_test', 'one ')");
    run1(&say, NULL, &said);
    wait_for(&said);
    world_value(world_sql, "select pg_notify('pg_test', 'two')");
    run1(&echo, number(7), &echoed);
    wait_for(&echoed);
    world_until(has_heard, "one two", "the notifications");
    assert_string_equal(heard, "one two");
    assert_int_equal(echoed.value, 7);
}

static void test_bounds(void **state)
{
    (void)state;
    static struct answer answers[PG_IN_FLIGHT_MAX + 2];
    memset(answers, 0, sizeof answers);
    for (int i = 0; i < PG_IN_FLIGHT_MAX + 2; i++)
        run1(&echo, number(1), &answers[i]);
    wait_for(&answers[PG_IN_FLIGHT_MAX - 1]);
    assert_int_equal(answers[PG_IN_FLIGHT_MAX - 1].err, ERR_OK);
    assert_int_equal(answers[PG_IN_FLIGHT_MAX + 1].err, ERR_FULL);
    assert_int_equal(pg_in_flight(pg), 0);

    struct arena small;
    struct pg_params params;
    struct answer answer = {0};
    arena_init(&small, 64, 256);
    pg_params_init(&params, &small);
    pg_array_begin(&params, PG_TYPE_I64, 0);
    for (int i = 0; i < 1000; i++)
        pg_array_i64(&params, i);
    pg_array_end(&params);
    run1(&echo, &params, &answer);
    wait_for(&answer);
    assert_int_equal(answer.err, ERR_NOMEM);
    arena_release(&small);
}

/* Terminated in the second of four groups: one knows, three do not. */
static void test_loss_in_flight(void **state)
{
    (void)state;
    struct answer answers[4] = {0};
    int ready = ready_count, lost = lost_count;
    run1(&insert_row, number(100), &answers[0]);
    run1(&die, NULL, &answers[1]);
    run1(&insert_row, number(101), &answers[2]);
    run1(&echo, number(1), &answers[3]);
    wait_for(&answers[3]);
    assert_int_equal(answers[0].err, ERR_OK);
    for (int i = 1; i < 4; i++)
        assert_int_equal(answers[i].err, ERR_LOST);
    assert_int_equal(lost_count, lost + 1);
    struct answer away = {0};
    if (!pg_ready(pg)) {
        run1(&echo, number(1), &away);
        wait_for(&away);
        assert_int_equal(away.err, ERR_AWAY);
    }
    world_until(is_connected, NULL, "the connection to come back");
    assert_int_equal(ready_count, ready + 1);
    struct answer again = {0}; /* statements are prepared anew */
    run1(&insert_row, number(102), &again);
    wait_for(&again);
    assert_int_equal(again.err, ERR_OK);
}

static void test_disconnect_tells_later(void **state)
{
    (void)state;
    struct answer answer = {0};
    run1(&slow, NULL, &answer);
    pg_disconnect(pg, "cut by the test");
    assert_int_equal(answer.count, 0);
    assert_false(pg_ready(pg));
    wait_for(&answer);
    assert_int_equal(answer.err, ERR_LOST);
    world_until(is_connected, NULL, "the connection to come back");
}

static void test_statement_timeout_is_refused(void **state)
{
    (void)state;
    struct answer answer = {0};
    run1(&slow, NULL, &answer);
    wait_for(&answer);
    assert_int_equal(answer.err, ERR_REFUSED);
    assert_string_equal(answer.sqlstate, "57014");
}

/* What an acknowledgement means is not for a setting of the role or of the database to say. */
static void test_a_commit_is_on_the_disk(void **state)
{
    (void)state;
    static const struct pg_statement weaken = {
        "weaken", "do $$ begin execute format('alter role current_user in database %I set "
                  "synchronous_commit = off', current_database()); end $$"};
    static const struct pg_statement restore = {
        "restore", "do $$ begin execute format('alter role current_user in database %I reset "
                   "synchronous_commit', current_database()); end $$"};
    static const struct pg_statement is_on = {
        "is_on", "select (current_setting('synchronous_commit') = 'on')::int::bigint"};
    struct answer answers[3] = {0};
    run1(&weaken, NULL, &answers[0]);
    wait_for(&answers[0]);
    assert_int_equal(answers[0].err, ERR_OK);
    pg_disconnect(pg, "cut by the test");
    world_until(is_connected, NULL, "the connection to come back");
    run1(&is_on, NULL, &answers[1]);
    run1(&restore, NULL, &answers[2]);
    wait_for(&answers[2]);
    assert_int_equal(answers[2].err, ERR_OK);
    assert_int_equal(answers[1].value, 1);
}

static void test_nobody_there(void **state)
{
    (void)state;
    char failure[200];
    struct pg_config config = {.dsn = "postgresql://nobody:secret@127.0.0.1:1/none"};
    struct pg *nobody = pg_open(world_loop, &config, NULL, NULL, failure);
    assert_non_null(nobody);
    struct answer answer = {0};
    pg_run(nobody, &(struct pg_call){&echo, number(1)}, 1, on_answer, &answer);
    assert_int_equal(answer.count, 0);
    wait_for(&answer);
    assert_int_equal(answer.err, ERR_AWAY);
    struct answer never = {0};
    pg_run(nobody, &(struct pg_call){&echo, number(1)}, 1, on_answer, &never);
    pg_close(nobody); /* with a group untold */
    assert_int_equal(never.count, 0);

    config.dsn = "postgresql://me:secret@no.such.host.invalid/none";
    assert_null(pg_open(world_loop, &config, NULL, NULL, failure));
    assert_non_null(strstr(failure, "no.such.host.invalid"));
    config.dsn = "postgresql://me:secret@[broken/none";
    assert_null(pg_open(world_loop, &config, NULL, NULL, failure));
    assert_null(strstr(failure, "secret"));
    config.dsn = "";
    assert_null(pg_open(world_loop, &config, NULL, NULL, failure));
    char dsn[2600];
    snprintf(dsn, sizeof dsn, "host=127.0.0.1 options='%02500d'", 0);
    config.dsn = dsn;
    assert_null(pg_open(world_loop, &config, NULL, NULL, failure));
    assert_non_null(strstr(failure, "too long"));
}

static void drop_tables(PGconn *owner)
{
    world_value(owner, "set client_min_messages = warning");
    world_value(owner, "drop table if exists pg_child, pg_test, pg_swap");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_answer_in_order),
        cmocka_unit_test(test_group_is_all_or_nothing),
        cmocka_unit_test(test_failure_at_commit_is_a_refusal),
        cmocka_unit_test(test_refused_preparation),
        cmocka_unit_test(test_statements_forgotten_after_a_swap),
        cmocka_unit_test(test_large_both_ways),
        cmocka_unit_test(test_array_parameters),
        cmocka_unit_test(test_notifications),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_loss_in_flight),
        cmocka_unit_test(test_disconnect_tells_later),
        cmocka_unit_test(test_statement_timeout_is_refused),
        cmocka_unit_test(test_a_commit_is_on_the_disk),
        cmocka_unit_test(test_nobody_there),
    };
    world_begin();
    PGconn *owner = world_connect(world_owner_dsn);
    char failure[200], grant[200];
    drop_tables(owner);
    world_value(owner, "create table pg_test (id bigint primary key)");
    world_value(owner, "create table pg_child (id bigint references pg_test deferrable initially deferred)");
    world_value(owner, "create table pg_swap (id bigint)");
    snprintf(grant, sizeof grant, "grant select, insert on pg_test, pg_child, pg_swap to \"%s\"",
             PQuser(world_sql));
    world_value(owner, grant);
    arena_init(&arena, 65536, 64 << 20);
    struct pg_config config = {.dsn = world_server_dsn,
                               .application_name = "test_pg",
                               .statement_timeout_ms = 1000,
                               .on_notify = on_notify};
    pg = pg_open(world_loop, &config, on_state, NULL, failure);
    world_until(is_connected, NULL, "the first connection");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pg_close(pg);
    drop_tables(owner);
    PQfinish(owner);
    arena_release(&arena);
    world_end();
    return failed;
}
