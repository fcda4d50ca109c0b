/* test_registration: begin_, finish_, undo_registration, refuse_enrolment. */
#include "given.h"
#include <string.h>

#define REGISTRATION_TEXT "0198c0de-0000-7000-8000-0000000000aa"

static struct uuid the_registration(void)
{
    struct uuid registration = {{0}};
    assert_true(uuid_parse(slice_text(REGISTRATION_TEXT), &registration));
    return registration;
}

static int set_up(void **state)
{
    static struct world world;
    world_init(&world);
    given_catalogue(&world);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_release(*state);
    return 0;
}

#define BEGIN                                                                                                \
    .type = COMMAND_BEGIN_REGISTRATION,                                                                      \
    .begin_registration = {.registration = the_registration(), .content = slice_text("0123456789abcdef")}
#define FINISH(name)                                                                                         \
    .type = COMMAND_FINISH_REGISTRATION, .finish_registration = {.player = the_player(),                     \
                                                                 .registration = the_registration(),         \
                                                                 .display_name = slice_text(name),           \
                                                                 .door = DOOR_REGISTERED}
#define UNDO(found)                                                                                          \
    .type = COMMAND_UNDO_REGISTRATION,                                                                       \
    .undo_registration = {.player = found, .registration = the_registration()}
#define REFUSE                                                                                               \
    .type = COMMAND_REFUSE_ENROLMENT,                                                                        \
    .refuse_enrolment = {.player = the_player(), .registration = the_registration()}
#define ENROL                                                                                                \
    .type = COMMAND_ENROL_PLAYER,                                                                            \
    .enrol_player = {.player = the_player(), .display_name = slice_text("Ada"), .door = DOOR_ENROLLED}
#define NOBODY ((struct uuid){{0}})
#define BEGUN                                                                                                \
    {                                                                                                        \
        .type = EVENT_REGISTRATION_BEGUN, .registration_begun = {                                            \
            .registration = the_registration(),                                                              \
            .begun_at = NOW_MS                                                                               \
        }                                                                                                    \
    }
#define FINISHED                                                                                             \
    {                                                                                                        \
        .type = EVENT_REGISTRATION_FINISHED, .registration_finished = {                                      \
            .registration = the_registration(),                                                              \
            .player = the_player(),                                                                          \
            .finished_at = NOW_MS                                                                            \
        }                                                                                                    \
    }
#define UNDONE                                                                                               \
    {                                                                                                        \
        .type = EVENT_REGISTRATION_UNDONE, .registration_undone = {                                          \
            .registration = the_registration(),                                                              \
            .undone_at = NOW_MS                                                                              \
        }                                                                                                    \
    }
#define REFUSED                                                                                              \
    {                                                                                                        \
        .type = EVENT_ENROLMENT_REFUSED, .enrolment_refused = {                                              \
            .player = the_player(),                                                                          \
            .registration = the_registration(),                                                              \
            .refused_at = NOW_MS                                                                             \
        }                                                                                                    \
    }

static void test_begin_and_finish(void **state)
{
    struct world *world = *state;
    when(world, BEGIN);
    then(world, BEGUN);
    when(world, FINISH("Ada"));
    then_accepted(world);
    assert_int_equal(world->decision.count, 2);
    assert_int_equal(world->decision.events[0].event.type, EVENT_PLAYER_REGISTERED);
    assert_int_equal(world->decision.events[0].event.player_registered.door, DOOR_REGISTERED);
    assert_int_equal(world->decision.events[0].event.player_registered.free, 1000);
    assert_int_equal(world->decision.events[1].event.type, EVENT_REGISTRATION_FINISHED);
    assert_int_equal(world->player.player.situation, PLAYER_ACTIVE);
    assert_int_equal(world->registration.registration.situation, REGISTRATION_FINISHED);
}

static void test_a_guest_comes_in_by_its_own_door(void **state)
{
    struct world *world = *state;
    given(world, BEGUN);
    when(world, .type = COMMAND_FINISH_REGISTRATION,
         .finish_registration = {the_player(), the_registration(), slice_text("Ada"), DOOR_GUEST});
    then_accepted(world);
    assert_int_equal(world->decision.events[0].event.player_registered.door, DOOR_GUEST);
}

/* It is the player's all the way: nothing changes but the registration. */
static void test_a_claim_says_whose_and_is_never_refused_to_a_player(void **state)
{
    struct world *world = *state;
    given(world, BEGUN);
    when(world, ENROL);
    then_accepted(world);
    world->registration = (struct state){.kind = STREAM_REGISTRATION, .arena = &world->arena};
    when(world, .type = COMMAND_BEGIN_REGISTRATION,
         .begin_registration = {the_registration(), slice_text("0123456789abcdef"), the_player()});
    then(world, {.type = EVENT_REGISTRATION_BEGUN,
                 .registration_begun = {the_registration(), NOW_MS, the_player()}});
    assert_true(uuid_equal(world->registration.registration.guest, the_player()));
    when(world, UNDO(the_player()));
    then_rejected(world, ERROR_PLAYER_EXISTS);
    when(world, FINISH(""));
    then(world, FINISHED);
}

