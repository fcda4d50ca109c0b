/* keycloak: making users and signing them in, for the in-game form.
 *
 *   create   POST users --201--> made          409 --> GET users?email --registration_id is ours--> the same
 *                 |                                                    --otherwise--> taken
 *                 +--400--> the realm's own policy says what is wrong with the e-mail or the password
 *            (a guest the same, with a user name of its own instead of the e-mail address)
 *   grant    POST token --200--> tokens        "invalid_grant" --> denied, incomplete or disabled
 *
 * The attribute registration_id (the id of the `register` or `play_as_guest` command) makes the first one
 * safe to repeat: when an answer is lost, the same command sent again finds the user it made and goes on.
 * Nothing is repeated in here.
 *
 * An answer is believed only in the form that Keycloak gives it; everything else, and every 5xx, 429 and
 * timeout, is "unavailable": the client may come back. Where the service account lacks a role (admin.c) it is
 * "misconfigured": nobody but the operator can mend that. Clients get our words or the password policy's
 * ("minimum length 8"), never another text of Keycloak's, which may repeat the e-mail address.
 *
 * E-mail and password are only in the request built here (struct secret), which http wipes when it ends. At
 * most KEYCLOAK_OPERATIONS_MAX are under way; what comes beyond is answered "unavailable" in the next turn.
 */
#include "auth/answers.h"
#include "auth/keycloak_internal.h"
#include "auth/limits.h"
#include "auth/url.h"
#include "base/check.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void end_now(void *keycloak);
static void create(struct operation *operation, struct slice name, struct slice password);
static enum err user_body(struct secret *body, struct slice name, struct slice password,
                          struct uuid registration, bool guest);
static void create_came(void *operation, const struct http_answer *answer);
static void find_existing(struct operation *operation);
static void existing_came(void *operation, const struct http_answer *answer);
static void grant_came(void *operation, const struct http_answer *answer);

const struct uuid keycloak_nobody;

struct keycloak *keycloak_open(struct loop *loop, const struct keycloak_config *config, char ret_failure[200])
{
    char base[512], realm[128];
    if (url_check(config->issuer_fetch_url, config->allow_plain_http, ret_failure) != ERR_OK)
        return NULL;
    if (url_split_realm(config->issuer_fetch_url, base, realm) != ERR_OK) {
        snprintf(ret_failure, 200, "%.120s is not of the form <base>/realms/<realm>",
                 config->issuer_fetch_url);
        return NULL;
    }
    struct keycloak *keycloak = calloc(1, sizeof *keycloak);
    if (keycloak == NULL) {
        snprintf(ret_failure, 200, "out of memory");
        return NULL;
    }
    keycloak->magic = KEYCLOAK_MAGIC;
    keycloak->loop = loop;
    keycloak->timeout_ms = config->timeout_ms;
    keycloak->players_client_id = strdup(config->players_client_id);
    list_init(&keycloak->running);
    list_init(&keycloak->ending);
    loop_timer_init(&keycloak->end, loop, end_now, keycloak);
    snprintf(keycloak->token_url, sizeof keycloak->token_url, "%s/realms/%s/protocol/openid-connect/token",
             base, realm);
    struct admin_config admin = {config->issuer_fetch_url, config->client_id, config->client_secret,
                                 config->timeout_ms};
    if (keycloak->players_client_id != NULL &&
        (keycloak->http = http_open(loop, config->ca_file, ret_failure)) != NULL)
        keycloak->admin = admin_open(loop, keycloak->http, &admin, ret_failure);
    if (keycloak->admin != NULL &&
        (keycloak->follow_http = http_open(loop, config->ca_file, ret_failure)) != NULL)
        keycloak->follow_admin = admin_open(loop, keycloak->follow_http, &admin, ret_failure);
    if (keycloak->follow_admin == NULL) {
        keycloak_close(keycloak);
        return NULL;
    }
    return keycloak;
}

void keycloak_close(struct keycloak *keycloak)
{
    if (keycloak == NULL)
        return;
    check_magic(keycloak, KEYCLOAK_MAGIC);
    for (int source = 0; source < KEYCLOAK_SOURCES; source++)
        follow_close(keycloak->follows[source]);
    admin_close(keycloak->follow_admin);
    http_close(keycloak->follow_http);
    admin_close(keycloak->admin);
    http_close(keycloak->http);
    list_splice(&keycloak->running, &keycloak->ending);
    while (!list_empty(&keycloak->running))
        keycloak_operation_end(list_entry(keycloak->running.next, struct operation, node),
                               KEYCLOAK_UNAVAILABLE, keycloak_nobody, NULL, NULL);
    loop_timer_stop(&keycloak->end);
    free(keycloak->players_client_id);
    keycloak->magic = 0;
    free(keycloak);
}

