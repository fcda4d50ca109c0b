/* admin: the service account's way into the admin REST.
 *
 *   call: WAITING for a token -> SENT -> callback          401: the token is dropped and the call waits once
 * more token: none -> fetching -> held until 80 % of its life is over
 *
 * Which roles the account has stands in its token, so a call that it may not make is not made: Keycloak would
 * answer some with an empty list, as if there were nobody. Where a token says nothing (a lightweight one), a
 * 403 tells. As long as a role is missing the token is fetched again soon, to feel it when it is given.
 *
 * However many calls wait, one token is fetched; when that fails they all fail, with the reason in words
 * ("status 401": the client's secret is wrong) and none of Keycloak's text. A call is tried again once, only
 * after a 401, which Keycloak answers before it does anything. Nothing is ever repeated after a lost
 * connection: the callers know what is safe to repeat. */
#include "auth/admin.h"
#include "auth/base64url.h"
#include "auth/limits.h"
#include "auth/secret.h"
#include "auth/url.h"
#include "base/check.h"
#include "base/list.h"
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_MAGIC = 0x43414c4c, URL_BYTES = 1024, LOOK_AGAIN_MS = 3000 };

struct admin {
    struct loop *loop;
    struct http *http;
    char rest_url[URL_BYTES]; /* <base>/admin/realms/<realm> */
    char token_url[URL_BYTES];
    struct secret login;  /* the form that fetches a token */
    struct secret token;  /* size 0: none */
    uint64_t token_until; /* loop_mono_ms */
    uint64_t token_at;    /* loop_mono_ms when it came */
    int64_t issued_at_s;  /* its `iat`; 0: not known */
    int64_t not_before_s;
    uint32_t lacks;     /* roles that are not in its token, as bits */
    uint32_t forbidden; /* those of calls that got a 403 last */
    bool refused;
    bool fetching;
    uint64_t fetch;
    struct list_node waiting, sent, failing; /* failing: their callbacks come with the timer */
    struct loop_timer fail;
    uint32_t calls;
    uint64_t last_id;
    uint32_t timeout_ms;
};

struct call {
    uint32_t magic;
    struct list_node node;
    struct admin *admin;
    uint64_t id;
    enum keycloak_role role; /* that it needs */
    uint64_t request;        /* of http, while sent */
    bool again;              /* was refused with 401 once */
    char method[8];
    char url[URL_BYTES];
    struct secret body;
    bool has_body;
    size_t answer_max_bytes;
    enum err failed; /* while failing */
    http_done done;
    void *ctx;
};

static void token_fetch(struct admin *admin);
static void token_came(void *admin, const struct http_answer *answer);
static bool token_read(struct admin *admin, struct slice body);
static void claims_read(struct admin *admin, const char *token);
static uint32_t allowed_by(const char *name);
static enum keycloak_role role_for(const char *method, const char *path);
static void call_refuse(struct call *call, enum err err);
static const char *refusal(const struct admin *admin, enum keycloak_role role);
static void waiting_go(struct admin *admin);
static void waiting_fail(struct admin *admin, enum err err);
static void fail_now(void *admin);
static void call_send(struct call *call);
static void call_came(void *call, const struct http_answer *answer);
static void call_end(struct call *call, const struct http_answer *answer);
static void call_free(struct call *call);
static struct call *call_of(struct list_node *list, uint64_t id);

struct admin *admin_open(struct loop *loop, struct http *http, const struct admin_config *config,
                         char ret_failure[200])
{
    char base[512], realm[128];
    if (url_split_realm(config->issuer_fetch_url, base, realm) != ERR_OK) {
        snprintf(ret_failure, 200, "%.120s is not of the form <base>/realms/<realm>",
                 config->issuer_fetch_url);
        return NULL;
    }
    struct admin *admin = calloc(1, sizeof *admin);
    if (admin == NULL) {
        snprintf(ret_failure, 200, "out of memory");
        return NULL;
    }
    admin->loop = loop;
    admin->http = http;
    admin->timeout_ms = config->timeout_ms;
    list_init(&admin->waiting);
    list_init(&admin->sent);
    list_init(&admin->failing);
    loop_timer_init(&admin->fail, loop, fail_now, admin);
    secret_init(&admin->login, 4096);
    secret_init(&admin->token, TOKEN_MAX_BYTES);
    snprintf(admin->rest_url, sizeof admin->rest_url, "%s/admin/realms/%s", base, realm);
    snprintf(admin->token_url, sizeof admin->token_url, "%s/realms/%s/protocol/openid-connect/token", base,
             realm);
    if (secret_form(&admin->login, "grant_type", slice_text("client_credentials")) != ERR_OK ||
        secret_form(&admin->login, "client_id", slice_text(config->client_id)) != ERR_OK ||
        secret_form(&admin->login, "client_secret", slice_text(config->client_secret)) != ERR_OK) {
        snprintf(ret_failure, 200, "client id and secret are too long");
        admin_close(admin);
        return NULL;
    }
    return admin;
}

