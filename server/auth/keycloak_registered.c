/* keycloak_registered: users that a registration made or left behind.
 *
 *   find     GET users?q=registration_id --none--> OK, nobody
 *                  `--one--> GET its sessions --any--> SIGNED_IN
 *                                `--none--> GET its login events --any--> SIGNED_IN   none--> OK, user
 *   delete   DELETE user --204, 404--> OK
 *   missing  GET user --200--> OK, with what it has to do before it gets tokens
 *
 * Only the server's account can write the attribute, so one who carries it was made by `register`. What the
 * search returns is compared again: a mark that only resembles ours is nobody's. Somebody who has signed in -
 * now, or at any time that the realm's events remember - is not for deletion, whatever the game knows of
 * them. Every answer in another form than Keycloak's is "unavailable": whoever asked comes back. */
#include "auth/answers.h"
#include "auth/keycloak_internal.h"
#include "auth/limits.h"
#include "base/check.h"
#include <stdio.h>

static void found_came(void *operation, const struct http_answer *answer);
static void sessions_came(void *operation, const struct http_answer *answer);
static void logins_came(void *operation, const struct http_answer *answer);
static void deleted_came(void *operation, const struct http_answer *answer);
static void actions_came(void *operation, const struct http_answer *answer);

static void ask(struct operation *operation, const char *method, const char *path, http_done done)
{
    struct admin_request request = {
        .method = method, .path = path, .answer_max_bytes = KEYCLOAK_ANSWER_MAX_BYTES};
    uint64_t id;
    if (!keycloak_operation_may_run(operation) ||
        admin_send(operation->keycloak->admin, &request, &id, done, operation) != ERR_OK)
        keycloak_operation_end_soon(operation, KEYCLOAK_UNAVAILABLE);
}

void keycloak_find_registered(struct keycloak *keycloak, struct uuid registration_id, keycloak_user_done done,
                              void *ctx)
{
    char path[128], text[UUID_TEXT_SIZE];
    struct operation *operation = keycloak_operation_new(keycloak, ctx);
    operation->user_done = done;
    operation->registration = registration_id;
    snprintf(path, sizeof path, "/users?q=registration_id:%s", uuid_format(registration_id, text));
    ask(operation, "GET", path, found_came);
}

static void found_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    char path[128] = "/users/";
    if (answer->err != ERR_OK || answer->status != 200) {
        keycloak_operation_fail(operation, answer);
        return;
    }
    enum keycloak_outcome outcome = answer_existing(answer->body, operation->registration, &operation->user);
    if (outcome == KEYCLOAK_EXISTS_SAME) {
        uuid_format(operation->user, path + strlen(path));
        strcat(path, "/sessions");
        ask(operation, "GET", path, sessions_came);
        return;
    }
    bool nobody = outcome == KEYCLOAK_EMAIL_TAKEN; /* by its name: none of those listed carries the mark */
    keycloak_operation_end(operation, nobody ? KEYCLOAK_OK : KEYCLOAK_UNAVAILABLE, keycloak_nobody, NULL,
                           NULL);
}

/* Ends with SIGNED_IN or by the answer; true when the list is empty and the operation goes on. */
static bool is_empty(struct operation *operation, const struct http_answer *answer)
{
    bool any = false;
    if (answer->err != ERR_OK || answer->status != 200 || answer_any(answer->body, &any) != ERR_OK)
        keycloak_operation_fail(operation, answer);
    else if (any)
        keycloak_operation_end(operation, KEYCLOAK_SIGNED_IN, operation->user, NULL, NULL);
    else
        return true;
    return false;
}

static void sessions_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    char path[128], text[UUID_TEXT_SIZE];
    check_magic(operation, OPERATION_MAGIC);
    if (!is_empty(operation, answer))
        return;
    snprintf(path, sizeof path, "/events?type=LOGIN&max=1&user=%s", uuid_format(operation->user, text));
    ask(operation, "GET", path, logins_came);
}

static void logins_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    if (is_empty(operation, answer))
        keycloak_operation_end(operation, KEYCLOAK_OK, operation->user, NULL, NULL);
}

void keycloak_delete_user(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx)
{
    char path[64] = "/users/";
    struct operation *operation = keycloak_operation_new(keycloak, ctx);
    operation->user_done = done;
    uuid_format(user, path + strlen(path));
    ask(operation, "DELETE", path, deleted_came);
}

static void deleted_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    check_magic(operation, OPERATION_MAGIC);
    if (answer->err == ERR_OK && (answer->status == 204 || answer->status == 404))
        keycloak_operation_end(operation, KEYCLOAK_OK, keycloak_nobody, NULL, NULL);
    else
        keycloak_operation_fail(operation, answer);
}

void keycloak_missing_actions(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx)
{
    char path[64] = "/users/";
    struct operation *operation = keycloak_operation_new(keycloak, ctx);
    operation->user_done = done;
    uuid_format(user, path + strlen(path));
    ask(operation, "GET", path, actions_came);
}

static void actions_came(void *ctx, const struct http_answer *answer)
{
    struct operation *operation = ctx;
    char actions[ANSWER_DETAIL_BYTES];
    check_magic(operation, OPERATION_MAGIC);
    if (answer->err == ERR_OK && answer->status == 200 && answer_actions(answer->body, actions) == ERR_OK)
        keycloak_operation_end(operation, KEYCLOAK_OK, keycloak_nobody, actions[0] != '\0' ? actions : NULL,
                               NULL);
    else
        keycloak_operation_fail(operation, answer);
}
