/* keycloak_guest: what is asked of a user that is there.
 *
 *   find      GET user --200--> OK, user          404 --> OK, nobody
 *   let off   GET user --guest--> GET the realm's actions --> PUT user without them --204--> OK
 *   claim     GET user --guest--> GET the realm's actions --> PUT user with them --204--> OK
 *                |                                               409 --> EMAIL_TAKEN    400 --> what the
 *                |                                               realm says
 *                |--carries the claim's id--> EXISTS_SAME
 *                `--neither, 404--> NOT_GUEST
 *   sessions  GET user's sessions --> DELETE each but one, in turn --204, 404--> OK
 *
 * A claim is one PUT, which Keycloak takes whole or not at all: the e-mail address, the password, the mark
 * that says which claim it was, and the guest's mark gone. So whoever reads the user knows whether it
 * happened, and the same claim again changes nothing. Only the server's account writes the marks, so nobody
 * makes a guest of an account that has a password of its own. The user name stays as it is: whether it may be
 * changed is the realm's affair, and the e-mail address signs in.
 *
 * A realm may want something of every user before it gives tokens, on a page of its own: terms, say. A guest
 * sees no page, so it is let off, and asked when it becomes somebody. (A verified address is the same: guests
 * are made as if theirs were, a claimed one is not.)
 *
 * Sessions are ended one by one, as Keycloak's "log out" of a user would also void the tokens that are about
 * to be issued in the same second. */
#include "auth/answers.h"
#include "auth/keycloak_internal.h"
#include "auth/limits.h"
#include "base/check.h"
#include <stdio.h>
#include <string.h>

static void find_came(void *operation, const struct http_answer *answer);
static void guest_ask(struct operation *operation);
static void guest_came(void *operation, const struct http_answer *answer);
static void actions_came(void *operation, const struct http_answer *answer);
static void let_off(struct operation *operation, const json_t *defaults);
static void let_off_came(void *operation, const struct http_answer *answer);
static void claim(struct operation *operation, const json_t *defaults);
static void claim_came(void *operation, const struct http_answer *answer);
static void sessions_came(void *operation, const struct http_answer *answer);
static void session_end(struct operation *operation);
static void session_ended(void *operation, const struct http_answer *answer);

static void ask(struct operation *operation, const char *method, const char *path, struct slice body,
                http_done done)
{
    struct admin_request request = {method, path, body, KEYCLOAK_ANSWER_MAX_BYTES};
    uint64_t id;
    if (!keycloak_operation_may_run(operation) ||
        admin_send(operation->keycloak->admin, &request, &id, done, operation) != ERR_OK)
        keycloak_operation_end_soon(operation, KEYCLOAK_UNAVAILABLE);
}

static void ask_user(struct operation *operation, const char *method, const char *below, struct slice body,
                     http_done done)
{
    char path[96], text[UUID_TEXT_SIZE];
    snprintf(path, sizeof path, "/users/%s%s", uuid_format(operation->user, text), below);
    ask(operation, method, path, body, done);
}

static struct operation *begin(struct keycloak *keycloak, struct uuid user, keycloak_user_done done,
                               void *ctx)
{
    struct operation *operation = keycloak_operation_new(keycloak, ctx);
    operation->user_done = done;
    operation->user = user;
    return operation;
}

static void end(struct operation *operation, enum keycloak_outcome outcome, const char *detail)
{
    bool there = outcome == KEYCLOAK_OK || outcome == KEYCLOAK_EXISTS_SAME;
    keycloak_operation_end(operation, outcome, there ? operation->user : keycloak_nobody, detail, NULL);
}

/* ---- find ---- */

void keycloak_find_user(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx)
{
    ask_user(begin(keycloak, user, done, ctx), "GET", "", (struct slice){0}, find_came);
}

static void find_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    bool disabled;
    if (answer->err == ERR_OK && answer->status == 404 && answer_user_unknown(answer->body)) {
        operation->user = keycloak_nobody;
        end(operation, KEYCLOAK_OK, NULL);
    } else if (answer->err == ERR_OK && answer->status == 200 &&
               answer_user_disabled(answer->body, &disabled) == ERR_OK) {
        end(operation, KEYCLOAK_OK, NULL);
    } else {
        keycloak_operation_fail(operation, answer);
    }
}

/* ---- let off, claim ---- */

void keycloak_let_guest_off(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx)
{
    guest_ask(begin(keycloak, user, done, ctx));
}

void keycloak_claim_guest(struct keycloak *keycloak, struct uuid user, struct slice email,
                          struct slice password, struct uuid registration_id, keycloak_user_done done,
                          void *ctx)
{
    struct operation *operation = begin(keycloak, user, done, ctx);
    operation->registration = registration_id;
    if (!keycloak_text_is_usable(email, KEYCLOAK_EMAIL_MAX_BYTES) ||
        secret_append(&operation->name, email) != ERR_OK)
        keycloak_operation_end_soon(operation, KEYCLOAK_EMAIL_INVALID);
    else if (!keycloak_text_is_usable(password, KEYCLOAK_PASSWORD_MAX_BYTES) ||
             secret_append(&operation->password, password) != ERR_OK)
        keycloak_operation_end_soon(operation, KEYCLOAK_PASSWORD_WEAK);
    else
        guest_ask(operation);
}

static void guest_ask(struct operation *operation)
{
    ask_user(operation, "GET", "", (struct slice){0}, guest_came);
}

static bool claims(const struct operation *operation)
{
    return operation->name.size > 0;
}

