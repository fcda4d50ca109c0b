/* answers: what Keycloak's answers mean. Pure: bytes in, a verdict out; keycloak.c sends the requests. */
#ifndef AUTH_ANSWERS_H
#define AUTH_ANSWERS_H

#include <jansson.h>
#include "auth/keycloak.h"

enum { ANSWER_DETAIL_BYTES = 160 };

/* The id of a user made: the end of a 201's Location header. ERR_MALFORMED otherwise. */
MUST_CHECK enum err answer_created(const char *location, struct uuid *ret_user);

/* A 400 to a user's creation: KEYCLOAK_EMAIL_INVALID, KEYCLOAK_PASSWORD_WEAK, KEYCLOAK_MISCONFIGURED when the
 * realm wants more of users than a registration gives, or KEYCLOAK_UNAVAILABLE when it is about something
 * else. `ret_detail` in words for people, "" for none; never the e-mail address. */
enum keycloak_outcome answer_refused(struct slice body, char ret_detail[ANSWER_DETAIL_BYTES]);

/* The list of users with one e-mail address: KEYCLOAK_EXISTS_SAME (with *ret_user) if one carries this
 * registration id, KEYCLOAK_EMAIL_TAKEN otherwise, also when the list is empty; KEYCLOAK_UNAVAILABLE when it
 * is no list. */
enum keycloak_outcome answer_existing(struct slice body, struct uuid registration, struct uuid *ret_user);

/* A user whose account is to be claimed: KEYCLOAK_OK for a guest, with its user name; KEYCLOAK_EXISTS_SAME
 * when it carries this registration id already; else KEYCLOAK_NOT_GUEST, or KEYCLOAK_UNAVAILABLE when it is
 * no user. */
enum keycloak_outcome answer_guest(struct slice body, struct uuid registration, char ret_user_name[256]);
/* A 404 to a user's id that says that this user is not there, and not that there is no such page. */
bool answer_user_unknown(struct slice body);
/* The ids of the sessions in a list, an array of texts that may stand in a path, to be given back by
 * json_decref. NULL: not such a list. */
json_t *answer_sessions(struct slice body);

/* Whether a list has an entry. ERR_MALFORMED: not a list. */
MUST_CHECK enum err answer_any(struct slice body, bool *ret_any);

/* What a user has to do before it gets tokens, as "verify_email, update_password"; "" for nothing.
 * ERR_MALFORMED: not a user. */
MUST_CHECK enum err answer_actions(struct slice body, char ret_actions[ANSWER_DETAIL_BYTES]);

/* The same as a list of texts, to be given back by json_decref. NULL: not a user. */
json_t *answer_action_list(struct slice body);
/* Those that the realm wants of every new user, from its list of actions, likewise. NULL: not such a list. */
json_t *answer_default_actions(struct slice body);

/* The answer to a password grant. KEYCLOAK_OK: *ret_tokens borrows from *ret_json, which the caller gives
 * back. */
enum keycloak_outcome answer_tokens(long status, struct slice body, struct keycloak_tokens *ret_tokens,
                                    json_t **ret_json);

/* An admin event as the follower needs it. */
enum admin_event_kind {
    EVENT_IGNORED,
    EVENT_USER_UPDATED, /* read the user to know more */
    EVENT_USER_DISABLED,
    EVENT_USER_DELETED,
    EVENT_USER_LOGGED_OUT, /* nil user: everybody */
    EVENT_USER_ROLES,      /* read them to know more */
    EVENT_SESSION_ENDED,   /* of `sid`; nil user */
    EVENT_ROLES_OF_MANY,   /* of a group, or what a role holds: nil user */
    EVENT_CLIENT_ENDED,    /* tokens of `client` from before `before_ms` */
    EVENT_REALM_UPDATED,   /* its notBefore may have moved */
    EVENT_SWITCHED_OFF,    /* the admin events */
};
struct admin_event {
    enum admin_event_kind kind;
    struct uuid user;
    char sid[64], client[64];
    int64_t at_ms, before_ms;
    struct uuid fingerprint; /* the same for the same event read twice */
};
/* ERR_MALFORMED when it has no time: such a page is not believed. */
MUST_CHECK enum err answer_event(const json_t *json, struct admin_event *ret_event);

/* The same of a user's own event: EVENT_USER_DELETED, EVENT_USER_DISABLED or EVENT_IGNORED. */
MUST_CHECK enum err answer_user_event(const json_t *json, struct admin_event *ret_event);

/* Whether the realm writes down admin events at all, from its events configuration, and whether with what was
 * written. */
bool answer_events_on(struct slice body, bool *ret_details);
/* Whether it writes down that users delete their accounts. */
bool answer_user_events_on(struct slice body, bool *ret_details);
/* A user read after an update: true when `enabled` is false. ERR_MALFORMED: not a user. */
MUST_CHECK enum err answer_user_disabled(struct slice body, bool *ret_disabled);
/* The roles a user has by now, as the game knows them. ERR_MALFORMED: not a list of roles. */
MUST_CHECK enum err answer_roles(struct slice body, uint8_t *ret_roles);

#endif
