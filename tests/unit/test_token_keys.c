/* Key sets: which keys are taken, for which algorithm, and what makes a whole set unusable. And the small
 * strict parts beside it: base64url and addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "auth/base64url.h"
#include "auth/jwks.h"
#include "auth/url.h"
#include "base/check.h"
#include "helper_issuer.h"

static EVP_PKEY *rsa, *rsa_other, *rsa_1024, *p256, *p384;

static int setup(void **state)
{
    (void)state;
    rsa = issuer_rsa(2048);
    rsa_other = issuer_rsa(2048);
    rsa_1024 = issuer_rsa(1024);
    p256 = issuer_ec("P-256");
    p384 = issuer_ec("P-384");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(rsa_other);
    EVP_PKEY_free(rsa_1024);
    EVP_PKEY_free(p256);
    EVP_PKEY_free(p384);
    return 0;
}

/* A set of these keys; they are freed. Ends with NULL. */
static char *set_of(char *first, ...)
{
    char *set = malloc(ISSUER_TEXT_MAX);
    va_list more;
    va_start(more, first);
    strcpy(set, "{\"keys\":[");
    for (char *jwk = first; jwk != NULL; jwk = va_arg(more, char *)) {
        sprintf(set + strlen(set), "%s%s", jwk == first ? "" : ",", jwk);
        free(jwk);
    }
    va_end(more);
    strcat(set, "]}");
    return set;
}

/* What a set of the good key "good" and this one makes of this one. */
static const char *algorithm_taken(char *jwk, const char *kid)
{
    char failure[200], *set = set_of(issuer_jwk(rsa, "good", "RS256", "sig", ""), jwk, NULL);
    struct jwks jwks;
    assert_int_equal(jwks_parse(slice_text(set), &jwks, failure), ERR_OK);
    const struct jwk *key = jwks_find(&jwks, slice_text(kid));
    const char *name = key == NULL ? "absent" : key->algorithm == NULL ? "unusable" : key->algorithm->name;
    assert_true(key == NULL || (key->algorithm != NULL) == (key->pem != NULL));
    jwks_release(&jwks);
    free(set);
    return name;
}

static void keys_are_taken_for_one_algorithm(void **state)
{
    (void)state;
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, "k", "RS256", "sig", ""), "k"), "RS256");
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, "k", "RS512", "sig", ""), "k"), "RS512");
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, "k", NULL, NULL, ""), "k"), "RS256");
    assert_string_equal(algorithm_taken(issuer_jwk(p256, "k", "ES256", "sig", ""), "k"), "ES256");
    assert_string_equal(algorithm_taken(issuer_jwk(p384, "k", NULL, "sig", ""), "k"), "ES384");
    assert_string_equal(
        algorithm_taken(issuer_jwk(rsa_other, "k", "RS256", NULL, ",\"key_ops\":[\"verify\"]"), "k"),
        "RS256");
}

static void keys_that_must_not_verify_are_known_and_unusable(void **state)
{
    (void)state;
    char *jwk = NULL;
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, "k", "RSA-OAEP", "enc", ""), "k"), "unusable");
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, "k", "RS256", "enc", ""), "k"), "unusable");
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, "k", "RS256", "SIG", ""), "k"), "unusable");
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, "k", "HS256", "sig", ""), "k"), "unusable");
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, "k", "none", "sig", ""), "k"), "unusable");
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, "k", "ES256", "sig", ""), "k"), "unusable");
    assert_string_equal(algorithm_taken(issuer_jwk(p384, "k", "ES256", "sig", ""), "k"), "unusable");
    assert_string_equal(algorithm_taken(issuer_jwk(p256, "k", "RS256", "sig", ""), "k"), "unusable");
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_1024, "k", "RS256", "sig", ""), "k"), "unusable");
    assert_string_equal(
        algorithm_taken(issuer_jwk(rsa_other, "k", "RS256", "sig", ",\"key_ops\":[\"encrypt\"]"), "k"),
        "unusable");
    assert_string_equal(
        algorithm_taken(strdup("{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"AAAA\",\"alg\":\"HS256\"}"), "k"),
        "unusable");
    assert_string_equal(algorithm_taken(strdup("{\"kty\":\"RSA\",\"kid\":\"k\",\"e\":\"AQAB\"}"), "k"),
                        "unusable");
    assert_string_equal(
        algorithm_taken(strdup("{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"!!\",\"e\":\"AQAB\"}"), "k"),
        "unusable");
    /* a point that is not on the curve */
    jwk = issuer_jwk(p256, "k", "ES256", "sig", "");
    char *y = strstr(jwk, "\"y\":\"") + 5;
    y[3] = y[3] == 'A' ? 'B' : 'A';
    assert_string_equal(algorithm_taken(jwk, "k"), "unusable");
    assert_string_equal(
        algorithm_taken(
            strdup("{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"kid\":\"k\",\"x\":\"AA\",\"y\":\"AA\"}"), "k"),
        "unusable");
    assert_string_equal(
        algorithm_taken(strdup("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\",\"x\":\"AA\"}"), "k"),
        "unusable");
}

