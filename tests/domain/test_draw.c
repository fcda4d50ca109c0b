/* test_draw: the draw and its odds, by counting every value, never by sampling.
 *
 * What is uniform is the HMAC's business (its vectors are base's test). Here: which values are taken, what
 * each value stands for, that odds count exactly these values, and that a draw is what its published recipe
 * says - checked with OpenSSL's HMAC and 128-bit arithmetic, and against draws computed by a few lines of
 * another language. */
#include "given.h"
#include "base/check.h"
#include "domain/draw.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned __int128 wide;

static struct draw_table table_of(const struct command_publish_pack *pack)
{
    return (struct draw_table){pack->rarities.items, pack->rarities.count, pack->entries.items,
                               pack->entries.count};
}

/* Every value of both steps leads somewhere, and each entry gets as many pairs of values as its odds say. */
static void count_all(const struct draw_table *table)
{
    uint64_t rarity_total = draw_rarity_total(table, RARITY_COMMON);
    uint64_t ways[256] = {0}, rarity_ways[8] = {0};
    for (uint64_t value = 0; value < rarity_total; value++)
        rarity_ways[draw_rarity_at(table, RARITY_COMMON, value) - table->rarities]++;
    for (uint32_t r = 0; r < table->rarity_count; r++) {
        enum rarity rarity = table->rarities[r].rarity;
        assert_int_equal(rarity_ways[r], table->rarities[r].weight);
        uint64_t entry_total = draw_entry_total(table, rarity);
        for (uint64_t value = 0; value < entry_total; value++) {
            const struct pack_entry *entry = draw_entry_at(table, rarity, value);
            assert_int_equal(entry->rarity, rarity);
            ways[entry - table->entries]++;
        }
    }
    for (uint32_t e = 0; e < table->entry_count; e++) {
        const struct pack_entry *entry = &table->entries[e];
        uint64_t numerator, denominator, of_rarity = 0;
        assert_int_equal(ways[e], entry->weight);
        assert_true(draw_odds(table, e, &numerator, &denominator));
        for (uint32_t r = 0; r < table->rarity_count; r++)
            if (table->rarities[r].rarity == entry->rarity)
                of_rarity = rarity_ways[r];
        wide pairs = (wide)of_rarity * ways[e];
        wide all = (wide)rarity_total * draw_entry_total(table, entry->rarity);
        assert_true(pairs * denominator == all * numerator);
    }
}

