/* follow: reads one list of the realm's events again and again and tells what they mean for users. Owned by
 * keycloak.h, whose keycloak_follow says what is promised. */
#ifndef AUTH_FOLLOW_H
#define AUTH_FOLLOW_H

#include "auth/admin.h"
#include "auth/keycloak.h"

struct follow;

/* NULL when out of memory. `admin` outlives it. */
struct follow *follow_open(struct loop *loop, struct admin *admin, const struct keycloak_following *following,
                           enum keycloak_source source);
void follow_close(struct follow *follow); /* accepts NULL */

struct follow_status {
    uint64_t passes, passes_failed;
    uint64_t events;           /* that meant something */
    int64_t followed_until_ms; /* all events before it were told (Keycloak's clock); 0: no good pass yet */
    uint64_t good_at;          /* loop_mono_ms of the last good pass; until then, of the opening */
    bool details;              /* events say what was written, as far as is known */
    char failure[200];         /* of the last pass, "" when it was good */
};
const struct follow_status *follow_status(const struct follow *follow);

#endif
