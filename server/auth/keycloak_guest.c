/* keycloak_guest: what is asked of a user that is there.
 *
 *   find      GET user --200--> OK, user          404 --> OK, nobody
 *   claim     GET user --guest--> PUT user --204--> OK     409 --> EMAIL_TAKEN     400 --> what the realm
 * says
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
 * Sessions are ended one by one, as Keycloak's "log out" of a user would also void the tokens that are about
 * to be issued in the same second. */
#include "auth/answers.h"
#include "auth/keycloak_internal.h"
#include "auth/limits.h"
#include "base/check.h"
#include <stdio.h>
#include <string.h>

static void find_came(void *operation, const struct http_answer *answer);
static void guest_came(void *operation, const struct http_answer *answer);
static void claim(struct operation *operation, const char *user_name);
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
    } else {
        bool there = answer->err == ERR_OK && answer->status == 200 &&
                     answer_user_disabled(answer->body, &disabled) == ERR_OK;
        end(operation, there ? KEYCLOAK_OK : KEYCLOAK_UNAVAILABLE, NULL);
    }
}

/* ---- claim ---- */

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
        ask_user(operation, "GET", "", (struct slice){0}, guest_came);
}

static void guest_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    char user_name[256];
    enum keycloak_outcome outcome = KEYCLOAK_UNAVAILABLE;
    if (answer->err == ERR_OK && answer->status == 200)
        outcome = answer_guest(answer->body, operation->registration, user_name);
    else if (answer->err == ERR_OK && answer->status == 404)
        outcome = KEYCLOAK_NOT_GUEST;
    if (outcome == KEYCLOAK_OK)
        claim(operation, user_name);
    else
        end(operation, outcome, NULL);
}

static void claim(struct operation *operation, const char *user_name)
{
    char text[UUID_TEXT_SIZE];
    struct slice email = secret_slice(&operation->name), password = secret_slice(&operation->password);
    struct secret body;
    json_t *json = json_pack("{s:s, s:s#, s:b, s:{s:[s]}, s:[{s:s, s:s#, s:b}]}", "username", user_name,
                             "email", email.data, (int)email.size, "emailVerified", 0, "attributes",
                             "registration_id", uuid_format(operation->registration, text), "credentials",
                             "type", "password", "value", password.data, (int)password.size, "temporary", 0);
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
    enum keycloak_outcome outcome = KEYCLOAK_UNAVAILABLE;
    if (answer->err == ERR_OK && answer->status == 204)
        outcome = KEYCLOAK_OK;
    else if (answer->err == ERR_OK && answer->status == 409)
        outcome = KEYCLOAK_EMAIL_TAKEN;
    else if (answer->err == ERR_OK && answer->status == 400)
        outcome = answer_refused(answer->body, detail);
    end(operation, outcome, detail[0] != '\0' ? detail : NULL);
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
    else
        end(operation, gone ? KEYCLOAK_OK : KEYCLOAK_UNAVAILABLE, NULL);
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
        end(operation, KEYCLOAK_UNAVAILABLE, NULL);
}
