/* logout: the back-channel logout endpoint (OpenID Connect Back-Channel Logout 1.0). */
#ifndef REVOCATION_LOGOUT_H
#define REVOCATION_LOGOUT_H

#include "revocation/revocations.h"

/* `error` is NULL with 204, else a word of RFC 6749 and a sentence; both are static. */
typedef void (*logout_answer)(void *ctx, int status, const char *error, const char *description);
/* Judges the logout token in the form `body`, which `content_type` has to say it is, and takes what it
 * revokes. `answer` runs once, never before this returns; `revocations` outlives it. */
void logout_take(struct revocations *revocations, struct auth *auth, struct slice content_type,
                 struct slice body, logout_answer answer, void *ctx);

#endif
