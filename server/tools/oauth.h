/* oauth: one realm of Keycloak as a public client sees it (the players' client), for tools. Blocks. */
#ifndef TOOLS_OAUTH_H
#define TOOLS_OAUTH_H

#include <jansson.h>
#include "auth/secret.h"
#include "base/err.h"
#include "config.h"

struct oauth {
    char issuer[600];      /* what tokens name, and where browsers are sent */
    char fetch[600];       /* where its endpoints are asked */
    const char *client_id; /* borrowed from the settings, as what follows */
    const char *ca_file;   /* whose certificates are trusted; NULL: the system's authorities */
    char error[64];        /* after ERR_REFUSED: the protocol's word, such as "invalid_grant"; else "" */
    char wrong[200];       /* after a failure: what is wrong, for people */
};

/* ERR_CONFIG: no issuer is set. There is nothing to close. */
MUST_CHECK enum err oauth_open(struct oauth *oauth, const struct config *config);

/* POSTs `form` and the client's id to <realm>/protocol/openid-connect/<endpoint>. *ret_answer is what came
 * with a 2xx (an object, {} for an empty body), for the caller to json_decref. ERR_REFUSED: Keycloak says no;
 * ERR_AWAY: it does not answer, or not as Keycloak does. */
MUST_CHECK enum err oauth_post(struct oauth *oauth, const char *endpoint, struct secret *form,
                               json_t **ret_answer);

/* Direct grant, as the in-game form: *ret_tokens as oauth_post from the token endpoint. */
MUST_CHECK enum err oauth_password(struct oauth *oauth, const char *email, const char *password,
                                   json_t **ret_tokens);

/* The payload of a token, unverified: it came from the token endpoint itself. NULL: not a token. */
json_t *oauth_claims(const char *token);

#endif
