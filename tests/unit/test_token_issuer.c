/* auth against an issuer on the loop: discovery, keys, rotation, storms, and every way an issuer can be bad.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "auth/auth.h"
#include "auth/limits.h"
#include "base/check.h"
#include "helper_issuer.h"

#define SUBJECT "5f0c7a3e-9a1f-4a7b-8b45-0123456789ab"

/* What the issuer answers now. */
struct issuer {
    char url[128], issuer[128];
    char *discovery, *key_set; /* whole HTTP answers; NULL: never */
    char *discovery_body;      /* what fills `discovery` when it is to be good */
    int discoveries, key_sets;
};

static EVP_PKEY *old_key, *new_key;
static struct loop *loop;
static struct issuer_server *server;
static struct issuer issuer;
static struct auth *auth;
static struct uuid subject;

static char *answer(void *ctx, const char *request)
{
    struct issuer *at = ctx;
    if (strncmp(request, "GET /realms/g/.well-known/openid-configuration ", 47) == 0) {
        at->discoveries++;
        return at->discovery != NULL ? strdup(at->discovery) : NULL;
    }
    if (strncmp(request, "GET /realms/g/certs ", 20) == 0) {
        at->key_sets++;
        return at->key_set != NULL ? strdup(at->key_set) : NULL;
    }
    return issuer_http(404, "", "{}");
}

static void set_answer(char **slot, char *fresh)
{
    free(*slot);
    *slot = fresh;
}

static char *discovery_of(const char *issuer_name, const char *jwks_uri)
{
    char body[512];
    snprintf(body, sizeof body, "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}", issuer_name, jwks_uri);
    return issuer_http(200, "Content-Type: application/json\r\n", body);
}

static char *key_set_of(EVP_PKEY *one, const char *kid_one, EVP_PKEY *two, const char *kid_two)
{
    char *body = NULL, *first = issuer_jwk(one, kid_one, "RS256", "sig", "");
    char *second = two != NULL ? issuer_jwk(two, kid_two, "RS256", "sig", "") : strdup("0");
    check(asprintf(&body, "{\"keys\":[%s,%s]}", first, second) > 0);
    char *http = issuer_http(200, "", body);
    free(body);
    free(first);
    free(second);
    return http;
}

static char *token_of(EVP_PKEY *key, const char *kid)
{
    char header[256], payload[1024];
    long long now = (long long)time(NULL);
    snprintf(header, sizeof header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", kid);
    snprintf(payload, sizeof payload,
             "{\"exp\":%lld,\"iat\":%lld,\"iss\":\"%s\",\"aud\":\"gachapon\",\"sub\":\"" SUBJECT
             "\",\"typ\":\"Bearer\","
             "\"azp\":\"players\",\"realm_access\":{\"roles\":[\"player\"]}}",
             now + 300, now, issuer.issuer);
    return issuer_sign(header, payload, "RS256", key, (struct slice){0});
}

static bool run_until(bool (*holds)(void), uint64_t most_ms)
{
    return issuer_run_until(loop, holds, most_ms);
}

static bool ready(void)
{
    return auth_ready(auth);
}

static uint64_t failed_fetches(void)
{
    uint64_t failed = 0;
    for (int kind = 0; kind < KEY_FAILURE_KINDS; kind++)
        failed += auth_counters(auth)->key_fetch_failures[kind];
    return failed;
}

static bool failed_once(void)
{
    return failed_fetches() >= 1;
}
static bool failed_three_times(void)
{
    return failed_fetches() >= 3;
}
static bool never(void)
{
    return false;
}

/* ---- verifies under way */

static int answered, good;
static enum token_rule last_rule;
static bool inside_verify;

static void verified(void *ctx, enum token_rule rule, const struct token_claims *claims)
{
    (void)ctx;
    check(!inside_verify);
    check((rule == TOKEN_GOOD) == (claims != NULL));
    answered++;
    good += rule == TOKEN_GOOD;
    last_rule = rule;
}

static uint64_t verify(const char *token)
{
    inside_verify = true;
    uint64_t number = auth_verify(auth, slice_text(token), verified, NULL);
    inside_verify = false;
    return number;
}

static int expected;
static bool all_answered(void)
{
    return answered >= expected;
}

static enum token_rule verify_one(const char *token)
{
    answered = 0;
    expected = 1;
    verify(token);
    assert_int_equal(answered, 0);
    assert_true(run_until(all_answered, 10000));
    return last_rule;
}

/* ---- setting up */

static int setup_keys(void **state)
{
    (void)state;
    old_key = issuer_rsa(2048);
    new_key = issuer_rsa(2048);
    check(uuid_parse(slice_text(SUBJECT), &subject));
    return 0;
}

static int teardown_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(old_key);
    EVP_PKEY_free(new_key);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    loop = loop_new();
    memset(&issuer, 0, sizeof issuer);
    server = issuer_server_new(loop, answer, &issuer);
    snprintf(issuer.url, sizeof issuer.url, "http://127.0.0.1:%d/realms/g", issuer_server_port(server));
    strcpy(issuer.issuer, issuer.url);
    char uri[160];
    snprintf(uri, sizeof uri, "%s/certs", issuer.url);
    set_answer(&issuer.discovery, discovery_of(issuer.url, uri));
    set_answer(&issuer.key_set, key_set_of(old_key, "old", NULL, NULL));
    answered = good = 0;
    return 0;
}