static void guest_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    char user_name[256];
    enum keycloak_outcome outcome = KEYCLOAK_NOT_GUEST;
    bool there = answer->err == ERR_OK && answer->status == 200;
    if (!there && !(answer->err == ERR_OK && answer->status == 404)) {
        keycloak_operation_fail(operation, answer);
        return;
    }
    if (there)
        outcome = answer_guest(answer->body, operation->registration, user_name);
    if (outcome != KEYCLOAK_OK) {
        end(operation, outcome, NULL);
        return;
    }
    operation->user_name = strdup(user_name);
    operation->actions = answer_action_list(answer->body);
    ask(operation, "GET", "/authentication/required-actions", (struct slice){0}, actions_came);
}

/* Where the account may not see them, it is as if the realm wanted nothing: the grant then says what it
 * wants. */
static void actions_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    bool there = answer->err == ERR_OK && answer->status == 200;
    bool hidden = answer->err == ERR_OK && answer->status == 403;
    json_t *defaults = there ? answer_default_actions(answer->body) : hidden ? json_array() : NULL;
    if (defaults == NULL || operation->user_name == NULL)
        keycloak_operation_fail(operation, answer);
    else if (claims(operation))
        claim(operation, defaults);
    else
        let_off(operation, defaults);
    json_decref(defaults);
}

static bool holds(const json_t *list, const json_t *text)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(json_array_get(list, i), text))
            return true;
    return false;
}

static void let_off(struct operation *operation, const json_t *defaults)
{
    struct secret body;
    json_t *rest = json_array(), *json;
    for (size_t i = 0; i < json_array_size(operation->actions); i++)
        if (!holds(defaults, json_array_get(operation->actions, i)))
            json_array_append(rest, json_array_get(operation->actions, i));
    json = json_pack("{s:b, s:o}", "emailVerified", 1, "requiredActions", rest);
    secret_init(&body, KEYCLOAK_REQUEST_MAX_BYTES);
    if (json != NULL && secret_json(&body, json) == ERR_OK)
        ask_user(operation, "PUT", "", secret_slice(&body), let_off_came);
    else
        keycloak_operation_end_soon(operation, KEYCLOAK_UNAVAILABLE);
    secret_release(&body);
    json_decref(json);
}

static void let_off_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    if (answer->err == ERR_OK && answer->status == 204)
        end(operation, KEYCLOAK_OK, NULL);
    else
        keycloak_operation_fail(operation, answer);
}

static void claim(struct operation *operation, const json_t *defaults)
{
    char text[UUID_TEXT_SIZE];
    struct slice email = secret_slice(&operation->name), password = secret_slice(&operation->password);
    struct secret body;
    json_t *wanted = operation->actions != NULL ? json_incref(operation->actions) : json_array();
    for (size_t i = 0; i < json_array_size(defaults); i++)
        if (!holds(wanted, json_array_get(defaults, i)))
            json_array_append(wanted, json_array_get(defaults, i));
    json_t *json =
        json_pack("{s:s, s:s#, s:b, s:{s:[s]}, s:[{s:s, s:s#, s:b}], s:o}", "username", operation->user_name,
                  "email", email.data, (int)email.size, "emailVerified", 0, "attributes", "registration_id",
                  uuid_format(operation->registration, text), "credentials", "type", "password", "value",
                  password.data, (int)password.size, "temporary", 0, "requiredActions", wanted);
    secret_init(&body, KEYCLOAK_REQUEST_MAX_BYTES);
    if (json != NULL && secret_json(&body, json) == ERR_OK)
        ask_user(operation, "PUT", "", secret_slice(&body), claim_came);
    else
        keycloak_operation_end_soon(operation, KEYCLOAK_UNAVAILABLE);
    secret_release(&body);
    json_decref(json);
}

static void claim_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    char detail[ANSWER_DETAIL_BYTES] = "";
    if (answer->err == ERR_OK && answer->status == 204) {
        end(operation, KEYCLOAK_OK, NULL);
    } else if (answer->err == ERR_OK && answer->status == 409) {
        end(operation, KEYCLOAK_EMAIL_TAKEN, NULL);
    } else if (answer->err == ERR_OK && answer->status == 400) {
        enum keycloak_outcome outcome = answer_refused(answer->body, detail);
        end(operation, outcome, detail[0] != '\0' ? detail : NULL);
    } else {
        keycloak_operation_fail(operation, answer);
    }
}

/* ---- sessions ---- */

void keycloak_end_sessions(struct keycloak *keycloak, struct uuid user, const char *keep_sid,
                           keycloak_user_done done, void *ctx)
{
    struct operation *operation = begin(keycloak, user, done, ctx);
    check(strlen(keep_sid) < sizeof operation->keep_sid);
    strcpy(operation->keep_sid, keep_sid);
    ask_user(operation, "GET", "/sessions", (struct slice){0}, sessions_came);
}

static void sessions_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    bool gone = answer->err == ERR_OK && answer->status == 404; /* the user, and its sessions with it */
    if (answer->err == ERR_OK && answer->status == 200)
        operation->sessions = answer_sessions(answer->body);
    if (operation->sessions != NULL)
        session_end(operation);
    else if (gone)
        end(operation, KEYCLOAK_OK, NULL);
    else
        keycloak_operation_fail(operation, answer);
}

static void session_end(struct operation *operation)
{
    char path[128];
    while (operation->next_session < json_array_size(operation->sessions)) {
        const char *sid = json_string_value(json_array_get(operation->sessions, operation->next_session++));
        if (strcmp(sid, operation->keep_sid) == 0)
            continue;
        snprintf(path, sizeof path, "/sessions/%s", sid);
        ask(operation, "DELETE", path, (struct slice){0}, session_ended);
        return;
    }
    end(operation, KEYCLOAK_OK, NULL);
}

static void session_ended(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    if (answer->err == ERR_OK && (answer->status == 204 || answer->status == 404))
        session_end(operation);
    else
        keycloak_operation_fail(operation, answer);
}
