/* test_open_pack: who may open what, who pays what, what it draws, what stays in stock. */
#include "given.h"
#include "domain/draw.h"
#include <string.h>

static int set_up(void **state)
{
    static struct world world;
    world_init(&world);
    given_game(&world);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_release(*state);
    return 0;
}

static void open_pack(struct world *world, uint8_t count, enum payment payment)
{
    when(world, .type = COMMAND_OPEN_PACK,
         .open_pack = {.pack = slug_of("standard"), .count = count, .payment = payment});
}

/* What seed 1 draws for the_player from nonce 0, with pity: see test_draw. */
static const char *const first_draws[] = {"c1", "c1", "c3", "c1", "e1", "c2", "c1", "c2", "c2", "e1",
                                          "c2", "c1", "c1", "c2", "e1", "r2", "c2", "c3", "c2", "l1"};

static void test_single(void **state)
{
    struct world *world = *state;
    struct pull pull = {slug_of("c1"), RARITY_COMMON, 1};
    open_pack(world, 1, PAYMENT_CURRENCY);
    then(world, {.type = EVENT_PACK_OPENED,
                 .pack_opened = {.player = the_player(),
                                 .opening = 1,
                                 .pack = slug_of("standard"),
                                 .pack_version = 1,
                                 .payment = PAYMENT_CURRENCY,
                                 .cost_free = 100,
                                 .free = 900,
                                 .seed_number = 1,
                                 .first_nonce = 0,
                                 .pulls = {&pull, 1},
                                 .pity_group = slug_of("standard"),
                                 .pity = 1,
                                 .opened_at = NOW_MS}});
    pull.copies = 2;
    open_pack(world, 1, PAYMENT_ITEM);
    then(world, {.type = EVENT_PACK_OPENED,
                 .pack_opened = {.player = the_player(),
                                 .opening = 2,
                                 .pack = slug_of("standard"),
                                 .pack_version = 1,
                                 .payment = PAYMENT_ITEM,
                                 .free = 900,
                                 .item = slug_of("ticket"),
                                 .item_count = 1,
                                 .seed_number = 1,
                                 .first_nonce = 1,
                                 .pulls = {&pull, 1},
                                 .pity_group = slug_of("standard"),
                                 .pity = 2,
                                 .opened_at = NOW_MS}});
    assert_int_equal(player_copies(&world->player.player, slug_of("c1")), 2);
    assert_int_equal(world->player.player.next_nonce, 2);
}

static void test_ten(void **state)
{
    struct world *world = *state;
    static const uint32_t copies[] = {1, 2, 1, 3, 1, 1, 4, 2, 3, 2};
    open_pack(world, 10, PAYMENT_CURRENCY);
    const struct event_pack_opened *opened = &then_accepted(world)->pack_opened;
    assert_int_equal(world->decision.count, 1);
    assert_int_equal(opened->cost_free, 900);
    assert_int_equal(opened->free, 100);
    assert_int_equal(opened->pulls.count, 10);
    assert_int_equal(opened->pity, 0);
    for (uint32_t i = 0; i < 10; i++) {
        assert_string_equal(opened->pulls.items[i].character.text, first_draws[i]);
        assert_int_equal(opened->pulls.items[i].copies, copies[i]);
    }
    open_pack(world, 10, PAYMENT_CURRENCY);
    then_rejected(world, ERROR_WALLET_INSUFFICIENT);
    given_granted(world, GRANT_KIND_PAID_CURRENCY, "", 800);
    open_pack(world, 10, PAYMENT_CURRENCY);
    opened = &then_accepted(world)->pack_opened;
    assert_int_equal(opened->first_nonce, 10);
    for (uint32_t i = 0; i < 10; i++)
        assert_string_equal(opened->pulls.items[i].character.text, first_draws[10 + i]);
}

/* Ten at once draw what ten singles with the same nonces draw, pity and copies included. */
static void test_ten_is_ten_singles(void **state)
{
    struct world *at_once = *state, singles;
    world_init(&singles);
    given_game(&singles);
    given_granted(at_once, GRANT_KIND_PAID_CURRENCY, "", 1000000);
    given_granted(&singles, GRANT_KIND_PAID_CURRENCY, "", 1000000);
    for (int round = 0; round < 50; round++) {
        open_pack(at_once, 10, PAYMENT_CURRENCY);
        const struct event_pack_opened *ten = &then_accepted(at_once)->pack_opened;
        for (uint32_t i = 0; i < 10; i++) {
            open_pack(&singles, 1, PAYMENT_CURRENCY);
            const struct event_pack_opened *one = &then_accepted(&singles)->pack_opened;
            assert_int_equal(one->first_nonce, ten->first_nonce + i);
            assert_memory_equal(&one->pulls.items[0], &ten->pulls.items[i], sizeof(struct pull));
            if (i == 9)
                assert_int_equal(one->pity, ten->pity);
        }
    }
    world_release(&singles);
}

