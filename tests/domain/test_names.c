/* test_names: what display names, team names and client seeds may look like, and names made from wishes. */
#include "given.h"
#include <string.h>

struct text_case {
    const char *text;
    bool display, team;
};

#define FORTY "1234567890123456789012345678901234567890"

static void test_names(void **unused)
{
    static const struct text_case cases[] = {
        {"Ada", true, true},
        {"Al", true, true},
        {"A", false, true},
        {"", false, false},
        {FORTY, true, true},
        {FORTY "1", false, false},
        {"O'Neil-Smith_3.", true, true},
        {"Ada Lovelace", true, true},
        {"Ada  Lovelace", false, true},
        {" Ada", false, true},
        {"Ada ", false, true},
        {"  ", false, false},
        {"Ada!", false, true},
        {"<b>Ada", false, true},
        {"A:B", false, true},
        {"a@b", false, true},
        {"\xc3\x84nne", true, true},                      /* Änne */
        {"\xe5\xb1\xb1\xe7\x94\xb0", true, true},         /* 山田 */
        {"\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", true, true}, /* Иван */
        {"\xf0\x9f\x90\x89 dragon", true, true},          /* emoji */
        {"Ada\n", false, false},
        {"Ada\t1", false, false},
        {"Ada\x7f", false, false},
        {"Ada\xc2\x80", false, false}, /* C1 */
        {"Ada\xc2\x9f", false, false},
        {"Ad\xc2\xa0"
         "a",
         false, true}, /* no-break space */
        {"Ad\xc2\xad"
         "a",
         false, true}, /* soft hyphen */
        {"Ad\xe2\x80\x8b"
         "a",
         false, true}, /* zero width space */
        {"Ad\xe2\x80\x8d"
         "a",
         false, true}, /* joiner */
        {"Ad\xe2\x80\x8e"
         "a",
         false, false}, /* left-to-right mark */
        {"Ad\xe2\x80\xa8"
         "a",
         false, false}, /* line separator */
        {"Ad\xe2\x80\xaa"
         "a",
         false, false}, /* embedding */
        {"Ad\xe2\x80\xae"
         "a",
         false, false}, /* override */
        {"Ad\xe2\x81\xa6"
         "a",
         false, false}, /* isolate */
        {"Ad\xe2\x81\xa9"
         "a",
         false, false},
        {"Ad\xef\xbb\xbf"
         "a",
         false, false}, /* byte order mark */
        {"Ad\xef\xbf\xbe"
         "a",
         false, false}, /* U+FFFE */
        {"Ad\xf0\x9f\xbf\xbf"
         "a",
         false, false}, /* U+1FFFF */
        {"Ad\xf3\xa0\x81\x81"
         "a",
         false, false}, /* tag */
        {"\xe2\x9d\xa4\xef\xb8\x8f"
         "us",
         false, true},                                      /* heart and variation selector */
        {"\xe3\x80\x80\xe2\x80\x8b\xc2\xa0", false, false}, /* blanks only */
        {"\xe3\x85\xa4\xe3\x85\xa4", false, false},         /* Hangul fillers only */
        {"Ad\xff", false, false},
        {"Ad\xc3", false, false},     /* cut short */
        {"Ad\xc0\x80", false, false}, /* overlong */
        {"Ad\xe0\x80\xaf", false, false},
        {"Ad\xf0\x80\x80\xaf", false, false},
        {"Ad\xed\xa0\x80", false, false},     /* surrogate */
        {"Ad\xf4\x90\x80\x80", false, false}, /* beyond U+10FFFF */
        {"Ad\xf5\x80\x80\x80", false, false},
        {"Ad\x80", false, false},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice text = slice_text(cases[i].text);
        if (text_display_name_valid(text) != cases[i].display)
            fail_msg("display name %zu \"%s\"", i, cases[i].text);
        if (text_team_name_valid(text) != cases[i].team)
            fail_msg("team name %zu \"%s\"", i, cases[i].text);
    }
    assert_false(text_display_name_valid(slice_of("A\0b", 3)));
    assert_false(text_team_name_valid(slice_of("A\0b", 3)));
    assert_false(text_display_name_valid((struct slice){0}));
    assert_false(text_team_name_valid((struct slice){0}));
}

static void test_client_seeds(void **unused)
{
    (void)unused;
    for (int c = 0; c < 256; c++) {
        uint8_t byte = (uint8_t)c;
        assert_int_equal(text_client_seed_valid(slice_of(&byte, 1)), c >= 0x20 && c <= 0x7e && c != ':');
    }
    char long_seed[65];
    memset(long_seed, 's', sizeof long_seed);
    assert_true(text_client_seed_valid(slice_of(long_seed, 64)));
    assert_false(text_client_seed_valid(slice_of(long_seed, 65)));
    assert_false(text_client_seed_valid(slice_text("")));
}

static void test_made_names(void **unused)
{
    static const struct {
        const char *wish, *made;
    } cases[] = {
        {"ada", "ada"},
        {"ada@example.org", "ada"},
        {"  Ada   Lovelace ", "Ada Lovelace"},
        {"ada!lovelace", "ada_lovelace"},
        {"ada\xff\xff", "ada__"},
        {"ada\xe2\x80\xae"
         "x",
         "ada_x"},
        {"a", "Player-0198c0de"},
        {"", "Player-0198c0de"},
        {"@example.org", "Player-0198c0de"},
        {" ", "Player-0198c0de"},
        {FORTY "and more", FORTY},
        {"1234567890123456789012345678901234567 \xe5\xb1\xb1", "1234567890123456789012345678901234567"},
    };
    (void)unused;
    struct arena arena;
    arena_init(&arena, 1024, 65536);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice made = text_display_name_from(&arena, slice_text(cases[i].wish), the_player());
        if (!slice_equal_text(made, cases[i].made))
            fail_msg("\"%s\" made \"%.*s\"", cases[i].wish, SLICE_ARGS(made));
        assert_true(text_display_name_valid(made));
    }
    assert_true(text_display_name_valid(text_display_name_from(&arena, (struct slice){0}, the_player())));
    for (int first = 0; first < 256; first++) /* whatever comes, the result is valid */
        for (int second = 0; second < 256; second++) {
            uint8_t bytes[4] = {(uint8_t)first, (uint8_t)second, 'a', ' '};
            assert_true(
                text_display_name_valid(text_display_name_from(&arena, slice_of(bytes, 4), the_player())));
            arena_reset(&arena);
        }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_client_seeds),
        cmocka_unit_test(test_made_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
