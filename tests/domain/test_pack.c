/* test_pack: publish_pack and retire_pack. Odds and draws are test_draw's. */
#include "given.h"
#include "domain/draw.h"
#include <stdio.h>
#include <string.h>

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

static void publish(struct world *world, const struct command_publish_pack *pack)
{
    when(world, .type = COMMAND_PUBLISH_PACK, .publish_pack = *pack);
}

/* What publishing `pack` tells, with the entries in the order of the event. */
static struct event published(const struct command_publish_pack *pack, uint32_t version,
                              struct pack_entry_list entries, struct slug_list dropped)
{
    return (struct event){.type = EVENT_PACK_PUBLISHED,
                          .pack_published = {.pack = pack->pack,
                                             .version = version,
                                             .name = pack->name,
                                             .price = pack->price,
                                             .ten_price = pack->ten_price,
                                             .rarities = pack->rarities,
                                             .entries = entries,
                                             .dropped = dropped,
                                             .pity_group = pack->pity_group,
                                             .hard_pity = pack->hard_pity,
                                             .pity_rarity = pack->pity_rarity,
                                             .item = pack->item,
                                             .limited = pack->limited,
                                             .published_at = NOW_MS}};
}

static void test_versions(void **state)
{
    struct world *world = *state;
    struct command_publish_pack pack = standard_pack();
    struct pack_entry in_order[] = {{slug_of("c1"), RARITY_COMMON, 3},   {slug_of("c2"), RARITY_COMMON, 2},
                                    {slug_of("c3"), RARITY_COMMON, 1},   {slug_of("r1"), RARITY_RARE, 2},
                                    {slug_of("r2"), RARITY_RARE, 1},     {slug_of("e1"), RARITY_EPIC, 1},
                                    {slug_of("l1"), RARITY_LEGENDARY, 1}};
    publish(world, &pack);
    then(world, published(&pack, 1, (struct pack_entry_list){in_order, 7}, (struct slug_list){0}));

    /* a smaller table: what is gone is named */
    static const char *const gone[] = {"c1", "c3", "e1", "l1"};
    struct rarity_weight rarities[] = {{RARITY_RARE, 1}, {RARITY_COMMON, 2}};
    struct rarity_weight rising[] = {{RARITY_COMMON, 2}, {RARITY_RARE, 1}};
    struct pack_entry entries[] = {
        {slug_of("r2"), RARITY_RARE, 9}, {slug_of("c2"), RARITY_COMMON, 8}, {slug_of("r1"), RARITY_RARE, 7}};
    struct pack_entry sorted[] = {
        {slug_of("c2"), RARITY_COMMON, 8}, {slug_of("r1"), RARITY_RARE, 7}, {slug_of("r2"), RARITY_RARE, 9}};
    struct command_publish_pack other = pack, expected;
    other.name = slice_text("Other");
    other.rarities = (struct rarity_weight_list){rarities, 2};
    other.entries = (struct pack_entry_list){entries, 3};
    other.pity_rarity = RARITY_RARE;
    other.item = slug_of("");
    expected = other;
    expected.rarities.items = rising;
    publish(world, &other);
    then(world, published(&expected, 2, (struct pack_entry_list){sorted, 3}, slugs(world, gone, 4)));
    assert_int_equal(world->pack.pack.table.version, 2);

    /* the first table again: it grows back, nothing is dropped */
    publish(world, &pack);
    then(world, published(&pack, 3, (struct pack_entry_list){in_order, 7}, (struct slug_list){0}));
}

static void test_stock_events(void **state)
{
    struct world *world = *state;
    struct command_publish_pack pack = standard_pack();
    publish(world, &pack); /* never limited: nothing to set */
    then_accepted(world);
    assert_int_equal(world->decision.count, 1);
    pack.limited = true;
    pack.stock = 50;
    publish(world, &pack);
    then_accepted(world);
    assert_int_equal(world->decision.count, 2);
    struct event set = {.type = EVENT_STOCK_SET,
                        .stock_set = {.pack = slug_of("standard"), .limited = true, .remaining = 50}};
    assert_true(events_equal(&world->decision.events[1].event, &set));
    assert_int_equal(stock_remaining(&world->stock.stock), 50);
    pack.limited = false; /* the limit is lifted, and stays lifted */
    for (int i = 0; i < 2; i++) {
        publish(world, &pack);
        then_accepted(world);
        assert_int_equal(world->decision.count, 2);
        set.stock_set.limited = false;
        set.stock_set.remaining = 0;
        assert_true(events_equal(&world->decision.events[1].event, &set));
        assert_int_equal(stock_remaining(&world->stock.stock), UINT64_MAX);
    }
}

