/* keycloak_guest.c, and the making of guests, against a Keycloak on the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include "helper_keycloak.h"

#define SECRET "kJ8-vGn2Qw5_xZr7Tb4yLm9PdC3hFs6A"
#define GUEST                                                                                                \
    "{\"enabled\":true,\"username\":\"guest-1\",\"attributes\":{\"registration_id\":[\"" USER                \
    "\"],\"guest\":[\"true\"]}}"

static bool ended;
static enum keycloak_outcome outcome;
static struct uuid found;
static char told[200];

static bool has_ended(void)
{
    return ended;
}
static void done(void *ctx, enum keycloak_outcome result, struct uuid user, const char *detail)
{
    (void)ctx;
    check(!ended);
    ended = true;
    outcome = result;
    found = user;
    snprintf(told, sizeof told, "%s", detail != NULL ? detail : "");
}
static enum keycloak_outcome wait_outcome(void)
{
    assert_false(ended); /* never before the call has returned */
    assert_true(fake_run_until(has_ended, 10000));
    ended = false;
    return outcome;
}

static enum keycloak_outcome create(const char *secret)
{
    keycloak_create_guest(fake_client, slice_text(secret), fake_uuid(REGISTRATION), done, NULL);
    return wait_outcome();
}
static enum keycloak_outcome find(void)
{
    keycloak_find_user(fake_client, fake_uuid(OTHER), done, NULL);
    return wait_outcome();
}
static enum keycloak_outcome claim(const char *email, const char *password)
{
    keycloak_claim_guest(fake_client, fake_uuid(OTHER), slice_text(email), slice_text(password),
                         fake_uuid(REGISTRATION), done, NULL);
    return wait_outcome();
}
static enum keycloak_outcome end_sessions(const char *keep)
{
    keycloak_end_sessions(fake_client, fake_uuid(OTHER), keep, done, NULL);
    return wait_outcome();
}

static const char *member(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text != NULL ? text : "";
}

static void a_guest_is_a_user_without_an_address(void **state)
{
    (void)state;
    json_error_t error;
    assert_int_equal(create(SECRET), KEYCLOAK_OK);
    assert_true(uuid_equal(found, fake_uuid(USER)));
    json_t *body = json_loads(fake.create_body, JSON_REJECT_DUPLICATES, &error);
    const json_t *attributes = json_object_get(body, "attributes");
    assert_string_equal(member(body, "username"), "guest-" REGISTRATION);
    assert_null(json_object_get(body, "email"));
    assert_string_equal(member(json_array_get(json_object_get(body, "credentials"), 0), "value"), SECRET);
    assert_string_equal(json_string_value(json_array_get(json_object_get(attributes, "guest"), 0)), "true");
    assert_string_equal(json_string_value(json_array_get(json_object_get(attributes, "registration_id"), 0)),
                        REGISTRATION);
    json_decref(body);
    assert_int_equal(create(""), KEYCLOAK_PASSWORD_WEAK);
}

static void a_guest_that_is_there_is_found_by_its_name(void **state)
{
    (void)state;
    fake.create_status = 409;
    fake.existing = "[{\"id\":\"" OTHER "\",\"attributes\":{\"registration_id\":[\"" REGISTRATION "\"]}}]";
    assert_int_equal(create(SECRET), KEYCLOAK_EXISTS_SAME);
    assert_true(uuid_equal(found, fake_uuid(OTHER)));
}

