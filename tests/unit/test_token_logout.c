/* Logout tokens, by every rule of OpenID Connect Back-Channel Logout 1.0, section 2.6, that a token can
 * break. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "helper_token.h"

#define SID "916e963c-99e7-47c0-b20c-fcfd79c14328"
#define EVENTS "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}"
#define WHO "\"iss\":\"" ISSUER "\",\"aud\":\"gachapon-players\""
#define WHEN "\"iat\":1800000000,\"exp\":1800000120"
#define WHOM "\"sub\":\"" SUBJECT "\",\"sid\":\"" SID "\""
#define JTI "\"jti\":\"7\""

static enum token_rule judge(const char *typ, const char *payload, struct logout_claims *ret_claims)
{
    char header[160];
    snprintf(header, sizeof header, "{\"alg\":\"RS256\",\"typ\":\"%s\",\"kid\":\"%s\"}", typ,
             make_kid(RS256));
    char *token = make_signed(header, payload, "RS256", RS256);
    enum token_rule rule =
        token_judge_logout(&make_policy, make_jwks(), slice_text(token), NOW_S * 1000, ret_claims);
    free(token);
    return rule;
}

static void a_good_one_says_whom_it_ends(void **state)
{
    (void)state;
    struct logout_claims claims, other;
    struct uuid subject;
    assert_true(uuid_parse(slice_text(SUBJECT), &subject));
    assert_int_equal(judge("logout+jwt", "{" WHO "," WHEN "," WHOM "," EVENTS "," JTI "}", &claims),
                     TOKEN_GOOD);
    assert_true(uuid_equal(claims.subject, subject));
    assert_string_equal(claims.sid, SID);
    assert_int_equal(claims.issued_at_ms, NOW_S * 1000);
    assert_int_equal(judge("logout+jwt", "{" WHO "," WHEN "," WHOM "," EVENTS ",\"jti\":\"8\"}", &other),
                     TOKEN_GOOD);
    assert_false(uuid_equal(claims.jti, other.jti));
    static const char *const good[] = {
        "{" WHO "," WHEN ",\"sid\":\"" SID "\"," EVENTS "," JTI "}",
        "{" WHO "," WHEN ",\"sub\":\"" SUBJECT "\"," EVENTS "," JTI "}",
        "{" WHO ",\"iat\":1800000000," WHOM "," EVENTS "," JTI "}", /* a draft's, without exp */
        "{\"iss\":\"" ISSUER "\",\"aud\":[\"other\",\"gachapon-players\"]," WHEN "," WHOM "," EVENTS "," JTI
        "}",
        "{" WHO "," WHEN "," WHOM ",\"typ\":\"Logout\",\"more\":1," EVENTS "," JTI "}",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(judge("logout+jwt", good[i], &claims), TOKEN_GOOD);
}