static void test_amounts(void **state)
{
    static const struct {
        const char *label;
        uint64_t price, ten_price, stock;
        bool limited;
        enum error_code code;
    } cases[] = {
        {"least", 1, 1, 1, true, ERROR_NONE},
        {"most", AMOUNT_MAX, AMOUNT_MAX, AMOUNT_MAX, true, ERROR_NONE},
        {"stock of an unlimited pack is not read", 1, 1, UINT64_MAX, false, ERROR_NONE},
        {"free of charge", 0, 1, 1, true, ERROR_AMOUNT_INVALID},
        {"ten free of charge", 1, 0, 1, true, ERROR_AMOUNT_INVALID},
        {"price", AMOUNT_MAX + 1, 1, 1, true, ERROR_AMOUNT_INVALID},
        {"ten_price", 1, AMOUNT_MAX + 1, 1, true, ERROR_AMOUNT_INVALID},
        {"no stock", 1, 1, 0, true, ERROR_AMOUNT_INVALID},
        {"stock", 1, 1, AMOUNT_MAX + 1, true, ERROR_AMOUNT_INVALID},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command_publish_pack pack = standard_pack();
        world->label = cases[i].label;
        pack.price = cases[i].price;
        pack.ten_price = cases[i].ten_price;
        pack.stock = cases[i].stock;
        pack.limited = cases[i].limited;
        publish(world, &pack);
        if (cases[i].code == ERROR_NONE)
            then_accepted(world);
        else
            then_rejected(world, cases[i].code);
    }
}

