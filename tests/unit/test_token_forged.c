/* Forged and misused tokens, those of helper_forged.c: each is refused by its rule. Every one is judged
 * twice, so that nothing of the first time changes the second; and where OpenSSL finds a signature bad,
 * libjwt, which is not asked then, would have said the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include <jwt.h>
#include "auth/base64url.h"
#include "helper_forged.h"

static bool libjwt_takes(const char *token)
{
    jwt_t *jwt = NULL;
    char kid[64] = "";
    size_t size;
    uint8_t header[4096];
    json_error_t error;
    check(base64url_decode(slice_of((const uint8_t *)token, strcspn(token, ".")), header, sizeof header,
                           &size));
    json_t *json = json_loadb((const char *)header, size, 0, &error);
    snprintf(kid, sizeof kid, "%s", json_string_value(json_object_get(json, "kid")));
    json_decref(json);
    const struct jwk *key = jwks_find(make_jwks(), slice_text(kid));
    check(key != NULL);
    bool taken = !key->algorithm->pss &&
                 jwt_decode(&jwt, token, (const unsigned char *)key->pem, (int)key->pem_size) == 0 &&
                 jwt_get_alg(jwt) == key->jwt_algorithm;
    jwt_free(jwt);
    return taken;
}

static void every_forged_token_is_refused_by_its_rule(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < forged_token_count; i++) {
        const struct forged *forged = &forged_tokens[i];
        struct token_claims claims;
        memset(&claims, 0x5a, sizeof claims);
        struct token_claims untouched = claims;
        char *token = forged->build != NULL ? forged->build() : make_token(forged);
        enum token_rule rule = make_judged(token, &claims), again = make_judged(token, &claims);
        if (rule != forged->rule || again != rule || memcmp(&claims, &untouched, sizeof claims) != 0) {
            print_error("%s: %s, expected %s\n", forged->name, token_rule_name(rule),
                        token_rule_name(forged->rule));
            wrong++;
        }
        if (rule == TOKEN_SIGNATURE && libjwt_takes(token)) { /* it is not asked where OpenSSL says no */
            print_error("%s: libjwt takes it\n", forged->name);
            wrong++;
        }
        free(token);
    }
    print_message("%zu forged and misused tokens\n", forged_token_count);
    assert_int_equal(wrong, 0);
    assert_true(forged_token_count >= 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_forged_token_is_refused_by_its_rule)};
    return cmocka_run_group_tests(tests, make_keys, make_keys_end);
}
