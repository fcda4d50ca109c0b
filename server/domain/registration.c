/* registration: a user in Keycloak and a player in the log, or neither.
 *
 *                       finish (the user is there)
 *   NONE --begin--> BEGUN ------------------------> FINISHED
 *                     `---undo (too late)---------> UNDONE --refuse_enrolment (a user was found)--> UNDONE
 *
 * The problem: Keycloak and the log have no commit in common, and either can be reached without the other. So
 * the intent is in the log first, the user carries its id, and the end is in the log too - the player in the
 * same commit as registration_finished.
 *
 * Undoing deletes a user, which must never hit one who plays. The log decides that race: undo_registration
 * reads the player's stream, and refuse_enrolment writes to it. Either the player's first event is there
 * before, and the user stays; or the refusal is, and no sign-in makes a player of that user any more. Only
 * behind the refusal is Keycloak told to delete.
 *
 * A guest's claim of its account is one too: the user is there, and what is marked with the id and either
 * happened or did not is the change of its e-mail address and password (`guest` says whose). The player is
 * there already, so undoing it deletes nobody.
 *
 * No personal data is in these events: e-mail address and password live in Keycloak alone, the display name
 * in the player's own stream.
 *
 * When you add a situation: every decide_ below, and server/process/registration.c. */
#include "domain/registration.h"
#include "base/check.h"
#include "domain/state.h"
#include "gen/c/decide.h"

/* Order of the streams: finish_registration has those of enrol_player in front. */
enum { ON_PLAYER, ON_REGISTRATION };
enum { FINISH_ON_REGISTRATION = 2 };

/* ---- evolve ---- */

enum err registration_evolve(struct registration_state *registration, const struct event *event)
{
    switch ((enum registration_event)event->type) {
    case REGISTRATION_EVENT_REGISTRATION_BEGUN:
        registration->situation = REGISTRATION_BEGUN;
        registration->guest = event->registration_begun.guest;
        return ERR_OK;
    case REGISTRATION_EVENT_REGISTRATION_FINISHED:
        registration->situation = REGISTRATION_FINISHED;
        return ERR_OK;
    case REGISTRATION_EVENT_REGISTRATION_UNDONE:
        registration->situation = REGISTRATION_UNDONE;
        return ERR_OK;
    }
    check(!"not an event of a registration's stream");
}

/* ---- decide ---- */

static enum registration_situation situation_on(const struct decide_input *input, int stream)
{
    check(input->states[stream]->kind == STREAM_REGISTRATION);
    return input->states[stream]->registration.situation;
}

/* Why a registration that is not BEGUN cannot go on. */
static enum error_code over(enum registration_situation situation)
{
    switch (situation) {
    case REGISTRATION_NONE:
        return ERROR_REGISTRATION_UNKNOWN;
    case REGISTRATION_BEGUN:
        return ERROR_NONE;
    case REGISTRATION_FINISHED:
        return ERROR_REGISTRATION_SETTLED;
    case REGISTRATION_UNDONE:
        return ERROR_REGISTRATION_UNDONE;
    }
    check(!"a registration in no situation");
}

void decide_begin_registration(const struct decide_input *input,
                               const struct command_begin_registration *command, struct decision *decision)
{
    if (situation_on(input, 0) != REGISTRATION_NONE) {
        decision_reject(decision, ERROR_REGISTRATION_SETTLED, NULL);
        return;
    }
    decision_add(decision, 0, EVENT_REGISTRATION_BEGUN)->registration_begun =
        (struct event_registration_begun){.registration = command->registration,
                                          .begun_at = input->context->now_ms,
                                          .guest = command->guest};
}

void decide_finish_registration(const struct decide_input *input,
                                const struct command_finish_registration *command, struct decision *decision)
{
    const struct player_state *player = &input->states[ON_PLAYER]->player;
    enum error_code refused = over(situation_on(input, FINISH_ON_REGISTRATION));
    if (refused == ERROR_NONE && player->situation == PLAYER_REFUSED)
        refused = ERROR_REGISTRATION_UNDONE;
    if (refused != ERROR_NONE) {
        decision_reject(decision, refused, NULL);
        return;
    }
    if (player->situation == PLAYER_NONE && command->display_name.size > 0)
        player_register(input, command->player, command->display_name, command->door, decision);
    if (decision->rejection != ERROR_NONE || decision->failure != ERR_OK)
        return;
    decision_add(decision, FINISH_ON_REGISTRATION, EVENT_REGISTRATION_FINISHED)->registration_finished =
        (struct event_registration_finished){.registration = command->registration,
                                             .player = command->player,
                                             .finished_at = input->context->now_ms};
}

void decide_undo_registration(const struct decide_input *input,
                              const struct command_undo_registration *command, struct decision *decision)
{
    enum error_code refused = over(situation_on(input, ON_REGISTRATION));
    if (refused == ERROR_NONE && input->states[ON_PLAYER]->player.situation != PLAYER_NONE)
        refused = ERROR_PLAYER_EXISTS;
    if (refused != ERROR_NONE) {
        decision_reject(decision, refused, NULL);
        return;
    }
    decision_add(decision, ON_REGISTRATION, EVENT_REGISTRATION_UNDONE)->registration_undone =
        (struct event_registration_undone){.registration = command->registration,
                                           .undone_at = input->context->now_ms};
}

void decide_refuse_enrolment(const struct decide_input *input, const struct command_refuse_enrolment *command,
                             struct decision *decision)
{
    enum registration_situation situation = situation_on(input, ON_REGISTRATION);
    enum player_situation player = input->states[ON_PLAYER]->player.situation;
    if (situation != REGISTRATION_UNDONE)
        decision_reject(decision,
                        situation == REGISTRATION_BEGUN ? ERROR_REGISTRATION_SETTLED : over(situation), NULL);
    else if (player == PLAYER_REFUSED)
        decision_reject(decision, ERROR_PLAYER_INACTIVE, "refused");
    else if (player != PLAYER_NONE)
        decision_reject(decision, ERROR_PLAYER_EXISTS, NULL);
    else
        decision_add(decision, ON_PLAYER, EVENT_ENROLMENT_REFUSED)->enrolment_refused =
            (struct event_enrolment_refused){.player = command->player,
                                             .registration = command->registration,
                                             .refused_at = input->context->now_ms};
}

/* ---- helpers ---- */

static struct uuid derived(const char *command, struct uuid of)
{
    return uuid_derived(command, slice_of(of.bytes, sizeof of.bytes));
}

struct uuid registration_finish_id(struct uuid registration)
{
    return derived("registration finish", registration);
}

struct uuid registration_keep_id(struct uuid registration)
{
    return derived("registration keep", registration);
}

struct uuid registration_undo_id(struct uuid registration)
{
    return derived("registration undo", registration);
}

struct uuid registration_refuse_id(struct uuid player)
{
    return derived("registration refuse", player);
}
