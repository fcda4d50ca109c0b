/* Keycloak's answers as they were received from 26.0.7, and keycloak.c against a Keycloak on the loop: making
 * users, grants, the service account's token, and the follower of admin events with every way it can be
 * interrupted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "auth/answers.h"
#include "auth/keycloak.h"
#include "auth/limits.h"
#include "base/check.h"
#include "base/descriptor.h"
#include "helper_issuer.h"

#define USER "c3841379-d76f-4670-8470-1a722e482162"
#define OTHER "677ae45b-a0b9-4e94-8b9c-4e11c8f12b08"
#define REGISTRATION "11111111-1111-7111-8111-111111111111"

static struct uuid uuid_of(const char *text)
{
    struct uuid uuid;
    check(uuid_parse(slice_text(text), &uuid));
    return uuid;
}

/* ---- answers */

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
         KEYCLOAK_UNAVAILABLE, "the realm wants the attribute firstName of every user"},
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
    struct uuid user = {0}, registration = uuid_of(REGISTRATION);
#define WITH(attributes) "[{\"id\":\"" USER "\",\"email\":\"a@b\",\"attributes\":" attributes "}]"
    assert_int_equal(answer_existing(slice_text(WITH("{\"registration_id\":[\"" REGISTRATION "\"]}")),
                                     registration, &user),
                     KEYCLOAK_EXISTS_SAME);
    assert_true(uuid_equal(user, uuid_of(USER)));
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
    assert_int_equal(tokens.expires_in_s, 300);
    json_decref(json);
    static const struct {
        long status;
        const char *body;
        enum keycloak_outcome outcome;
    } cases[] = {
        {401, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid user credentials\"}",
         KEYCLOAK_DENIED},
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"Account disabled\"}", KEYCLOAK_DENIED},
        {401, "{\"error\":\"invalid_client\"}", KEYCLOAK_UNAVAILABLE},
        {400, "{\"error\":\"unauthorized_client\"}", KEYCLOAK_UNAVAILABLE},
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
        {"CREATE", "REALM_ROLE_MAPPING", "groups/" USER "/role-mappings/realm", EVENT_IGNORED},
        {"CREATE", "GROUP_MEMBERSHIP", "users/" USER "/groups/" OTHER, EVENT_USER_ROLES},
        {"ACTION", "REALM", "logout-all", EVENT_USER_LOGGED_OUT},
        {"UPDATE", "REALM", "", EVENT_IGNORED},
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
            assert_true(uuid_equal(event.user, strcmp(cases[i].path, "logout-all") == 0 ? (struct uuid){0}
                                                                                        : uuid_of(USER)));
        json_decref(json);
    }
    struct admin_event event;
    json_t *json = json_pack("{s:s}", "time", "1795411482491");
    assert_int_equal(answer_event(json, &event), ERR_MALFORMED);
    json_decref(json);
}

/* ---- a Keycloak on the loop */

enum { EVENTS_MAX = 1000 };

static struct {
    int status;         /* of every admin answer but the ones below; 0: as it should be */
    bool token_refused; /* the service account's secret is wrong */
    bool hangs;         /* never answers an admin request */
    bool events_off;
    int tokens, creates, grants, pages, reads, configs;
    int valid_token;        /* bearers with a smaller number get 401 */
    char create_body[4096]; /* of the last one */
    char grant_body[4096];
    int create_status;
    const char *create_answer, *existing;
    int read_status; /* of GET users/{id} */
    bool disabled;
    const char *roles; /* of GET users/{id}/role-mappings/realm/composite */
    struct {
        int64_t at_ms;
        const char *operation, *resource, *path;
    } events[EVENTS_MAX]; /* oldest first */
    int event_count;
} fake;

static struct loop *loop;
static struct issuer_server *server;
static struct keycloak *keycloak;

