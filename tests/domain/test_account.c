/* test_account: deactivate_player, reactivate_player, erase_player, and who is let in again. */
#include "given.h"

static const char *const four[] = {"c1", "c2", "r1", "e1"};

static int set_up(void **state)
{
    static struct world world;
    world_init(&world);
    given_player(&world);
    given(&world, pulled(&world, four, 4));
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_release(*state);
    return 0;
}

static void form_team(struct world *world, const char *name)
{
    when(world, .type = COMMAND_FORM_TEAM,
         .form_team = {.name = slice_text(name), .members = slugs(world, four, 4)});
    then_accepted(world);
}

#define DEACTIVATE                                                                                           \
    .type = COMMAND_DEACTIVATE_PLAYER, .deactivate_player = {the_player(), 600, slice_text("gone")}
#define REACTIVATE .type = COMMAND_REACTIVATE_PLAYER, .reactivate_player = {the_player()}
#define ERASE(even_active)                                                                                   \
    .type = COMMAND_ERASE_PLAYER, .erase_player = {the_player(), slice_text("asked for"), even_active}
#define ENROL .type = COMMAND_ENROL_PLAYER, .enrol_player = {the_player(), slice_text("Ada"), DOOR_ENROLLED}
#define RENAME .type = COMMAND_RENAME_PLAYER, .rename_player = {slice_text("Bea")}

static void test_away_and_back(void **state)
{
    struct world *world = *state;
    struct player_state before = world->player.player;
    when(world, DEACTIVATE);
    then(world, {.type = EVENT_PLAYER_DEACTIVATED,
                 .player_deactivated = {the_player(), slice_text("Ada"), before.registered_at, NOW_MS, 600,
                                        slice_text("gone")}});
    when(world, REACTIVATE);
    then(world, {.type = EVENT_PLAYER_REACTIVATED,
                 .player_reactivated = {the_player(), slice_text("Ada"), before.registered_at, NOW_MS}});
    assert_memory_equal(&world->player.player, &before, sizeof before);
    when(world, RENAME);
    then_accepted(world);
}

static void test_nothing_is_done_for_who_is_away(void **state)
{
    struct world *world = *state;
    when(world, DEACTIVATE);
    then_accepted(world);
    when(world, RENAME);
    then_rejected(world, ERROR_PLAYER_INACTIVE);
    when(world, .type = COMMAND_GRANT,
         .grant = {the_player(), slice_text("x"), GRANT_KIND_FREE_CURRENCY, .amount = 1});
    then_rejected(world, ERROR_PLAYER_INACTIVE);
    when(world, ENROL);
    then_rejected(world, ERROR_PLAYER_INACTIVE);
    when(world, DEACTIVATE);
    then_rejected(world, ERROR_PLAYER_INACTIVE);
}

static void test_erased_is_for_good(void **state)
{
    struct world *world = *state;
    uint32_t numbers[] = {1, 3};
    form_team(world, "First");
    form_team(world, "Second");
    form_team(world, "Third");
    when(world, .type = COMMAND_DISBAND_TEAM, .disband_team = {.team = 2});
    then_accepted(world);
    when(world, DEACTIVATE);
    then_accepted(world);
    when(world, ERASE(false));
    then(world, {.type = EVENT_PLAYER_ERASED,
                 .player_erased = {the_player(),
                                   world->player.player.registered_at,
                                   {numbers, 2},
                                   NOW_MS,
                                   slice_text("asked for")}});
    const struct player_state *player = &world->player.player;
    assert_int_equal(player->situation, PLAYER_ERASED);
    assert_int_equal(player->teams.count, 0);
    assert_int_equal(player->display_name.size, 0);
    assert_int_equal(player->free, 1000);
    when(world, REACTIVATE);
    then_rejected(world, ERROR_PLAYER_INACTIVE);
    when(world, ENROL);
    then_rejected(world, ERROR_PLAYER_INACTIVE);
    when(world, ERASE(true));
    then_rejected(world, ERROR_PLAYER_INACTIVE);
    when(world, DEACTIVATE);
    then_rejected(world, ERROR_PLAYER_INACTIVE);
}

/* A user that came back in time is not erased by a process that is late; an operator can. */
static void test_who_is_active_is_erased_on_purpose_only(void **state)
{
    struct world *world = *state;
    when(world, REACTIVATE);
    then_rejected(world, ERROR_PLAYER_ACTIVE);
    when(world, ERASE(false));
    then_rejected(world, ERROR_PLAYER_ACTIVE);
    when(world, ERASE(true));
    then_accepted(world);
    assert_int_equal(world->player.player.situation, PLAYER_ERASED);
}

static void test_nobody_is_nobody(void **state)
{
    struct world *world = *state;
    world->player = (struct state){.kind = STREAM_PLAYER, .arena = &world->arena};
    when(world, DEACTIVATE);
    then_rejected(world, ERROR_PLAYER_UNKNOWN);
    when(world, REACTIVATE);
    then_rejected(world, ERROR_PLAYER_UNKNOWN);
    when(world, ERASE(true));
    then_rejected(world, ERROR_PLAYER_UNKNOWN);
    given(world, {.type = EVENT_ENROLMENT_REFUSED, .enrolment_refused = {.player = the_player()}});
    when(world, ERASE(true));
    then_rejected(world, ERROR_PLAYER_INACTIVE);
    when(world, REACTIVATE);
    then_rejected(world, ERROR_PLAYER_INACTIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_away_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_done_for_who_is_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_erased_is_for_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_is_active_is_erased_on_purpose_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_is_nobody, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
