/* Keycloak's answers, each as it was received from 26.0.7, and what they mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "auth/answers.h"
#include "helper_keycloak.h"

static void refusals_of_a_user(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum keycloak_outcome outcome;
        const char *detail;
    } cases[] = {
        {"{\"error\":\"invalidPasswordMinLengthMessage\",\"error_description\":\"Invalid password: minimum "
         "length 8.\"}",
         KEYCLOAK_PASSWORD_WEAK, "Invalid password: minimum length 8."},
        {"{\"error\":\"invalidPasswordNotUsernameMessage\",\"error_description\":\"must not\\u0007 be\\n\"}",
         KEYCLOAK_PASSWORD_WEAK, "must not be"},
        {"{\"field\":\"email\",\"errorMessage\":\"error-invalid-email\",\"params\":[\"email\",\"notmail\"]}",
         KEYCLOAK_EMAIL_INVALID, ""},
        {"{\"errors\":[{\"field\":\"username\",\"errorMessage\":\"error-invalid-length\",\"params\":["
         "\"username\",3,255]},"
         "{\"field\":\"email\",\"errorMessage\":\"error-invalid-email\",\"params\":[\"email\",\"xx\"]}]}",
         KEYCLOAK_EMAIL_INVALID, ""},
        {"{\"errorMessage\":\"User name is missing\"}", KEYCLOAK_EMAIL_INVALID, ""},
        {"{\"field\":\"firstName\",\"errorMessage\":\"error-user-attribute-required\",\"params\":["
         "\"firstName\"]}",
         KEYCLOAK_MISCONFIGURED, "the realm wants the attribute firstName of every user"},
        {"{\"errorMessage\":\"something new\"}", KEYCLOAK_UNAVAILABLE, ""},
        {"<html>", KEYCLOAK_UNAVAILABLE, ""},
        {"[]", KEYCLOAK_UNAVAILABLE, ""},
        {"", KEYCLOAK_UNAVAILABLE, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char detail[ANSWER_DETAIL_BYTES];
        assert_int_equal(answer_refused(slice_text(cases[i].body), detail), cases[i].outcome);
        assert_string_equal(detail, cases[i].detail);
    }
}

static void existing_users(void **state)
{
    (void)state;
    struct uuid user = {0}, registration = fake_uuid(REGISTRATION);
#define WITH(attributes) "[{\"id\":\"" USER "\",\"email\":\"a@b\",\"attributes\":" attributes "}]"
    assert_int_equal(answer_existing(slice_text(WITH("{\"registration_id\":[\"" REGISTRATION "\"]}")),
                                     registration, &user),
                     KEYCLOAK_EXISTS_SAME);
    assert_true(uuid_equal(user, fake_uuid(USER)));
    static const char *const taken[] = {"[]",
                                        WITH("{}"),
                                        WITH("{\"registration_id\":[]}"),
                                        WITH("{\"registration_id\":[\"" OTHER "\"]}"),
                                        WITH("{\"registration_id\":[\"" OTHER "\",\"" REGISTRATION "\"]}"),
                                        WITH("{\"registration_id\":\"" REGISTRATION "\"}")};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        assert_int_equal(answer_existing(slice_text(taken[i]), registration, &user), KEYCLOAK_EMAIL_TAKEN);
    assert_int_equal(answer_existing(slice_text("{}"), registration, &user), KEYCLOAK_UNAVAILABLE);
    assert_int_equal(answer_created("http://h/admin/realms/g/users/" USER, &user), ERR_OK);
    assert_int_equal(answer_created("http://h/admin/realms/g/users/", &user), ERR_MALFORMED);
    assert_int_equal(answer_created("", &user), ERR_MALFORMED);
#undef WITH
}

static void answers_to_a_grant(void **state)
{
    (void)state;
    struct keycloak_tokens tokens;
    json_t *json;
    assert_int_equal(
        answer_tokens(200, slice_text("{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":300}"),
                      &tokens, &json),
        KEYCLOAK_OK);
    assert_true(slice_equal_text(tokens.access_token, "a") && slice_equal_text(tokens.refresh_token, "r"));
    json_decref(json);
    static const struct {
        long status;
        const char *body;
        enum keycloak_outcome outcome;
    } cases[] = {
        {401, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid user credentials\"}",
         KEYCLOAK_DENIED},
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"Account disabled\"}", KEYCLOAK_DISABLED},
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"Account is not fully set up\"}",
         KEYCLOAK_INCOMPLETE},
        {400, "{\"error\":\"invalid_request\"}", KEYCLOAK_UNAVAILABLE},
        {401, "{\"error\":\"invalid_client\"}", KEYCLOAK_MISCONFIGURED},
        {400, "{\"error\":\"unauthorized_client\"}", KEYCLOAK_MISCONFIGURED},
        {200, "{\"access_token\":\"\",\"expires_in\":300}", KEYCLOAK_UNAVAILABLE},
        {200, "{\"access_token\":\"a\",\"expires_in\":\"300\"}", KEYCLOAK_UNAVAILABLE},
        {200, "nonsense", KEYCLOAK_UNAVAILABLE},
        {503, "", KEYCLOAK_UNAVAILABLE},
        {429, "{\"error\":\"invalid_grant\"}", KEYCLOAK_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(answer_tokens(cases[i].status, slice_text(cases[i].body), &tokens, &json),
                         cases[i].outcome);
        assert_null(json);
    }
}

static void what_a_user_has_to_do_first(void **state)
{
    (void)state;
    static const struct {
        const char *body, *actions;
    } users[] = {
        {"{\"requiredActions\":[\"UPDATE_PASSWORD\",\"TERMS_AND_CONDITIONS\"]}",
         "update_password, terms_and_conditions"},
        {"{\"enabled\":true,\"requiredActions\":[\"VERIFY_EMAIL\"]}", "verify_email"},
        {"{\"requiredActions\":[7,\"\",null]}", ""},
        {"{\"requiredActions\":[]}", ""},
    };
    char actions[ANSWER_DETAIL_BYTES];
    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        assert_int_equal(answer_actions(slice_text(users[i].body), actions), ERR_OK);
        assert_string_equal(actions, users[i].actions);
    }
    assert_int_equal(answer_actions(slice_text("[]"), actions), ERR_MALFORMED);
    assert_int_equal(answer_actions(slice_text("{\"enabled\":true}"), actions), ERR_MALFORMED);
    char many[4096] = "{\"requiredActions\":[\"first\"";
    for (int i = 0; i < 100; i++)
        strcat(many, ",\"AN_ACTION_OF_OUR_OWN\"");
    assert_int_equal(answer_actions(slice_text(strcat(many, "]}")), actions), ERR_OK);
    assert_true(strncmp(actions, "first, an_action_of_our_own, ", 29) == 0 &&
                strlen(actions) < ANSWER_DETAIL_BYTES);
}

static void what_admin_events_mean(void **state)
{
    (void)state;
    static const struct {
        const char *operation, *resource, *path;
        enum admin_event_kind kind;
    } cases[] = {
        {"UPDATE", "USER", "users/" USER, EVENT_USER_UPDATED},
        {"DELETE", "USER", "users/" USER, EVENT_USER_DELETED},
        {"CREATE", "USER", "users/" USER, EVENT_IGNORED},
        {"ACTION", "USER", "users/" USER "/logout", EVENT_USER_LOGGED_OUT},
        {"ACTION", "USER", "users/" USER "/reset-password", EVENT_IGNORED},
        {"ACTION", "USER", "users/" USER "/logout-not", EVENT_IGNORED},
        {"CREATE", "REALM_ROLE_MAPPING", "users/" USER "/role-mappings/realm", EVENT_USER_ROLES},
        {"DELETE", "REALM_ROLE_MAPPING", "users/" USER "/role-mappings/realm", EVENT_USER_ROLES},
        {"CREATE", "REALM_ROLE_MAPPING", "groups/" OTHER "/role-mappings/realm", EVENT_ROLES_OF_MANY},
        {"DELETE", "GROUP", "groups/" OTHER, EVENT_ROLES_OF_MANY},
        {"CREATE", "GROUP", "groups/" OTHER "/children", EVENT_ROLES_OF_MANY},
        {"UPDATE", "GROUP", "groups/" OTHER, EVENT_IGNORED},
        {"CREATE", "REALM_ROLE", "roles-by-id/" OTHER "/composites", EVENT_ROLES_OF_MANY},
        {"UPDATE", "REALM_ROLE", "roles-by-id/" OTHER, EVENT_IGNORED},
        {"DELETE", "USER_SESSION", "sessions/" OTHER, EVENT_SESSION_ENDED},
        {"DELETE", "USER_SESSION", "sessions/", EVENT_IGNORED},
        {"CREATE", "GROUP_MEMBERSHIP", "users/" USER "/groups/" OTHER, EVENT_USER_ROLES},
        {"ACTION", "REALM", "logout-all", EVENT_USER_LOGGED_OUT},
        {"UPDATE", "REALM", "", EVENT_REALM_UPDATED},
        {"ACTION", "REALM", "push-revocation", EVENT_IGNORED},
        {"UPDATE", "USER", "users/f:ldap:ada", EVENT_IGNORED},
        {"UPDATE", "USER", "users/", EVENT_IGNORED},
        {"UPDATE", "CLIENT", "clients/" USER, EVENT_IGNORED},
    };
    struct uuid last = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct admin_event event, again;
        json_t *json =
            json_pack("{s:I,s:s,s:s,s:s}", "time", (json_int_t)1795411482491, "operationType",
                      cases[i].operation, "resourceType", cases[i].resource, "resourcePath", cases[i].path);
        assert_int_equal(answer_event(json, &event), ERR_OK);
        assert_int_equal(answer_event(json, &again), ERR_OK);
        assert_int_equal(event.kind, cases[i].kind);
        assert_int_equal(event.at_ms, 1795411482491);
        assert_true(uuid_equal(event.fingerprint, again.fingerprint));
        assert_false(uuid_equal(event.fingerprint, last));
        last = event.fingerprint;
        if (event.kind != EVENT_IGNORED)
            assert_true(uuid_equal(event.user, strncmp(cases[i].path, "users/", 6) != 0 ? (struct uuid){0}
                                                                                        : fake_uuid(USER)));
        json_decref(json);
    }
    struct admin_event event;
    json_t *json = json_pack("{s:s}", "time", "1795411482491");
    assert_int_equal(answer_event(json, &event), ERR_MALFORMED);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_of_a_user),     cmocka_unit_test(existing_users),
        cmocka_unit_test(answers_to_a_grant),     cmocka_unit_test(what_a_user_has_to_do_first),
        cmocka_unit_test(what_admin_events_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
