/* test_processes: the runner of the process managers on a real PostgreSQL - cursor, timers, who leads.
 *
 * Needs EVENT_STORE_OWNER_DSN and EVENT_STORE_DSN; skipped (77) without. The process here follows an event of
 * a player's stream and has one timer for it; what its work comes to is what the test says. */
#include "store_world.h"
#include "base/check.h"
#include "process/process.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP 7
#define TYPE 2 /* what world_event writes */

static struct {
    uint32_t acts, due_in_ms, retries_left;
    bool ask_outside, early;
    bool cannot_read;
    void *job; /* that asked outside and was not answered yet */
    struct uuid last;
} work;

static enum err follow(void *ctx, const struct stored_event *event, struct arena *scratch,
                       struct process_changes *changes)
{
    (void)ctx, (void)scratch;
    if (work.cannot_read)
        return ERR_MALFORMED;
    process_set(changes, event->stream.uuid, STEP, event->recorded_at_us + work.due_in_ms * 1000);
    return ERR_OK;
}

static enum err evolve(void *state, const struct stored_event *event, struct arena *scratch)
{
    (void)scratch;
    *(uint64_t *)state = event->version;
    return ERR_OK;
}

static void act(void *ctx, const struct process_view *view, struct process_action *action)
{
    (void)ctx;
    assert_int_equal(view->step, STEP);
    assert_true(*(const uint64_t *)view->state > 0);
    if (view->result == PROCESS_ANSWERED)
        return;
    work.acts++;
    work.last = view->instance;
    work.early =
        work.early ||
        strcmp(world_value(world_sql, "select count(*) from timers where due_at > clock_timestamp()"), "0") !=
            0;
    if (work.retries_left > 0 && work.retries_left--)
        action->what = PROCESS_RETRY;
    else if (work.ask_outside)
        action->what = PROCESS_TASK;
}

static void task(void *ctx, const struct process_view *view, int task, void *job)
{
    (void)ctx, (void)view, (void)task;
    work.job = job;
}

static enum err run(void *ctx, const struct command *command, struct uuid id, struct uuid actor,
                    struct uuid cause, process_ran done, void *job)
{
    (void)ctx, (void)command, (void)id, (void)actor, (void)cause, (void)done, (void)job;
    return ERR_FULL;
}

static const uint16_t types[] = {TYPE};
static const struct process process = {.name = "test",
                                       .types = types,
                                       .type_count = 1,
                                       .kind = STREAM_PLAYER,
                                       .state_size = sizeof(uint64_t),
                                       .follow = follow,
                                       .evolve = evolve,
                                       .act = act,
                                       .task = task};
static const struct process *const list[] = {&process};

static struct processes *open_processes(struct eventstore *store)
{
    char failure[200];
    struct processes_config config = {.dsn = world_server_dsn, .tick_ms = 20, .run = run};
    struct processes *processes = processes_open(world_loop, &config, store, list, 1, failure);
    if (processes == NULL)
        fail_msg("%s", failure);
    return processes;
}

static bool is_done(void *ctx)
{
    return strcmp(world_value(world_sql, "select count(*) from timers"), "0") == 0 &&
           work.acts >= *(uint32_t *)ctx;
}

static void until_done(uint32_t acts)
{
    world_until(is_done, &acts, "the timers to be done with");
}

static bool leads(void *ctx)
{
    return processes_lead(ctx);
}

static struct eventstore *followed;

static bool is_at_head(void *ctx)
{
    return processes_status(ctx, 0).position >= eventstore_head(followed);
}

static void until_head(struct processes *processes, struct eventstore *store)
{
    followed = store;
    world_until(is_at_head, processes, "the log's head");
}

static struct stream_ref append(struct eventstore *store)
{
    struct stream_ref stream = world_player();
    world_append_one(store, stream, 1, APPENDED);
    return stream;
}

static int set_up(void **state)
{
    (void)state;
    memset(&work, 0, sizeof work);
    return 0;
}