static void test_payment(void **state)
{
    static const struct {
        const char *label;
        uint64_t free, paid;
        uint8_t count;
        uint64_t cost_free, cost_paid;
        bool enough;
    } cases[] = {
        {"free alone", 100, 500, 1, 100, 0, true},
        {"free first", 99, 500, 1, 99, 1, true},
        {"paid alone", 0, 100, 1, 0, 100, true},
        {"one short", 50, 49, 1, 0, 0, false},
        {"nothing", 0, 0, 1, 0, 0, false},
        {"ten have a price of their own", 899, 1, 10, 899, 1, true},
        {"ten, one short", 899, 0, 10, 0, 0, false},
        {"full wallets", AMOUNT_MAX, AMOUNT_MAX, 10, 900, 0, true},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world->label = cases[i].label;
        world->player.player.free = cases[i].free;
        world->player.player.paid = cases[i].paid;
        open_pack(world, cases[i].count, PAYMENT_CURRENCY);
        if (!cases[i].enough) {
            then_rejected(world, ERROR_WALLET_INSUFFICIENT);
            continue;
        }
        const struct event_pack_opened *opened = &then_accepted(world)->pack_opened;
        assert_int_equal(opened->cost_free, cases[i].cost_free);
        assert_int_equal(opened->cost_paid, cases[i].cost_paid);
        assert_int_equal(opened->free, cases[i].free - cases[i].cost_free);
        assert_int_equal(opened->paid, cases[i].paid - cases[i].cost_paid);
        assert_int_equal(world->player.player.paid, opened->paid);
    }
    struct command_publish_pack dear = standard_pack();
    dear.price = dear.ten_price = AMOUNT_MAX; /* both wallets together, nothing wraps */
    given_published(world, &dear);
    world->player.player.free = 1;
    world->player.player.paid = AMOUNT_MAX - 1;
    open_pack(world, 10, PAYMENT_CURRENCY);
    then_accepted(world);
    assert_int_equal(world->player.player.free + world->player.player.paid, 0);
}

static void test_items(void **state)
{
    struct world *world = *state;
    open_pack(world, 10, PAYMENT_ITEM); /* has two */
    then_rejected(world, ERROR_ITEM_INSUFFICIENT);
    given_granted(world, GRANT_KIND_ITEM, "ticket", 8);
    open_pack(world, 10, PAYMENT_ITEM);
    const struct event_pack_opened *opened = &then_accepted(world)->pack_opened;
    assert_int_equal(opened->item_count, 0);
    assert_int_equal(opened->cost_free + opened->cost_paid, 0);
    assert_int_equal(opened->free, 1000);
    open_pack(world, 1, PAYMENT_ITEM);
    then_rejected(world, ERROR_ITEM_INSUFFICIENT);
    struct command_publish_pack pack = standard_pack();
    pack.item = slug_of("");
    given_published(world, &pack);
    given_granted(world, GRANT_KIND_ITEM, "ticket", 8);
    open_pack(world, 1, PAYMENT_ITEM);
    then_rejected(world, ERROR_PACK_NOT_OWNED_AS_ITEM);
}

static void test_refused(void **state)
{
    static const uint8_t counts[] = {0, 2, 5, 9, 11, 100, 255};
    struct world *world = *state;
    for (size_t i = 0; i < sizeof counts; i++) {
        open_pack(world, counts[i], PAYMENT_CURRENCY);
        then_rejected(world, ERROR_COUNT_INVALID);
    }
    when(world, .type = COMMAND_RETIRE_PACK, .retire_pack = {.pack = slug_of("standard")});
    then_accepted(world);
    open_pack(world, 1, PAYMENT_CURRENCY);
    then_rejected(world, ERROR_PACK_RETIRED);
    state_init(&world->pack, STREAM_PACK, &world->arena);
    open_pack(world, 1, PAYMENT_CURRENCY);
    then_rejected(world, ERROR_PACK_UNKNOWN);
}

static void test_limited_stock(void **state)
{
    struct world *world = *state;
    struct command_publish_pack pack = standard_pack();
    pack.limited = true;
    pack.stock = 12;
    given_published(world, &pack);
    given_granted(world, GRANT_KIND_PAID_CURRENCY, "", 100000);
    static const struct {
        uint8_t count;
        uint64_t remaining; /* UINT64_MAX: refused */
    } steps[] = {{10, 2}, {10, UINT64_MAX}, {1, 1}, {1, 0}, {1, UINT64_MAX}, {10, UINT64_MAX}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        open_pack(world, steps[i].count, PAYMENT_CURRENCY);
        if (steps[i].remaining == UINT64_MAX) {
            then_rejected(world, ERROR_STOCK_EXHAUSTED);
            continue;
        }
        then_accepted(world);
        assert_int_equal(world->decision.count, 2);
        struct event taken = {.type = EVENT_STOCK_TAKEN,
                              .stock_taken = {.pack = slug_of("standard"),
                                              .taken = steps[i].count,
                                              .remaining = steps[i].remaining}};
        assert_true(events_equal(&world->decision.events[1].event, &taken));
        assert_int_equal(stock_remaining(&world->stock.stock), steps[i].remaining);
    }
    open_pack(world, 1, PAYMENT_ITEM); /* owning the item is not owning a draw */
    then_rejected(world, ERROR_STOCK_EXHAUSTED);
}

