/* direct_grant: an access token for e-mail and password, as the in-game form gets one; for tools. Blocks. */
#ifndef TOOLS_DIRECT_GRANT_H
#define TOOLS_DIRECT_GRANT_H

#include "base/err.h"
#include "config.h"

/* Asks the realm's token endpoint (settings: issuer, players_client_id) for a token; *ret_token is malloc'd,
 * the caller wipes and frees it. ERR_AWAY: Keycloak does not answer. ERR_REFUSED: it says no. ERR_CONFIG: no
 * issuer is set. */
MUST_CHECK enum err direct_grant(const struct config *config, const char *email, const char *password,
                                 char **ret_token);

#endif