static void open_auth(const char *fetch_url)
{
    char failure[200] = "";
    struct auth_config config = {.issuer = issuer.issuer,
                                 .issuer_fetch_url = fetch_url,
                                 .audience = "gachapon",
                                 .clients = "players, operator",
                                 .skew_s = 5};
    auth = auth_open(loop, &config, failure);
    if (auth == NULL)
        print_error("%s\n", failure);
    assert_non_null(auth);
}

static int teardown(void **state)
{
    (void)state;
    auth_close(auth);
    auth = NULL;
    issuer_server_free(server);
    loop_free(loop);
    set_answer(&issuer.discovery, NULL);
    set_answer(&issuer.key_set, NULL);
    return 0;
}

/* ---- tests */

static void a_token_that_comes_before_the_keys_waits_for_them(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_false(auth_ready(auth));
    char *token = token_of(old_key, "old");
    assert_int_equal(verify_one(token), TOKEN_GOOD);
    assert_true(auth_ready(auth));
    assert_int_equal(issuer.discoveries, 1);
    assert_int_equal(issuer.key_sets, 1);
    free(token);
}

static void take_back(enum revocation_kind kind, int64_t at_ms)
{
    struct revocation revocation = {
        .kind = kind, .close = CLOSE_SIGNED_OUT, .subject = subject, .at_ms = at_ms};
    auth_revoke(auth, &revocation, 0);
}

static void a_token_is_remembered_until_revoked(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_true(run_until(ready, 5000));
    char *token = token_of(old_key, "old");
    struct token_claims claims;
    int64_t now = loop_now_ms(loop);
    assert_int_equal(auth_check(auth, slice_text(token), now, &claims), TOKEN_GOOD);
    assert_int_equal(auth_check(auth, slice_text(token), now, &claims), TOKEN_GOOD);
    assert_int_equal(auth_counters(auth)->verified, 1);
    assert_int_equal(auth_counters(auth)->remembered, 1);
    assert_int_equal(auth_check(auth, slice_text(token), now + 306000, &claims), TOKEN_EXPIRED);

    take_back(REVOKED_SUBJECT, claims.issued_at_ms); /* not before: this one may stay */
    assert_int_equal(auth_check(auth, slice_text(token), now, &claims), TOKEN_GOOD);
    take_back(REVOKED_SUBJECT, claims.issued_at_ms + 1);
    assert_int_equal(auth_check(auth, slice_text(token), now, &claims), TOKEN_REVOKED);
    take_back(REVOKED_SUBJECT, 1); /* an older one changes nothing */
    assert_int_equal(verify_one(token), TOKEN_REVOKED);
    free(token);
}

static void a_realm_wide_logout_revokes_everybody(void **state)
{
    (void)state;
    open_auth(NULL);
    char *token = token_of(old_key, "old");
    assert_int_equal(verify_one(token), TOKEN_GOOD);
    take_back(REVOKED_EVERYBODY, loop_now_ms(loop) + 1000);
    assert_int_equal(verify_one(token), TOKEN_REVOKED);
    free(token);
}

static void a_rotated_key_is_fetched_for_the_first_token_that_names_it(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_true(run_until(ready, 5000));
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
    assert_true(run_until(ready, 5000));
    char *old_token = token_of(old_key, "old"), *new_token = token_of(new_key, "new");
    assert_int_equal(verify_one(old_token), TOKEN_GOOD);
    set_answer(&issuer.key_set, key_set_of(new_key, "new", NULL, NULL));
    assert_int_equal(verify_one(new_token), TOKEN_GOOD);
    struct token_claims claims;
    assert_int_equal(auth_check(auth, slice_text(old_token), loop_now_ms(loop), &claims), TOKEN_KEY_UNKNOWN);
    free(old_token);
    free(new_token);
}

