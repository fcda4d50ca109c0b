/* keycloak.c against a Keycloak on the loop: making users, grants, the service account's token, and their
 * failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include "helper_keycloak.h"

static int ended, succeeded, expected;
static bool inside_call;
static enum keycloak_outcome outcome;
static struct uuid made;
static char told[200];

static bool all_ended(void)
{
    return ended >= expected;
}
static void user_done(void *ctx, enum keycloak_outcome result, struct uuid user, const char *detail)
{
    (void)ctx;
    check(!inside_call);
    ended++;
    succeeded += result == KEYCLOAK_OK;
    outcome = result;
    made = user;
    snprintf(told, sizeof told, "%s", detail != NULL ? detail : "");
}
static void tokens_done(void *ctx, enum keycloak_outcome result, const struct keycloak_tokens *tokens)
{
    (void)ctx;
    check(!inside_call);
    check((result == KEYCLOAK_OK) == (tokens != NULL));
    ended++;
    outcome = result;
    if (tokens != NULL)
        snprintf(told, sizeof told, "%.*s", SLICE_ARGS(tokens->access_token));
}

static enum keycloak_outcome create(const char *email, struct slice password)
{
    ended = 0;
    expected = 1;
    inside_call = true;
    keycloak_create_user(fake_client, slice_text(email), password, fake_uuid(REGISTRATION), user_done, NULL);
    inside_call = false;
    assert_true(fake_run_until(all_ended, 10000));
    assert_int_equal(ended, 1);
    return outcome;
}

static enum keycloak_outcome grant(const char *email, const char *password)
{
    ended = 0;
    expected = 1;
    inside_call = true;
    keycloak_password_grant(fake_client, slice_text(email), slice_text(password), tokens_done, NULL);
    inside_call = false;
    assert_true(fake_run_until(all_ended, 10000));
    return outcome;
}

static void a_user_is_made(void **state)
{
    (void)state;
    assert_int_equal(create("ada@example.com", slice_text("quote\" and \\ and \xc3\xa9")), KEYCLOAK_OK);
    assert_true(uuid_equal(made, fake_uuid(USER)));
    json_error_t error;
    json_t *body = json_loads(fake.create_body, JSON_REJECT_DUPLICATES, &error);
    assert_string_equal(json_string_value(json_object_get(body, "username")), "ada@example.com");
    assert_string_equal(json_string_value(json_object_get(body, "email")), "ada@example.com");
    assert_true(json_is_true(json_object_get(body, "enabled")));
    const json_t *credential = json_array_get(json_object_get(body, "credentials"), 0);
    assert_string_equal(json_string_value(json_object_get(credential, "value")),
                        "quote\" and \\ and \xc3\xa9");
    assert_true(json_is_false(json_object_get(credential, "temporary")));
    const json_t *registration = json_object_get(json_object_get(body, "attributes"), "registration_id");
    assert_string_equal(json_string_value(json_array_get(registration, 0)), REGISTRATION);
    json_decref(body);
    assert_int_equal(create("eve@example.com", slice_text("another password")), KEYCLOAK_OK);
    assert_int_equal(fake.tokens, 1); /* the service account's token is kept */
}

static void a_conflict_is_looked_into(void **state)
{
    (void)state;
    fake.create_status = 409;
    fake.create_answer = "{\"errorMessage\":\"User exists with same email\"}";
    assert_int_equal(create("ada@example.com", slice_text("correct horse 7")), KEYCLOAK_EMAIL_TAKEN);
    fake.existing = "[{\"id\":\"" OTHER "\",\"attributes\":{\"registration_id\":[\"" REGISTRATION "\"]}}]";
    assert_int_equal(create("ada@example.com", slice_text("correct horse 7")), KEYCLOAK_EXISTS_SAME);
    assert_true(uuid_equal(made, fake_uuid(OTHER)));
    fake.existing = "not a list";
    assert_int_equal(create("ada@example.com", slice_text("correct horse 7")), KEYCLOAK_UNAVAILABLE);
}

static void input_that_is_refused_without_asking(void **state)
{
    (void)state;
    char longer[KEYCLOAK_PASSWORD_MAX_BYTES + 2];
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(create("", slice_text("correct horse 7")), KEYCLOAK_EMAIL_INVALID);
    assert_int_equal(create(longer, slice_text("correct horse 7")), KEYCLOAK_EMAIL_INVALID);
    assert_int_equal(create("a@example.com", slice_text("")), KEYCLOAK_PASSWORD_WEAK);
    assert_int_equal(create("a@example.com", slice_text(longer)), KEYCLOAK_PASSWORD_WEAK);
    assert_int_equal(create("a@example.com", slice_of("12345678\0x", 10)), KEYCLOAK_PASSWORD_WEAK);
    assert_int_equal(create("a@example.com", (struct slice){0}), KEYCLOAK_PASSWORD_WEAK);
    assert_int_equal(grant("", "x"), KEYCLOAK_DENIED);
    assert_int_equal(fake.creates + fake.grants + fake.tokens, 0);
}

