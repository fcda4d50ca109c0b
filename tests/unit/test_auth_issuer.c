/* auth and its issuer: discovery, keys that rotate, and every way an issuer can be bad, away or wrongly
 * named. */
#include "auth_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "auth/limits.h"

static void a_rotated_key_is_fetched_for_the_first_token_that_names_it(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_true(run_until(ready));
    char *old_token = token_of(old_key, "old"), *new_token = token_of(new_key, "new");
    assert_int_equal(verify_one(old_token), TOKEN_GOOD);
    set_answer(&issuer.key_set, key_set_of(old_key, "old", new_key, "new"));
    assert_int_equal(verify_one(new_token),
                     TOKEN_GOOD); /* waits for the rate limit, not longer than AUTH_WAIT_MS */
    assert_int_equal(issuer.key_sets, 2);
    assert_int_equal(verify_one(old_token), TOKEN_GOOD);
    free(old_token);
    free(new_token);
}

static void a_key_taken_out_no_longer_vouches_for_remembered_tokens(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_true(run_until(ready));
    char *old_token = token_of(old_key, "old"), *new_token = token_of(new_key, "new");
    assert_int_equal(verify_one(old_token), TOKEN_GOOD);
    set_answer(&issuer.key_set, key_set_of(new_key, "new", NULL, NULL));
    assert_int_equal(verify_one(new_token), TOKEN_GOOD);
    struct token_claims claims;
    assert_int_equal(auth_check(auth, slice_text(old_token), loop_now_ms(loop), &claims), TOKEN_KEY_UNKNOWN);
    free(old_token);
    free(new_token);
}

static void keys_stay_while_the_issuer_is_away_and_come_back_with_it(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_true(run_until(ready));
    issuer_server_stop(server);
    char *token = token_of(old_key, "old"), *unknown = token_of(new_key, "new");
    assert_int_equal(verify_one(token), TOKEN_GOOD);
    assert_int_equal(verify_one(unknown), TOKEN_KEYS_UNAVAILABLE); /* nobody could be asked */
    assert_true(auth_ready(auth));
    assert_true(auth_failure(auth)[0] != '\0');
    issuer_server_start(server);
    set_answer(&issuer.key_set, key_set_of(old_key, "old", new_key, "new"));
    assert_int_equal(verify_one(unknown), TOKEN_GOOD);
    assert_string_equal(auth_failure(auth), "");
    free(token);
    free(unknown);
}

/* Discovery under an inner address: the issuer's own address is never contacted. */
static void the_key_set_is_read_below_the_fetch_url(void **state)
{
    (void)state;
    strcpy(issuer.issuer, "https://id.example.com/realms/g");
    set_answer(&issuer.discovery, discovery_of(issuer.issuer, "https://id.example.com/realms/g/certs"));
    open_auth(issuer.url);
    char *token = token_of(old_key, "old");
    assert_int_equal(verify_one(token), TOKEN_GOOD);
    free(token);
}