void keycloak_create_user(struct keycloak *keycloak, struct slice email, struct slice password,
                          struct uuid registration_id, keycloak_user_done done, void *ctx)
{
    struct operation *operation = keycloak_operation_new(keycloak, ctx);
    operation->user_done = done;
    operation->registration = registration_id;
    if (keycloak_text_is_usable(email, KEYCLOAK_EMAIL_MAX_BYTES))
        create(operation, email, password);
    else
        keycloak_operation_end_soon(operation, KEYCLOAK_EMAIL_INVALID);
}

void keycloak_create_guest(struct keycloak *keycloak, struct slice secret, struct uuid registration_id,
                           keycloak_user_done done, void *ctx)
{
    char name[KEYCLOAK_GUEST_NAME_SIZE];
    struct operation *operation = keycloak_operation_new(keycloak, ctx);
    operation->user_done = done;
    operation->registration = registration_id;
    operation->guest = true;
    create(operation, slice_text(keycloak_guest_name(registration_id, name)), secret);
}

const char *keycloak_guest_name(struct uuid registration_id, char ret_name[KEYCLOAK_GUEST_NAME_SIZE])
{
    memcpy(ret_name, "guest-", 6);
    uuid_format(registration_id, ret_name + 6);
    return ret_name;
}

static void create(struct operation *operation, struct slice name, struct slice password)
{
    if (!keycloak_text_is_usable(password, KEYCLOAK_PASSWORD_MAX_BYTES)) {
        keycloak_operation_end_soon(operation, KEYCLOAK_PASSWORD_WEAK);
        return;
    }
    struct secret body;
    uint64_t id;
    secret_init(&body, KEYCLOAK_REQUEST_MAX_BYTES);
    bool sent = keycloak_operation_may_run(operation) && secret_append(&operation->name, name) == ERR_OK &&
                user_body(&body, name, password, operation->registration, operation->guest) == ERR_OK;
    if (sent) {
        struct admin_request request = {"POST", "/users", secret_slice(&body), KEYCLOAK_ANSWER_MAX_BYTES};
        sent = admin_send(operation->keycloak->admin, &request, &id, create_came, operation) == ERR_OK;
    }
    secret_release(&body);
    if (!sent)
        keycloak_operation_end_soon(operation, KEYCLOAK_UNAVAILABLE);
}

void keycloak_password_grant(struct keycloak *keycloak, struct slice email, struct slice password,
                             keycloak_tokens_done done, void *ctx)
{
    struct operation *operation = keycloak_operation_new(keycloak, ctx);
    operation->tokens_done = done;
    if (!keycloak_text_is_usable(email, KEYCLOAK_EMAIL_MAX_BYTES) ||
        !keycloak_text_is_usable(password, KEYCLOAK_PASSWORD_MAX_BYTES)) {
        keycloak_operation_end_soon(operation, KEYCLOAK_DENIED);
        return;
    }
    struct secret form;
    uint64_t id;
    secret_init(&form, KEYCLOAK_REQUEST_MAX_BYTES);
    bool sent = keycloak_operation_may_run(operation) &&
                secret_form(&form, "grant_type", slice_text("password")) == ERR_OK &&
                secret_form(&form, "client_id", slice_text(keycloak->players_client_id)) == ERR_OK &&
                secret_form(&form, "username", email) == ERR_OK &&
                secret_form(&form, "password", password) == ERR_OK;
    if (sent) {
        struct http_request request = {.method = "POST",
                                       .url = keycloak->token_url,
                                       .content_type = "application/x-www-form-urlencoded",
                                       .body = secret_slice(&form),
                                       .answer_max_bytes = KEYCLOAK_ANSWER_MAX_BYTES,
                                       .timeout_ms = keycloak->timeout_ms};
        sent = http_send(keycloak->http, &request, &id, grant_came, operation) == ERR_OK;
    }
    secret_release(&form);
    if (!sent)
        keycloak_operation_end_soon(operation, KEYCLOAK_UNAVAILABLE);
}