void admin_close(struct admin *admin)
{
    if (admin == NULL)
        return;
    if (admin->fetching)
        http_cancel(admin->http, admin->fetch);
    loop_timer_stop(&admin->fail);
    list_splice(&admin->waiting, &admin->sent);
    list_splice(&admin->waiting, &admin->failing);
    list_each(node, &admin->waiting)
    {
        struct call *call = list_entry(node, struct call, node);
        http_cancel(admin->http, call->request);
        call_free(call);
    }
    secret_release(&admin->login);
    secret_release(&admin->token);
    free(admin);
}

enum err admin_send(struct admin *admin, const struct admin_request *request, uint64_t *ret_id,
                    http_done done, void *ctx)
{
    check(request->path[0] == '/' && strlen(request->method) < 8);
    if (admin->calls >= HTTP_IN_FLIGHT_MAX - 2) /* leaves room for a token and a poll */
        return ERR_FULL;
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL)
        return ERR_NOMEM;
    *call =
        (struct call){.magic = CALL_MAGIC, .admin = admin, .id = ++admin->last_id, .done = done, .ctx = ctx};
    call->answer_max_bytes = request->answer_max_bytes;
    call->has_body = request->body.data != NULL;
    call->role = role_for(request->method, request->path);
    snprintf(call->method, sizeof call->method, "%s", request->method);
    secret_init(&call->body, request->body.size);
    list_append(&admin->waiting, &call->node);
    admin->calls++;
    int size = snprintf(call->url, sizeof call->url, "%s%s", admin->rest_url, request->path);
    if (size >= (int)sizeof call->url || secret_append(&call->body, request->body) != ERR_OK) {
        call_free(call);
        return ERR_TOO_LARGE;
    }
    *ret_id = call->id;
    waiting_go(admin);
    return ERR_OK;
}

void admin_cancel(struct admin *admin, uint64_t id)
{
    struct call *call = call_of(&admin->sent, id);
    if (call != NULL)
        http_cancel(admin->http, call->request);
    else if ((call = call_of(&admin->waiting, id)) == NULL)
        call = call_of(&admin->failing, id);
    if (call != NULL)
        call_free(call);
}

/* KEYCLOAK_ROLE_COUNT: any that lets it in; whoever asks copes with a 403. */
static enum keycloak_role role_for(const char *method, const char *path)
{
    if (strncmp(path, "/authentication", 15) == 0)
        return KEYCLOAK_ROLE_COUNT;
    if (strncmp(path, "/events", 7) == 0 || strncmp(path, "/admin-events", 13) == 0)
        return KEYCLOAK_VIEW_EVENTS;
    return strcmp(method, "GET") == 0 ? KEYCLOAK_VIEW_USERS : KEYCLOAK_MANAGE_USERS;
}

/* Sends what waits if there is a token, else sees to it that one comes. */
static void waiting_go(struct admin *admin)
{
    if (list_empty(&admin->waiting) || admin->fetching)
        return;
    if (admin->token.size == 0 || loop_mono_ms(admin->loop) >= admin->token_until) {
        token_fetch(admin);
        return;
    }
    list_each(node, &admin->waiting) call_send(list_entry(node, struct call, node));
}

