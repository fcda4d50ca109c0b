/* Good tokens: of every algorithm, in every form that is allowed, and what they say. The bad ones are in
 * test_token_forged.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/descriptor.h"
#include "helper_token.h"

static void a_good_token_says_who_and_what(void **state)
{
    (void)state;
    struct token_claims claims;
    struct uuid subject;
    char *token = make_good_token();
    assert_int_equal(make_judged(token, &claims), TOKEN_GOOD);
    assert_true(uuid_parse(slice_text(SUBJECT), &subject));
    assert_true(uuid_equal(claims.subject, subject));
    assert_int_equal(claims.roles, ROLE_PLAYER);
    assert_int_equal(claims.expires_at_ms, (NOW_S + 300) * 1000);
    assert_int_equal(claims.issued_at_ms, NOW_S * 1000);
    assert_string_equal(claims.azp, "gachapon-players");
    assert_string_equal(claims.sid, "916e963c-99e7-47c0-b20c-fcfd79c14328");
    assert_string_equal(claims.name, "ada");
    free(token);
}

static void variants_that_are_good(void **state)
{
    (void)state;
    static const struct forged good[] = {
        {"typ in lower case", TOKEN_GOOD, HEADER("typ", "\"jwt\"")},
        {"spaces as Keycloak writes them", TOKEN_GOOD, .header_extra = " "},
        {"aud list with us", TOKEN_GOOD, PAYLOAD("aud", "[\"account\",\"gachapon\"]")},
        {"the operator's client", TOKEN_GOOD, PAYLOAD("azp", "\"gachapon-operator\"")},
        {"no sid (a service account)", TOKEN_GOOD, PAYLOAD("sid", NULL)},
        {"expired within the skew", TOKEN_GOOD, PAYLOAD("exp", "1799999971")},
        {"nbf 0", TOKEN_GOOD, PAYLOAD("nbf", "0")},
        {"nbf within what the issuer may be ahead", TOKEN_GOOD, PAYLOAD("nbf", "1800000030")},
        {"sub in upper case", TOKEN_GOOD, PAYLOAD("sub", "\"5F0C7A3E-9A1F-4A7B-8B45-0123456789AB\"")},
        {"lives a day", TOKEN_GOOD, PAYLOAD("exp", "1800086400")},
        {"RS256 key without alg and use", TOKEN_GOOD, HEADER("kid", "\"plain-rsa\""), .key = PLAIN_RSA},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct token_claims claims;
        char *token = make_token(&good[i]);
        enum token_rule rule = make_judged(token, &claims);
        if (rule != TOKEN_GOOD)
            print_error("%s: %s\n", good[i].name, token_rule_name(rule));
        assert_int_equal(rule, TOKEN_GOOD);
        free(token);
    }
}

static void every_algorithm_verifies_with_its_own_key(void **state)
{
    (void)state;
    static const struct {
        enum key key;
        const char *alg;
    } good[] = {{RS256, "RS256"}, {RS384, "RS384"}, {RS512, "RS512"}, {PS256, "PS256"},
                {ES256, "ES256"}, {ES384, "ES384"}, {ES512, "ES512"}, {PLAIN_EC, "ES256"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct token_claims claims;
        char header[256];
        snprintf(header, sizeof header, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}", good[i].alg,
                 make_kid(good[i].key));
        char *token = make_with_header(header, good[i].alg, good[i].key);
        if (make_judged(token, &claims) != TOKEN_GOOD)
            print_error("%s\n", header);
        assert_int_equal(make_judged(token, &claims), TOKEN_GOOD);
        free(token);
    }
}

/* RFC 9068's header type is as good as JWT, also where libjwt (1.10) takes no such token. */
static void an_access_token_may_say_that_it_is_one(void **state)
{
    (void)state;
    struct token_claims claims;
    char *token =
        make_with_header("{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"rs256\"}", "RS256", RS256);
    assert_int_equal(make_judged(token, &claims), TOKEN_GOOD);
    free(token);
}

