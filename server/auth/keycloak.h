/* keycloak: what the server asks of Keycloak besides keys: making users, signing them in by password (the
 * in-game form), and following admin events. Service account `gachapon-server`. All asynchronous on the loop,
 * bounded in time and number; a callback runs exactly once and never before the function returns. */
#ifndef AUTH_KEYCLOAK_H
#define AUTH_KEYCLOAK_H

#include "base/err.h"
#include "base/slice.h"
#include "base/uuid.h"
#include "loop/loop.h"

struct keycloak;

struct keycloak_config {
    const char *issuer_fetch_url;          /* .../realms/<realm> */
    const char *client_id, *client_secret; /* the server's own, confidential */
    const char *players_client_id;         /* public client of the direct grant: "gachapon-players" */
    bool allow_plain_http;
    const char *ca_file; /* as auth_config's */
    uint32_t timeout_ms;
};

struct keycloak *keycloak_open(struct loop *loop, const struct keycloak_config *config,
                               char ret_failure[200]);
/* Pending callbacks run with KEYCLOAK_UNAVAILABLE. Not from inside a callback. Accepts NULL. */
void keycloak_close(struct keycloak *keycloak);

enum keycloak_outcome {
    KEYCLOAK_OK,
    KEYCLOAK_EXISTS_SAME, /* the user exists and was made by this very registration id */
    KEYCLOAK_EMAIL_TAKEN,
    KEYCLOAK_EMAIL_INVALID,
    KEYCLOAK_PASSWORD_WEAK,
    KEYCLOAK_DENIED,     /* wrong password; or too many wrong ones, which Keycloak does not tell apart */
    KEYCLOAK_INCOMPLETE, /* the password is right, but something is wanted first: keycloak_missing_actions */
    KEYCLOAK_DISABLED,   /* the user is */
    KEYCLOAK_SIGNED_IN,  /* of a user that was looked for: it is there and has signed in, now or before */
    KEYCLOAK_NOT_GUEST,  /* of a user whose account was to be claimed: it has one */
    KEYCLOAK_MISCONFIGURED, /* refused, and only Keycloak's operator can mend it: `detail` says what */
    KEYCLOAK_UNAVAILABLE,   /* down, timeout, 5xx, overloaded: later */
};

/* Makes an enabled user with e-mail (as user name), password and the attribute registration_id. On a 409 it
 * reads the user of that e-mail and compares registration_id. `user` is nil but for KEYCLOAK_OK and
 * _EXISTS_SAME. `detail` is for people, may be NULL, holds no personal data, borrowed for the callback. After
 * KEYCLOAK_UNAVAILABLE the user may or may not exist: the same registration_id again finds out. */
typedef void (*keycloak_user_done)(void *ctx, enum keycloak_outcome outcome, struct uuid user,
                                   const char *detail);
void keycloak_create_user(struct keycloak *keycloak, struct slice email, struct slice password,
                          struct uuid registration_id, keycloak_user_done done, void *ctx);

/* The same for a guest: no e-mail address, the user name made of the registration id, `secret` for a password
 * and the attribute guest. Never KEYCLOAK_EMAIL_TAKEN or _INVALID. */
void keycloak_create_guest(struct keycloak *keycloak, struct slice secret, struct uuid registration_id,
                           keycloak_user_done done, void *ctx);
#define KEYCLOAK_GUEST_NAME_SIZE (6 + UUID_TEXT_SIZE)
const char *keycloak_guest_name(struct uuid registration_id, char ret_name[KEYCLOAK_GUEST_NAME_SIZE]);
/* Lets a guest off what the realm wants of every user before it gives tokens (terms): nobody can show a guest
 * Keycloak's pages. What an operator wants of this one stays. KEYCLOAK_NOT_GUEST: it is none. */
void keycloak_let_guest_off(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx);
/* Makes a full account of a guest's, in one step: e-mail address, password, registration_id in the place of
 * its own, attribute guest gone, and what the realm wants of every user is wanted of it from now on.
 * KEYCLOAK_OK with `user`; KEYCLOAK_EXISTS_SAME when this registration id has done so before: nothing is
 * changed then. KEYCLOAK_NOT_GUEST also when there is no such user. */
void keycloak_claim_guest(struct keycloak *keycloak, struct uuid user, struct slice email,
                          struct slice password, struct uuid registration_id, keycloak_user_done done,
                          void *ctx);
/* Ends the user's sessions one by one, but the one named `keep_sid` ("": all). KEYCLOAK_OK: there are no
 * others of those that there were when it began. */
void keycloak_end_sessions(struct keycloak *keycloak, struct uuid user, const char *keep_sid,
                           keycloak_user_done done, void *ctx);
/* Whether there is such a user: KEYCLOAK_OK with `user`, nil if there is none. */
void keycloak_find_user(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx);

/* The user that carries this registration id: KEYCLOAK_OK with `user`, nil if there is none;
 * KEYCLOAK_SIGNED_IN with `user` when it has a session or a login in Keycloak's events. For a request that
 * may still be under way the answer is too early. */