static void test_tables_refused(void **state)
{
    static const struct {
        const char *label;
        struct rarity_weight rarities[4];
        struct {
            const char *character;
            enum rarity rarity;
            uint32_t weight;
        } entries[4];
        uint32_t hard_pity;
        enum rarity pity_rarity;
        enum error_code code;
    } cases[] = {
        {"one of each", {{1, 1}}, {{"c1", 1, 1}}, 0, 4, ERROR_NONE},
        {"largest weights", {{1, 1000000}}, {{"c1", 1, 1000000}}, 0, 4, ERROR_NONE},
        {"a promise that is kept", {{1, 1}, {3, 1}}, {{"c1", 1, 1}, {"e1", 3, 1}}, 10, 3, ERROR_NONE},
        {"a promise kept by better", {{1, 1}, {4, 1}}, {{"c1", 1, 1}, {"l1", 4, 1}}, 10, 3, ERROR_NONE},
        {"nothing", {{0}}, {{0}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"no entries", {{1, 1}}, {{0}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"no rarities", {{0}}, {{"c1", 1, 1}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"a rarity without entries", {{1, 1}, {2, 1}}, {{"c1", 1, 1}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"an entry without rarity", {{1, 1}}, {{"c1", 1, 1}, {"r1", 2, 1}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"a rarity twice", {{1, 1}, {1, 1}}, {{"c1", 1, 1}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"a character twice", {{1, 1}}, {{"c1", 1, 1}, {"c1", 1, 1}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"rarity weight 0", {{1, 0}}, {{"c1", 1, 1}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"rarity weight over", {{1, 1000001}}, {{"c1", 1, 1}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"entry weight 0", {{1, 1}}, {{"c1", 1, 0}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"entry weight over", {{1, 1}}, {{"c1", 1, UINT32_MAX}}, 0, 1, ERROR_PACK_TABLE_INVALID},
        {"an empty promise", {{1, 1}, {2, 1}}, {{"c1", 1, 1}, {"r1", 2, 1}}, 10, 3, ERROR_PACK_TABLE_INVALID},
        {"unknown character", {{1, 1}}, {{"c9", 1, 1}}, 0, 1, ERROR_CHARACTER_UNKNOWN},
        {"of another rarity", {{2, 1}}, {{"c1", 2, 1}}, 0, 1, ERROR_CHARACTER_UNKNOWN},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command_publish_pack pack = standard_pack();
        struct rarity_weight rarities[4];
        struct pack_entry entries[4];
        world->label = cases[i].label;
        memcpy(rarities, cases[i].rarities, sizeof rarities);
        pack.rarities = (struct rarity_weight_list){rarities, 0};
        pack.entries = (struct pack_entry_list){entries, 0};
        while (pack.rarities.count < 4 && rarities[pack.rarities.count].rarity != 0)
            pack.rarities.count++;
        for (; pack.entries.count < 4 && cases[i].entries[pack.entries.count].character != NULL;
             pack.entries.count++)
            entries[pack.entries.count] = (struct pack_entry){
                slug_of(cases[i].entries[pack.entries.count].character),
                cases[i].entries[pack.entries.count].rarity, cases[i].entries[pack.entries.count].weight};
        pack.hard_pity = cases[i].hard_pity;
        pack.pity_rarity = cases[i].pity_rarity;
        publish(world, &pack);
        if (cases[i].code == ERROR_NONE)
            then_accepted(world);
        else
            then_rejected(world, cases[i].code);
    }
    struct command_publish_pack pack = standard_pack();
    pack.item = slug_of("sword");
    publish(world, &pack);
    then_rejected(world, ERROR_ITEM_UNKNOWN);
}

/* The largest table: 256 characters, in the worst order, comes out sorted and with exact odds. */
static void test_largest_table(void **state)
{
    struct world *world = *state;
    struct rarity_weight rarities[] = {{4, 1000000}, {3, 999999}, {2, 999998}, {1, 999997}};
    struct pack_entry entries[256];
    char text[32];
    for (uint32_t i = 0; i < 256; i++) {
        snprintf(text, sizeof text, "x%03u", 255 - i);
        entries[i] = (struct pack_entry){slug_of(text), (enum rarity)(4 - i / 64), 1000000 - i};
        given(world, {.type = EVENT_CHARACTER_PUBLISHED,
                      .character_published = {.character = slug_of(text), .rarity = entries[i].rarity}});
    }
    struct command_publish_pack pack = standard_pack();
    pack.rarities = (struct rarity_weight_list){rarities, 4};
    pack.entries = (struct pack_entry_list){entries, 256};
    publish(world, &pack);
    const struct event_pack_published *event = &then_accepted(world)->pack_published;
    for (uint32_t i = 0; i < 256; i++) {
        uint64_t numerator, denominator;
        snprintf(text, sizeof text, "x%03u", i);
        assert_string_equal(event->entries.items[i].character.text, text);
        assert_true(pack_odds(event, i, &numerator, &denominator));
        assert_true(numerator > 0 && numerator < denominator);
    }
    assert_false(pack_odds(event, 256, &(uint64_t){0}, &(uint64_t){0}));
    assert_int_equal(event->rarities.items[0].rarity, RARITY_COMMON);
    assert_int_equal(event->rarities.items[3].rarity, RARITY_LEGENDARY);
}

static void test_retire(void **state)
{
    struct world *world = *state;
    struct command_publish_pack pack = standard_pack();
    struct command_retire_pack retire = {.pack = slug_of("standard")};
    when(world, .type = COMMAND_RETIRE_PACK, .retire_pack = retire);
    then_rejected(world, ERROR_PACK_UNKNOWN);
    given_published(world, &pack);
    world->context.now_ms += 5;
    when(world, .type = COMMAND_RETIRE_PACK, .retire_pack = retire);
    then(world, {.type = EVENT_PACK_RETIRED,
                 .pack_retired = {.pack = slug_of("standard"),
                                  .retired_at = NOW_MS + 5,
                                  .version = 1,
                                  .name = pack.name,
                                  .price = pack.price,
                                  .ten_price = pack.ten_price,
                                  .pity_group = pack.pity_group,
                                  .hard_pity = pack.hard_pity,
                                  .pity_rarity = pack.pity_rarity,
                                  .item = pack.item,
                                  .limited = pack.limited}});
    when(world, .type = COMMAND_RETIRE_PACK, .retire_pack = retire);
    then_rejected(world, ERROR_PACK_RETIRED);
    given_published(world, &pack); /* back on sale, as the next version */
    assert_int_equal(world->pack.pack.situation, PACK_ON_SALE);
    assert_int_equal(world->pack.pack.table.version, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_versions),       TEST(test_stock_events),  TEST(test_amounts),
        TEST(test_tables_refused), TEST(test_largest_table), TEST(test_retire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
