/* test_catalogue: publish_character, publish_item, set_starting_balance. */
#include "given.h"
#include <stdio.h>

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

static void publish(struct world *world, const char *character, const char *name, enum rarity rarity)
{
    when(world, .type = COMMAND_PUBLISH_CHARACTER,
         .publish_character = {.character = slug_of(character),
                               .name = slice_text(name),
                               .rarity = rarity,
                               .description = slice_text("Who.")});
}

static void test_character(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"Mira", "Mira the Bold"};
    for (int i = 0; i < 2; i++) { /* again: other texts, same character */
        publish(world, "mira", names[i], RARITY_RARE);
        then(world, {.type = EVENT_CHARACTER_PUBLISHED,
                     .character_published = {.character = slug_of("mira"),
                                             .name = slice_text(names[i]),
                                             .rarity = RARITY_RARE,
                                             .description = slice_text("Who.")}});
        assert_int_equal(world->catalogue.catalogue.characters.count, 1);
    }
    publish(world, "mira", "Mira", RARITY_EPIC);
    then_rejected(world, ERROR_RARITY_CHANGED);
    assert_int_equal(catalogue_character(&world->catalogue.catalogue, slug_of("mira"))->rarity, RARITY_RARE);
}

static void test_item(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 2; i++) {
        when(world, .type = COMMAND_PUBLISH_ITEM,
             .publish_item = {.item = slug_of("ticket"), .name = slice_text("Ticket")});
        then(world, {.type = EVENT_ITEM_PUBLISHED,
                     .item_published = {.item = slug_of("ticket"), .name = slice_text("Ticket")}});
        assert_int_equal(world->catalogue.catalogue.items.count, 1);
    }
}

static void test_bounds(void **state)
{
    struct world *world = *state;
    char text[32];
    for (uint32_t i = 0; i < CATALOGUE_CHARACTERS_MAX; i++) {
        snprintf(text, sizeof text, "c%u", i * 7919 % CATALOGUE_CHARACTERS_MAX); /* not in key order */
        publish(world, text, "C", RARITY_COMMON);
        then_accepted(world);
    }
    assert_int_equal(world->catalogue.catalogue.characters.count, CATALOGUE_CHARACTERS_MAX);
    publish(world, "one-more", "C", RARITY_COMMON);
    then_rejected(world, ERROR_CATALOGUE_FULL);
    publish(world, "c7", "still changes", RARITY_COMMON);
    then_accepted(world);
    publish(world, "c7", "C", RARITY_RARE);
    then_rejected(world, ERROR_RARITY_CHANGED);
    for (uint32_t i = 0; i < CATALOGUE_ITEMS_MAX; i++) {
        snprintf(text, sizeof text, "i%u", CATALOGUE_ITEMS_MAX - i);
        when(world, .type = COMMAND_PUBLISH_ITEM, .publish_item = {.item = slug_of(text)});
        then_accepted(world);
    }
    when(world, .type = COMMAND_PUBLISH_ITEM, .publish_item = {.item = slug_of("one-more")});
    then_rejected(world, ERROR_CATALOGUE_FULL);
    when(world, .type = COMMAND_PUBLISH_ITEM, .publish_item = {.item = slug_of("i1")});
    then_accepted(world);
    const struct catalogue_character *characters = world->catalogue.catalogue.characters.items;
    for (uint32_t i = 1; i < CATALOGUE_CHARACTERS_MAX; i++)
        assert_true(slug_compare(characters[i - 1].character, characters[i].character) < 0);
}

static void test_starting_balance(void **state)
{
    static const struct {
        const char *label;
        uint64_t free;
        const char *item;
        uint32_t item_count;
        enum error_code code;
    } cases[] = {
        {"both", 1600, "ticket", 1, ERROR_NONE},
        {"currency only", AMOUNT_MAX, "", 0, ERROR_NONE},
        {"nothing", 0, "", 0, ERROR_NONE},
        {"too much", AMOUNT_MAX + 1, "", 0, ERROR_AMOUNT_INVALID},
        {"unknown item", 1, "sword", 1, ERROR_ITEM_UNKNOWN},
        {"none of an item", 1, "ticket", 0, ERROR_AMOUNT_INVALID},
        {"some of no item", 1, "", 3, ERROR_AMOUNT_INVALID},
    };
    struct world *world = *state;
    given(world, {.type = EVENT_ITEM_PUBLISHED, .item_published = {.item = slug_of("ticket")}});
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world->label = cases[i].label;
        when(world, .type = COMMAND_SET_STARTING_BALANCE,
             .set_starting_balance = {
                 .free = cases[i].free, .item = slug_of(cases[i].item), .item_count = cases[i].item_count});
        if (cases[i].code != ERROR_NONE) {
            then_rejected(world, cases[i].code);
            continue;
        }
        then(world,
             {.type = EVENT_STARTING_BALANCE_SET,
              .starting_balance_set = {
                  .free = cases[i].free, .item = slug_of(cases[i].item), .item_count = cases[i].item_count}});
        assert_int_equal(world->catalogue.catalogue.free, cases[i].free);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_character),
        TEST(test_item),
        TEST(test_bounds),
        TEST(test_starting_balance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
