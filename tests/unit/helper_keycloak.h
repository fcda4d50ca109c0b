/* helper_keycloak: a Keycloak on the loop that answers as 26.0 does, and a struct keycloak that talks to it.
 */
#ifndef HELPER_KEYCLOAK_H
#define HELPER_KEYCLOAK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "auth/keycloak.h"
#include "auth/limits.h"
#include "base/check.h"
#include "base/descriptor.h"
#include "helper_issuer.h"

#define USER "c3841379-d76f-4670-8470-1a722e482162"
#define OTHER "677ae45b-a0b9-4e94-8b9c-4e11c8f12b08"
#define REGISTRATION "11111111-1111-7111-8111-111111111111"

enum { EVENTS_MAX = 12000 };

/* What it does and what it was asked; set and read by the test. */
struct fake_keycloak {
    int status;         /* of every admin answer but the ones below; 0: as it should be */
    bool token_refused; /* the service account's secret is wrong */
    bool hangs;         /* never answers an admin request */
    bool events_off, details_off;
    bool user_events_off;
    const char *user_events; /* of GET events of who deleted the account; NULL: none */
    int user_pages;
    const char *required_actions; /* the realm's list; NULL: 403 */
    const char *claims;           /* of the service account's token; NULL: it is opaque */
    int tokens, creates, grants, pages, reads, configs;
    int64_t not_before_s;   /* the realm's */
    int valid_token;        /* bearers with a smaller number get 401 */
    char create_body[4096]; /* of the last one */
    char grant_body[4096];
    int create_status;
    const char *create_answer, *existing;
    const char *sessions, *logins; /* of a user; "[]": none */
    int delete_status, deletes;
    int read_status;  /* of GET users/{id} */
    const char *user; /* what it answers; NULL: {"enabled": ...} */
    int claim_status; /* of PUT users/{id} */
    const char *claim_answer;
    char claim_body[4096]; /* of the last one; "": none */
    char ended[400];       /* sessions, each followed by a space */
    int end_status;
    bool disabled;
    const char *roles; /* of GET users/{id}/role-mappings/realm/composite */
    struct {
        int64_t at_ms;
        const char *operation, *resource, *path;
        const char *written; /* its representation, with \" for \"; NULL: without details */
    } events[EVENTS_MAX];    /* oldest first */
    int event_count;
};
extern struct fake_keycloak fake;
extern struct loop *fake_loop;
extern struct issuer_server *fake_server;
extern struct keycloak *fake_client; /* NULL once a test has closed it */

struct uuid fake_uuid(const char *text);
/* Appends an admin event. */
void fake_event(int64_t at_ms, const char *operation, const char *resource, const char *path);
bool fake_run_until(bool (*holds)(void), uint64_t most_ms);
/* Another client of the same Keycloak, as after a restart. */
void fake_again(void);
/* cmocka's per-test setup and teardown: everything above anew. */
int fake_setup(void **state);
int fake_teardown(void **state);

#endif