static void test_what_is_in_the_log_is_done_once_and_not_again_after_a_restart(void **state)
{
    (void)state;
    struct eventstore *store = world_store("processes", 5000, 1);
    for (int i = 0; i < 40; i++)
        (void)append(store);
    struct processes *processes = open_processes(store);
    until_done(40);
    until_head(processes, store);
    uint32_t acts = work.acts;
    processes_close(processes);
    processes = open_processes(store);
    struct stream_ref stream = append(store);
    until_done(acts + 1);
    assert_int_equal(work.acts, acts + 1);
    assert_true(uuid_equal(work.last, stream.uuid));
    processes_close(processes);
    eventstore_close(store);
}

static void test_a_deadline_is_waited_for_also_across_a_restart(void **state)
{
    (void)state;
    struct eventstore *store = world_store("processes", 5000, 1);
    struct processes *processes = open_processes(store);
    world_until(leads, processes, "this runner to lead");
    work.due_in_ms = 1500;
    (void)append(store);
    until_head(processes, store);
    assert_string_equal(
        world_value(world_sql, "select count(*) from timers where due_at > clock_timestamp()"), "1");
    processes_close(processes);
    assert_int_equal(work.acts, 0);
    processes = open_processes(store);
    until_done(1);
    assert_false(work.early);
    assert_int_equal(work.acts, 1);
    processes_close(processes);
    eventstore_close(store);
}

static bool is_put_off(void *ctx)
{
    (void)ctx;
    return strcmp(
               world_value(world_sql,
                           "select count(*) from timers where attempts = 1 and due_at > clock_timestamp()"),
               "1") == 0;
}

static void test_what_comes_to_nothing_is_tried_again_later(void **state)
{
    (void)state;
    struct eventstore *store = world_store("processes", 5000, 1);
    struct processes *processes = open_processes(store);
    work.retries_left = 1;
    (void)append(store);
    world_until(is_put_off, NULL, "the timer to be put off");
    until_done(2);
    assert_int_equal(processes_status(processes, 0).retries, 1);
    processes_close(processes);
    eventstore_close(store);
}

static bool has_stopped(void *ctx)
{
    return processes_status(ctx, 0).failure[0] != '\0';
}

static void test_an_event_that_cannot_be_read_stops_it_there_and_says_so(void **state)
{
    (void)state;
    struct eventstore *store = world_store("processes", 5000, 1);
    struct processes *processes = open_processes(store);
    until_head(processes, store);
    uint64_t before = processes_status(processes, 0).position;
    work.cannot_read = true;
    (void)append(store);
    world_until(has_stopped, processes, "the process to stop");
    char expected[80];
    snprintf(expected, sizeof expected, "cannot take the event %llu: ", (unsigned long long)before + 1);
    assert_memory_equal(processes_status(processes, 0).failure, expected, strlen(expected));
    assert_int_equal(processes_status(processes, 0).position, before);
    work.cannot_read = false;
    until_done(1);
    assert_string_equal(processes_status(processes, 0).failure, "");
    processes_close(processes);
    eventstore_close(store);
}

static bool has_job(void *ctx)
{
    (void)ctx;
    return work.job != NULL;
}

/* The timer is set anew by a second event while its work is under way: it is due again. */
static void test_a_timer_set_anew_meanwhile_stays(void **state)
{
    (void)state;
    struct eventstore *store = world_store("processes", 5000, 1);
    struct processes *processes = open_processes(store);
    work.ask_outside = true;
    struct stream_ref stream = append(store);
    world_until(has_job, NULL, "the work to be under way");
    world_append_one(store, stream, 2, APPENDED);
    until_head(processes, store);
    void *job = work.job;
    work.job = NULL;
    process_answer(job, 1, (struct uuid){{0}});
    world_until(has_job, NULL, "the work to begin again");
    assert_int_equal(work.acts, 2);
    process_answer(work.job, 1, (struct uuid){{0}});
    until_done(2);
    processes_close(processes);
    eventstore_close(store);
}

static bool one_leads(void *ctx)
{
    struct processes **both = ctx;
    return processes_lead(both[0]) != processes_lead(both[1]);
}

