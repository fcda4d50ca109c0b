/* helper_keycloak: see its header. */
#include "helper_keycloak.h"

struct fake_keycloak fake;
struct loop *fake_loop;
struct issuer_server *fake_server;
struct keycloak *fake_client;

static char *events_answer(const char *request)
{
    char *body = malloc(256 * 1024);
    int first = 0, max = 0;
    check(sscanf(strstr(request, "first="), "first=%d&max=%d", &first, &max) == 2);
    check(strstr(request, "&dateFrom=20") != NULL || strstr(request, "&dateFrom=1970-") != NULL);
    strcpy(body, "[");
    size_t size = 1;
    for (int i = fake.event_count - 1 - first, n = 0; i >= 0 && n < max; i--, n++)
        size += (size_t)sprintf(
            body + size,
            "%s{\"time\":%lld,\"operationType\":\"%s\",\"resourceType\":\"%s\",\"resourcePath\":\"%s\","
            "\"authDetails\":{\"userId\":\"u\"}%s%s%s}",
            n > 0 ? "," : "", (long long)fake.events[i].at_ms, fake.events[i].operation,
            fake.events[i].resource, fake.events[i].path,
            fake.events[i].written != NULL ? ",\"representation\":\"" : "",
            fake.events[i].written != NULL ? fake.events[i].written : "",
            fake.events[i].written != NULL ? "\"" : "");
    strcpy(body + size, "]");
    char *answer = issuer_http(200, "", body);
    free(body);
    return answer;
}

