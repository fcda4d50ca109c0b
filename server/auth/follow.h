/* follow: reads the realm's admin events again and again and tells what they mean for users. Owned by
 * keycloak.h, whose keycloak_follow says what is promised. */
#ifndef AUTH_FOLLOW_H
#define AUTH_FOLLOW_H

#include "auth/admin.h"
#include "auth/keycloak.h"

struct follow;

/* Begins with events from now on. NULL when out of memory. `admin` outlives it. */
struct follow *follow_open(struct loop *loop, struct admin *admin, uint32_t every_ms,
                           keycloak_on_user on_user, void *ctx);
void follow_close(struct follow *follow); /* accepts NULL */

struct follow_status {
    uint64_t passes, passes_failed;
    uint64_t events;           /* that meant something */
    int64_t followed_until_ms; /* all events before it were told (Keycloak's clock); 0: no pass yet */
    int64_t change_at_ms;      /* of the change being told */
    uint8_t change_roles;      /* the user's roles now, with USER_ROLES_CHANGED */
    char failure[200];         /* of the last pass, "" when it was good */
};
const struct follow_status *follow_status(const struct follow *follow);

#endif
