/* test_player: enrol_player, rename_player, rotate_seed, grant. */
#include "given.h"
#include <string.h>

static int set_up(void **state)
{
    static struct world world;
    world_init(&world);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_release(*state);
    return 0;
}

#define ENROL(name)                                                                                          \
    .type = COMMAND_ENROL_PLAYER,                                                                            \
    .enrol_player = {.player = the_player(), .display_name = slice_text(name), .door = DOOR_ENROLLED}

static void test_enrol(void **state)
{
    struct world *world = *state;
    given_catalogue(world);
    assert_int_equal(player_seed_number(&world->player), 1);
    when(world, ENROL("Ada"));
    then(world, {.type = EVENT_PLAYER_REGISTERED,
                 .player_registered = {.player = the_player(),
                                       .display_name = slice_text("Ada"),
                                       .door = DOOR_ENROLLED,
                                       .registered_at = NOW_MS,
                                       .free = 1000,
                                       .item = slug_of("ticket"),
                                       .item_count = 2,
                                       .seed_number = 1,
                                       .seed_hash = world_seed_hash(1),
                                       .next_seed_hash = world_seed_hash(2),
                                       .client_seed = slice_text(PLAYER_TEXT)}});
    const struct player_state *player = &world->player.player;
    assert_int_equal(player->situation, PLAYER_ACTIVE);
    assert_int_equal(player->free, 1000);
    assert_int_equal(player_item_count(player, slug_of("ticket")), 2);
    assert_int_equal(player_seed_number(&world->player), 1);

    when(world, ENROL("Ada"));
    then_rejected(world, ERROR_PLAYER_EXISTS);
}

static void test_enrol_into_an_empty_game(void **state)
{
    struct world *world = *state;
    when(world, ENROL("Ada"));
    const struct event *event = then_accepted(world);
    assert_int_equal(event->player_registered.free, 0);
    assert_true(slug_is_none(event->player_registered.item));
    assert_int_equal(world->player.player.items.count, 0);
}

static void test_enrol_refuses_names(void **state)
{
    static const char *const names[] = {"",
                                        "A",
                                        " Ada",
                                        "Ada ",
                                        "A  da",
                                        "Ada\n",
                                        "a@b.c",
                                        "Ada\xe2\x80\xae",
                                        "12345678901234567890123456789012345678901"};
    struct world *world = *state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        world->label = names[i];
        when(world, ENROL(names[i]));
        then_rejected(world, ERROR_DISPLAY_NAME_INVALID);
    }
}

static void test_rename(void **state)
{
    struct world *world = *state;
    given_player(world);
    world->context.now_ms += 1000;
    when(world, .type = COMMAND_RENAME_PLAYER, .rename_player = {.display_name = slice_text("Grace")});
    then(world, {.type = EVENT_PLAYER_RENAMED,
                 .player_renamed = {.player = the_player(),
                                    .display_name = slice_text("Grace"),
                                    .status = PLAYER_STATUS_ACTIVE,
                                    .registered_at = NOW_MS}});
    assert_true(slice_equal_text(short_text_slice(&world->player.player.display_name), "Grace"));
    when(world, .type = COMMAND_RENAME_PLAYER, .rename_player = {.display_name = slice_text("Grace ")});
    then_rejected(world, ERROR_DISPLAY_NAME_INVALID);
}