static void a_storm_of_invented_kids_costs_one_fetch_and_delays_nobody(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_true(run_until(ready, 5000));
    char *good_token = token_of(old_key, "old");
    enum { STORM = AUTH_WAITING_MAX + 500 };
    for (int i = 0; i < STORM; i++) {
        char kid[32], header[128], forged[256];
        snprintf(kid, sizeof kid, "invented-%d", i);
        snprintf(header, sizeof header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", kid);
        char *header64 = issuer_base64url(header, strlen(header));
        snprintf(forged, sizeof forged, "%s.e30.AAAA", header64);
        verify(forged);
        free(header64);
    }
    uint64_t began = loop_mono_ms(loop);
    expected = 1;
    int before = good;
    verify(good_token);
    while (good == before && loop_mono_ms(loop) - began < 2000)
        run_until(never, 5);
    assert_int_equal(good, before + 1);
    assert_true(loop_mono_ms(loop) - began < 1000); /* not the 3 s that the forged ones wait for a fetch */
    expected = STORM + 1;
    assert_true(run_until(all_answered, 10000));
    assert_int_equal(good, 1);
    assert_true(issuer.key_sets <= 3); /* at the start, and one in KEYS_REFETCH_EVERY_MS */
    free(good_token);
}

static void a_cancelled_verify_has_no_callback(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_true(run_until(ready, 5000));
    char *token = token_of(old_key, "old"), *unknown = token_of(new_key, "new");
    uint64_t now = verify(token), later = verify(unknown);
    auth_cancel(auth, now);
    run_until(never, 50); /* `later` waits for keys by now */
    auth_cancel(auth, later);
    auth_cancel(auth, later);
    auth_cancel(auth, 999999);
    run_until(never, 50);
    assert_int_equal(answered, 0);
    free(token);
    free(unknown);
}

static void closing_answers_what_waits(void **state)
{
    (void)state;
    set_answer(&issuer.discovery, NULL); /* the issuer hangs */
    open_auth(NULL);
    char *token = token_of(old_key, "old");
    verify(token);
    verify(token);
    run_until(never, 50);
    verify(token);
    assert_int_equal(answered, 0);
    auth_close(auth);
    auth = NULL;
    assert_int_equal(answered, 3);
    assert_int_equal(last_rule, TOKEN_KEYS_UNAVAILABLE);
    free(token);
}

static void more_than_the_bound_are_told_to_come_back(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_true(run_until(ready, 5000));
    expected = AUTH_WAITERS_MAX + 10;
    for (int i = 0; i < expected; i++)
        verify("x");
    assert_true(run_until(all_answered, 10000));
    assert_int_equal(answered, expected);
    assert_int_equal(last_rule, TOKEN_KEYS_UNAVAILABLE);
}

static void keys_stay_while_the_issuer_is_away_and_come_back_with_it(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_true(run_until(ready, 5000));
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
        bool failed = run_until(failed_once, 5000);
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
    assert_true(run_until(failed_once, 5000));
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
    assert_true(run_until(failed_three_times, 10000));
    assert_true(loop_mono_ms(loop) - began > 2000); /* one pause of a second, one of two, less the jitter */
    set_answer(&issuer.discovery, good_discovery);
    assert_true(run_until(ready, 10000));
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_token_that_comes_before_the_keys_waits_for_them),
        TEST(a_token_is_remembered_until_revoked),
        TEST(a_realm_wide_logout_revokes_everybody),
        TEST(a_rotated_key_is_fetched_for_the_first_token_that_names_it),
        TEST(a_key_taken_out_no_longer_vouches_for_remembered_tokens),
        TEST(a_storm_of_invented_kids_costs_one_fetch_and_delays_nobody),
        TEST(a_cancelled_verify_has_no_callback),
        TEST(closing_answers_what_waits),
        TEST(more_than_the_bound_are_told_to_come_back),
        TEST(keys_stay_while_the_issuer_is_away_and_come_back_with_it),
        TEST(the_key_set_is_read_below_the_fetch_url),
        TEST(bad_issuers_are_not_believed),
        TEST(a_key_set_elsewhere_is_not_read_through_the_fetch_url),
        TEST(a_failing_issuer_is_asked_again_and_again_with_pauses),
        TEST(wrong_configuration_is_named),
    };
    return cmocka_run_group_tests(tests, setup_keys, teardown_keys);
}