static void a_grant_is_a_form_with_everything_escaped(void **state)
{
    (void)state;
    assert_int_equal(grant("ada+1@example.com", "a&b=c d%\xc3\xa9"), KEYCLOAK_OK);
    assert_string_equal(told, "aaa");
    assert_string_equal(fake.grant_body,
                        "grant_type=password&client_id=gachapon-players&username=ada%2B1%40example.com"
                        "&password=a%26b%3Dc%20d%25%C3%A9");
}

static void a_token_that_is_no_longer_taken_is_fetched_anew_once(void **state)
{
    (void)state;
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_OK);
    fake.valid_token = 2; /* a realm-wide logout */
    assert_int_equal(create("b@example.com", slice_text("correct horse 7")), KEYCLOAK_OK);
    assert_int_equal(fake.tokens, 2);
    fake.valid_token = 1000; /* never good enough: given up after one more try */
    assert_int_equal(create("c@example.com", slice_text("correct horse 7")), KEYCLOAK_MISCONFIGURED);
    assert_int_equal(fake.tokens, 3);
}

static void failures_are_unavailable(void **state)
{
    (void)state;
    fake.status = 503;
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_UNAVAILABLE);
    fake.status = 0;
    fake.hangs = true; /* the deadline is 1 s */
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_UNAVAILABLE);
    issuer_server_stop(fake_server);
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_UNAVAILABLE);
    assert_int_equal(grant("a@example.com", "correct horse 7"), KEYCLOAK_UNAVAILABLE);
    issuer_server_start(fake_server);
    fake.hangs = false;
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_OK);
}

/* Of the operator: told apart from what passes by itself, in words. */
static void a_service_account_without_rights_is_a_fault_of_the_configuration(void **state)
{
    (void)state;
    fake.token_refused = true;
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_MISCONFIGURED);
    assert_non_null(strstr(told, "wrong secret"));
    assert_true(keycloak_account(fake_client).refused);
    fake.token_refused = false;
    fake.status = 403;
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_MISCONFIGURED);
    assert_non_null(strstr(told, "manage-users"));
    fake.status = 0;
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_OK);
}

/* Its token says so: nothing is asked that Keycloak might answer with an empty list. */
static void a_role_that_is_not_in_the_accounts_token_is_missed_at_once(void **state)
{
    (void)state;
    fake.claims =
        "{\"sub\":\"" USER "\",\"iat\":1800000000,\"resource_access\":{\"realm-management\":{\"roles\":["
        "\"view-users\",\"view-events\"]},\"account\":{\"roles\":[\"manage-users\"]}}}";
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_MISCONFIGURED);
    assert_non_null(strstr(told, "manage-users"));
    assert_int_equal(fake.creates, 0);
    assert_int_equal(keycloak_account(fake_client).missing, 1u << KEYCLOAK_MANAGE_USERS);
    fake.claims = "{\"sub\":\"" USER "\",\"resource_access\":{\"realm-management\":{\"roles\":["
                  "\"view-users\",\"view-events\",\"manage-users\"]}}}";
    fake_again();
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_OK);
    assert_int_equal(keycloak_account(fake_client).missing, 0);
    fake.claims = "{\"sub\":\"" USER "\",\"resource_access\":{\"realm-management\":{\"roles\":["
                  "\"view-events\",\"manage-users\"]}}}"; /* who may change users may see them */
    fake_again();
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_OK);
    assert_int_equal(keycloak_account(fake_client).missing, 0);
    fake.claims = "{\"iat\":1800000000}"; /* a lightweight one */
    fake_again();
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_OK);
    fake.claims = "{\"sub\":\"" USER "\"}"; /* one without any right */
    fake_again();
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_MISCONFIGURED);
}

static enum keycloak_outcome find(void)
{
    ended = 0;
    expected = 1;
    inside_call = true;
    keycloak_find_registered(fake_client, fake_uuid(REGISTRATION), user_done, NULL);
    inside_call = false;
    assert_true(fake_run_until(all_ended, 10000));
    return outcome;
}