static void bad_issuers_are_not_believed(void **state)
{
    (void)state;
    char uri[200], *huge = malloc(JWKS_MAX_BYTES + 200);
    snprintf(uri, sizeof uri, "%s/certs", issuer.url);
    /* no Content-Length: the body ends when the connection does */
    strcpy(huge, "HTTP/1.1 200 X\r\nConnection: close\r\n\r\n");
    memset(huge + strlen(huge), ' ', JWKS_MAX_BYTES + 100);
    huge[JWKS_MAX_BYTES + 150] = '\0';
    char redirect[256];
    snprintf(redirect, sizeof redirect, "Location: %s/certs\r\n", issuer.url);
    struct {
        const char *name;
        char *discovery, *key_set, *failure;
        enum key_failure kind;
    } cases[] = {
        {"500", issuer_http(500, "", "{}"), NULL, "status 500", KEY_FAILURE_STATUS},
        {"a redirect", issuer_http(302, redirect, ""), NULL, "status 302", KEY_FAILURE_STATUS},
        {"not JSON", issuer_http(200, "", "<html>"), NULL, "lacks issuer", KEY_FAILURE_DISCOVERY},
        {"duplicate members", issuer_http(200, "", "{\"issuer\":\"a\",\"issuer\":\"b\",\"jwks_uri\":\"c\"}"),
         NULL, "lacks", KEY_FAILURE_DISCOVERY},
        {"huge", huge, NULL, "discovery", KEY_FAILURE_TOO_LARGE},
        {"hangs up", strdup(""), NULL, "discovery", KEY_FAILURE_BROKEN},
        {"another issuer", discovery_of("http://127.0.0.1:1/realms/g", uri), NULL, "is of issuer",
         KEY_FAILURE_DISCOVERY},
        {"issuer with a slash more", discovery_of(strcat(strcpy(redirect, issuer.url), "/"), uri), NULL,
         "is of issuer", KEY_FAILURE_DISCOVERY},
        {"jwks_uri plain http elsewhere", discovery_of(issuer.url, "http://id.example.com/certs"), NULL,
         "plain http", KEY_FAILURE_DISCOVERY},
        {"jwks_uri is ftp", discovery_of(issuer.url, "ftp://127.0.0.1/certs"), NULL, "https and http",
         KEY_FAILURE_DISCOVERY},
        {"key set 404", NULL, issuer_http(404, "", "{}"), "status 404", KEY_FAILURE_STATUS},
        {"key set empty", NULL, issuer_http(200, "", "{\"keys\":[]}"), "can verify", KEY_FAILURE_KEY_SET},
        {"key set garbage", NULL, issuer_http(200, "", "\x01\x02"), "not a JSON", KEY_FAILURE_KEY_SET},
    };
    char *good_discovery = strdup(issuer.discovery), *good_key_set = strdup(issuer.key_set);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_answer(&issuer.discovery,
                   cases[i].discovery != NULL ? cases[i].discovery : strdup(good_discovery));
        set_answer(&issuer.key_set, cases[i].key_set != NULL ? cases[i].key_set : strdup(good_key_set));
        open_auth(NULL);
        bool failed = run_until(failed_once);
        if (!failed || strstr(auth_failure(auth), cases[i].failure) == NULL)
            print_error("%s: '%s'\n", cases[i].name, auth_failure(auth));
        assert_true(failed);
        assert_non_null(strstr(auth_failure(auth), cases[i].failure));
        assert_true(auth_counters(auth)->key_fetch_failures[cases[i].kind] >= 1);
        assert_int_equal(auth_counters(auth)->keys_known, 0);
        assert_false(auth_ready(auth));
        auth_close(auth);
        auth = NULL;
    }
    set_answer(&issuer.discovery, good_discovery);
    set_answer(&issuer.key_set, good_key_set);
}

static void a_key_set_elsewhere_is_not_read_through_the_fetch_url(void **state)
{
    (void)state;
    strcpy(issuer.issuer, "https://id.example.com/realms/g");
    set_answer(&issuer.discovery, discovery_of(issuer.issuer, "https://evil.example/certs"));
    open_auth(issuer.url);
    assert_true(run_until(failed_once));
    assert_non_null(strstr(auth_failure(auth), "not below the issuer"));
    assert_int_equal(issuer.key_sets, 0);
}

static void a_failing_issuer_is_asked_again_and_again_with_pauses(void **state)
{
    (void)state;
    char *good_discovery = strdup(issuer.discovery);
    set_answer(&issuer.discovery, issuer_http(503, "", ""));
    open_auth(NULL);
    uint64_t began = loop_mono_ms(loop);
    assert_true(run_until(failed_three_times));
    assert_true(loop_mono_ms(loop) - began > 2000); /* one pause of a second, one of two, less the jitter */
    set_answer(&issuer.discovery, good_discovery);
    assert_true(run_until(ready));
}

static void wrong_configuration_is_named(void **state)
{
    (void)state;
    struct auth_config base = {.issuer = issuer.url, .audience = "a", .clients = "c"}, config;
    char failure[200] = "";
#define REFUSED(member, value)                                                                               \
    config = base;                                                                                           \
    config.member = value;                                                                                   \
    failure[0] = '\0';                                                                                       \
    assert_null(auth_open(loop, &config, failure));                                                          \
    assert_true(failure[0] != '\0')
    REFUSED(issuer, "http://id.example.com/realms/g");
    REFUSED(issuer, "ftp://127.0.0.1/");
    REFUSED(issuer, "");
    REFUSED(issuer, NULL);
    REFUSED(audience, "");
    REFUSED(clients, " , ");
    REFUSED(clients, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q");
    REFUSED(issuer_fetch_url, "http://10.0.0.1/realms/g");
#undef REFUSED
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rotated_key_is_fetched_for_the_first_token_that_names_it),
        TEST(a_key_taken_out_no_longer_vouches_for_remembered_tokens),
        TEST(keys_stay_while_the_issuer_is_away_and_come_back_with_it),
        TEST(the_key_set_is_read_below_the_fetch_url),
        TEST(bad_issuers_are_not_believed),
        TEST(a_key_set_elsewhere_is_not_read_through_the_fetch_url),
        TEST(a_failing_issuer_is_asked_again_and_again_with_pauses),
        TEST(wrong_configuration_is_named),
    };
    return cmocka_run_group_tests(tests, setup_keys, teardown_keys);
}