static void roles_are_those_of_the_realm(void **state)
{
    (void)state;
    static const struct {
        const char *access;
        int roles;
    } cases[] = {
        {"{\"roles\":[]}", 0},
        {"{\"roles\":[\"game-service\"]}", ROLE_GAME_SERVICE},
        {"{\"roles\":[\"game-admin\",\"player\",\"player\"]}", ROLE_GAME_ADMIN | ROLE_PLAYER},
        {"{\"roles\":[\"Game-Admin\",\"internal\",\"game-admin \"]}", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct token_claims claims;
        char *token = make_token(&(struct forged){PAYLOAD("realm_access", cases[i].access)});
        assert_int_equal(make_judged(token, &claims), TOKEN_GOOD);
        assert_int_equal(claims.roles, cases[i].roles);
        free(token);
    }
    struct token_claims claims;
    char *token = make_token(&(struct forged){
        .payload_extra = ",\"resource_access\":{\"gachapon\":{\"roles\":[\"game-admin\"]}}"});
    assert_int_equal(make_judged(token, &claims), TOKEN_GOOD);
    assert_int_equal(claims.roles, ROLE_PLAYER);
    free(token);
}

static void a_name_is_cut_at_a_character_and_is_never_an_address(void **state)
{
    (void)state;
    static const struct {
        const char *name, *expected;
    } cases[] = {
        {"\"Ada Lovelace\"", "Ada Lovelace"},
        {"\"ada@example.com\"", ""},
        {"7", "ada"},
        {"\"\"", "ada"},
    };
    struct token_claims claims;
    char *token;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        token = make_token(&(struct forged){PAYLOAD("name", cases[i].name)});
        assert_int_equal(make_judged(token, &claims), TOKEN_GOOD);
        assert_string_equal(claims.name, cases[i].expected);
        free(token);
    }
    char name[300] = "\"a";
    for (int i = 0; i < 80; i++)
        strcat(name, "\xc3\xa9");
    strcat(name, "\"");
    token = make_token(&(struct forged){PAYLOAD("name", name)});
    assert_int_equal(make_judged(token, &claims), TOKEN_GOOD);
    assert_int_equal(strlen(claims.name), 127);
    free(token);
    token = make_token(&(struct forged){PAYLOAD("preferred_username", "\"ada@example.com\"")});
    assert_int_equal(make_judged(token, &claims), TOKEN_GOOD);
    assert_string_equal(claims.name, "");
    free(token);
}

static void without_keys_nothing_is_good(void **state)
{
    (void)state;
    struct token_claims claims;
    char *token = make_good_token();
    assert_int_equal(token_judge(&make_policy, NULL, slice_text(token), NOW_S * 1000, &claims),
                     TOKEN_KEYS_UNAVAILABLE);
    free(token);
    /* what is wrong with a token is said all the same */
    token = make_with_header("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"rs256\"}", "RS256", RS256);
    assert_int_equal(token_judge(&make_policy, NULL, slice_text(token), NOW_S * 1000, &claims),
                     TOKEN_ALGORITHM);
    free(token);
}

static void time_alone_ends_a_token(void **state)
{
    (void)state;
    struct token_claims claims = {.expires_at_ms = 1000000, .issued_at_ms = 900000};
    assert_int_equal(token_judge_again(&make_policy, &claims, 1029999), TOKEN_GOOD);
    assert_int_equal(token_judge_again(&make_policy, &claims, 1030000), TOKEN_EXPIRED);
    assert_int_equal(token_judge_again(&make_policy, &claims, 870000), TOKEN_GOOD);
    assert_int_equal(token_judge_again(&make_policy, &claims, 869999), TOKEN_ISSUED_AT);
}

static void every_rule_has_a_name_and_a_sentence(void **state)
{
    (void)state;
    for (int rule = TOKEN_GOOD; rule <= TOKEN_KEYS_UNAVAILABLE; rule++) {
        assert_true(strlen(token_rule_name((enum token_rule)rule)) > 1);
        assert_true(strlen(token_rule_text((enum token_rule)rule)) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_token_says_who_and_what),
        cmocka_unit_test(variants_that_are_good),
        cmocka_unit_test(every_algorithm_verifies_with_its_own_key),
        cmocka_unit_test(an_access_token_may_say_that_it_is_one),
        cmocka_unit_test(roles_are_those_of_the_realm),
        cmocka_unit_test(a_name_is_cut_at_a_character_and_is_never_an_address),
        cmocka_unit_test(without_keys_nothing_is_good),
        cmocka_unit_test(time_alone_ends_a_token),
        cmocka_unit_test(every_rule_has_a_name_and_a_sentence),
    };
    return cmocka_run_group_tests(tests, make_keys, make_keys_end);
}
