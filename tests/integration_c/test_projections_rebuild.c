/* test_projections_rebuild: tables made anew beside the live ones, and switched. Needs a database, see
 * projections_world.h. With REBUILD_CHILD set it is the tool itself, to be killed by a test. */
#include "projections_world.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/check.h"
#include "gen/c/schema.h"
#include "projection/rebuild.h"

#define LONG_LOG 20000
#define LONG_SEED 77

static enum err rebuild(const char *projection, struct rebuild_progress *progress, char failure[400])
{
    struct rebuild_config config = {
        .owner_dsn = owner_dsn, .server_role = "", .projection = projection, .page_events = 500};
    char *role = strdup(PQuser(server));
    config.server_role = role;
    enum err err = projections_rebuild(loop, fake_log_store(), &config, progress, failure);
    free(role);
    return err;
}

static void rebuild_well(const char *projection, struct rebuild_progress *progress)
{
    char failure[400];
    if (rebuild(projection, progress, failure) != ERR_OK)
        fail_msg("%s", failure);
}

/* The contents of a table, whatever the order in it. */
static const char *digest(const char *table)
{
    char statement[200];
    snprintf(statement, sizeof statement,
             "select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from %s as t", table);
    return sql(statement);
}

/* ---- commands go on ---- */

static struct loop_timer writer;
static uint32_t writes_left, writes_done, let_go_at;

static void write_some(void *ctx)
{
    (void)ctx;
    feed(&nodes[0], fake_log_append(20, 1000 + writes_done), 20);
    writes_done++;
    if (writes_done == let_go_at) { /* nobody has switched them yet */
        assert_string_equal(sql("select count(distinct generation) from projections"), "1");
        PQclear(PQexec(server, "commit"));
    }
    if (--writes_left > 0)
        loop_timer_start(&writer, 2);
}

static void begin_writing(uint32_t batches)
{
    writes_left = batches;
    writes_done = 0;
    check(writer.loop == NULL || !loop_timer_running(&writer));
    loop_timer_init(&writer, loop, write_some, NULL);
    loop_timer_start(&writer, 0);
}

static void a_rebuild_under_write_load_gives_the_same_tables(void **state)
{
    (void)state;
    struct rebuild_progress progress;
    fake_log_append(5000, 30);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 5000);
    uint64_t generation = projector_generation(nodes[0].projector);
    begin_writing(400);
    rebuild_well(NULL, &progress);
    assert_true(progress.position >= 5000);
    assert_true(writes_done > 0);
    until(projector_generation(nodes[0].projector) > generation);
    until(writes_left == 0 && projector_lowest(nodes[0].projector) == fake_log.count);
    assert_int_equal(nodes[0].went_back, 0);
    same_as_log();
    assert_string_equal(sql("select count(*) from pg_tables where schemaname = 'rebuild'"), "0");
    char before[64];
    snprintf(before, sizeof before, "%s", digest("characters"));
    rebuild_well(NULL, &progress); /* and again, at rest: identical */
    assert_string_equal(digest("characters"), before);
    same_as_log();
}

/* Interleaving 9: the tables are those of old code; the new one changes rows at old positions and drops some.
 * A client's position says nothing of that: the generation does. */
static void a_rebuild_changes_old_rows_and_drops_some(void **state)
{
    (void)state;
    struct rebuild_progress progress;
    fake_log_append(1000, 31);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 1000);
    uint64_t generation = projector_generation(nodes[0].projector);
    sql("update wallets set free = free + 1");
    sql("insert into stocks select position, deleted, 'foreign', limited, remaining from stocks limit 1");
    sql("update projections set fingerprint = 'the code before'");
    rebuild_well(NULL, &progress);
    until(projector_generation(nodes[0].projector) > generation);
    until(projector_ready(nodes[0].projector));
    feed(&nodes[0], fake_log_append(20, 32), 20);
    until(projector_lowest(nodes[0].projector) == 1020);
    same_as_log();
}

static void one_projection_is_rebuilt_and_the_others_are_not_touched(void **state)
{
    (void)state;
    struct rebuild_progress progress;
    fake_log_append(1000, 33);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 1000);
    const char *teams = sql("select 'teams'::regclass::oid");
    sql("delete from wallets");
    rebuild_well("wallets", &progress);
    assert_string_equal(sql("select 'teams'::regclass::oid"), teams);
    feed(&nodes[0], fake_log_append(20, 34), 20);
    until(projector_lowest(nodes[0].projector) == 1020);
    same_as_log();
    char failure[400];
    assert_int_equal(rebuild("nonsense", &progress, failure), ERR_MALFORMED);
    sql("update projections set fingerprint = 'another' where name = 'teams'");
    assert_int_equal(rebuild("wallets", &progress, failure), ERR_CONFLICT);
}