static void a_user_is_there_or_not_or_nobody_knows(void **state)
{
    static const struct {
        int status;
        const char *user;
        enum keycloak_outcome outcome;
        bool there;
    } answers[] = {
        {200, "{\"enabled\":true}", KEYCLOAK_OK, true},
        {200, "{\"enabled\":false}", KEYCLOAK_OK, true},
        {404, "{\"error\":\"User not found\"}", KEYCLOAK_OK, false},
        {404, "{\"error\":\"Realm not found.\"}", KEYCLOAK_UNAVAILABLE, false},
        {404, "<html>no such page</html>", KEYCLOAK_UNAVAILABLE, false},
        {404, "", KEYCLOAK_UNAVAILABLE, false},
        {200, "{}", KEYCLOAK_UNAVAILABLE, false},
        {200, "[]", KEYCLOAK_UNAVAILABLE, false},
        {403, "{\"error\":\"HTTP 403 Forbidden\"}", KEYCLOAK_MISCONFIGURED, false},
        {500, "{}", KEYCLOAK_UNAVAILABLE, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        fake.read_status = answers[i].status;
        fake.user = answers[i].user;
        assert_int_equal(find(), answers[i].outcome);
        assert_int_equal(uuid_equal(found, fake_uuid(OTHER)), answers[i].there);
        assert_int_equal(uuid_is_nil(found), !answers[i].there);
    }
}

static void a_claim_changes_the_user_in_one_step(void **state)
{
    (void)state;
    json_error_t error;
    fake.user = GUEST;
    assert_int_equal(claim("ada@example.com", "quote\" and \\ and more"), KEYCLOAK_OK);
    assert_true(uuid_equal(found, fake_uuid(OTHER)));
    json_t *body = json_loads(fake.claim_body, JSON_REJECT_DUPLICATES, &error);
    const json_t *attributes = json_object_get(body, "attributes");
    const json_t *credential = json_array_get(json_object_get(body, "credentials"), 0);
    assert_string_equal(member(body, "username"), "guest-1");
    assert_string_equal(member(body, "email"), "ada@example.com");
    assert_true(json_is_false(json_object_get(body, "emailVerified")));
    assert_string_equal(member(credential, "value"), "quote\" and \\ and more");
    assert_true(json_is_false(json_object_get(credential, "temporary")));
    assert_int_equal(json_object_size(attributes), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(attributes, "registration_id"), 0)),
                        REGISTRATION);
    json_decref(body);
}