static void call_send(struct call *call)
{
    struct admin *admin = call->admin;
    if (admin->lacks & 1u << call->role) {
        call_refuse(call, ERR_REFUSED);
        return;
    }
    struct http_request request = {.method = call->method,
                                   .url = call->url,
                                   .bearer = (const char *)admin->token.data,
                                   .content_type = call->has_body ? "application/json" : NULL,
                                   .body = call->has_body ? secret_slice(&call->body) : (struct slice){0},
                                   .answer_max_bytes = call->answer_max_bytes,
                                   .timeout_ms = admin->timeout_ms};
    enum err err = http_send(admin->http, &request, &call->request, call_came, call);
    if (err != ERR_OK) {
        call_refuse(call, err);
        return;
    }
    list_remove(&call->node);
    list_append(&admin->sent, &call->node);
}

/* Its callback comes in the next turn. */
static void call_refuse(struct call *call, enum err err)
{
    struct admin *admin = call->admin;
    call->failed = err;
    list_remove(&call->node);
    list_append(&admin->failing, &call->node);
    loop_timer_start(&admin->fail, 0);
}

static void call_came(void *ctx, const struct http_answer *answer)
{
    struct call *call = ctx;
    check_magic(call, CALL_MAGIC);
    struct admin *admin = call->admin;
    bool forbidden = answer->err == ERR_OK && call->role < KEYCLOAK_ROLE_COUNT &&
                     (answer->status == 403 || (answer->status == 401 && call->again));
    if (forbidden) {
        admin->forbidden |= 1u << call->role;
        admin->token_until = loop_mono_ms(admin->loop) + LOOK_AGAIN_MS;
        call_refuse(call, ERR_REFUSED);
        return;
    }
    if (answer->err != ERR_OK || answer->status != 401 || call->again) {
        if (answer->err == ERR_OK)
            admin->forbidden &= ~(1u << call->role);
        call_end(call, answer);
        return;
    }
    call->again = true;
    if (!admin->fetching)
        secret_release(&admin->token);
    list_remove(&call->node);
    list_append(&admin->waiting, &call->node);
    waiting_go(admin);
}

static void call_end(struct call *call, const struct http_answer *answer)
{
    http_done done = call->done;
    void *ctx = call->ctx;
    call_free(call);
    done(ctx, answer);
}

static void call_free(struct call *call)
{
    check_magic(call, CALL_MAGIC);
    list_remove(&call->node);
    secret_release(&call->body);
    check(call->admin->calls > 0);
    call->admin->calls--;
    OPENSSL_cleanse(call->url, sizeof call->url); /* may name an e-mail address */
    call->magic = 0;
    free(call);
}

static struct call *call_of(struct list_node *list, uint64_t id)
{
    list_each(node, list)
    {
        struct call *call = list_entry(node, struct call, node);
        if (call->id == id)
            return call;
    }
    return NULL;
}

static void token_fetch(struct admin *admin)
{
    struct http_request request = {.method = "POST",
                                   .url = admin->token_url,
                                   .content_type = "application/x-www-form-urlencoded",
                                   .body = secret_slice(&admin->login),
                                   .answer_max_bytes = KEYCLOAK_ANSWER_MAX_BYTES,
                                   .timeout_ms = admin->timeout_ms};
    secret_release(&admin->token);
    enum err err = http_send(admin->http, &request, &admin->fetch, token_came, admin);
    if (err == ERR_OK)
        admin->fetching = true;
    else
        waiting_fail(admin, err);
}

static void token_came(void *ctx, const struct http_answer *answer)
{
    struct admin *admin = ctx;
    check(admin->fetching);
    admin->fetching = false;
    admin->refused = answer->err == ERR_OK && answer->status >= 400 && answer->status < 500;
    if (answer->err != ERR_OK)
        waiting_fail(admin, answer->err);
    else if (answer->status != 200 || !token_read(admin, answer->body))
        waiting_fail(admin, admin->refused ? ERR_REFUSED : ERR_AWAY);
    else
        waiting_go(admin);
}

static bool token_read(struct admin *admin, struct slice body)
{
    json_error_t error;
    json_t *json = json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, &error);
    const char *token = json_string_value(json_object_get(json, "access_token"));
    json_int_t life_s = json_integer_value(json_object_get(json, "expires_in"));
    json_int_t not_before_s = json_integer_value(json_object_get(json, "not-before-policy"));
    bool good = token != NULL && token[0] != '\0' && life_s > 0 && life_s < 10 * 365 * 86400 &&
                secret_text(&admin->token, token) == ERR_OK;
    if (good) {
        admin->not_before_s = not_before_s;
        admin->token_at = loop_mono_ms(admin->loop);
        claims_read(admin, token);
        admin->token_until = admin->token_at + (admin->lacks != 0 ? LOOK_AGAIN_MS : (uint64_t)life_s * 800);
    }
    json_decref(json);
    return good;
}

