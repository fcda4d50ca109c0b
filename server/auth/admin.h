/* admin: requests to Keycloak's admin REST as the server's service account. Holds the account's access token:
 * fetched by client credentials when needed, one fetch at a time while other requests wait for it, renewed
 * before it expires and when Keycloak no longer takes it (a realm-wide logout ends it too). */
#ifndef AUTH_ADMIN_H
#define AUTH_ADMIN_H

#include "auth/http.h"
#include "auth/keycloak.h"

struct admin;

struct admin_config {
    const char *issuer_fetch_url; /* <base>/realms/<realm> */
    const char *client_id, *client_secret;
    uint32_t timeout_ms; /* of one exchange; a request may take three: token, refused, token again */
};

/* Texts are copied. NULL: `ret_failure` in words. `http` outlives it. */
struct admin *admin_open(struct loop *loop, struct http *http, const struct admin_config *config,
                         char ret_failure[200]);
/* Requests under way end without their callbacks. Accepts NULL. */
void admin_close(struct admin *admin);

struct admin_request {
    const char *method;
    const char *path;  /* below /admin/realms/<realm>, begins with a '/' */
    struct slice body; /* JSON; absent: none */
    size_t answer_max_bytes;
};
/* As http_send; copies everything. When no token is to be had, the answer has err ERR_AWAY or ERR_REFUSED.
 * What the account may not do (403, or a role that its token lacks) has err ERR_REFUSED too: `failure` names
 * the role. */
MUST_CHECK enum err admin_send(struct admin *admin, const struct admin_request *request, uint64_t *ret_id,
                               http_done done, void *ctx);
void admin_cancel(struct admin *admin, uint64_t id); /* an id that is over is ignored */

/* As bits, 1 << role: those that it lacks, as far as Keycloak has said so. */
uint32_t admin_missing(const struct admin *admin);
/* The account itself is refused: a wrong secret, or it is switched off. */
bool admin_refused(const struct admin *admin);
/* Keycloak's clock by now, from the last token's `iat`: up to a second behind it. 0: not known. */
int64_t admin_clock_ms(const struct admin *admin);

/* The realm's notBefore in seconds, as the last token answer told it; 0: none. */
int64_t admin_not_before_s(const struct admin *admin);
/* The next request fetches a fresh token, whose answer tells it anew. */
void admin_forget_token(struct admin *admin);

#endif