void keycloak_find_registered(struct keycloak *keycloak, struct uuid registration_id, keycloak_user_done done,
                              void *ctx);
/* What Keycloak wants of a user before it gives tokens: KEYCLOAK_OK, `detail` lists it ("verify_email,
 * update_password"), NULL when that cannot be known. */
void keycloak_missing_actions(struct keycloak *keycloak, struct uuid user, keycloak_user_done done,
                              void *ctx);
/* Deletes a user; KEYCLOAK_OK also when it is gone already. */
void keycloak_delete_user(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx);

/* Direct grant. Slices are borrowed for the callback, `tokens` is NULL unless KEYCLOAK_OK. */
struct keycloak_tokens {
    struct slice access_token, refresh_token;
};
typedef void (*keycloak_tokens_done)(void *ctx, enum keycloak_outcome outcome,
                                     const struct keycloak_tokens *tokens);
void keycloak_password_grant(struct keycloak *keycloak, struct slice email, struct slice password,
                             keycloak_tokens_done done, void *ctx);

/* Follows the realm's events: polls every `every_ms`, tells what happened to users: disabled, deleted, logged
 * out, roles changed. After an update that does not say so the user is read, after a change of roles those.
 * With the nil user: everybody (a realm-wide logout, the realm's notBefore moved, the roles of a group or a
 * composite role changed, or events that were not read yet may be gone), with USER_SESSION_ENDED that
 * session, with USER_CLIENT_ENDED that client's.
 *
 * Begins where `from_ms` says that the last pass over that list ended: on_followed told it, after everything
 * before it was told. 0: nothing was followed yet, and what happens from now on is told. What happened
 * shortly before that is told again, so at least once; without a restart once. Keeps going while Keycloak is
 * away, and then tells what happened meanwhile. Times are Keycloak's. Once a keycloak. */
enum keycloak_source { KEYCLOAK_ADMIN_EVENTS, KEYCLOAK_USER_EVENTS, KEYCLOAK_SOURCES };
enum user_change {
    USER_DISABLED,
    USER_DELETED,
    USER_LOGGED_OUT,
    USER_ROLES_CHANGED,
    USER_SESSION_ENDED,
    USER_CLIENT_ENDED,
};
/* Borrowed for the call. */
struct keycloak_change {
    int64_t at_ms;     /* when it happened: a token issued later is not concerned */
    uint8_t roles;     /* with USER_ROLES_CHANGED of one user: what it has by now (enum role) */
    char sid[64];      /* with USER_SESSION_ENDED */
    char client[64];   /* with USER_CLIENT_ENDED: its client_id */
    struct uuid cause; /* the same when it is told again, also by another node */
};
typedef void (*keycloak_on_user)(void *ctx, struct uuid user, enum user_change change,
                                 const struct keycloak_change *what);
struct keycloak_following {
    uint32_t every_ms;
    int64_t from_ms[KEYCLOAK_SOURCES];
    keycloak_on_user on_user;
    /* After a good pass that moved it; never 0. */
    void (*on_followed)(void *ctx, enum keycloak_source source, int64_t until_ms);
    /* When passes begin to fail, when they do for another reason, and, with "", when they are good again. May
     * be NULL. */
    void (*on_failing)(void *ctx, enum keycloak_source source, const char *failure);
    void *ctx;
};
void keycloak_follow(struct keycloak *keycloak, const struct keycloak_following *following);

struct keycloak_counters {
    uint64_t passes, passes_failed; /* of the admin events */
    uint64_t events;                /* of both lists */
    int64_t followed_until_ms;      /* every admin event before this has been told; 0: no good pass yet */
};
const struct keycloak_counters *keycloak_counters(const struct keycloak *keycloak);

/* How it stands with one list. */
struct keycloak_followed {
    const char *failure; /* why the last pass failed, in words; "" while all is well */
    uint64_t age_ms;     /* since the last good one, or since following began; 0 before that */
    bool details;        /* events say what was written */
};
struct keycloak_followed keycloak_followed(const struct keycloak *keycloak, enum keycloak_source source);

/* What the server's account must be allowed in Keycloak: roles of the client realm-management. */
#define KEYCLOAK_ROLES(X)                                                                                    \
    X(KEYCLOAK_VIEW_EVENTS, "view-events")                                                                   \
    X(KEYCLOAK_VIEW_USERS, "view-users")                                                                     \
    X(KEYCLOAK_MANAGE_USERS, "manage-users")

enum keycloak_role {
#define X(name, text) name,
    KEYCLOAK_ROLES(X)
#undef X
        KEYCLOAK_ROLE_COUNT
};
const char *keycloak_role_name(enum keycloak_role role);

/* The server's account in Keycloak, as far as Keycloak has said so. */
struct keycloak_account {
    bool refused;           /* a wrong secret, or it is switched off */
    uint32_t missing;       /* roles, as bits 1 << enum keycloak_role */
    bool clock_known;       /* whether Keycloak's clock was seen */
    int64_t clock_ahead_ms; /* of this machine's, to a second; negative: behind */
};
struct keycloak_account keycloak_account(const struct keycloak *keycloak);

#endif