static void test_rotate_seed(void **state)
{
    struct world *world = *state;
    given_game(world);
    when(world, .type = COMMAND_OPEN_PACK,
         .open_pack = {.pack = slug_of("standard"), .count = 10, .payment = PAYMENT_CURRENCY});
    then_accepted(world);
    for (uint32_t n = 1; n <= 3;
         n++) { /* the next hash of one rotation is the hash in use of the one after it */
        when(world, .type = COMMAND_ROTATE_SEED, .rotate_seed = {.client_seed = slice_text("my dice")});
        then(world, {.type = EVENT_SEED_ROTATED,
                     .seed_rotated = {.player = the_player(),
                                      .revealed_number = n,
                                      .revealed_seed = world_seed(n),
                                      .revealed_draws = n == 1 ? 10 : 0,
                                      .seed_number = n + 1,
                                      .seed_hash = world_seed_hash(n + 1),
                                      .next_seed_hash = world_seed_hash(n + 2),
                                      .client_seed = slice_text("my dice")}});
        assert_int_equal(world->player.player.next_nonce, 0);
        assert_int_equal(player_seed_number(&world->player), n + 1);
    }
    static const char *const wrong[] = {"", "a:b", "tab\t", "\xc3\xa9",
                                        "12345678901234567890123456789012345678901234567890123456789012345"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        world->label = wrong[i];
        when(world, .type = COMMAND_ROTATE_SEED, .rotate_seed = {.client_seed = slice_text(wrong[i])});
        then_rejected(world, ERROR_CLIENT_SEED_INVALID);
    }
}

/* Another master key: neither a draw nor a reveal that the stream's hashes would disown. */
static void test_foreign_seeds(void **state)
{
    struct world *world = *state;
    given_game(world);
    world->foreign_seeds = true;
    for (uint32_t wrong = 0; wrong < 2; wrong++) {
        for (uint32_t i = 0; i < 3; i++)
            world->context.seeds[i] = world_seed(i + 1);
        world->context.seeds[wrong] = world_seed(9);
        when(world, .type = COMMAND_ROTATE_SEED, .rotate_seed = {.client_seed = slice_text("x")});
        then_failed(world, ERR_INTEGRITY);
    }
    world->context.seeds[0] = world_seed(2);
    when(world, .type = COMMAND_OPEN_PACK,
         .open_pack = {.pack = slug_of("standard"), .count = 1, .payment = PAYMENT_CURRENCY});
    then_failed(world, ERR_INTEGRITY);
}

#define GRANT(...)                                                                                           \
    .type = COMMAND_GRANT, .grant = {.player = the_player(),                                                 \
                                     .external_id = slice_text("order 7"),                                   \
                                     .reason = slice_text("sorry"),                                          \
                                     __VA_ARGS__}