/* An exponent of 1 would make every signature its own message; an even modulus is no RSA. */
static void bad_rsa_numbers_are_unusable(void **state)
{
    (void)state;
    char *jwk = issuer_jwk(rsa_other, "k", "RS256", "sig", ""), *e = strstr(jwk, "\"e\":\"AQAB\"");
    assert_non_null(e);
    memcpy(e, "\"e\":\"AQ\"  ", 10);
    assert_string_equal(algorithm_taken(jwk, "k"), "unusable");
    jwk = issuer_jwk(rsa_other, "k", "RS256", "sig", "");
    e = strstr(jwk, "\"e\":\"AQAB\"");
    memcpy(e, "\"e\":\"AQAC\"", 10);
    assert_string_equal(algorithm_taken(jwk, "k"), "unusable");
    char big[ISSUER_TEXT_MAX] = "{\"kty\":\"RSA\",\"kid\":\"k\",\"e\":\"AQAB\",\"n\":\"";
    size_t size = strlen(big);
    memset(big + size, '_', 8000);
    strcpy(big + size + 8000, "\"}");
    assert_string_equal(algorithm_taken(strdup(big), "k"), "unusable");
}

static void keys_without_a_usable_kid_are_left_out(void **state)
{
    (void)state;
    char kid[200];
    memset(kid, 'a', sizeof kid);
    kid[129] = '\0';
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, "", "RS256", "sig", ""), ""), "absent");
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, kid, "RS256", "sig", ""), kid), "absent");
    kid[128] = '\0';
    assert_string_equal(algorithm_taken(issuer_jwk(rsa_other, kid, "RS256", "sig", ""), kid), "RS256");
    assert_string_equal(algorithm_taken(strdup("7"), "7"), "absent");
}

static void of_two_keys_with_one_kid_the_first_usable_is_it(void **state)
{
    (void)state;
    char failure[200];
    char *set =
        set_of(issuer_jwk(rsa_other, "k", "RS256", "enc", ""), issuer_jwk(rsa, "k", "RS384", "sig", ""),
               issuer_jwk(p256, "k", "ES256", "sig", ""), NULL);
    struct jwks jwks;
    assert_int_equal(jwks_parse(slice_text(set), &jwks, failure), ERR_OK);
    assert_int_equal(jwks.count, 1);
    assert_int_equal(jwks.usable, 1);
    assert_string_equal(jwks_find(&jwks, slice_text("k"))->algorithm->name, "RS384");
    jwks_release(&jwks);
    free(set);
}

static void sets_that_are_refused_whole(void **state)
{
    (void)state;
    static const char *const sets[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":[]}",
        "{\"keys\":[1,\"a\",null]}",
        "{\"keys\":[],\"keys\":[]}",
        "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"AAAA\"}]}",
        "<html>",
        "{\"keys\":[",
    };
    char failure[200];
    struct jwks jwks = {.count = 77};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        failure[0] = '\0';
        assert_int_equal(jwks_parse(slice_text(sets[i]), &jwks, failure), ERR_MALFORMED);
        assert_true(failure[0] != '\0');
    }
    char many[ISSUER_TEXT_MAX] = "{\"keys\":[0";
    for (int i = 0; i < JWKS_KEYS_MAX; i++)
        strcat(many, ",0");
    strcat(many, "]}");
    assert_int_equal(jwks_parse(slice_text(many), &jwks, failure), ERR_TOO_LARGE);
    assert_int_equal(jwks.count, 77); /* written only on success */
}