/* Two nodes: one leads; its connection dies, and either goes on. */
static void test_one_of_two_leads_and_the_work_goes_on_when_it_is_cut(void **state)
{
    (void)state;
    struct eventstore *store = world_store("processes", 5000, 1);
    struct processes *both[] = {open_processes(store), open_processes(store)};
    uint32_t acts = 0;
    for (int round = 0; round < 3; round++) {
        world_until(one_leads, both, "one of them to lead");
        (void)append(store);
        until_done(++acts);
        assert_int_equal(work.acts, acts);
        assert_string_equal(world_value(world_sql,
                                        "select count(*) from pg_locks where locktype = 'advisory' and "
                                        "granted and objid = 1634758511"),
                            "1");
        world_value(world_sql,
                    "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and "
                    "granted and objid = 1634758511");
    }
    world_until(one_leads, both, "one of them to lead again");
    (void)append(store);
    until_done(acts + 1);
    processes_close(both[0]);
    processes_close(both[1]);
    eventstore_close(store);
}

/* The tables go back, as after a crash of a database that did not wait for its disk: the log brings it all
 * again. */
static void test_a_cursor_that_goes_back_does_the_work_again(void **state)
{
    (void)state;
    struct eventstore *store = world_store("processes", 5000, 1);
    struct processes *processes = open_processes(store);
    until_head(processes, store);
    world_value(world_sql, "update processes set position = position - 3");
    until_done(3);
    until_head(processes, store);
    processes_close(processes);
    world_value(world_sql, "delete from processes");
    processes = open_processes(store);
    uint32_t all =
        (uint32_t)atoi(world_value(world_sql, "select count(distinct stream) from events where type = 2"));
    until_done(work.acts + all);
    processes_close(processes);
    eventstore_close(store);
}

static bool all_stored(void *ctx)
{
    return processes_asked(ctx) == 0;
}

/* No event leaves it: it is worked on like any other, also when a node asks that does not lead, and it waits
 * while the store is away. */
static void test_a_timer_that_is_asked_for(void **state)
{
    (void)state;
    struct eventstore *store = world_store("processes", 5000, 1);
    struct stream_ref stream = append(store), other = append(store);
    struct processes *both[] = {open_processes(store), open_processes(store)};
    world_until(one_leads, both, "one of them to lead");
    until_head(both[!processes_lead(both[0])], store);
    until_done(work.acts);
    uint32_t acts = work.acts;
    struct processes *follower = both[processes_lead(both[0])];
    processes_ask(follower, &process, stream.uuid, STEP);
    processes_ask(follower, &process, other.uuid, STEP);
    processes_ask(follower, &process, other.uuid, STEP); /* twice is once */
    assert_int_equal(processes_asked(follower), 3);
    world_until(all_stored, follower, "the timers to be stored");
    until_done(acts + 2);
    world_value(world_sql,
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gachapon "
                "processes'");
    processes_ask(follower, &process, stream.uuid, STEP);
    world_until(all_stored, follower, "the timer to be stored when the connection is back");
    until_done(acts + 3);
    processes_close(both[0]);
    processes_close(both[1]);
    eventstore_close(store);
}

/* Before the process was ever followed: what is asked for begins it. */
static void test_a_timer_that_is_asked_for_first_of_all(void **state)
{
    (void)state;
    struct eventstore *store = world_store("processes", 5000, 1);
    struct stream_ref stream = append(store);
    world_value(world_sql, "delete from processes");
    struct processes *processes = open_processes(store);
    processes_ask(processes, &process, stream.uuid, STEP);
    world_until(all_stored, processes, "the timer to be stored");
    until_done(1);
    processes_close(processes);
    eventstore_close(store);
}

int main(void)
{
    world_begin();
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_in_the_log_is_done_once_and_not_again_after_a_restart),
        TEST(test_a_deadline_is_waited_for_also_across_a_restart),
        TEST(test_what_comes_to_nothing_is_tried_again_later),
        TEST(test_an_event_that_cannot_be_read_stops_it_there_and_says_so),
        TEST(test_a_timer_set_anew_meanwhile_stays),
        TEST(test_one_of_two_leads_and_the_work_goes_on_when_it_is_cut),
        TEST(test_a_cursor_that_goes_back_does_the_work_again),
        TEST(test_a_timer_that_is_asked_for),
        TEST(test_a_timer_that_is_asked_for_first_of_all),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_end();
    return failed;
}