static char *token_answer(const char *request)
{
    const char *form = strstr(request, "\r\n\r\n") + 4;
    char body[1000];
    if (strstr(form, "grant_type=client_credentials") != NULL) {
        fake.tokens++;
        if (fake.token_refused)
            return issuer_http(401, "", "{\"error\":\"unauthorized_client\"}");
        char *claims = fake.claims != NULL ? issuer_base64url(fake.claims, strlen(fake.claims)) : NULL;
        snprintf(body, sizeof body,
                 "{\"access_token\":\"service-%d%s%s%s\",\"expires_in\":300,\"not-before-policy\":%lld}",
                 fake.tokens, claims != NULL ? "." : "", claims != NULL ? claims : "",
                 claims != NULL ? ".s" : "", (long long)fake.not_before_s);
        free(claims);
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
    if (strncmp(request, "PUT /auth/admin/realms/g/users/" OTHER " ", 68) == 0) {
        snprintf(fake.claim_body, sizeof fake.claim_body, "%s", strstr(request, "\r\n\r\n") + 4);
        return issuer_http(fake.claim_status, "", fake.claim_answer);
    }
    if (strncmp(request, "DELETE /auth/admin/realms/g/sessions/", 37) == 0) {
        size_t size = strlen(fake.ended);
        snprintf(fake.ended + size, sizeof fake.ended - size, "%.*s ", (int)strcspn(request + 37, " "),
                 request + 37);
        return issuer_http(fake.end_status, "", "");
    }
    if (strncmp(request, "GET /auth/admin/realms/g/users?exact=true&email=", 48) == 0 ||
        strncmp(request, "GET /auth/admin/realms/g/users?exact=true&username=guest-" REGISTRATION " ", 94) ==
            0)
        return issuer_http(200, "", fake.existing);
    if (strncmp(request, "GET /auth/admin/realms/g/users?q=registration_id:" REGISTRATION " ", 86) == 0)
        return issuer_http(200, "", fake.existing);
    if (strncmp(request, "DELETE /auth/admin/realms/g/users/" OTHER " ", 71) == 0) {
        fake.deletes++;
        return issuer_http(fake.delete_status, "", "");
    }
    if (strncmp(request, "GET /auth/admin/realms/g/users/" OTHER "/sessions ", 77) == 0)
        return issuer_http(200, "", fake.sessions);
    if (strncmp(request, "GET /auth/admin/realms/g/events?type=LOGIN&max=1&user=" OTHER " ", 91) == 0)
        return issuer_http(200, "", fake.logins);
    if (strncmp(request, "GET /auth/admin/realms/g/users/", 31) == 0) {
        fake.reads++;
        if (strstr(request, "/role-mappings/realm/composite HTTP") != NULL)
            return issuer_http(fake.read_status, "", fake.roles);
        if (fake.user != NULL)
            return issuer_http(fake.read_status, "", fake.user);
        return issuer_http(fake.read_status, "",
                           fake.disabled ? "{\"enabled\":false}" : "{\"enabled\":true}");
    }
    if (strncmp(request, "GET /auth/admin/realms/g/events/config ", 39) == 0) {
        fake.configs++;
        char body[200];
        snprintf(body, sizeof body,
                 "{\"adminEventsEnabled\":%s,\"adminEventsDetailsEnabled\":%s,\"eventsEnabled\":true,"
                 "\"enabledEventTypes\":[\"LOGIN\"%s]}",
                 fake.events_off ? "false" : "true", fake.details_off ? "false" : "true",
                 fake.user_events_off ? "" : ",\"DELETE_ACCOUNT\"");
        return issuer_http(200, "", body);
    }
    if (strncmp(request, "GET /auth/admin/realms/g/events?type=DELETE_ACCOUNT&", 52) == 0) {
        fake.user_pages++;
        return issuer_http(200, "", fake.user_events != NULL ? fake.user_events : "[]");
    }
    if (strncmp(request, "GET /auth/admin/realms/g/authentication/required-actions ", 57) == 0)
        return fake.required_actions != NULL ? issuer_http(200, "", fake.required_actions)
                                             : issuer_http(403, "", "{}");
    if (strncmp(request, "GET /auth/admin/realms/g/admin-events?", 38) == 0) {
        fake.pages++;
        return events_answer(request);
    }
    return issuer_http(404, "", "{}");
}

void fake_event(int64_t at_ms, const char *operation, const char *resource, const char *path)
{
    check(fake.event_count < EVENTS_MAX);
    fake.events[fake.event_count].at_ms = at_ms;
    fake.events[fake.event_count].operation = operation;
    fake.events[fake.event_count].resource = resource;
    fake.events[fake.event_count++].path = path;
}

int fake_setup(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.create_status = 201;
    fake.create_answer = "";
    fake.existing = fake.sessions = fake.logins = "[]";
    fake.delete_status = 204;
    fake.read_status = 200;
    fake.claim_status = fake.end_status = 204;
    fake.claim_answer = "";
    fake.roles = "[{\"name\":\"player\"},{\"name\":\"offline_access\"},{\"name\":\"game-admin\"}]";
    fake_loop = loop_new();
    fake_server = issuer_server_new(fake_loop, answer, NULL);
    fake_again();
    return 0;
}

void fake_again(void)
{
    char url[128], failure[200];
    keycloak_close(fake_client);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/auth/realms/g", issuer_server_port(fake_server));
    struct keycloak_config config = {.issuer_fetch_url = url,
                                     .client_id = "gachapon-server",
                                     .client_secret = "s3cr&t=%",
                                     .players_client_id = "gachapon-players",
                                     .timeout_ms = 1000};
    fake_client = keycloak_open(fake_loop, &config, failure);
    check(fake_client != NULL);
}

int fake_teardown(void **state)
{
    (void)state;
    keycloak_close(fake_client);
    fake_client = NULL;
    issuer_server_free(fake_server);
    loop_free(fake_loop);
    return 0;
}

bool fake_run_until(bool (*holds)(void), uint64_t most_ms)
{
    return issuer_run_until(fake_loop, holds, most_ms);
}

struct uuid fake_uuid(const char *text)
{
    struct uuid uuid;
    check(uuid_parse(slice_text(text), &uuid));
    return uuid;
}
