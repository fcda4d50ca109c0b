/* test_team: form_team, change_team, disband_team. */
#include "given.h"

static const char *const four[] = {"c1", "c2", "r1", "e1"};
static const char *const other_four[] = {"e1", "r1", "c3", "c1"};

static int set_up(void **state)
{
    static struct world world;
    static const char *const owned[] = {"c1", "c2", "c3", "r1", "e1"};
    world_init(&world);
    given_player(&world);
    given(&world, pulled(&world, owned, 5));
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_release(*state);
    return 0;
}

static void form(struct world *world, const char *name, const char *const *members, uint32_t count)
{
    when(world, .type = COMMAND_FORM_TEAM,
         .form_team = {.name = slice_text(name), .members = slugs(world, members, count)});
}

static void change(struct world *world, uint32_t team, const char *name, const char *const *members,
                   uint32_t count)
{
    when(world, .type = COMMAND_CHANGE_TEAM,
         .change_team = {.team = team, .name = slice_text(name), .members = slugs(world, members, count)});
}

static void disband(struct world *world, uint32_t team)
{
    when(world, .type = COMMAND_DISBAND_TEAM, .disband_team = {.team = team});
}

static void test_life_of_a_team(void **state)
{
    struct world *world = *state;
    form(world, "The First!", four, 4);
    then(world, {.type = EVENT_TEAM_FORMED,
                 .team_formed = {.player = the_player(),
                                 .team = 1,
                                 .name = slice_text("The First!"),
                                 .members = slugs(world, four, 4)}});
    change(world, 1, "Renamed", other_four, 4);
    then(world, {.type = EVENT_TEAM_CHANGED,
                 .team_changed = {.player = the_player(),
                                  .team = 1,
                                  .name = slice_text("Renamed"),
                                  .members = slugs(world, other_four, 4)}});
    const struct team *team = player_team(&world->player.player, 1);
    assert_true(slice_equal_text(short_text_slice(&team->name), "Renamed"));
    for (int i = 0; i < TEAM_MEMBERS; i++)
        assert_string_equal(team->members[i].text, other_four[i]);
    disband(world, 1);
    then(world, {.type = EVENT_TEAM_DISBANDED, .team_disbanded = {.player = the_player(), .team = 1}});
    assert_null(player_team(&world->player.player, 1));
    assert_int_equal(world->player.player.teams.count, 0);
}

static void test_refused(void **state)
{
    static const struct {
        const char *label, *name;
        const char *members[6];
        uint32_t count;
        enum error_code code;
    } cases[] = {
        {"none", "T", {0}, 0, ERROR_TEAM_SIZE_INVALID},
        {"three", "T", {"c1", "c2", "c3"}, 3, ERROR_TEAM_SIZE_INVALID},
        {"five", "T", {"c1", "c2", "c3", "r1", "e1"}, 5, ERROR_TEAM_SIZE_INVALID},
        {"doubled", "T", {"c1", "c2", "c3", "c1"}, 4, ERROR_TEAM_MEMBER_REPEATED},
        {"doubled beside", "T", {"c1", "c1", "c2", "c3"}, 4, ERROR_TEAM_MEMBER_REPEATED},
        {"unowned", "T", {"c1", "c2", "c3", "l1"}, 4, ERROR_CHARACTER_NOT_OWNED},
        {"nobody", "T", {"c1", "c2", "c3", "nobody"}, 4, ERROR_CHARACTER_NOT_OWNED},
        {"unowned and doubled", "T", {"l1", "l1", "c1", "c2"}, 4, ERROR_TEAM_MEMBER_REPEATED},
        {"no name", "", {"c1", "c2", "c3", "r1"}, 4, ERROR_TEAM_NAME_INVALID},
        {"spaces", "   ", {"c1", "c2", "c3", "r1"}, 4, ERROR_TEAM_NAME_INVALID},
        {"a line break", "a\nb", {"c1", "c2", "c3", "r1"}, 4, ERROR_TEAM_NAME_INVALID},
        {"41 bytes",
         "12345678901234567890123456789012345678901",
         {"c1", "c2", "c3", "r1"},
         4,
         ERROR_TEAM_NAME_INVALID},
    };
    struct world *world = *state;
    form(world, "One", four, 4);
    then_accepted(world);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world->label = cases[i].label;
        form(world, cases[i].name, cases[i].members, cases[i].count);
        then_rejected(world, cases[i].code);
        change(world, 1, cases[i].name, cases[i].members, cases[i].count);
        then_rejected(world, cases[i].code);
        change(world, 2, cases[i].name, cases[i].members, cases[i].count);
        then_rejected(world, ERROR_TEAM_UNKNOWN);
    }
    disband(world, 0);
    then_rejected(world, ERROR_TEAM_UNKNOWN);
    disband(world, 2);
    then_rejected(world, ERROR_TEAM_UNKNOWN);
}

static void test_twenty_and_no_number_twice(void **state)
{
    struct world *world = *state;
    for (uint32_t n = 1; n <= TEAMS_MAX; n++) {
        form(world, "T", four, 4);
        assert_int_equal(then_accepted(world)->team_formed.team, n);
    }
    form(world, "T", four, 4);
    then_rejected(world, ERROR_TEAMS_FULL);
    disband(world, TEAMS_MAX); /* the newest: its number must not come back */
    then_accepted(world);
    disband(world, 7);
    then_accepted(world);
    for (uint32_t n = TEAMS_MAX + 1; n <= TEAMS_MAX + 2; n++) {
        form(world, "T", other_four, 4);
        assert_int_equal(then_accepted(world)->team_formed.team, n);
    }
    form(world, "T", four, 4);
    then_rejected(world, ERROR_TEAMS_FULL);
    disband(world, 7);
    then_rejected(world, ERROR_TEAM_UNKNOWN);
    assert_non_null(player_team(&world->player.player, 8));
}

/* Forming and disbanding for years costs no memory. */
static void test_state_does_not_grow(void **state)
{
    struct world *world = *state;
    struct arena arena;
    struct state player;
    arena_init(&arena, 1024, 65536);
    state_init(&player, STREAM_PLAYER, &arena);
    struct event formed = {.type = EVENT_TEAM_FORMED,
                           .team_formed = {.name = slice_text("T"), .members = slugs(world, four, 4)}};
    struct event disbanded = {.type = EVENT_TEAM_DISBANDED};
    struct event renamed = {.type = EVENT_PLAYER_RENAMED,
                            .player_renamed = {.display_name = slice_text("Grace")}};
    size_t used = 0;
    for (uint32_t n = 1; n < 10000; n++) {
        formed.team_formed.team = disbanded.team_disbanded.team = n;
        assert_int_equal(state_evolve(&player, &formed), ERR_OK);
        assert_int_equal(state_evolve(&player, &disbanded), ERR_OK);
        assert_int_equal(state_evolve(&player, &renamed), ERR_OK);
        if (n == 1)
            used = arena.used_bytes;
    }
    assert_int_equal(arena.used_bytes, used);
    arena_release(&arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_life_of_a_team),
        TEST(test_refused),
        TEST(test_twenty_and_no_number_twice),
        TEST(test_state_does_not_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