void keycloak_follow(struct keycloak *keycloak, const struct keycloak_following *following)
{
    check_magic(keycloak, KEYCLOAK_MAGIC);
    for (int source = 0; source < KEYCLOAK_SOURCES; source++) {
        check(keycloak->follows[source] == NULL);
        keycloak->follows[source] =
            follow_open(keycloak->loop, keycloak->follow_admin, following, (enum keycloak_source)source);
        check(keycloak->follows[source] != NULL);
    }
}

const struct keycloak_counters *keycloak_counters(const struct keycloak *keycloak)
{
    struct keycloak_counters *counters = &((struct keycloak *)keycloak)->counters;
    counters->events = 0;
    for (int source = 0; source < KEYCLOAK_SOURCES && keycloak->follows[source] != NULL; source++) {
        const struct follow_status *status = follow_status(keycloak->follows[source]);
        counters->events += status->events;
        if (source != KEYCLOAK_ADMIN_EVENTS)
            continue;
        counters->passes = status->passes;
        counters->passes_failed = status->passes_failed;
        counters->followed_until_ms = status->followed_until_ms;
    }
    return counters;
}

struct keycloak_followed keycloak_followed(const struct keycloak *keycloak, enum keycloak_source source)
{
    if (keycloak->follows[source] == NULL)
        return (struct keycloak_followed){.failure = "", .details = true};
    const struct follow_status *status = follow_status(keycloak->follows[source]);
    return (struct keycloak_followed){.failure = status->failure,
                                      .age_ms = loop_mono_ms(keycloak->loop) - status->good_at,
                                      .details = status->details || status->followed_until_ms == 0};
}

const char *keycloak_role_name(enum keycloak_role role)
{
    static const char *const names[] = {
#define X(name, text) [name] = text,
        KEYCLOAK_ROLES(X)
#undef X
    };
    check((size_t)role < KEYCLOAK_ROLE_COUNT);
    return names[role];
}

struct keycloak_account keycloak_account(const struct keycloak *keycloak)
{
    const struct admin *asks = keycloak->admin, *follows = keycloak->follow_admin;
    int64_t clock_ms = admin_clock_ms(follows);
    return (struct keycloak_account){.refused = admin_refused(asks) || admin_refused(follows),
                                     .missing = admin_missing(asks) | admin_missing(follows),
                                     .clock_known = clock_ms != 0,
                                     .clock_ahead_ms = clock_ms - loop_now_ms(keycloak->loop)};
}

struct operation *keycloak_operation_new(struct keycloak *keycloak, void *ctx)
{
    check_magic(keycloak, KEYCLOAK_MAGIC);
    struct operation *operation = calloc(1, sizeof *operation);
    check(operation != NULL);
    *operation = (struct operation){.magic = OPERATION_MAGIC, .keycloak = keycloak, .ctx = ctx};
    secret_init(&operation->name, KEYCLOAK_EMAIL_MAX_BYTES);
    secret_init(&operation->password, KEYCLOAK_PASSWORD_MAX_BYTES);
    list_append(&keycloak->running, &operation->node);
    keycloak->operations++;
    return operation;
}

bool keycloak_operation_may_run(const struct operation *operation)
{
    return operation->keycloak->operations <= KEYCLOAK_OPERATIONS_MAX;
}

void keycloak_operation_end_soon(struct operation *operation, enum keycloak_outcome outcome)
{
    struct keycloak *keycloak = operation->keycloak;
    operation->outcome = outcome;
    list_remove(&operation->node);
    list_append(&keycloak->ending, &operation->node);
    loop_timer_start(&keycloak->end, 0);
}

static void end_now(void *ctx)
{
    struct keycloak *keycloak = ctx;
    struct list_node ending;
    check_magic(keycloak, KEYCLOAK_MAGIC);
    list_init(&ending);
    list_splice(&ending, &keycloak->ending); /* what is refused meanwhile waits for the next turn */
    while (!list_empty(&ending)) {
        struct operation *operation = list_entry(ending.next, struct operation, node);
        keycloak_operation_end(operation, operation->outcome, keycloak_nobody, NULL, NULL);
    }
}

