/* registration: one `register`, `play_as_guest` or `claim_account`, from the moment it was taken to its end;
 * the state of its stream.
 *
 * A registration makes two things in two places: a user in Keycloak and a player in the log. Its stream says
 * how far it came, so that server/process can finish or undo what was cut off in between. */
#ifndef DOMAIN_REGISTRATION_H
#define DOMAIN_REGISTRATION_H

#include "base/err.h"
#include "gen/c/types.h"

struct decide_input;
struct decision;

enum registration_situation {
    REGISTRATION_NONE,
    REGISTRATION_BEGUN,    /* there may be a user who carries its id */
    REGISTRATION_FINISHED, /* the user is there and is a player, or will be at the first sign-in */
    REGISTRATION_UNDONE,   /* whatever user carries its id is to be deleted, unless it is a player */
};

struct registration_state {
    enum registration_situation situation;
    struct uuid guest; /* who claims the account; nil: a new user */
};

MUST_CHECK enum err registration_evolve(struct registration_state *registration, const struct event *event);

/* The ids of the commands behind a registration's first: derived, so that whoever sends them again - the
 * resent `register`, the process, another node - has no second effect. */
struct uuid registration_finish_id(struct uuid registration);
struct uuid registration_keep_id(struct uuid registration); /* finishes it without making a player */
struct uuid registration_undo_id(struct uuid registration);
struct uuid registration_refuse_id(struct uuid player);

#endif
