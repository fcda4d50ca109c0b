/* test_projections_stop: one projection stops, the others go on. Needs a database, see projections_world.h.
 */
#include "projections_world.h"
#include "gen/c/schema.h"

/* Interleaving 8: a client that follows wallets and packs, while the wallets stop. */
static void one_projection_stops_alone_and_nobody_misses_its_rows(void **state)
{
    (void)state;
    char statement[200];
    uint64_t wallets[8] = {0};
    fake_log_append(900, 20);
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 900);
    uint64_t first = fake_log_append(100, 21), guilty = fold_wallets(1000, wallets);
    assert_true(guilty > 900);
    snprintf(statement, sizeof statement,
             "alter table wallets add constraint guilty check (position <> %llu)",
             (unsigned long long)guilty);
    sql(statement);
    feed(&nodes[0], first, 50);
    feed(&nodes[0], first + 50, 50);
    until(projector_position(nodes[0].projector) == 1000);
    until(status_of(&nodes[0], "wallets").failed_position == guilty);
    struct projection_status status = status_of(&nodes[0], "wallets");
    assert_string_equal(status.state, "stopped");
    assert_int_equal(status.failed_type, fake_log.events[guilty - 1]->event.type);
    assert_non_null(strstr(status.reason, "23514"));
    until(strcmp(sql("select failed_reason is not null from projections where name = 'wallets'"), "t") == 0);
    assert_string_equal(status_of(&nodes[0], "inventory").state, "live");
    assert_int_equal(status_of(&nodes[0], "inventory").position, 1000);
    feed(&nodes[0], fake_log_append(20, 22), 20); /* the others go on */
    until(projector_position(nodes[0].projector) == 1020);
    assert_int_equal(nodes[0].own_mark, guilty - 1); /* what a client would come back with */
    assert_int_equal(nodes[0].public_mark, 1020);
    assert_int_equal(projector_lowest(nodes[0].projector), guilty - 1);
    assert_true(projector_ready(nodes[0].projector));
    for (int player = 0; player < 8; player++)
        assert_true(nodes[0].wallet_told[player] < guilty);
    sql("alter table wallets drop constraint guilty");
    until(strcmp(status_of(&nodes[0], "wallets").state, "live") == 0);
    assert_int_equal(projector_lowest(nodes[0].projector), 1020);
    fold_wallets(1020, wallets);
    for (int player = 0; player < 8; player++)
        assert_int_equal(nodes[0].wallet_told[player], wallets[player]); /* told live, after the repair */
    feed(&nodes[0], fake_log_append(20, 23), 20);
    until(nodes[0].own_mark == 1040);
    assert_int_equal(nodes[0].went_back, 0);
    same_as_log();
}

static void a_stopped_projection_goes_on_after_a_restart_and_beside_another_node(void **state)
{
    (void)state;
    fake_log_append(500, 24);
    sql("alter table openings add constraint guilty check (position < 300)");
    open_node(&nodes[0]);
    until(projector_position(nodes[0].projector) == 500 &&
          status_of(&nodes[0], "openings").failed_position >= 300);
    projector_close(nodes[0].projector);
    fake_log_append(500, 25);
    open_node(&nodes[0]);
    open_node(&nodes[1]);
    until(projector_position(nodes[0].projector) == 1000 && projector_position(nodes[1].projector) == 1000);
    until(status_of(&nodes[0], "openings").failed_position >= 300);
    assert_true(status_of(&nodes[0], "openings").position < 500);
    sql("alter table openings drop constraint guilty");
    for (int i = 0; i < 20; i++)
        feed(&nodes[i % 2], fake_log_append(10, 200 + (uint64_t)i), 10);
    until(projector_lowest(nodes[0].projector) == 1200 && projector_lowest(nodes[1].projector) == 1200);
    assert_string_equal(status_of(&nodes[1], "openings").state, "live");
    same_as_log();
}

static void a_stopped_projection_catches_up_under_load(void **state)
{
    (void)state;
    sql("alter table characters add constraint guilty check (position < 100)");
    fake_log_append(200, 26);
    open_node(&nodes[0]);
    until(status_of(&nodes[0], "inventory").failed_position >= 100);
    for (int i = 0; i < 100; i++) {
        feed(&nodes[0], fake_log_append(20, 300 + (uint64_t)i), 20);
        if (i == 50)
            sql("alter table characters drop constraint guilty");
        turn();
    }
    until(projector_lowest(nodes[0].projector) == 2200);
    same_as_log();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_projection_stops_alone_and_nobody_misses_its_rows),
        TEST(a_stopped_projection_goes_on_after_a_restart_and_beside_another_node),
        TEST(a_stopped_projection_catches_up_under_load),
    };
    return world_main(tests, sizeof tests / sizeof *tests);
}