static char *events_answer(const char *request)
{
    char *body = malloc(256 * 1024);
    int first = 0, max = 0;
    check(sscanf(strstr(request, "first="), "first=%d&max=%d", &first, &max) == 2);
    check(strstr(request, "&dateFrom=20") != NULL);
    strcpy(body, "[");
    size_t size = 1;
    for (int i = fake.event_count - 1 - first, n = 0; i >= 0 && n < max; i--, n++)
        size += (size_t)sprintf(
            body + size,
            "%s{\"time\":%lld,\"operationType\":\"%s\",\"resourceType\":\"%s\",\"resourcePath\":\"%s\","
            "\"authDetails\":{\"userId\":\"u\"}}",
            n > 0 ? "," : "", (long long)fake.events[i].at_ms, fake.events[i].operation,
            fake.events[i].resource, fake.events[i].path);
    strcpy(body + size, "]");
    char *answer = issuer_http(200, "", body);
    free(body);
    return answer;
}

static char *token_answer(const char *request)
{
    const char *form = strstr(request, "\r\n\r\n") + 4;
    char body[200];
    if (strstr(form, "grant_type=client_credentials") != NULL) {
        fake.tokens++;
        if (fake.token_refused)
            return issuer_http(401, "", "{\"error\":\"unauthorized_client\"}");
        snprintf(body, sizeof body, "{\"access_token\":\"service-%d\",\"expires_in\":300}", fake.tokens);
        return issuer_http(200, "", body);
    }
    fake.grants++;
    snprintf(fake.grant_body, sizeof fake.grant_body, "%s", form);
    return issuer_http(200, "", "{\"access_token\":\"aaa\",\"refresh_token\":\"rrr\",\"expires_in\":300}");
}

static char *answer(void *ctx, const char *request)
{
    (void)ctx;
    if (strncmp(request, "POST /auth/realms/g/protocol/openid-connect/token ", 50) == 0)
        return token_answer(request);
    int bearer = 0;
    const char *authorization = strstr(request, "Authorization: Bearer service-");
    if (authorization != NULL)
        bearer = atoi(authorization + 30);
    if (fake.hangs)
        return NULL;
    if (bearer == 0 || bearer < fake.valid_token)
        return issuer_http(401, "", "{\"error\":\"HTTP 401 Unauthorized\"}");
    if (fake.status != 0)
        return issuer_http(fake.status, "", "{}");
    if (strncmp(request, "POST /auth/admin/realms/g/users ", 32) == 0) {
        fake.creates++;
        snprintf(fake.create_body, sizeof fake.create_body, "%s", strstr(request, "\r\n\r\n") + 4);
        return issuer_http(fake.create_status, "Location: http://h/auth/admin/realms/g/users/" USER "\r\n",
                           fake.create_answer);
    }
    if (strncmp(request, "GET /auth/admin/realms/g/users?exact=true&email=", 48) == 0)
        return issuer_http(200, "", fake.existing);
    if (strncmp(request, "GET /auth/admin/realms/g/users/", 31) == 0) {
        fake.reads++;
        if (strstr(request, "/role-mappings/realm/composite HTTP") != NULL)
            return issuer_http(fake.read_status, "", fake.roles);
        return issuer_http(fake.read_status, "",
                           fake.disabled ? "{\"enabled\":false}" : "{\"enabled\":true}");
    }
    if (strncmp(request, "GET /auth/admin/realms/g/events/config ", 39) == 0) {
        fake.configs++;
        return issuer_http(
            200, "", fake.events_off ? "{\"adminEventsEnabled\":false}" : "{\"adminEventsEnabled\":true}");
    }
    if (strncmp(request, "GET /auth/admin/realms/g/admin-events?", 38) == 0) {
        fake.pages++;
        return events_answer(request);
    }
    return issuer_http(404, "", "{}");
}

static void event(int64_t at_ms, const char *operation, const char *resource, const char *path)
{
    check(fake.event_count < EVENTS_MAX);
    fake.events[fake.event_count].at_ms = at_ms;
    fake.events[fake.event_count].operation = operation;
    fake.events[fake.event_count].resource = resource;
    fake.events[fake.event_count++].path = path;
}

