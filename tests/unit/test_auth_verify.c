/* auth while tokens are verified: they wait for keys, are remembered until revoked, come in storms, and
 * are answered when it closes. */
#include "auth_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "auth/limits.h"

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
    assert_true(run_until(ready));
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

static bool one_good(void)
{
    return good > 0;
}

static void a_storm_of_invented_kids_costs_one_fetch_and_delays_nobody(void **state)
{
    (void)state;
    open_auth(NULL);
    assert_true(run_until(ready));
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
    verify(good_token);
    assert_true(run_until(one_good));
    assert_true(answered < STORM + 1); /* while forged ones still wait for a fetch */
    expected = STORM + 1;
    assert_true(run_until(all_answered));
    assert_int_equal(good, 1);
    assert_true(issuer.key_sets <= 3); /* at the start, and one in KEYS_REFETCH_EVERY_MS */
    free(good_token);
}

static void closing_answers_what_waits(void **state)
{
    (void)state;
    set_answer(&issuer.discovery, NULL); /* the issuer hangs */
    open_auth(NULL);
    char *token = token_of(old_key, "old");
    verify(token);
    verify(token);
    run_for(50);
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
    assert_true(run_until(ready));
    expected = AUTH_WAITERS_MAX + 10;
    for (int i = 0; i < expected; i++)
        verify("x");
    assert_true(run_until(all_answered));
    assert_int_equal(answered, expected);
    assert_int_equal(last_rule, TOKEN_KEYS_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_that_comes_before_the_keys_waits_for_them),
        TEST(a_token_is_remembered_until_revoked),
        TEST(a_realm_wide_logout_revokes_everybody),
        TEST(a_storm_of_invented_kids_costs_one_fetch_and_delays_nobody),
        TEST(closing_answers_what_waits),
        TEST(more_than_the_bound_are_told_to_come_back),
    };
    return cmocka_run_group_tests(tests, setup_keys, teardown_keys);
}
