/* helper_follow: follows the fake Keycloak's events and keeps what it is told, for helper_keycloak's tests.
 */
#ifndef HELPER_FOLLOW_H
#define HELPER_FOLLOW_H

#include "helper_keycloak.h"

struct told {
    struct uuid user;
    enum user_change change;
    struct keycloak_change what;
};
extern struct told told[EVENTS_MAX];
extern int told_count, told_expected; /* told_all: so many have come */
extern int64_t told_until_ms;         /* of the admin events */
extern char told_failing[KEYCLOAK_SOURCES][200];

bool told_all(void);
const char *told_failure(void); /* of the last pass over the admin events */
void told_run_passes(uint64_t more);
/* Begins, from a cursor or from what is there, and waits for the first pass. */
void told_follow_from(int64_t from_ms);
void told_follow(void);
void told_expect(int index, const char *user, enum user_change change);

#endif