static int setup(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.create_status = 201;
    fake.create_answer = "";
    fake.existing = "[]";
    fake.read_status = 200;
    fake.roles = "[{\"name\":\"player\"},{\"name\":\"offline_access\"},{\"name\":\"game-admin\"}]";
    loop = loop_new();
    server = issuer_server_new(loop, answer, NULL);
    char url[128], failure[200];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/auth/realms/g", issuer_server_port(server));
    struct keycloak_config config = {url, "gachapon-server", "s3cr&t=%", "gachapon-players", false, 1000};
    keycloak = keycloak_open(loop, &config, failure);
    assert_non_null(keycloak);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    keycloak_close(keycloak);
    keycloak = NULL;
    issuer_server_free(server);
    loop_free(loop);
    return 0;
}

static bool too_late;
static void give_up(void *ctx)
{
    (void)ctx;
    too_late = true;
    loop_stop(loop);
}
static void tick(void *ctx)
{
    loop_timer_start(ctx, 2);
    loop_stop(loop);
}
static bool run_until(bool (*holds)(void), uint64_t most_ms)
{
    struct loop_timer limit, ticking;
    too_late = false;
    loop_timer_init(&limit, loop, give_up, NULL);
    loop_timer_init(&ticking, loop, tick, &ticking);
    loop_timer_start(&limit, most_ms);
    loop_timer_start(&ticking, 1);
    while (!holds() && !too_late)
        loop_run(loop);
    loop_timer_stop(&limit);
    loop_timer_stop(&ticking);
    return holds();
}

/* ---- users and grants */

static int ended, expected;
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
    keycloak_create_user(keycloak, slice_text(email), password, uuid_of(REGISTRATION), user_done, NULL);
    inside_call = false;
    assert_true(run_until(all_ended, 10000));
    assert_int_equal(ended, 1);
    return outcome;
}

static enum keycloak_outcome grant(const char *email, const char *password)
{
    ended = 0;
    expected = 1;
    inside_call = true;
    keycloak_password_grant(keycloak, slice_text(email), slice_text(password), tokens_done, NULL);
    inside_call = false;
    assert_true(run_until(all_ended, 10000));
    return outcome;
}

static void a_user_is_made(void **state)
{
    (void)state;
    assert_int_equal(create("ada@example.com", slice_text("quote\" and \\ and \xc3\xa9")), KEYCLOAK_OK);
    assert_true(uuid_equal(made, uuid_of(USER)));
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
    assert_true(uuid_equal(made, uuid_of(OTHER)));
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
    assert_int_equal(create("c@example.com", slice_text("correct horse 7")), KEYCLOAK_UNAVAILABLE);
    assert_int_equal(fake.tokens, 3);
    assert_string_equal(told, "the server's service account may not make users");
}

static void failures_are_unavailable(void **state)
{
    (void)state;
    fake.token_refused = true;
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_UNAVAILABLE);
    assert_string_equal(told, "the server's service account may not make users");
    fake.token_refused = false;
    fake.status = 503;
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_UNAVAILABLE);
    fake.status = 403;
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_UNAVAILABLE);
    fake.status = 0;
    fake.hangs = true; /* the deadline is 1 s */
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_UNAVAILABLE);
    issuer_server_stop(server);
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_UNAVAILABLE);
    assert_int_equal(grant("a@example.com", "correct horse 7"), KEYCLOAK_UNAVAILABLE);
    issuer_server_start(server);
    fake.hangs = false;
    assert_int_equal(create("a@example.com", slice_text("correct horse 7")), KEYCLOAK_OK);
}

static void many_at_once_share_one_token_and_the_bound_holds(void **state)
{
    (void)state;
    ended = 0;
    expected = KEYCLOAK_OPERATIONS_MAX + 5;
    for (int i = 0; i < expected; i++)
        keycloak_create_user(keycloak, slice_text("a@example.com"), slice_text("correct horse 7"),
                             uuid_of(REGISTRATION), user_done, NULL);
    assert_true(run_until(all_ended, 10000));
    assert_int_equal(fake.tokens, 1);
    assert_int_equal(fake.creates, KEYCLOAK_OPERATIONS_MAX);
    assert_int_equal(keycloak_counters(keycloak)->unavailable, 5);
    assert_int_equal(keycloak_counters(keycloak)->users_made, KEYCLOAK_OPERATIONS_MAX);
}

