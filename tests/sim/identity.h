/* identity: tokens of the simulated world; see fake_identity.c. */
#ifndef SIM_IDENTITY_H
#define SIM_IDENTITY_H

#include "auth/auth.h"
#include "auth/keycloak.h"

struct auth *identity_new(struct loop *loop);
struct slice token_make(char text[160], struct uuid subject, uint8_t roles, int64_t issued_ms,
                        int64_t expires_ms);

#endif
