/* test_restarts: one run, and each accident at each of its steps.
 *
 * A seed without faults is played again and again, up to the step at which a node is killed, a connection
 * lost, a database crashes or a socket is cut; then it goes on and comes to rest. The oracle judges every
 * step. So "at any instant" is every instant of this run, not those that chance has picked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "accidents.h"
#include "client.h"
#include "database.h"
#include "run.h"

#define SEED 7
#define STEPS_BEFORE 120 /* everybody is connected by then */
#define STEPS 25         /* in which it happens */
#define STEPS_AFTER 60

static void at_each_step(uint32_t nodes, void (*happens)(void))
{
    for (uint32_t step = 0; step < STEPS; step++) {
        run_open(&(struct run_options){.seed = SEED, .nodes = nodes, .batches_in_flight = 3});
        world.faults = (struct faults){0};
        for (uint32_t i = 0; i < STEPS_BEFORE + step; i++)
            run_step();
        happens();
        for (uint32_t i = 0; i < STEPS_AFTER; i++)
            run_step();
        run_to_rest();
        run_close();
    }
}

static void kill_node(void)
{
    accident_restart(world.nodes[0]);
}

static void lose_store(void)
{
    for (int i = 0; i < 3; i++)
        accident_cut(true);
}

static void crash_store(void)
{
    pg_do_crash(true);
}

static void views_back_and_node_killed(void)
{
    accident_views_go_back();
    accident_restart(world.nodes[0]);
}

static void cut_everybody(void)
{
    for (uint32_t i = 0; i < world.client_count; i++)
        client_cut(world.clients[i]);
}

static void test_node_killed(void **state)
{
    (void)state;
    at_each_step(1, kill_node);
}

static void test_one_of_two_nodes_killed(void **state)
{
    (void)state;
    at_each_step(2, kill_node);
}

static void test_connections_lost(void **state)
{
    (void)state;
    at_each_step(1, lose_store);
}

static void test_store_crashes(void **state)
{
    (void)state;
    at_each_step(2, crash_store);
}

static void test_projections_go_back(void **state)
{
    (void)state;
    at_each_step(1, accident_views_go_back);
}

static void test_projections_dropped(void **state)
{
    (void)state;
    at_each_step(1, accident_views_dropped);
}

static void test_both_at_once(void **state)
{
    (void)state;
    at_each_step(1, views_back_and_node_killed);
}

static void test_sockets_cut(void **state)
{
    (void)state;
    at_each_step(1, cut_everybody);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node_killed),         cmocka_unit_test(test_one_of_two_nodes_killed),
        cmocka_unit_test(test_connections_lost),    cmocka_unit_test(test_store_crashes),
        cmocka_unit_test(test_projections_go_back), cmocka_unit_test(test_projections_dropped),
        cmocka_unit_test(test_both_at_once),        cmocka_unit_test(test_sockets_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