/* Interleaving 8, with the repair being new code: one stands still at 900 while the others go on. */
static void a_stopped_projection_is_repaired_by_a_rebuild(void **state)
{
    (void)state;
    struct rebuild_progress progress;
    uint64_t wallets[8] = {0};
    fake_log_append(900, 35);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 900);
    sql("alter table wallets add constraint guilty check (position <= 900)");
    uint64_t first = fake_log_append(64, 36);
    feed(&nodes[0], first, 64);
    until(status_of(&nodes[0], "wallets").failed_position > 900);
    until(projector_position(nodes[0].projector) == 964);
    rebuild_well("wallets", &progress); /* the new table has no such constraint */
    until(strcmp(status_of(&nodes[0], "wallets").state, "live") == 0 &&
          projector_lowest(nodes[0].projector) == 964); /* nothing is, until the new tables are known */
    assert_true(fold_wallets(964, wallets) > 900);
    same_as_log();
}

static void who_reads_for_long_holds_the_switch_up_and_not_the_game(void **state)
{
    (void)state;
    struct rebuild_progress progress;
    fake_log_append(500, 37);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 500);
    PQclear(PQexec(server, "begin isolation level repeatable read, read only"));
    PQclear(PQexec(server, "select hold_read_models()"));
    let_go_at = 300; /* the switch is tried until then, in vain, and commands go on */
    begin_writing(1000);
    rebuild_well("wallets", &progress);
    assert_true(progress.position >= 500 + 20 * 250);
    until(writes_left == 0 && projector_lowest(nodes[0].projector) == fake_log.count);
    same_as_log();
}

/* ---- killed ---- */

static int child_main(void)
{
    struct rebuild_progress progress;
    char failure[400];
    owner_dsn = getenv("PROJECTIONS_OWNER_DSN");
    server = PQconnectdb(getenv("PROJECTIONS_DSN"));
    loop = loop_new();
    fake_log_begin(loop);
    fake_log_append(LONG_LOG, LONG_SEED);
    return rebuild(NULL, &progress, failure) == ERR_OK ? 0 : 1;
}

static pid_t start_child(void)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    setenv("REBUILD_CHILD", "1", 1);
    execl("/proc/self/exe", "test_projections_rebuild", (char *)NULL);
    _exit(127);
}

static void killed_in_between_it_leaves_the_live_tables_untouched(void **state)
{
    (void)state;
    struct rebuild_progress progress;
    fake_log_append(LONG_LOG, LONG_SEED);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == LONG_LOG);
    char before[64];
    uint64_t generation = projector_generation(nodes[0].projector);
    snprintf(before, sizeof before, "%s", digest("wallets"));
    pid_t child = start_child();
    assert_true(child > 0);
    until(strcmp(sql("select count(*) from pg_tables where schemaname = 'rebuild' and tablename = 'wallets'"),
                 "1") == 0 &&
          strcmp(sql("select count(*) > 0 from rebuild.wallets"), "t") == 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_string_equal(digest("wallets"), before);
    assert_string_equal(sql("select max(generation) - min(generation) from projections"), "0");
    assert_int_equal(projector_generation(nodes[0].projector), generation);
    same_as_log();
    char failure[400];
    enum err err; /* the dead one's lock goes with its connection, in a moment */
    while ((err = rebuild(NULL, &progress, failure)) == ERR_CONFLICT)
        turn();
    if (err != ERR_OK)
        fail_msg("%s", failure);
    until(projector_generation(nodes[0].projector) > generation);
    until(projector_lowest(nodes[0].projector) == LONG_LOG);
    same_as_log();
}

int main(void)
{
    if (getenv("REBUILD_CHILD") != NULL)
        return child_main();
    const struct CMUnitTest tests[] = {
        TEST(a_rebuild_under_write_load_gives_the_same_tables),
        TEST(a_rebuild_changes_old_rows_and_drops_some),
        TEST(one_projection_is_rebuilt_and_the_others_are_not_touched),
        TEST(a_stopped_projection_is_repaired_by_a_rebuild),
        TEST(who_reads_for_long_holds_the_switch_up_and_not_the_game),
        TEST(killed_in_between_it_leaves_the_live_tables_untouched),
    };
    return world_main(tests, sizeof tests / sizeof *tests);
}