static void test_finish_of_one_who_came_in_by_another_door(void **state)
{
    struct world *world = *state;
    given(world, BEGUN);
    when(world, ENROL);
    then_accepted(world);
    when(world, FINISH("Ada"));
    then(world, FINISHED);
}

static void test_finish_without_a_name_makes_no_player(void **state)
{
    struct world *world = *state;
    given(world, BEGUN);
    when(world, FINISH(""));
    then(world, FINISHED);
    assert_int_equal(world->player.player.situation, PLAYER_NONE);
    when(world, ENROL);
    then_accepted(world);
}

static void test_finish_refuses_names(void **state)
{
    struct world *world = *state;
    given(world, BEGUN);
    when(world, FINISH("A"));
    then_rejected(world, ERROR_DISPLAY_NAME_INVALID);
}

static void test_undo_closes_the_game_to_the_user(void **state)
{
    struct world *world = *state;
    given(world, BEGUN);
    when(world, REFUSE);
    then_rejected(world, ERROR_REGISTRATION_SETTLED);
    when(world, UNDO(the_player()));
    then(world, UNDONE);
    when(world, REFUSE);
    then(world, REFUSED);
    assert_int_equal(player_seed_number(&world->player), 1);
    when(world, ENROL);
    then_rejected(world, ERROR_REGISTRATION_UNDONE);
    when(world, FINISH("Ada"));
    then_rejected(world, ERROR_REGISTRATION_UNDONE);
    when(world, REFUSE);
    then_rejected(world, ERROR_PLAYER_INACTIVE);
    when(world, .type = COMMAND_RENAME_PLAYER, .rename_player = {slice_text("Bea")});
    then_rejected(world, ERROR_PLAYER_INACTIVE);
}

static void test_undo_spares_a_player(void **state)
{
    struct world *world = *state;
    given(world, BEGUN);
    when(world, ENROL);
    then_accepted(world);
    when(world, UNDO(the_player()));
    then_rejected(world, ERROR_PLAYER_EXISTS);
}

static void test_one_who_signed_in_behind_the_undoing_is_not_refused(void **state)
{
    struct world *world = *state;
    given(world, BEGUN, UNDONE);
    when(world, ENROL);
    then_accepted(world);
    when(world, REFUSE);
    then_rejected(world, ERROR_PLAYER_EXISTS);
}

/* Each command against each situation. */
static void test_situations(void **state)
{
    struct world *world = *state;
    when(world, FINISH("Ada"));
    then_rejected(world, ERROR_REGISTRATION_UNKNOWN);
    when(world, UNDO(NOBODY));
    then_rejected(world, ERROR_REGISTRATION_UNKNOWN);
    when(world, REFUSE);
    then_rejected(world, ERROR_REGISTRATION_UNKNOWN);
    given(world, BEGUN);
    when(world, BEGIN);
    then_rejected(world, ERROR_REGISTRATION_SETTLED);
    given(world, FINISHED);
    when(world, BEGIN);
    then_rejected(world, ERROR_REGISTRATION_SETTLED);
    when(world, FINISH("Ada"));
    then_rejected(world, ERROR_REGISTRATION_SETTLED);
    when(world, UNDO(NOBODY));
    then_rejected(world, ERROR_REGISTRATION_SETTLED);
    when(world, REFUSE);
    then_rejected(world, ERROR_REGISTRATION_SETTLED);
    given(world, UNDONE);
    when(world, UNDO(NOBODY));
    then_rejected(world, ERROR_REGISTRATION_UNDONE);
}

static void test_ids_are_derived_and_differ(void **state)
{
    struct uuid ids[] = {registration_finish_id(the_registration()), registration_keep_id(the_registration()),
                         registration_undo_id(the_registration()),
                         registration_refuse_id(the_registration())};
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        assert_true(uuid_is_derived(ids[i]));
        for (size_t k = 0; k < i; k++)
            assert_false(uuid_equal(ids[i], ids[k]));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_begin_and_finish),
        TEST(test_a_guest_comes_in_by_its_own_door),
        TEST(test_a_claim_says_whose_and_is_never_refused_to_a_player),
        TEST(test_finish_of_one_who_came_in_by_another_door),
        TEST(test_finish_without_a_name_makes_no_player),
        TEST(test_finish_refuses_names),
        TEST(test_undo_closes_the_game_to_the_user),
        TEST(test_undo_spares_a_player),
        TEST(test_one_who_signed_in_behind_the_undoing_is_not_refused),
        TEST(test_situations),
        TEST(test_ids_are_derived_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
