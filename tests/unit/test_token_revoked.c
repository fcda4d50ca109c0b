/* What is remembered of tokens: the good ones (an LRU), and whose no longer count (bounded, and safe at the
 * bound). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "auth/limits.h"
#include "auth/remembered.h"
#include "auth/revoked.h"
#include "auth/secret.h"
#include "base/descriptor.h"

static struct uuid subject(uint8_t number)
{
    return (struct uuid){{number, 1}};
}

static void tokens_from_before_are_refused(void **state)
{
    (void)state;
    struct revoked revoked;
    revoked_init(&revoked, 8);
    assert_false(revoked_holds(&revoked, subject(1), 0, 0));
    revoked_add(&revoked, subject(1), 5000, 6000);
    assert_true(revoked_holds(&revoked, subject(1), 4999, 0));
    assert_false(revoked_holds(&revoked, subject(1), 5000, 0));
    assert_false(revoked_holds(&revoked, subject(2), 0, 0));
    revoked_add(&revoked, subject(1), 3000, 7000); /* earlier: changes nothing */
    assert_true(revoked_holds(&revoked, subject(1), 4999, 0));
    revoked_add(&revoked, subject(1), 9000, 9000);
    assert_true(revoked_holds(&revoked, subject(1), 8999, 0));
    assert_int_equal(revoked.subjects.count, 1);
    revoked_release(&revoked);
}

static void a_role_taken_ends_tokens_that_name_it(void **state)
{
    (void)state;
    struct revoked revoked;
    revoked_init(&revoked, 8);
    revoked_limit(&revoked, subject(1), ROLE_PLAYER, 5000, 6000);
    assert_true(revoked_holds(&revoked, subject(1), 4000, ROLE_PLAYER | ROLE_GAME_ADMIN));
    assert_false(revoked_holds(&revoked, subject(1), 4000, ROLE_PLAYER));
    assert_false(revoked_holds(&revoked, subject(1), 4000, 0));
    assert_false(
        revoked_holds(&revoked, subject(1), 5000, ROLE_PLAYER | ROLE_GAME_ADMIN));  /* newer than we know */
    revoked_limit(&revoked, subject(1), ROLE_PLAYER | ROLE_GAME_ADMIN, 7000, 8000); /* given again */
    assert_false(revoked_holds(&revoked, subject(1), 4000, ROLE_PLAYER | ROLE_GAME_ADMIN));
    assert_true(revoked_holds(&revoked, subject(1), 4000, ROLE_GAME_SERVICE));
    revoked_release(&revoked);
}

static void at_the_bound_older_tokens_of_everybody_are_refused(void **state)
{
    (void)state;
    struct revoked revoked;
    revoked_init(&revoked, 4);
    for (uint8_t i = 1; i <= 4; i++)
        revoked_add(&revoked, subject(i), i * 1000, i * 1000);
    assert_false(revoked_holds(&revoked, subject(99), 0, 0));
    revoked_add(&revoked, subject(5), 5000, 5000); /* the first one leaves */
    assert_int_equal(revoked.subjects.count, 4);
    assert_true(revoked_holds(&revoked, subject(1), 999, 0));
    assert_true(revoked_holds(&revoked, subject(99), 999, 0));
    assert_false(revoked_holds(&revoked, subject(99), 1000, 0));
    for (uint8_t i = 2; i <= 5; i++)
        assert_true(revoked_holds(&revoked, subject(i), i * 1000 - 1, 0));
    revoked_release(&revoked);
}

static void an_entry_ends_when_its_tokens_have(void **state)
{
    (void)state;
    struct revoked revoked;
    int64_t day = (int64_t)TOKEN_LIFE_MAX_S * 1000;
    revoked_init(&revoked, 4);
    revoked_add(&revoked, subject(1), 1000, 1000);
    revoked_add(&revoked, subject(2), 1000, 1000 + day - 1);
    assert_int_equal(revoked.subjects.count, 2);
    revoked_add(&revoked, subject(3), 1000, 1000 + day);
    assert_int_equal(revoked.subjects.count, 2);
    assert_false(revoked_holds(&revoked, subject(1), 0, 0));
    assert_true(revoked_holds(&revoked, subject(2), 0, 0));
    assert_false(revoked_holds(&revoked, subject(9), 0, 0)); /* nobody else pays for it */
    revoked_release(&revoked);
}

static struct hash hash_of(uint8_t number)
{
    struct hash hash = {{number}};
    return hash;
}

static void the_least_recently_used_token_is_forgotten(void **state)
{
    (void)state;
    struct remembered remembered;
    remembered_init(&remembered, 3);
    for (uint8_t i = 1; i <= 3; i++) {
        struct hash hash = hash_of(i);
        remembered_add(&remembered, &hash, &(struct token_claims){.issued_at_ms = i});
    }
    struct hash one = hash_of(1), two = hash_of(2), four = hash_of(4), half = hash_of(1);
    half.bytes[31] = 7; /* the same key in the map, another token */
    assert_int_equal(remembered_find(&remembered, &one)->issued_at_ms, 1);
    assert_null(remembered_find(&remembered, &half));
    remembered_add(&remembered, &half, &(struct token_claims){.issued_at_ms = 9});
    assert_int_equal(remembered_find(&remembered, &one)->issued_at_ms, 1);
    remembered_add(&remembered, &four, &(struct token_claims){.issued_at_ms = 4});
    assert_null(remembered_find(&remembered, &two));
    assert_non_null(remembered_find(&remembered, &one));
    remembered_remove(&remembered, &one);
    assert_null(remembered_find(&remembered, &one));
    remembered_clear(&remembered);
    assert_null(remembered_find(&remembered, &four));
    assert_int_equal(remembered.tokens.count, 0);
    remembered_release(&remembered);
}

static void a_secret_holds_its_bound_and_escapes(void **state)
{
    (void)state;
    struct secret secret;
    secret_init(&secret, 40);
    assert_int_equal(secret_slice(&secret).size, 0);
    assert_int_equal(secret_form(&secret, "a", slice_text("1 2")), ERR_OK);
    assert_int_equal(secret_form(&secret, "b", slice_text("&=%+")), ERR_OK);
    assert_string_equal((char *)secret.data, "a=1%202&b=%26%3D%25%2B");
    assert_int_equal(secret_text(&secret, "0123456789012345678"), ERR_TOO_LARGE);
    assert_int_equal(secret_text(&secret, "012345678901234567"), ERR_OK);
    assert_int_equal(secret.size, 40);
    secret_release(&secret);
    secret_release(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_from_before_are_refused),
        cmocka_unit_test(a_role_taken_ends_tokens_that_name_it),
        cmocka_unit_test(at_the_bound_older_tokens_of_everybody_are_refused),
        cmocka_unit_test(an_entry_ends_when_its_tokens_have),
        cmocka_unit_test(the_least_recently_used_token_is_forgotten),
        cmocka_unit_test(a_secret_holds_its_bound_and_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