static void sets_are_compared_by_what_they_hold(void **state)
{
    (void)state;
    char failure[200];
    char *texts[4] = {
        set_of(issuer_jwk(rsa, "a", "RS256", "sig", ""), issuer_jwk(p256, "b", "ES256", "sig", ""), NULL),
        set_of(issuer_jwk(p256, "b", "ES256", "sig", ""), issuer_jwk(rsa, "a", "RS256", "sig", ""), NULL),
        set_of(issuer_jwk(rsa_other, "a", "RS256", "sig", ""), issuer_jwk(p256, "b", "ES256", "sig", ""),
               NULL),
        set_of(issuer_jwk(rsa, "a", "RS256", "sig", ""), NULL),
    };
    struct jwks sets[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(jwks_parse(slice_text(texts[i]), &sets[i], failure), ERR_OK);
    assert_true(jwks_equal(&sets[0], &sets[1]));
    assert_false(jwks_equal(&sets[0], &sets[2]));
    assert_false(jwks_equal(&sets[0], &sets[3]));
    for (int i = 0; i < 4; i++) {
        jwks_release(&sets[i]);
        free(texts[i]);
    }
}

static void base64url_has_one_text_for_each_bytes(void **state)
{
    (void)state;
    uint8_t bytes[64];
    size_t size;
    for (size_t length = 0; length < 40; length++) {
        uint8_t random[40] = {0};
        for (size_t i = 0; i < length; i++)
            random[i] = (uint8_t)(i * 37 + length * 11);
        char *text = issuer_base64url(random, length);
        assert_true(base64url_decode(slice_text(text), bytes, sizeof bytes, &size));
        assert_int_equal(size, length);
        assert_memory_equal(bytes, random, length);
        if (length > 0)
            assert_false(base64url_decode(slice_text(text), bytes, length - 1, &size));
        free(text);
    }
    static const char *const bad[] = {
        "A", "AAAAA", "AB", "AAB", "AA=", "AA==", "AA A", "AA\n", "A+AA", "A/AA", "AA.A", "\xff\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(base64url_decode(slice_text(bad[i]), bytes, sizeof bytes, &size));
    assert_false(base64url_decode(slice_of("A\0AA", 4), bytes, sizeof bytes, &size));
}

static void addresses_that_secrets_may_go_to(void **state)
{
    (void)state;
    char failure[200];
    static const char *const good[] = {"https://id.example.com/realms/g", "http://127.0.0.1:8080/realms/g",
                                       "http://localhost/realms/g", "http://[::1]:80/x", "http://127.9.9.9/"};
    static const char *const plain[] = {"http://id.example.com/", "http://127.0.0.1.example.com/",
                                        "http://localhost.example.com/", "http://10.0.0.1/",
                                        "http://keycloak:8080/"};
    static const char *const bad[] = {"",
                                      "id.example.com",
                                      "ftp://127.0.0.1/",
                                      "file:///etc/passwd",
                                      "https://user:pass@id.example.com/",
                                      "http://127.0.0.1@evil.example/",
                                      "https://id.example.com/#x",
                                      "https://",
                                      "javascript:1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(url_check(good[i], false, failure), ERR_OK);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        assert_int_equal(url_check(plain[i], false, failure), ERR_CONFIG);
        assert_int_equal(url_check(plain[i], true, failure), ERR_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(url_check(bad[i], true, failure), ERR_CONFIG);
}

static void a_realm_is_the_last_part(void **state)
{
    (void)state;
    char base[512], realm[128];
    assert_int_equal(url_split_realm("http://a/auth/realms/g", base, realm), ERR_OK);
    assert_string_equal(base, "http://a/auth");
    assert_string_equal(realm, "g");
    assert_int_equal(url_split_realm("http://a/realms/g/", base, realm), ERR_CONFIG);
    assert_int_equal(url_split_realm("http://a/realms/", base, realm), ERR_CONFIG);
    assert_int_equal(url_split_realm("http://a/", base, realm), ERR_CONFIG);
    assert_int_equal(url_split_realm("/realms/g", base, realm), ERR_CONFIG);
    assert_string_equal(url_below("http://a/realms/g/x", "http://a/realms/g"), "/x");
    assert_null(url_below("http://a/realms/g2/x", "http://a/realms/g"));
    assert_null(url_below("http://a/realms/g", "http://a/realms/g"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_taken_for_one_algorithm),
        cmocka_unit_test(keys_that_must_not_verify_are_known_and_unusable),
        cmocka_unit_test(bad_rsa_numbers_are_unusable),
        cmocka_unit_test(keys_without_a_usable_kid_are_left_out),
        cmocka_unit_test(of_two_keys_with_one_kid_the_first_usable_is_it),
        cmocka_unit_test(sets_that_are_refused_whole),
        cmocka_unit_test(sets_are_compared_by_what_they_hold),
        cmocka_unit_test(base64url_has_one_text_for_each_bytes),
        cmocka_unit_test(addresses_that_secrets_may_go_to),
        cmocka_unit_test(a_realm_is_the_last_part),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