/* The counter belongs to the group: another pack of it goes on where the first stopped. */
static void test_pity_across_packs(void **state)
{
    struct world *world = *state;
    struct rarity_weight rarities[] = {{RARITY_COMMON, 1000000}, {RARITY_LEGENDARY, 1}};
    struct pack_entry entries[] = {{slug_of("c1"), RARITY_COMMON, 1}, {slug_of("l1"), RARITY_LEGENDARY, 1}};
    struct command_publish_pack pack = standard_pack();
    pack.rarities = (struct rarity_weight_list){rarities, 2};
    pack.entries = (struct pack_entry_list){entries, 2};
    pack.hard_pity = 90;
    pack.pity_rarity = RARITY_LEGENDARY;
    given_published(world, &pack);
    given_granted(world, GRANT_KIND_PAID_CURRENCY, "", 1000000);
    uint32_t at[3], found = 0;
    for (uint32_t i = 1; i <= 270; i++) {
        if (i == 45) { /* published again in the middle: the promise stands */
            pack.price = 1;
            given_published(world, &pack);
        }
        open_pack(world, 1, PAYMENT_CURRENCY);
        const struct event_pack_opened *opened = &then_accepted(world)->pack_opened;
        if (opened->pulls.items[0].rarity == RARITY_LEGENDARY)
            at[found++] = i;
        assert_true(opened->pity < 90);
    }
    assert_int_equal(found, 3);
    assert_int_equal(at[0], 90);
    assert_int_equal(at[1], 180);
    assert_int_equal(at[2], 270);
    pack.pity_group = slug_of("other"); /* another group starts at its own counter */
    given_published(world, &pack);
    open_pack(world, 1, PAYMENT_CURRENCY);
    assert_int_equal(then_accepted(world)->pack_opened.pity, 1);
    assert_int_equal(player_pity(&world->player.player, slug_of("standard")), 0);
}

/* What a player does with a calculator: from rows, the events of the openings and the revealed seed alone. */
static void test_proof(void **state)
{
    struct world *world = *state;
    given_granted(world, GRANT_KIND_PAID_CURRENCY, "", 1000000);
    uint32_t first = world->history_count;
    for (int i = 0; i < 20; i++) {
        open_pack(world, i % 2 == 0 ? 10 : 1, PAYMENT_CURRENCY);
        then_accepted(world);
    }
    uint32_t end = world->history_count;
    when(world, .type = COMMAND_ROTATE_SEED, .rotate_seed = {.client_seed = slice_text("mine")});
    const struct event_seed_rotated *revealed = &then_accepted(world)->seed_rotated;
    struct hash promised = world_seed_hash(1);
    struct hash given_hash = sha256(slice_of(revealed->revealed_seed.bytes, 32));
    assert_memory_equal(&given_hash, &promised, sizeof promised);
    assert_int_equal(revealed->revealed_draws, 110);

    struct draw_table table = draw_table_of(&world->pack.pack.table);
    struct draw_seeds seeds;
    draw_seeds_init(&seeds, &revealed->revealed_seed, slice_text(PLAYER_TEXT));
    uint32_t pity = 0;
    uint64_t nonce = 0;
    for (uint32_t i = first; i < end; i++) {
        const struct event_pack_opened *opened = &world->history[i].pack_opened;
        assert_int_equal(opened->seed_number, revealed->revealed_number);
        for (uint32_t p = 0; p < opened->pulls.count; p++) {
            const struct pack_entry *again =
                draw_entry(&table, draw_pity_floor(5, RARITY_EPIC, pity), &seeds, nonce++);
            assert_true(slug_equal(again->character, opened->pulls.items[p].character));
            pity = draw_pity_after(pity, RARITY_EPIC, again->rarity);
        }
        assert_int_equal(opened->pity, pity);
    }
    open_pack(world, 1, PAYMENT_CURRENCY); /* from now on the next seed, and its own nonces */
    const struct event_pack_opened *opened = &then_accepted(world)->pack_opened;
    assert_int_equal(opened->seed_number, 2);
    assert_int_equal(opened->first_nonce, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_single), TEST(test_ten),     TEST(test_ten_is_ten_singles), TEST(test_payment),
        TEST(test_items),  TEST(test_refused), TEST(test_limited_stock),      TEST(test_pity_across_packs),
        TEST(test_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
