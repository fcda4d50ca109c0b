/* credentials: what is refused of an e-mail address or a password before Keycloak is asked, which judges the
 * rest by the realm's own rules. Pure. */
#ifndef REQUEST_CREDENTIALS_H
#define REQUEST_CREDENTIALS_H

#include "base/slice.h"
#include <stdbool.h>

/* One @ with something on both sides, a dot in the domain, no spaces or controls. */
bool credentials_email_plausible(struct slice email);
/* Fewer than five different characters, or nothing but a run of neighbours (12345678, abcdefgh): what is
 * tried first. */
bool credentials_password_weak(struct slice password);

#endif