/* What the token says of itself: when, and the account's roles. It came from Keycloak, so it is believed. One
 * without `sub` is lightweight and says nothing: each role is tried anew. */
static void claims_read(struct admin *admin, const char *token)
{
    struct secret text;
    size_t size = 0;
    const char *dot = strchr(token, '.'), *end = dot != NULL ? strchr(dot + 1, '.') : NULL;
    json_error_t error;
    json_t *claims = NULL;
    secret_init(&text, TOKEN_MAX_BYTES);
    admin->lacks = 0;
    if (end != NULL &&
        secret_append(&text, slice_of((const uint8_t *)dot + 1, (size_t)(end - dot - 1))) == ERR_OK &&
        base64url_decode(secret_slice(&text), text.data, text.size, &size))
        claims = json_loadb((const char *)text.data, size, JSON_REJECT_DUPLICATES, &error);
    admin->issued_at_s = json_integer_value(json_object_get(claims, "iat"));
    if (json_is_string(json_object_get(claims, "sub"))) {
        const json_t *access = json_object_get(claims, "resource_access");
        const json_t *roles = json_object_get(json_object_get(access, "realm-management"), "roles");
        for (int role = 0; role < KEYCLOAK_ROLE_COUNT; role++)
            admin->lacks |= 1u << role;
        for (size_t i = 0; i < json_array_size(roles); i++)
            admin->lacks &= ~allowed_by(json_string_value(json_array_get(roles, i)));
    }
    json_decref(claims);
    secret_release(&text);
}

/* As bits; `name` may be NULL. Who may change users may see them, without a role for that. */
static uint32_t allowed_by(const char *name)
{
    for (int role = 0; name != NULL && role < KEYCLOAK_ROLE_COUNT; role++)
        if (strcmp(name, keycloak_role_name((enum keycloak_role)role)) == 0)
            return 1u << role | (role == KEYCLOAK_MANAGE_USERS ? 1u << KEYCLOAK_VIEW_USERS : 0);
    return 0;
}

uint32_t admin_missing(const struct admin *admin)
{
    return admin->lacks | admin->forbidden;
}

bool admin_refused(const struct admin *admin)
{
    return admin->refused;
}

int64_t admin_clock_ms(const struct admin *admin)
{
    if (admin->issued_at_s <= 0)
        return 0;
    return admin->issued_at_s * 1000 + (int64_t)(loop_mono_ms(admin->loop) - admin->token_at);
}

int64_t admin_not_before_s(const struct admin *admin)
{
    return admin->not_before_s;
}

void admin_forget_token(struct admin *admin)
{
    admin->token_until = 0;
}

static void waiting_fail(struct admin *admin, enum err err)
{
    list_each(node, &admin->waiting) list_entry(node, struct call, node)->failed = err;
    list_splice(&admin->failing, &admin->waiting);
    loop_timer_start(&admin->fail, 0);
}

static void fail_now(void *ctx)
{
    struct admin *admin = ctx;
    struct list_node failing;
    list_init(&failing);
    list_splice(&failing, &admin->failing); /* what fails meanwhile waits for the next turn */
    while (!list_empty(&failing)) {
        struct call *call = list_entry(failing.next, struct call, node);
        struct http_answer answer = {.err = call->failed, .body = slice_text(""), .location = ""};
        answer.failure = call->failed == ERR_REFUSED ? refusal(admin, call->role) : err_text(call->failed);
        call_end(call, &answer);
    }
}

static const char *refusal(const struct admin *admin, enum keycloak_role role)
{
    static const char *const lacks[] = {
#define X(name, text) [name] = "the server's service account lacks the role " text,
        KEYCLOAK_ROLES(X)
#undef X
    };
    if (role < KEYCLOAK_ROLE_COUNT && (admin_missing(admin) & 1u << role))
        return lacks[role];
    return admin->refused ? "the server's service account was refused: a wrong secret, or it is switched off"
                          : "no TLS connection to Keycloak: a certificate that is not trusted, or none";
}