/* Whoever has a password of its own keeps it, whatever is sent with its token. */
static void only_a_guest_can_be_claimed(void **state)
{
    static const struct {
        int status;
        const char *user;
        enum keycloak_outcome outcome;
    } users[] = {
        {200, "{\"username\":\"ada\"}", KEYCLOAK_NOT_GUEST},
        {200, "{\"username\":\"guest-1\",\"attributes\":{\"registration_id\":[\"" USER "\"]}}",
         KEYCLOAK_NOT_GUEST},
        {200, "{\"username\":\"ada\",\"attributes\":{\"guest\":[\"false\"]}}", KEYCLOAK_NOT_GUEST},
        {200, "{\"username\":\"ada\",\"attributes\":{\"guest\":\"true\"}}", KEYCLOAK_NOT_GUEST},
        {200, "{\"username\":\"ada\",\"attributes\":{\"guest\":[\"true\",\"true\"]}}", KEYCLOAK_NOT_GUEST},
        {200, "{\"username\":\"ada\",\"attributes\":{\"registration_id\":[\"" REGISTRATION "\"]}}",
         KEYCLOAK_EXISTS_SAME},
        {404, "{\"error\":\"User not found\"}", KEYCLOAK_NOT_GUEST},
        {200, "{}", KEYCLOAK_UNAVAILABLE},
        {200, "[]", KEYCLOAK_UNAVAILABLE},
        {503, GUEST, KEYCLOAK_UNAVAILABLE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        fake.read_status = users[i].status;
        fake.user = users[i].user;
        assert_int_equal(claim("ada@example.com", "correct horse 7"), users[i].outcome);
    }
    assert_string_equal(fake.claim_body, "");
}

static void what_the_realm_says_of_a_claim_is_told(void **state)
{
    (void)state;
    fake.user = GUEST;
    fake.claim_status = 409;
    fake.claim_answer = "{\"errorMessage\":\"User exists with same email\"}";
    assert_int_equal(claim("ada@example.com", "correct horse 7"), KEYCLOAK_EMAIL_TAKEN);
    fake.claim_status = 400;
    fake.claim_answer = "{\"error\":\"invalidPasswordMinLengthMessage\",\"error_description\":\"Invalid "
                        "password: minimum length 8.\"}";
    assert_int_equal(claim("ada@example.com", "short"), KEYCLOAK_PASSWORD_WEAK);
    assert_non_null(strstr(told, "minimum length 8"));
    fake.claim_answer =
        "{\"field\":\"email\",\"errorMessage\":\"error-invalid-email\",\"params\":[\"email\",\"x\"]}";
    assert_int_equal(claim("ada@example", "correct horse 7"), KEYCLOAK_EMAIL_INVALID);
    fake.claim_status = 500;
    assert_int_equal(claim("ada@example.com", "correct horse 7"), KEYCLOAK_UNAVAILABLE);
    fake.claim_body[0] = '\0';
    assert_int_equal(claim("", "correct horse 7"), KEYCLOAK_EMAIL_INVALID);
    assert_int_equal(claim("ada@example.com", ""), KEYCLOAK_PASSWORD_WEAK);
    assert_string_equal(fake.claim_body, "");
}

#define WANTED                                                                                               \
    "[{\"alias\":\"CONFIGURE_TOTP\",\"enabled\":true,\"defaultAction\":false},"                              \
    "{\"alias\":\"TERMS_AND_CONDITIONS\",\"enabled\":true,\"defaultAction\":true},"                          \
    "{\"alias\":\"VERIFY_PROFILE\",\"enabled\":false,\"defaultAction\":true}]"
#define BOUND_GUEST                                                                                          \
    "{\"enabled\":true,\"username\":\"guest-1\",\"attributes\":{\"registration_id\":[\"" USER                \
    "\"],\"guest\":[\"true\"]},\"requiredActions\":[\"TERMS_AND_CONDITIONS\",\"UPDATE_PASSWORD\"]}"

/* The realm's actions are what a guest cannot do: taken off, and put on again with the claim. */
static void a_guest_is_let_off_until_it_claims(void **state)
{
    (void)state;
    fake.user = BOUND_GUEST;
    fake.required_actions = WANTED;
    keycloak_let_guest_off(fake_client, fake_uuid(OTHER), done, NULL);
    assert_int_equal(wait_outcome(), KEYCLOAK_OK);
    assert_non_null(strstr(fake.claim_body, "\"requiredActions\":[\"UPDATE_PASSWORD\"]")); /* an operator's */
    assert_non_null(strstr(fake.claim_body, "\"emailVerified\":true"));
    assert_null(strstr(fake.claim_body, "credentials"));
    fake.user = GUEST;
    assert_int_equal(claim("ada@example.com", "correct horse 7"), KEYCLOAK_OK);
    assert_non_null(strstr(fake.claim_body, "\"requiredActions\":[\"TERMS_AND_CONDITIONS\"]"));
    fake.required_actions = NULL; /* which our account may not see: as if there were none */
    assert_int_equal(claim("ada@example.com", "correct horse 7"), KEYCLOAK_OK);
    assert_non_null(strstr(fake.claim_body, "\"requiredActions\":[]"));
    fake.claim_body[0] = '\0';
    fake.required_actions = "{}";
    assert_int_equal(claim("ada@example.com", "correct horse 7"), KEYCLOAK_UNAVAILABLE);
    fake.user = "{\"username\":\"ada\",\"requiredActions\":[\"TERMS_AND_CONDITIONS\"]}";
    keycloak_let_guest_off(fake_client, fake_uuid(OTHER), done, NULL);
    assert_int_equal(wait_outcome(), KEYCLOAK_NOT_GUEST);
    assert_string_equal(fake.claim_body, "");
}

static void sessions_end_one_by_one_but_the_one_that_is_kept(void **state)
{
    (void)state;
    fake.sessions = "[{\"id\":\"aaa-1\"},{\"id\":\"bbb_2\"},{\"id\":\"ccc\"}]";
    assert_int_equal(end_sessions("bbb_2"), KEYCLOAK_OK);
    assert_string_equal(fake.ended, "aaa-1 ccc ");
    fake.end_status = 404; /* gone by itself meanwhile */
    assert_int_equal(end_sessions(""), KEYCLOAK_OK);
    assert_string_equal(fake.ended, "aaa-1 ccc aaa-1 bbb_2 ccc ");
    fake.sessions = "[]";
    assert_int_equal(end_sessions(""), KEYCLOAK_OK);
    fake.sessions = "[{\"id\":\"aaa\"},{\"id\":\"bbb\"}]";
    fake.end_status = 500;
    fake.ended[0] = '\0';
    assert_int_equal(end_sessions(""), KEYCLOAK_UNAVAILABLE);
    assert_string_equal(fake.ended, "aaa ");
}

static void odd_lists_of_sessions_end_nothing(void **state)
{
    static const char *const odd[] = {"",
                                      "{}",
                                      "null",
                                      "[{\"id\":\"../users\"}]",
                                      "[{\"id\":\"a?b\"}]",
                                      "[{\"id\":\"\"}]",
                                      "[{\"id\":7}]",
                                      "[{\"id\":\"aaa\"},{}]"};
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        fake.sessions = odd[i];
        assert_int_equal(end_sessions(""), KEYCLOAK_UNAVAILABLE);
    }
    assert_string_equal(fake.ended, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_guest_is_a_user_without_an_address),
        TEST(a_guest_that_is_there_is_found_by_its_name),
        TEST(a_user_is_there_or_not_or_nobody_knows),
        TEST(a_claim_changes_the_user_in_one_step),
        TEST(only_a_guest_can_be_claimed),
        TEST(what_the_realm_says_of_a_claim_is_told),
        TEST(a_guest_is_let_off_until_it_claims),
        TEST(sessions_end_one_by_one_but_the_one_that_is_kept),
        TEST(odd_lists_of_sessions_end_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