static void closing_ends_what_is_under_way(void **state)
{
    (void)state;
    fake.hangs = true;
    ended = 0;
    keycloak_create_user(keycloak, slice_text("a@example.com"), slice_text("correct horse 7"),
                         uuid_of(REGISTRATION), user_done, NULL);
    keycloak_password_grant(keycloak, slice_text(""), slice_text("x"), tokens_done, NULL);
    expected = 1;
    assert_true(run_until(all_ended, 5000));
    keycloak_close(keycloak);
    keycloak = NULL;
    assert_int_equal(ended, 2);
    assert_int_equal(outcome, KEYCLOAK_UNAVAILABLE);
}

/* ---- following */

static struct {
    struct uuid user;
    enum user_change change;
    int64_t at_ms;
    uint8_t roles;
} changes[EVENTS_MAX];
static int change_count, changes_expected;
static uint64_t passes_expected;

static void on_user(void *ctx, struct uuid user, enum user_change change)
{
    (void)ctx;
    check(change_count < EVENTS_MAX);
    changes[change_count].user = user;
    changes[change_count].at_ms = keycloak_change_at_ms(keycloak);
    changes[change_count].roles = keycloak_change_roles(keycloak);
    changes[change_count++].change = change;
}
static bool changes_came(void)
{
    return change_count >= changes_expected;
}
static bool passes_came(void)
{
    return keycloak_counters(keycloak)->passes >= passes_expected;
}
static void run_passes(uint64_t more)
{
    passes_expected = keycloak_counters(keycloak)->passes + more;
    assert_true(run_until(passes_came, 20000));
}
static void follow(void)
{
    change_count = 0;
    keycloak_follow(keycloak, 10, on_user, NULL);
    run_passes(1);
}
static void expect_change(int index, const char *user, enum user_change change)
{
    assert_true(index < change_count);
    assert_true(uuid_equal(changes[index].user, user != NULL ? uuid_of(user) : (struct uuid){0}));
    assert_int_equal(changes[index].change, change);
}

static void changes_are_told_once(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(loop);
    event(now - 5000, "DELETE", "USER", "users/" OTHER); /* before we began */
    follow();
    assert_int_equal(change_count, 0);

    fake.disabled = true;
    event(now + 100, "UPDATE", "USER", "users/" USER);
    run_passes(2);
    assert_int_equal(change_count, 1);
    expect_change(0, USER, USER_DISABLED);
    assert_int_equal(changes[0].at_ms, now + 100);

    fake.disabled = false; /* an update that changes nothing for us */
    event(now + 200, "UPDATE", "USER", "users/" USER);
    run_passes(2);
    assert_int_equal(change_count, 1);

    event(now + 300, "CREATE", "REALM_ROLE_MAPPING", "users/" USER "/role-mappings/realm");
    event(now + 301, "ACTION", "USER", "users/" USER "/logout");
    event(now + 302, "ACTION", "REALM", "logout-all");
    event(now + 303, "DELETE", "USER", "users/" USER);
    run_passes(3);
    assert_int_equal(change_count, 5);
    expect_change(1, USER, USER_DELETED); /* newest first */
    expect_change(2, NULL, USER_LOGGED_OUT);
    expect_change(3, USER, USER_LOGGED_OUT);
    expect_change(4, USER, USER_ROLES_CHANGED);
    assert_int_equal(changes[4].roles, ROLE_PLAYER | ROLE_GAME_ADMIN);
    assert_int_equal(keycloak_counters(keycloak)->followed_until_ms, now + 303);
    assert_int_equal(fake.reads, 3);
}

/* An event whose transaction commits after a younger one's. */
static void an_event_that_shows_late_is_told(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(loop);
    follow();
    event(now + 9000, "ACTION", "USER", "users/" USER "/logout");
    run_passes(2);
    assert_int_equal(change_count, 1);
    event(now + 9001, "ACTION", "USER", "users/" OTHER "/logout");
    fake.events[1] = fake.events[0];
    fake.events[0].at_ms = now + 2000;
    fake.events[0].path = "users/" OTHER "/logout";
    run_passes(2);
    assert_int_equal(change_count, 2);
    expect_change(1, OTHER, USER_LOGGED_OUT);
}

