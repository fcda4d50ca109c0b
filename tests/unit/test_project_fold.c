/* fold: what rows fold to, each key once, the newest of it. Pure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "helper_wire.h"
#include "projection/fold.h"
#include "projection/rows.h"

static const struct uuid player = {{0x01, 0x8f, 7}};

static int setup(void **state)
{
    static struct arena arena;
    arena_init(&arena, 4096, 1u << 22);
    *state = &arena;
    return 0;
}

static int teardown(void **state)
{
    arena_release(*state);
    return 0;
}

static struct row wallet(uint8_t who, uint64_t position, uint64_t free)
{
    return (struct row){.view = VIEW_WALLET, .position = position, .wallet = {{{who}}, free, 0}};
}

static void the_newest_row_of_a_key_stays_in_the_first_place(void **state)
{
    struct fold fold;
    fold_init(&fold, *state);
    struct row rows[] = {wallet(1, 10, 100), wallet(2, 11, 200), wallet(1, 12, 300), wallet(2, 9, 400),
                         wallet(1, 12, 500)};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(fold_add(&fold, &rows[i]), ERR_OK);
    assert_int_equal(fold.count, 2);
    assert_int_equal(fold.rows[0].wallet.player.bytes[0], 1);
    assert_int_equal(fold.rows[0].wallet.free, 500); /* the same position again: the later one */
    assert_int_equal(fold.rows[1].position, 11);
    assert_int_equal(fold.rows[1].wallet.free, 200);
}

static void a_fold_that_starts_anew_has_nothing_and_as_much_room(void **state)
{
    struct fold fold;
    fold_init(&fold, *state);
    for (uint32_t i = 0; i < 200; i++) {
        struct row row = wallet((uint8_t)i, i + 1, i);
        assert_int_equal(fold_add(&fold, &row), ERR_OK);
    }
    arena_reset(*state);
    fold_restart(&fold);
    assert_int_equal(fold.count, 0);
    struct row again = wallet(7, 1, 70); /* older than the one it had */
    assert_int_equal(fold_add(&fold, &again), ERR_OK);
    assert_int_equal(fold.count, 1);
    assert_int_equal(fold.rows[0].wallet.free, 70);
    assert_in_range(fold.capacity, 200, 512);
}

static void a_tombstone_is_a_row_like_others(void **state)
{
    struct fold fold;
    fold_init(&fold, *state);
    struct row row = {.view = VIEW_TEAM, .position = 5, .team = {.player = player, .team = 1}};
    assert_int_equal(fold_add(&fold, &row), ERR_OK);
    row.position = 6;
    row.deleted = true;
    assert_int_equal(fold_add(&fold, &row), ERR_OK);
    assert_int_equal(fold.count, 1);
    assert_true(fold.rows[0].deleted);
}

static void views_with_equal_keys_are_different_rows(void **state)
{
    struct fold fold;
    fold_init(&fold, *state);
    struct row row = {.view = VIEW_PLAYER, .position = 5, .player = {.player = player}};
    assert_int_equal(fold_add(&fold, &row), ERR_OK);
    row = (struct row){.view = VIEW_WALLET, .position = 5, .wallet = {.player = player}};
    assert_int_equal(fold_add(&fold, &row), ERR_OK);
    assert_int_equal(fold.count, 2);
}

static void what_is_folded_is_a_copy(void **state)
{
    struct fold fold;
    fold_init(&fold, *state);
    char name[] = "Four";
    struct slug members[] = {{"a"}, {"b"}, {"c"}, {"d"}};
    struct row row = {.view = VIEW_TEAM, .position = 1, .team = {player, 1, slice_text(name), {members, 4}}};
    assert_int_equal(fold_add(&fold, &row), ERR_OK);
    memset(name, 'x', sizeof name - 1);
    memset(members, 'x', sizeof members);
    assert_true(slice_equal_text(fold.rows[0].team.name, "Four"));
    assert_string_equal(fold.rows[0].team.members.items[3].text, "d");
}

/* Against a plain model: many keys, many positions, in any order. */
static void folding_equals_a_model(void **state)
{
    enum { KEYS = 500 };
    struct wire_random random = {wire_random_seed()};
    uint64_t newest[KEYS] = {0}, value[KEYS] = {0};
    struct fold fold;
    fold_init(&fold, *state);
    for (int i = 0; i < 5000; i++) {
        uint32_t key = wire_random_below(&random, KEYS);
        struct row row = {.view = VIEW_WALLET, .position = 1 + wire_random_below(&random, 1000)};
        memcpy(row.wallet.player.bytes + 12, &key, sizeof key);
        row.wallet.free = wire_random_next(&random);
        assert_int_equal(fold_add(&fold, &row), ERR_OK);
        if (row.position >= newest[key]) {
            newest[key] = row.position;
            value[key] = row.wallet.free;
        }
    }
    for (uint32_t i = 0; i < fold.count; i++) {
        uint32_t key;
        memcpy(&key, fold.rows[i].wallet.player.bytes + 12, sizeof key);
        assert_int_equal(fold.rows[i].position, newest[key]);
        assert_int_equal(fold.rows[i].wallet.free, value[key]);
        newest[key] = 0;
    }
    for (int key = 0; key < KEYS; key++)
        assert_int_equal(newest[key], 0); /* each key was there once */
}

static void a_fold_without_memory_keeps_what_it_has(void **state)
{
    (void)state;
    struct arena small;
    arena_init(&small, 1024, 65536);
    struct fold fold;
    fold_init(&fold, &small);
    enum err err = ERR_OK;
    uint32_t added = 0;
    for (; err == ERR_OK && added < 10000; added++) {
        struct row row = {.view = VIEW_WALLET, .position = 1};
        memcpy(row.wallet.player.bytes, &added, sizeof added);
        err = fold_add(&fold, &row);
    }
    assert_int_equal(err, ERR_NOMEM);
    assert_int_equal(fold.count, added - 1);
    arena_release(&small);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_newest_row_of_a_key_stays_in_the_first_place),
        TEST(a_fold_that_starts_anew_has_nothing_and_as_much_room),
        TEST(a_tombstone_is_a_row_like_others),
        TEST(views_with_equal_keys_are_different_rows),
        TEST(what_is_folded_is_a_copy),
        TEST(folding_equals_a_model),
        TEST(a_fold_without_memory_keeps_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