static void bad_ones_are_refused_by_rule(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum token_rule rule;
        const char *payload;
    } table[] = {
        {"an array", TOKEN_PAYLOAD_JSON, "[]"},
        {"a claim twice", TOKEN_PAYLOAD_JSON, "{" WHO "," WHEN "," WHOM "," EVENTS "," JTI "," JTI "}"},
        {"no iss", TOKEN_ISSUER, "{\"aud\":\"gachapon-players\"," WHEN "," WHOM "," EVENTS "," JTI "}"},
        {"a slash more", TOKEN_ISSUER,
         "{\"iss\":\"" ISSUER "/\",\"aud\":\"gachapon-players\"," WHEN "," WHOM "," EVENTS "," JTI "}"},
        {"no aud", TOKEN_AUDIENCE, "{\"iss\":\"" ISSUER "\"," WHEN "," WHOM "," EVENTS "," JTI "}"},
        {"another client", TOKEN_AUDIENCE,
         "{\"iss\":\"" ISSUER "\",\"aud\":\"account\"," WHEN "," WHOM "," EVENTS "," JTI "}"},
        {"the game's audience, as an access token has it", TOKEN_AUDIENCE,
         "{\"iss\":\"" ISSUER "\",\"aud\":\"gachapon\"," WHEN "," WHOM "," EVENTS "," JTI "}"},
        {"aud with a number", TOKEN_AUDIENCE,
         "{\"iss\":\"" ISSUER "\",\"aud\":[\"gachapon-players\",1]," WHEN "," WHOM "," EVENTS "," JTI "}"},
        {"no iat", TOKEN_EXPIRY_INVALID, "{" WHO ",\"exp\":1800000120," WHOM "," EVENTS "," JTI "}"},
        {"iat as text", TOKEN_EXPIRY_INVALID, "{" WHO ",\"iat\":\"1800000000\"," WHOM "," EVENTS "," JTI "}"},
        {"exp as a float", TOKEN_EXPIRY_INVALID,
         "{" WHO ",\"iat\":1800000000,\"exp\":1800000120.5," WHOM "," EVENTS "," JTI "}"},
        {"expired", TOKEN_EXPIRED,
         "{" WHO ",\"iat\":1799999000,\"exp\":1799999120," WHOM "," EVENTS "," JTI "}"},
        {"old, whatever exp says", TOKEN_EXPIRED,
         "{" WHO ",\"iat\":1799990000,\"exp\":1900000000," WHOM "," EVENTS "," JTI "}"},
        {"old, without exp", TOKEN_EXPIRED, "{" WHO ",\"iat\":1799990000," WHOM "," EVENTS "," JTI "}"},
        {"from the future", TOKEN_ISSUED_AT,
         "{" WHO ",\"iat\":1800000031,\"exp\":1800000151," WHOM "," EVENTS "," JTI "}"},
        {"no events", TOKEN_EVENTS, "{" WHO "," WHEN "," WHOM "," JTI "}"},
        {"events as a list", TOKEN_EVENTS,
         "{" WHO "," WHEN "," WHOM ",\"events\":[\"http://schemas.openid.net/event/backchannel-logout\"]," JTI
         "}"},
        {"another event", TOKEN_EVENTS, "{" WHO "," WHEN "," WHOM ",\"events\":{\"http://x\":{}}," JTI "}"},
        {"an event that is no object", TOKEN_EVENTS,
         "{" WHO "," WHEN "," WHOM
         ",\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":true}," JTI "}"},
        {"a nonce", TOKEN_NONCE, "{" WHO "," WHEN "," WHOM "," EVENTS "," JTI ",\"nonce\":\"n\"}"},
        {"a nonce that is null", TOKEN_NONCE,
         "{" WHO "," WHEN "," WHOM "," EVENTS "," JTI ",\"nonce\":null}"},
        {"no jti", TOKEN_JTI, "{" WHO "," WHEN "," WHOM "," EVENTS "}"},
        {"an empty jti", TOKEN_JTI, "{" WHO "," WHEN "," WHOM "," EVENTS ",\"jti\":\"\"}"},
        {"a jti that is a number", TOKEN_JTI, "{" WHO "," WHEN "," WHOM "," EVENTS ",\"jti\":7}"},
        {"neither sub nor sid", TOKEN_SUBJECT, "{" WHO "," WHEN "," EVENTS "," JTI "}"},
        {"sub that is nobody's", TOKEN_SUBJECT, "{" WHO "," WHEN ",\"sub\":\"ada\"," EVENTS "," JTI "}"},
        {"an empty sid", TOKEN_SUBJECT,
         "{" WHO "," WHEN ",\"sub\":\"" SUBJECT "\",\"sid\":\"\"," EVENTS "," JTI "}"},
        {"sid that is a number", TOKEN_SUBJECT, "{" WHO "," WHEN ",\"sid\":7," EVENTS "," JTI "}"},
        {"a long sid", TOKEN_SUBJECT, "{" WHO "," WHEN ",\"sid\":\"" SID SID "\"," EVENTS "," JTI "}"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct logout_claims claims = {.issued_at_ms = 42};
        enum token_rule rule = judge("logout+jwt", table[i].payload, &claims);
        if (rule != table[i].rule)
            print_error("%s: %s\n", table[i].name, token_rule_name(rule));
        assert_int_equal(rule, table[i].rule);
        assert_int_equal(claims.issued_at_ms, 42);
    }
}

static void one_kind_of_token_is_not_taken_for_another(void **state)
{
    (void)state;
    struct logout_claims logout;
    struct token_claims claims;
    assert_int_equal(judge("JWT", "{" WHO "," WHEN "," WHOM "," EVENTS "," JTI "}", &logout),
                     TOKEN_HEADER_TYP);
    char *access = make_good_token();
    assert_int_equal(token_judge_logout(&make_policy, make_jwks(), slice_text(access), NOW_S * 1000, &logout),
                     TOKEN_HEADER_TYP);
    char *changed = &access[strlen(access) - 10];
    *changed = *changed == 'A' ? 'B' : 'A';
    assert_int_equal(make_judged(access, &claims), TOKEN_SIGNATURE);
    free(access);
}

static void forged_ones_are_refused(void **state)
{
    (void)state;
    struct logout_claims claims;
    static const struct {
        const char *alg;
        enum key key;
        enum token_rule rule;
    } table[] = {{"RS256", STRANGER, TOKEN_KEY_UNKNOWN},
                 {"RS256", ENC, TOKEN_KEY_MISMATCH},
                 {"none", RS256, TOKEN_ALGORITHM},
                 {"HS256", RS256, TOKEN_ALGORITHM}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char header[160];
        snprintf(header, sizeof header, "{\"alg\":\"%s\",\"typ\":\"logout+jwt\",\"kid\":\"%s\"}",
                 table[i].alg, make_kid(table[i].key));
        char *token =
            make_signed(header, "{" WHO "," WHEN "," WHOM "," EVENTS "," JTI "}", "RS256", table[i].key);
        assert_int_equal(
            token_judge_logout(&make_policy, make_jwks(), slice_text(token), NOW_S * 1000, &claims),
            table[i].rule);
        free(token);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_one_says_whom_it_ends),
        cmocka_unit_test(bad_ones_are_refused_by_rule),
        cmocka_unit_test(one_kind_of_token_is_not_taken_for_another),
        cmocka_unit_test(forged_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, make_keys, make_keys_end);
}
