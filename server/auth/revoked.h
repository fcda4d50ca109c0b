/* revoked: whose tokens no longer count - everybody's, a client's or a subject's from before a moment, a
 * session's of Keycloak's, those that name roles the subject does not have. Bounded; forgets nothing it must
 * not. */
#ifndef AUTH_REVOKED_H
#define AUTH_REVOKED_H

#include <stdint.h>
#include "auth/auth.h"
#include "base/list.h"
#include "base/map.h"

struct revoked {
    struct map entries;     /* by subject, or by the hash of a session's or a client's id */
    struct list_node order; /* in order of their last change */
    uint32_t sessions;      /* of them: sessions */
    uint32_t clients;       /* of them: clients */
    int64_t floor_ms;       /* for everybody */
    enum close_code floor_close;
    uint32_t max;
};

void revoked_init(struct revoked *revoked, uint32_t max);
void revoked_release(struct revoked *revoked);

/* What came late, or twice, changes nothing. At the bound, or without memory, the moment holds for everybody
 * instead. `now_ms` is a clock that never jumps; negative for what was revoked before it began to count. */
void revoked_add(struct revoked *revoked, const struct revocation *revocation, int64_t now_ms);

/* Whose token it is that is asked about. */
struct revoked_token {
    struct uuid subject;
    const char *sid;    /* "": it names no session */
    const char *client; /* the same */
    int64_t issued_at_ms;
    uint8_t roles;
};
/* Why a token is refused, as the code that closes its sockets; 0: it is not. */
int revoked_refuses(const struct revoked *revoked, const struct revoked_token *token);
/* The same for a socket that is open: also where a role was given, as its client needs a token that names it.
 */
int revoked_closes(const struct revoked *revoked, const struct revoked_token *token);

#endif