#define GRANTED(...)                                                                                         \
    {                                                                                                        \
        .type = EVENT_GRANTED, .granted = {                                                                  \
            .player = the_player(),                                                                          \
            .external_id = slice_text("order 7"),                                                            \
            .reason = slice_text("sorry"),                                                                   \
            .granted_at = NOW_MS,                                                                            \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }

static void test_grant(void **state)
{
    struct world *world = *state;
    given_player(world);
    when(world, GRANT(.kind = GRANT_KIND_FREE_CURRENCY, .amount = 5));
    then(world, GRANTED(.kind = GRANT_KIND_FREE_CURRENCY, .amount = 5, .free = 1005));
    when(world, GRANT(.kind = GRANT_KIND_PAID_CURRENCY, .amount = 7));
    then(world, GRANTED(.kind = GRANT_KIND_PAID_CURRENCY, .amount = 7, .free = 1005, .paid = 7));
    when(world, GRANT(.kind = GRANT_KIND_ITEM, .item = slug_of("ticket"), .amount = 3));
    then(world, GRANTED(.kind = GRANT_KIND_ITEM, .item = slug_of("ticket"), .amount = 3, .free = 1005,
                        .paid = 7, .item_count = 5));
    when(world, GRANT(.kind = GRANT_KIND_ITEM, .item = slug_of("shard"), .amount = 1));
    then(world, GRANTED(.kind = GRANT_KIND_ITEM, .item = slug_of("shard"), .amount = 1, .free = 1005,
                        .paid = 7, .item_count = 1));
    /* an item beside a currency is not an item given */
    when(world, GRANT(.kind = GRANT_KIND_FREE_CURRENCY, .item = slug_of("ticket"), .amount = 1));
    then(world, GRANTED(.kind = GRANT_KIND_FREE_CURRENCY, .amount = 1, .free = 1006, .paid = 7));
    assert_int_equal(player_item_count(&world->player.player, slug_of("ticket")), 5);
}

static void test_grant_refused(void **state)
{
    static const struct {
        const char *label;
        enum grant_kind kind;
        const char *item;
        uint64_t amount;
        enum error_code code;
    } cases[] = {
        {"nothing", GRANT_KIND_FREE_CURRENCY, "", 0, ERROR_AMOUNT_INVALID},
        {"over the bound", GRANT_KIND_PAID_CURRENCY, "", AMOUNT_MAX + 1, ERROR_AMOUNT_INVALID},
        {"64 bits", GRANT_KIND_PAID_CURRENCY, "", UINT64_MAX, ERROR_AMOUNT_INVALID},
        {"a balance over the bound", GRANT_KIND_FREE_CURRENCY, "", AMOUNT_MAX - 999, ERROR_AMOUNT_INVALID},
        {"no items", GRANT_KIND_ITEM, "ticket", 0, ERROR_AMOUNT_INVALID},
        {"items over the bound", GRANT_KIND_ITEM, "ticket", UINT32_MAX - 1, ERROR_AMOUNT_INVALID},
        {"items that wrap", GRANT_KIND_ITEM, "ticket", (uint64_t)UINT32_MAX + 1, ERROR_AMOUNT_INVALID},
        {"an unknown item", GRANT_KIND_ITEM, "sword", 1, ERROR_ITEM_UNKNOWN},
        {"no item", GRANT_KIND_ITEM, "", 1, ERROR_ITEM_UNKNOWN},
    };
    struct world *world = *state;
    given_player(world);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world->label = cases[i].label;
        when(world, GRANT(.kind = cases[i].kind, .item = slug_of(cases[i].item), .amount = cases[i].amount));
        then_rejected(world, cases[i].code);
    }
    given_granted(world, GRANT_KIND_FREE_CURRENCY, "", AMOUNT_MAX - 1000); /* exactly up to the bounds */
    given_granted(world, GRANT_KIND_PAID_CURRENCY, "", AMOUNT_MAX);
    given_granted(world, GRANT_KIND_ITEM, "ticket", UINT32_MAX - 2);
    assert_int_equal(world->player.player.free, AMOUNT_MAX);
    assert_int_equal(player_item_count(&world->player.player, slug_of("ticket")), UINT32_MAX);
}

/* Every command on a player who is not there, or not active. */
static void test_inactive_players(void **state)
{
    const struct command commands[] = {
        {.type = COMMAND_OPEN_PACK,
         .open_pack = {.pack = slug_of("standard"), .count = 1, .payment = PAYMENT_CURRENCY}},
        {.type = COMMAND_FORM_TEAM},
        {.type = COMMAND_CHANGE_TEAM},
        {.type = COMMAND_DISBAND_TEAM},
        {.type = COMMAND_RENAME_PLAYER, .rename_player = {.display_name = slice_text("Grace")}},
        {.type = COMMAND_ROTATE_SEED, .rotate_seed = {.client_seed = slice_text("x")}},
        {GRANT(.kind = GRANT_KIND_FREE_CURRENCY, .amount = 5)},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        world->player.player.situation = PLAYER_NONE;
        when_command(world, &commands[i]);
        then_rejected(world, ERROR_PLAYER_UNKNOWN);
        world->player.player.situation = PLAYER_DEACTIVATED;
        when_command(world, &commands[i]);
        then_rejected(world, ERROR_PLAYER_INACTIVE);
        world->player.player.situation = PLAYER_ERASED;
        when_command(world, &commands[i]);
        then_rejected(world, ERROR_PLAYER_INACTIVE);
    }
    when(world, ENROL("Ada")); /* erased is not "never was" */
    then_rejected(world, ERROR_PLAYER_INACTIVE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_enrol),
        TEST(test_enrol_into_an_empty_game),
        TEST(test_enrol_refuses_names),
        TEST(test_rename),
        TEST(test_rotate_seed),
        TEST(test_foreign_seeds),
        TEST(test_grant),
        TEST(test_grant_refused),
        TEST(test_inactive_players),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