static void a_user_that_is_gone_when_read_is_deleted(void **state)
{
    (void)state;
    follow();
    fake.read_status = 404;
    event(loop_now_ms(loop) + 1, "UPDATE", "USER", "users/" USER);
    run_passes(2);
    assert_int_equal(change_count, 1);
    expect_change(0, USER, USER_DELETED);
}

static void nothing_is_missed_while_keycloak_is_away(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(loop);
    follow();
    issuer_server_stop(server);
    run_passes(1);
    assert_true(keycloak_failure(keycloak)[0] != '\0');
    static char paths[350][64];
    for (int i = 0; i < 350; i++) { /* four pages */
        snprintf(paths[i], sizeof paths[i], "users/%08x-0000-7000-8000-000000000001/logout", i + 1);
        event(now + 1 + i, "ACTION", "USER", paths[i]);
    }
    run_passes(1);
    assert_int_equal(change_count, 0);
    issuer_server_start(server);
    changes_expected = 350;
    assert_true(run_until(changes_came, 10000));
    run_passes(3);
    assert_int_equal(change_count, 350);
    assert_string_equal(keycloak_failure(keycloak), "");
}

/* Reads fail in the middle of a pass: what was told is not told again, the rest is told later. */
static void a_pass_that_breaks_goes_on_where_it_was(void **state)
{
    (void)state;
    int64_t now = loop_now_ms(loop);
    follow();
    fake.disabled = true;
    fake.read_status = 500;
    static char paths[30][64];
    for (int i = 0; i < 30; i++) { /* more than are read at once */
        snprintf(paths[i], sizeof paths[i], "users/%08x-0000-7000-8000-000000000002", i + 1);
        event(now + 1 + 2 * i, "UPDATE", "USER", paths[i]);
    }
    event(now + 1000, "DELETE", "USER", "users/" OTHER);
    run_passes(2);
    assert_int_equal(change_count, 1);
    expect_change(0, OTHER, USER_DELETED);
    assert_non_null(strstr(keycloak_failure(keycloak), "status 500"));
    fake.read_status = 200;
    changes_expected = 31;
    assert_true(run_until(changes_came, 10000));
    run_passes(3);
    assert_int_equal(change_count, 31);
    assert_string_equal(keycloak_failure(keycloak), "");
}

static void admin_events_that_are_off_are_a_failure(void **state)
{
    (void)state;
    fake.events_off = true;
    change_count = 0;
    follow();
    assert_non_null(strstr(keycloak_failure(keycloak), "switched off"));
    fake.events_off = false;
    event(loop_now_ms(loop) + 1, "DELETE", "USER", "users/" USER);
    changes_expected = 1;
    assert_true(run_until(changes_came, 10000));
    run_passes(1);
    assert_string_equal(keycloak_failure(keycloak), "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_of_a_user),
        cmocka_unit_test(existing_users),
        cmocka_unit_test(answers_to_a_grant),
        cmocka_unit_test(what_admin_events_mean),
        TEST(a_user_is_made),
        TEST(a_conflict_is_looked_into),
        TEST(input_that_is_refused_without_asking),
        TEST(a_grant_is_a_form_with_everything_escaped),
        TEST(a_token_that_is_no_longer_taken_is_fetched_anew_once),
        TEST(failures_are_unavailable),
        TEST(many_at_once_share_one_token_and_the_bound_holds),
        TEST(closing_ends_what_is_under_way),
        TEST(changes_are_told_once),
        TEST(an_event_that_shows_late_is_told),
        TEST(a_user_that_is_gone_when_read_is_deleted),
        TEST(nothing_is_missed_while_keycloak_is_away),
        TEST(a_pass_that_breaks_goes_on_where_it_was),
        TEST(admin_events_that_are_off_are_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
