/* registration: no half-done `register` is left.
 *
 *   event                    leaves
 *   registration_begun       DEADLINE, within_ms later
 *   registration_finished    nothing: DEADLINE is cancelled
 *   registration_undone      SWEEP at once, SWEEP_AGAIN within_ms later
 *   enrolment_refused        SWEEP at once
 *
 *   DEADLINE, still BEGUN: look for the user that carries the registration's id.
 *      none, or one who never signed in    undo_registration: the stream is closed to the `register`
 *      it is a player, or has signed in    finish_registration without a player: it came in by another door
 *      it is a guest who claimed           end all its sessions, as the secret's are among them; then finish
 *   SWEEP, UNDONE: look for the user; refuse_enrolment, which closes the game to it in the log; only then
 *      delete it in Keycloak; look again. One who is a player by then stays.
 *
 * SWEEP comes twice because a request to Keycloak that was sent before the undoing may take effect behind
 * the first look. A node that stood still for longer than that finds the registration undone when it wants to
 * finish it, and asks for the sweep itself by refusing the enrolment (request/register.c).
 *
 * An undone claim deletes nobody: its user is a player. When it took effect all the same, behind the undoing,
 * the sweep ends the sessions.
 *
 * Keycloak away is RETRY, with the runner's back-off. Why a user is deleted rather than finished: nobody was
 * answered, so the registrant will try again, with the same command (before the deadline: finished by that)
 * or with a new one, which must find the address free. */
#include "process/registration.h"
#include "domain/registration.h"
#include "domain/state.h"
#include "eventstore/event_decode.h"

/* Stored in the timers: never renumbered. */
enum step { STEP_DEADLINE = 1, STEP_SWEEP = 2, STEP_SWEEP_AGAIN = 3 };
enum task { TASK_FIND, TASK_DELETE, TASK_END_SESSIONS };
enum answer {
    ANSWER_AWAY,
    ANSWER_NOBODY,
    ANSWER_USER,
    ANSWER_SIGNED_IN,
    ANSWER_DELETED,
    ANSWER_SESSIONS_ENDED
};

static const uint16_t types[] = {EVENT_REGISTRATION_BEGUN, EVENT_REGISTRATION_FINISHED,
                                 EVENT_REGISTRATION_UNDONE, EVENT_ENROLMENT_REFUSED};

/* ---- follow ---- */

static enum err follow(void *ctx, const struct stored_event *stored, struct arena *scratch,
                       struct process_changes *changes)
{
    const struct registration_process *registration = ctx;
    int64_t at_us = stored->recorded_at_us, later_us = at_us + (int64_t)registration->within_ms * 1000;
    struct event event;
    struct wire_fault fault;
    if (!event_decode(stored, scratch, &event, &fault))
        return ERR_MALFORMED;
    if (event.type == EVENT_REGISTRATION_BEGUN) {
        process_set(changes, event.registration_begun.registration, STEP_DEADLINE, later_us);
    } else if (event.type == EVENT_REGISTRATION_FINISHED) {
        process_cancel(changes, event.registration_finished.registration, STEP_DEADLINE);
    } else if (event.type == EVENT_REGISTRATION_UNDONE) {
        process_cancel(changes, event.registration_undone.registration, STEP_DEADLINE);
        process_set(changes, event.registration_undone.registration, STEP_SWEEP, at_us);
        process_set(changes, event.registration_undone.registration, STEP_SWEEP_AGAIN, later_us);
    } else if (event.type == EVENT_ENROLMENT_REFUSED) {
        process_set(changes, event.enrolment_refused.registration, STEP_SWEEP, at_us);
    }
    return ERR_OK;
}

static enum err evolve(void *state, const struct stored_event *stored, struct arena *scratch)
{
    struct event event;
    struct wire_fault fault;
    if (!event_decode(stored, scratch, &event, &fault))
        return ERR_MALFORMED;
    return registration_evolve(state, &event);
}

/* ---- act ---- */

static void do_task(struct process_action *action, enum task task)
{
    action->what = PROCESS_TASK;
    action->task = task;
}

static void undo(const struct process_view *view, struct process_action *action)
{
    action->what = PROCESS_COMMAND;
    action->command_id = registration_undo_id(view->instance);
    action->command.type = COMMAND_UNDO_REGISTRATION;
    action->command.undo_registration =
        (struct command_undo_registration){.player = view->found, .registration = view->instance};
}

static void keep(const struct process_view *view, struct process_action *action)
{
    action->what = PROCESS_COMMAND;
    action->command_id = registration_keep_id(view->instance);
    action->actor = view->found;
    action->command.type = COMMAND_FINISH_REGISTRATION;
    action->command.finish_registration =
        (struct command_finish_registration){.player = view->found,
                                             .registration = view->instance,
                                             .door = DOOR_REGISTERED}; /* of nobody: no player is made */
}

