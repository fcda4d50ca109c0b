/* keycloak_internal: what keycloak.c, keycloak_registered.c and keycloak_guest.c share. Nobody else includes
 * it. */
#ifndef AUTH_KEYCLOAK_INTERNAL_H
#define AUTH_KEYCLOAK_INTERNAL_H

#include "auth/admin.h"
#include "auth/follow.h"
#include "auth/keycloak.h"
#include "auth/secret.h"
#include "base/list.h"
#include <jansson.h>

enum { KEYCLOAK_MAGIC = 0x4b434c4b, OPERATION_MAGIC = 0x4f504552 };

struct keycloak {
    uint32_t magic;
    struct loop *loop;
    struct http *http;
    struct admin *admin;
    struct http *follow_http; /* connections of its own: a rush of sign-ins must not delay the follower */
    struct admin *follow_admin;
    struct follow *follows[KEYCLOAK_SOURCES]; /* NULL until keycloak_follow */
    char token_url[1024];
    char *players_client_id;
    uint32_t timeout_ms;
    struct list_node running, ending; /* ending: their callbacks come with the timer */
    struct loop_timer end;
    uint32_t operations;
    struct keycloak_counters counters;
};

/* One user being made, found or deleted, or one grant. */
struct operation {
    uint32_t magic;
    struct list_node node;
    struct keycloak *keycloak;
    struct uuid registration;
    bool guest;
    struct uuid user;       /* found or named, while more is asked of it */
    struct secret name;     /* of a create: e-mail address or guest's name, for the look-up after a 409 */
    struct secret password; /* of a claim, with `name` the e-mail address */
    char *user_name;        /* of a guest, once read */
    json_t *actions;        /* that Keycloak wants of it */
    json_t *sessions;       /* of a user whose sessions are ended */
    size_t next_session;
    char keep_sid[64];
    keycloak_user_done user_done; /* one of the two */
    keycloak_tokens_done tokens_done;
    void *ctx;
    enum keycloak_outcome outcome; /* while ending */
};

extern const struct uuid keycloak_nobody;

/* Whether it can go to Keycloak, which answers 500 to an empty password; C strings end at a NUL. */
bool keycloak_text_is_usable(struct slice text, size_t max_bytes);

struct operation *keycloak_operation_new(struct keycloak *keycloak, void *ctx);
/* Whether there is room for one more. */
bool keycloak_operation_may_run(const struct operation *operation);
/* Ends it with this outcome in the next turn. */
void keycloak_operation_end_soon(struct operation *operation, enum keycloak_outcome outcome);
/* Ends it because of an answer that helps nobody: KEYCLOAK_MISCONFIGURED with the words where the server's
 * account is not allowed to ask, else KEYCLOAK_UNAVAILABLE. */
void keycloak_operation_fail(struct operation *operation, const struct http_answer *answer);
/* Frees it, then calls back. */
void keycloak_operation_end(struct operation *operation, enum keycloak_outcome outcome, struct uuid user,
                            const char *detail, const struct keycloak_tokens *tokens);

#endif