void keycloak_operation_end(struct operation *operation, enum keycloak_outcome outcome, struct uuid user,
                            const char *detail, const struct keycloak_tokens *tokens)
{
    check_magic(operation, OPERATION_MAGIC);
    keycloak_user_done user_done = operation->user_done;
    keycloak_tokens_done tokens_done = operation->tokens_done;
    void *ctx = operation->ctx;
    check((user_done == NULL) != (tokens_done == NULL));
    list_remove(&operation->node);
    operation->keycloak->operations--;
    secret_release(&operation->name);
    secret_release(&operation->password);
    json_decref(operation->sessions);
    json_decref(operation->actions);
    free(operation->user_name);
    operation->magic = 0;
    free(operation);
    if (user_done != NULL)
        user_done(ctx, outcome, user, detail);
    else
        tokens_done(ctx, outcome, tokens);
}

void keycloak_operation_fail(struct operation *operation, const struct http_answer *answer)
{
    bool refused = answer->err == ERR_REFUSED;
    keycloak_operation_end(operation, refused ? KEYCLOAK_MISCONFIGURED : KEYCLOAK_UNAVAILABLE,
                           keycloak_nobody, refused ? answer->failure : NULL, NULL);
}

static enum err user_body(struct secret *body, struct slice name, struct slice password,
                          struct uuid registration, bool guest)
{
    char text[UUID_TEXT_SIZE];
    json_t *json = json_pack("{s:s#, s:b, s:b, s:{s:[s]}, s:[{s:s, s:s#, s:b}]}", "username", name.data,
                             (int)name.size, "enabled", 1, "emailVerified", guest, "attributes",
                             "registration_id", uuid_format(registration, text), "credentials", "type",
                             "password", "value", password.data, (int)password.size, "temporary", 0);
    bool whole = json != NULL;
    if (guest)
        whole = whole && json_object_set_new(json_object_get(json, "attributes"), "guest",
                                             json_pack("[s]", "true")) == 0;
    else
        whole = whole &&
                json_object_set_new(json, "email", json_stringn((const char *)name.data, name.size)) == 0;
    enum err err = whole ? secret_json(body, json) : ERR_MALFORMED;
    json_decref(json);
    return err;
}

static void create_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    struct uuid user;
    char detail[ANSWER_DETAIL_BYTES] = "";
    if (answer->err == ERR_OK && answer->status == 201 && answer_created(answer->location, &user) == ERR_OK) {
        keycloak_operation_end(operation, KEYCLOAK_OK, user, NULL, NULL);
    } else if (answer->err == ERR_OK && answer->status == 409) {
        find_existing(operation);
    } else if (answer->err == ERR_OK && answer->status == 400) {
        enum keycloak_outcome outcome = answer_refused(answer->body, detail);
        keycloak_operation_end(operation, outcome, keycloak_nobody, detail[0] != '\0' ? detail : NULL, NULL);
    } else {
        keycloak_operation_fail(operation, answer);
    }
}

static void find_existing(struct operation *operation)
{
    struct secret path;
    uint64_t id;
    secret_init(&path, 1024);
    bool sent =
        secret_text(&path, "/users?exact=true") == ERR_OK &&
        secret_form(&path, operation->guest ? "username" : "email", secret_slice(&operation->name)) == ERR_OK;
    if (sent) {
        struct admin_request request = {
            .method = "GET", .path = (char *)path.data, .answer_max_bytes = KEYCLOAK_ANSWER_MAX_BYTES};
        sent = admin_send(operation->keycloak->admin, &request, &id, existing_came, operation) == ERR_OK;
    }
    secret_release(&path);
    if (!sent)
        keycloak_operation_end_soon(operation, KEYCLOAK_UNAVAILABLE);
}

static void existing_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    struct uuid user = keycloak_nobody;
    if (answer->err != ERR_OK || answer->status != 200) {
        keycloak_operation_fail(operation, answer);
        return;
    }
    enum keycloak_outcome outcome = answer_existing(answer->body, operation->registration, &user);
    keycloak_operation_end(operation, outcome, user, NULL, NULL);
}

static void grant_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    struct keycloak_tokens tokens;
    json_t *json = NULL;
    enum keycloak_outcome outcome = KEYCLOAK_UNAVAILABLE;
    if (answer->err == ERR_OK)
        outcome = answer_tokens(answer->status, answer->body, &tokens, &json);
    keycloak_operation_end(operation, outcome, keycloak_nobody, NULL,
                           outcome == KEYCLOAK_OK ? &tokens : NULL);
    json_decref(json);
}

bool keycloak_text_is_usable(struct slice text, size_t max_bytes)
{
    return text.data != NULL && text.size > 0 && text.size <= max_bytes &&
           memchr(text.data, 0, text.size) == NULL;
}