static void refuse(const struct process_view *view, struct process_action *action)
{
    action->what = PROCESS_COMMAND;
    action->command_id = registration_refuse_id(view->found);
    action->command.type = COMMAND_REFUSE_ENROLMENT;
    action->command.refuse_enrolment =
        (struct command_refuse_enrolment){.player = view->found, .registration = view->instance};
}

/* Of a claim: the user was found, so it took effect, and the sessions of before are to go. */
static bool claimed(const struct process_view *view)
{
    const struct registration_state *state = view->state;
    return !uuid_is_nil(state->guest) && (view->answer == ANSWER_USER || view->answer == ANSWER_SIGNED_IN);
}

static void act_deadline(const struct process_view *view, struct process_action *action)
{
    switch (view->result) {
    case PROCESS_FRESH:
        do_task(action, TASK_FIND);
        return;
    case PROCESS_ANSWERED:
        if (view->answer == ANSWER_AWAY)
            action->what = PROCESS_RETRY;
        else if (claimed(view))
            do_task(action, TASK_END_SESSIONS);
        else if (view->answer == ANSWER_SIGNED_IN || view->answer == ANSWER_SESSIONS_ENDED)
            keep(view, action);
        else
            undo(view, action);
        return;
    case PROCESS_REJECTED:
        if (view->rejection == ERROR_PLAYER_EXISTS)
            keep(view, action);
        return;
    case PROCESS_COMMITTED:
        return;
    }
}

static void act_sweep(const struct process_view *view, struct process_action *action)
{
    switch (view->result) {
    case PROCESS_FRESH:
        do_task(action, TASK_FIND);
        return;
    case PROCESS_ANSWERED:
        if (view->answer == ANSWER_AWAY)
            action->what = PROCESS_RETRY;
        else if (claimed(view))
            do_task(action, TASK_END_SESSIONS);
        else if (view->answer == ANSWER_USER || view->answer == ANSWER_SIGNED_IN)
            refuse(view, action);
        else if (view->answer == ANSWER_DELETED)
            do_task(action, TASK_FIND); /* until there is nobody */
        return;
    case PROCESS_COMMITTED:
        do_task(action, TASK_DELETE);
        return;
    case PROCESS_REJECTED: /* a player by now */
        return;
    }
}

static void act(void *ctx, const struct process_view *view, struct process_action *action)
{
    const struct registration_state *state = view->state;
    (void)ctx;
    action->cause = view->instance;
    if (view->step == STEP_DEADLINE && state->situation == REGISTRATION_BEGUN)
        act_deadline(view, action);
    else if (view->step != STEP_DEADLINE && state->situation == REGISTRATION_UNDONE)
        act_sweep(view, action);
}

/* ---- outside ---- */

static void on_found(void *job, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    enum answer answer = ANSWER_AWAY;
    (void)detail;
    if (outcome == KEYCLOAK_SIGNED_IN)
        answer = ANSWER_SIGNED_IN;
    else if (outcome == KEYCLOAK_OK)
        answer = uuid_is_nil(user) ? ANSWER_NOBODY : ANSWER_USER;
    process_answer(job, answer, user);
}

static void on_deleted(void *job, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    (void)detail;
    process_answer(job, outcome == KEYCLOAK_OK ? ANSWER_DELETED : ANSWER_AWAY, user);
}

static void on_sessions_ended(void *job, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    (void)detail;
    process_answer(job, outcome == KEYCLOAK_OK ? ANSWER_SESSIONS_ENDED : ANSWER_AWAY, user);
}

static void task(void *ctx, const struct process_view *view, int task, void *job)
{
    struct keycloak *keycloak = ((struct registration_process *)ctx)->keycloak;
    if (task == TASK_FIND)
        keycloak_find_registered(keycloak, view->instance, on_found, job);
    else if (task == TASK_END_SESSIONS)
        keycloak_end_sessions(keycloak, view->found, "", on_sessions_ended, job);
    else
        keycloak_delete_user(keycloak, view->found, on_deleted, job);
}

void registration_process(struct registration_process *ctx, struct process *ret_process)
{
    *ret_process = (struct process){.name = "registration",
                                    .types = types,
                                    .type_count = sizeof types / sizeof types[0],
                                    .kind = STREAM_REGISTRATION,
                                    .state_size = sizeof(struct registration_state),
                                    .ctx = ctx,
                                    .follow = follow,
                                    .evolve = evolve,
                                    .act = act,
                                    .task = task};
}