static wide common_divisor(wide a, wide b)
{
    while (b != 0) {
        wide rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Entries stand by rarity, so the running sum's denominator stays small. */
static void odds_sum_to_one(const struct draw_table *table)
{
    wide sum = 0, of = 1;
    for (uint32_t e = 0; e < table->entry_count; e++) {
        uint64_t numerator, denominator;
        assert_true(draw_odds(table, e, &numerator, &denominator));
        assert_true(common_divisor(numerator, denominator) == 1);
        wide common = common_divisor(of, denominator);
        sum = sum * (denominator / common) + (wide)numerator * (of / common);
        of = of / common * denominator;
        wide divisor = common_divisor(sum, of);
        sum /= divisor;
        of /= divisor;
    }
    assert_true(sum == 1 && of == 1);
}

static void test_odds_small(void **unused)
{
    (void)unused;
    struct command_publish_pack pack = standard_pack();
    struct draw_table table = table_of(&pack);
    struct pack_entry entries[4] = {{slug_of("a"), RARITY_COMMON, 1},
                                    {slug_of("b"), RARITY_COMMON, 1},
                                    {slug_of("c"), RARITY_EPIC, 1},
                                    {slug_of("d"), RARITY_EPIC, 1}};
    struct rarity_weight rarities[2] = {{RARITY_COMMON, 1}, {RARITY_EPIC, 1}};
    struct draw_table small = {rarities, 2, entries, 4};
    count_all(&table);
    for (uint32_t i = 0; i < 7 * 7 * 7 * 7; i++) { /* every table with weights 1 to 7 */
        entries[0].weight = 1 + i % 7;
        entries[1].weight = 1 + i / 7 % 7;
        rarities[0].weight = 1 + i / 49 % 7;
        rarities[1].weight = 1 + i / 343 % 7;
        count_all(&small);
        odds_sum_to_one(&small);
    }
    uint64_t numerator = 77, denominator = 77;
    assert_false(draw_odds(&small, 4, &numerator, &denominator));
    assert_int_equal(numerator, 77);
}

static void test_odds_of_largest_weights(void **unused)
{
    (void)unused;
    struct pack_entry entries[256];
    struct rarity_weight rarities[4];
    struct draw_table table = {rarities, 4, entries, 256};
    for (uint32_t r = 0; r < 4; r++)
        rarities[r] = (struct rarity_weight){(enum rarity)(r + 1), r == 3 ? 1 : DRAW_WEIGHT_MAX - r};
    for (uint32_t e = 0; e < 256; e++) {
        char text[32];
        snprintf(text, sizeof text, "c%03u", e);
        entries[e] =
            (struct pack_entry){slug_of(text), (enum rarity)(e / 64 + 1), DRAW_WEIGHT_MAX - e * (e % 5)};
    }
    odds_sum_to_one(&table);
    for (uint32_t r = 0; r < 4; r++) { /* each boundary between two entries, from both sides */
        uint64_t start = 0;
        for (uint32_t e = r * 64; e < r * 64 + 64; e++) {
            assert_ptr_equal(draw_entry_at(&table, rarities[r].rarity, start), &entries[e]);
            start += entries[e].weight;
            assert_ptr_equal(draw_entry_at(&table, rarities[r].rarity, start - 1), &entries[e]);
        }
        assert_int_equal(start, draw_entry_total(&table, rarities[r].rarity));
    }
    table.entry_count = 4; /* and every single value of a table with the largest weights */
    for (uint32_t e = 0; e < 4; e++)
        entries[e].rarity = (enum rarity)(e + 1), entries[e].weight = DRAW_WEIGHT_MAX;
    count_all(&table);
}

static void test_floor(void **unused)
{
    (void)unused;
    struct command_publish_pack pack = standard_pack();
    struct draw_table table = table_of(&pack);
    static const uint64_t totals[] = {100, 100, 20, 5, 1};
    for (int floor = RARITY_COMMON; floor <= RARITY_LEGENDARY; floor++) {
        uint64_t ways[5] = {0};
        assert_int_equal(draw_rarity_total(&table, (enum rarity)floor), totals[floor]);
        for (uint64_t value = 0; value < totals[floor]; value++)
            ways[draw_rarity_at(&table, (enum rarity)floor, value)->rarity]++;
        for (uint32_t r = 0; r < 4; r++) /* above the floor the proportions stay */
            assert_int_equal(ways[r + 1], (int)r + 1 >= floor ? pack.rarities.items[r].weight : 0);
    }
}

static void test_rejection_limit(void **unused)
{
    (void)unused;
    static const uint64_t totals[] = {
        1,         2,       3,         5,         7,          10,         100,        1000000,
        1u << 20,  8000000, 255999999, 256000000, 4294967295, 4294967296, 1ull << 63, (1ull << 63) + 1,
        UINT64_MAX};
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        wide limit = ((wide)1 << 64) / totals[i] * totals[i];
        assert_true(draw_accepts(0, totals[i]));
        assert_true(draw_accepts((uint64_t)(limit - 1), totals[i]));
        if (limit <= UINT64_MAX) {
            assert_false(draw_accepts((uint64_t)limit, totals[i]));
            assert_false(draw_accepts(UINT64_MAX, totals[i]));
        }
    }
    for (uint64_t total = 1; total < 100000; total++) {
        wide limit = ((wide)1 << 64) / total * total;
        assert_true(draw_accepts((uint64_t)(limit - 1), total));
        assert_int_equal(draw_accepts(UINT64_MAX, total), limit > UINT64_MAX);
    }
}

static void test_pity_rules(void **unused)
{
    (void)unused;
    assert_int_equal(draw_pity_floor(0, RARITY_EPIC, UINT32_MAX), RARITY_COMMON);
    assert_int_equal(draw_pity_floor(1, RARITY_EPIC, 0), RARITY_EPIC);
    assert_int_equal(draw_pity_floor(5, RARITY_EPIC, 3), RARITY_COMMON);
    assert_int_equal(draw_pity_floor(5, RARITY_EPIC, 4), RARITY_EPIC);
    assert_int_equal(draw_pity_floor(5, RARITY_EPIC, 90), RARITY_EPIC);
    assert_int_equal(draw_pity_floor(UINT32_MAX, RARITY_EPIC, UINT32_MAX), RARITY_EPIC);
    assert_int_equal(draw_pity_after(3, RARITY_EPIC, RARITY_RARE), 4);
    assert_int_equal(draw_pity_after(3, RARITY_EPIC, RARITY_EPIC), 0);
    assert_int_equal(draw_pity_after(3, RARITY_EPIC, RARITY_LEGENDARY), 0);
    assert_int_equal(draw_pity_after(UINT32_MAX, RARITY_EPIC, RARITY_COMMON), UINT32_MAX);
}

/* ---- the recipe, written a second time ---- */

static uint64_t openssl_value(const struct hash *seed, const char *client, uint64_t nonce, uint32_t index)
{
    char message[128];
    uint8_t digest[32];
    unsigned size = sizeof digest;
    if (index < 4)
        snprintf(message, sizeof message, "%s:%llu", client, (unsigned long long)nonce);
    else
        snprintf(message, sizeof message, "%s:%llu:%u", client, (unsigned long long)nonce, index / 4);
    check(HMAC(EVP_sha256(), seed->bytes, 32, (const uint8_t *)message, strlen(message), digest, &size) !=
          NULL);
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value * 256 + digest[index % 4 * 8 + (uint32_t)i];
    return value;
}

static uint64_t openssl_below(const struct hash *seed, const char *client, uint64_t nonce, uint32_t *index,
                              uint64_t total)
{
    wide limit = ((wide)1 << 64) / total * total;
    for (;;) {
        uint64_t value = openssl_value(seed, client, nonce, (*index)++);
        if (value < limit)
            return value % total;
    }
}

static void test_values_against_openssl(void **unused)
{
    (void)unused;
    static const char *const clients[] = {PLAYER_TEXT, "x",
                                          "0123456789012345678901234567890123456789012345678901234567890123"};
    static const uint64_t nonces[] = {0, 1, 9, 10, 99, 4294967296, UINT64_MAX};
    for (uint32_t s = 1; s < 20; s++)
        for (size_t c = 0; c < 3; c++)
            for (size_t n = 0; n < 7; n++) {
                struct hash seed = world_seed(s);
                struct draw_seeds seeds;
                struct draw_values values;
                draw_seeds_init(&seeds, &seed, slice_text(clients[c]));
                draw_values_init(&values, &seeds, nonces[n]);
                for (uint32_t i = 0; i < 50; i++) /* over a dozen blocks */
                    assert_int_equal(draw_values_next(&values),
                                     openssl_value(&seed, clients[c], nonces[n], i));
                draw_values_init(&values, &seeds, nonces[n]); /* a total that refuses every other value */
                uint32_t index = 0;
                for (int i = 0; i < 50; i++)
                    assert_int_equal(draw_below(&values, (1ull << 63) + 1),
                                     openssl_below(&seed, clients[c], nonces[n], &index, (1ull << 63) + 1));
            }
}

/* Computed with Python's hmac from the recipe in draw.h: sha256("seed 1"), the player's id as client seed,
 * the standard pack, hard pity 5 for epic. */
static void test_known_draws(void **unused)
{
    (void)unused;
    static const char *const known[] = {"c1", "c1", "c3", "c1", "e1", "c2", "c1", "c2", "c2", "e1",
                                        "c2", "c1", "c1", "c2", "e1", "r2", "c2", "c3", "c2", "l1",
                                        "c2", "e1", "e1", "c1", "c1", "c2", "c1", "e1", "r1", "c1",
                                        "c3", "c3", "e1", "c1", "c3", "c3", "c1", "e1", "c2", "c1"};
    static const struct {
        uint64_t nonce;
        const char *character;
    } alone[] = {{0, "c1"},     {9, "c2"},          {10, "c2"},        {99, "c2"},
                 {12345, "c2"}, {4294967296, "c2"}, {UINT64_MAX, "c1"}};
    static const uint64_t values_of_seven[] = {0xf201a8f8db8d7bf2, 0x17611d26f3ebff8c, 0x24199407887a5ea5,
                                               0x10207154c88d8514, 0x68662f5feefcfe07, 0x82c3029a9760c658};
    struct command_publish_pack pack = standard_pack();
    struct draw_table table = table_of(&pack);
    struct hash seed = world_seed(1);
    struct draw_seeds seeds;
    struct draw_values values;
    draw_seeds_init(&seeds, &seed, slice_text(PLAYER_TEXT));
    uint32_t pity = 0;
    for (uint32_t i = 0; i < 40; i++) {
        const struct pack_entry *drawn = draw_entry(&table, draw_pity_floor(5, RARITY_EPIC, pity), &seeds, i);
        assert_string_equal(drawn->character.text, known[i]);
        pity = draw_pity_after(pity, RARITY_EPIC, drawn->rarity);
    }
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        assert_string_equal(draw_entry(&table, RARITY_COMMON, &seeds, alone[i].nonce)->character.text,
                            alone[i].character);
    draw_values_init(&values, &seeds, 7);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(draw_values_next(&values), values_of_seven[i]);
}

static void test_pity_is_certain(void **unused)
{
    (void)unused;
    const char *given_seed = getenv("GACHAPON_TEST_SEED");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint32_t first = given_seed != NULL ? (uint32_t)strtoull(given_seed, NULL, 10) : (uint32_t)now.tv_nsec;
    print_message("GACHAPON_TEST_SEED=%u\n", first);
    struct rarity_weight rarities[] = {{RARITY_COMMON, DRAW_WEIGHT_MAX}, {RARITY_LEGENDARY, 1}};
    struct pack_entry entries[] = {{slug_of("c"), RARITY_COMMON, 1}, {slug_of("l"), RARITY_LEGENDARY, 1}};
    struct draw_table table = {rarities, 2, entries, 2};
    for (uint32_t s = 0; s < 200; s++) {
        struct hash seed = world_seed(first + s);
        struct draw_seeds seeds;
        draw_seeds_init(&seeds, &seed, slice_text("client"));
        uint32_t hard_pity = 1 + s % 20, without = 0, pity = 0;
        for (uint64_t nonce = 0; nonce < 60; nonce++) {
            enum rarity floor = draw_pity_floor(hard_pity, RARITY_LEGENDARY, pity);
            enum rarity drawn = draw_entry(&table, floor, &seeds, nonce)->rarity;
            without = drawn == RARITY_LEGENDARY ? 0 : without + 1;
            pity = draw_pity_after(pity, RARITY_LEGENDARY, drawn);
            assert_int_equal(pity, without);
            assert_true(without < hard_pity);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odds_small),  cmocka_unit_test(test_odds_of_largest_weights),
        cmocka_unit_test(test_floor),       cmocka_unit_test(test_rejection_limit),
        cmocka_unit_test(test_pity_rules),  cmocka_unit_test(test_values_against_openssl),
        cmocka_unit_test(test_known_draws), cmocka_unit_test(test_pity_is_certain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