static void what_a_registration_left_is_found_by_its_mark(void **state)
{
    (void)state;
    assert_int_equal(find(), KEYCLOAK_OK);
    assert_true(uuid_is_nil(made));
    fake.existing = "[{\"id\":\"" OTHER "\",\"attributes\":{\"registration_id\":[\"" REGISTRATION "x\"]}}]";
    assert_int_equal(find(), KEYCLOAK_OK); /* the search is Keycloak's, the comparison ours */
    assert_true(uuid_is_nil(made));
    fake.existing = "[{\"id\":\"" OTHER "\",\"attributes\":{\"registration_id\":[\"" REGISTRATION "\"]}}]";
    assert_int_equal(find(), KEYCLOAK_OK);
    assert_true(uuid_equal(made, fake_uuid(OTHER)));
    fake.logins = "[{\"type\":\"LOGIN\"}]";
    assert_int_equal(find(), KEYCLOAK_SIGNED_IN);
    assert_true(uuid_equal(made, fake_uuid(OTHER)));
    fake.logins = "[]";
    fake.sessions = "[{\"id\":\"s\"}]";
    assert_int_equal(find(), KEYCLOAK_SIGNED_IN);
}

/* Whoever may have signed in is not for deletion: what cannot be read is not "nobody". */
static void what_cannot_be_read_of_a_user_is_unavailable(void **state)
{
    (void)state;
    static const char *const odd[] = {"", "{}", "not a list", "null"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        fake.existing = odd[i];
        assert_int_equal(find(), KEYCLOAK_UNAVAILABLE);
        fake.existing =
            "[{\"id\":\"" OTHER "\",\"attributes\":{\"registration_id\":[\"" REGISTRATION "\"]}}]";
        fake.sessions = odd[i];
        assert_int_equal(find(), KEYCLOAK_UNAVAILABLE);
        fake.sessions = "[]";
        fake.logins = odd[i];
        assert_int_equal(find(), KEYCLOAK_UNAVAILABLE);
        fake.logins = "[]";
    }
    fake.status = 403;
    assert_int_equal(find(), KEYCLOAK_MISCONFIGURED);
    assert_non_null(strstr(told, "view-users"));
}

static void a_user_is_deleted_once_or_is_gone_already(void **state)
{
    static const struct {
        int status;
        enum keycloak_outcome outcome;
    } answers[] = {
        {204, KEYCLOAK_OK}, {404, KEYCLOAK_OK}, {403, KEYCLOAK_MISCONFIGURED}, {500, KEYCLOAK_UNAVAILABLE}};
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        fake.delete_status = answers[i].status;
        ended = 0;
        expected = 1;
        keycloak_delete_user(fake_client, fake_uuid(OTHER), user_done, NULL);
        assert_true(fake_run_until(all_ended, 10000));
        assert_int_equal(outcome, answers[i].outcome);
    }
    assert_int_equal(fake.deletes, 4);
}

static void many_at_once_share_one_token_and_the_bound_holds(void **state)
{
    (void)state;
    ended = succeeded = 0;
    expected = KEYCLOAK_OPERATIONS_MAX + 5;
    for (int i = 0; i < expected; i++)
        keycloak_create_user(fake_client, slice_text("a@example.com"), slice_text("correct horse 7"),
                             fake_uuid(REGISTRATION), user_done, NULL);
    assert_true(fake_run_until(all_ended, 10000));
    assert_int_equal(fake.tokens, 1);
    assert_int_equal(fake.creates, KEYCLOAK_OPERATIONS_MAX);
    assert_int_equal(succeeded, KEYCLOAK_OPERATIONS_MAX);
}

static void closing_ends_what_is_under_way(void **state)
{
    (void)state;
    fake.hangs = true;
    ended = 0;
    keycloak_create_user(fake_client, slice_text("a@example.com"), slice_text("correct horse 7"),
                         fake_uuid(REGISTRATION), user_done, NULL);
    keycloak_password_grant(fake_client, slice_text(""), slice_text("x"), tokens_done, NULL);
    expected = 1;
    assert_true(fake_run_until(all_ended, 5000));
    keycloak_close(fake_client);
    fake_client = NULL;
    assert_int_equal(ended, 2);
    assert_int_equal(outcome, KEYCLOAK_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_user_is_made, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_conflict_is_looked_into, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(input_that_is_refused_without_asking, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_grant_is_a_form_with_everything_escaped, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_token_that_is_no_longer_taken_is_fetched_anew_once, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(failures_are_unavailable, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_service_account_without_rights_is_a_fault_of_the_configuration,
                                        fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_role_that_is_not_in_the_accounts_token_is_missed_at_once,
                                        fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(what_a_registration_left_is_found_by_its_mark, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_of_a_user_is_unavailable, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(a_user_is_deleted_once_or_is_gone_already, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(many_at_once_share_one_token_and_the_bound_holds, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(closing_ends_what_is_under_way, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
