/* revocations: what Keycloak took back, felt here at once, kept in the event store's database, and told to
 * every node.
 *
 * A revocation that is taken counts here from that moment (auth_revoke), whatever the database does; it is
 * kept there as soon as that is possible, and other nodes hear of it then. A node that starts reads all that
 * still matter before any token is good (on_known). */
#ifndef REVOCATION_REVOCATIONS_H
#define REVOCATION_REVOCATIONS_H

#include "auth/auth.h"
#include "auth/keycloak.h"

struct revocations;

struct revocations_config {
    const char *dsn; /* the event store's, in the server's role */
    /* Some were added, here or elsewhere: sockets may have to be closed (auth_closes). Once a turn. */
    void (*on_revoked)(void *ctx);
    /* All that were kept are known, once; `followed_ms` is how far each list of events was followed, 0:
     * never.
     */
    void (*on_known)(void *ctx, const int64_t followed_ms[KEYCLOAK_SOURCES]);
    void *ctx; /* callbacks never run before the function that led to them has returned */
};

/* Texts are borrowed, `auth` too. NULL: `ret_failure` in words. */
struct revocations *revocations_open(struct loop *loop, const struct revocations_config *config,
                                     struct auth *auth, char ret_failure[200]);
/* Who waits for `done` gets ERR_AWAY, no other callback runs any more. Accepts NULL. */
void revocations_close(struct revocations *revocations);

/* Takes one. `done` (may be NULL) runs once it is kept (ERR_OK; `fresh`: its cause was not known before) or
 * after REVOCATION_WAIT_MS (ERR_AWAY; it will be kept when that is possible), or at once in the next turn
 * when there is no room to wait (ERR_FULL). */
typedef void (*revocation_kept)(void *ctx, enum err err, bool fresh);
void revocations_take(struct revocations *revocations, const struct revocation *revocation,
                      revocation_kept done, void *ctx);
/* What the events said: takes what that means. */
void revocations_on_user(struct revocations *revocations, struct uuid user, enum user_change change,
                         const struct keycloak_change *what);
/* Everything before `until_ms` in that list was taken: kept after that was. */
void revocations_followed(struct revocations *revocations, enum keycloak_source source, int64_t until_ms);

struct revocations_counters {
    uint64_t taken, heard; /* here; read of what others, or this node before, have kept */
    uint32_t unkept;       /* waiting for the database now */
};
const struct revocations_counters *revocations_counters(const struct revocations *revocations);
const char *revocations_failure(const struct revocations *revocations); /* in words; "" while all is well */

#endif
