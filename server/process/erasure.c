/* erasure: a player whose user is gone is deactivated at once, and erased some time later, unless the user
 * comes back.
 *
 *   Keycloak tells of a deletion (serve.c)      LOOK at once
 *
 *   event                  leaves
 *   player_deactivated     ERASE, when the grace time that it names is over
 *   player_reactivated     nothing: ERASE is cancelled
 *   player_erased          DESTROY at once; ERASE is cancelled
 *
 *   LOOK: ask Keycloak.
 *      no such user        deactivate_player
 *      there is            nothing: made again by now
 *   ERASE, still DEACTIVATED: ask Keycloak once more.
 *      no such user        erase_player
 *      there is            reactivate_player: it was restored and has not signed in yet
 *   DESTROY: the personal key goes, durably; then the user in Keycloak, if there is one (an operator may
 *      erase a player whose user is there)
 *
 * The problem: what must never be done too early (somebody's collection is gone) and never be forgotten (the
 * law). So Keycloak is asked again at the last moment, and what cannot be taken back comes last: the event
 * first, which closes the stream to all that needs the key, then the key. Killed in between, the timer is
 * still there. An ERASE that was set for an earlier deactivation is left aside: the one of now has its own.
 * A key that is gone already, and a user, are as good as destroyed.
 *
 * What is left of an erased player: server/domain/player_account.c. That the key's table is backed up apart,
 * and for how long: migrations/README.md. When you add another place that keeps something personal: it is
 * emptied in DESTROY, before the timer goes. */
#include "process/erasure.h"
#include "domain/state.h"
#include "eventstore/event_decode.h"
#include <string.h>

/* Stored in the timers: never renumbered. */
enum step { STEP_ERASE = 1, STEP_DESTROY = 2, STEP_LOOK = ERASURE_LOOK };
enum task { TASK_FIND, TASK_DESTROY_KEY, TASK_DELETE_USER };
enum answer { ANSWER_AWAY, ANSWER_NOBODY, ANSWER_USER, ANSWER_KEY_DESTROYED, ANSWER_USER_DELETED };

#define GONE "its user is gone in Keycloak"

static const uint16_t types[] = {EVENT_PLAYER_DEACTIVATED, EVENT_PLAYER_REACTIVATED, EVENT_PLAYER_ERASED};

/* Of the player's stream, as far as it matters here. */
struct erasure_state {
    enum player_situation situation;
    int64_t changed_at_us; /* of the log, so that a command about this change has an id of its own */
    int64_t erase_at_us;   /* DEACTIVATED: when the grace time is over, by the log's clock */
};

/* ---- follow ---- */

/* Of a player_deactivated. */
static bool read_erase_at(const struct stored_event *stored, struct arena *scratch, int64_t *ret_at_us)
{
    struct event event;
    struct wire_fault fault;
    if (!event_decode(stored, scratch, &event, &fault))
        return false;
    *ret_at_us = stored->recorded_at_us + (int64_t)event.player_deactivated.grace_s * 1000000;
    return true;
}

/* The instance is the player, whose stream it is. */
static enum err follow(void *ctx, const struct stored_event *stored, struct arena *scratch,
                       struct process_changes *changes)
{
    struct uuid player = stored->stream.uuid;
    int64_t erase_at_us;
    (void)ctx;
    process_cancel(changes, player, STEP_ERASE);
    if (stored->type == EVENT_PLAYER_ERASED)
        process_set(changes, player, STEP_DESTROY, stored->recorded_at_us);
    if (stored->type != EVENT_PLAYER_DEACTIVATED)
        return ERR_OK;
    if (!read_erase_at(stored, scratch, &erase_at_us))
        return ERR_MALFORMED;
    process_set(changes, player, STEP_ERASE, erase_at_us);
    return ERR_OK;
}

static enum err evolve(void *ctx, const struct stored_event *stored, struct arena *scratch)
{
    struct erasure_state *state = ctx;
    if (stored->type == EVENT_PLAYER_DEACTIVATED)
        state->situation = PLAYER_DEACTIVATED;
    else if (stored->type == EVENT_PLAYER_REGISTERED || stored->type == EVENT_PLAYER_REACTIVATED)
        state->situation = PLAYER_ACTIVE;
    else if (stored->type == EVENT_PLAYER_ERASED)
        state->situation = PLAYER_ERASED;
    else
        return ERR_OK;
    state->changed_at_us = stored->recorded_at_us;
    if (state->situation == PLAYER_DEACTIVATED && !read_erase_at(stored, scratch, &state->erase_at_us))
        return ERR_MALFORMED;
    return ERR_OK;
}

/* ---- act ---- */

static void command(const struct process_view *view, struct process_action *action, const char *name,
                    enum command_type type)
{
    const struct erasure_state *state = view->state;
    uint8_t of[sizeof view->instance.bytes + 8];
    memcpy(of, view->instance.bytes, sizeof view->instance.bytes);
    for (int i = 0; i < 8; i++)
        of[sizeof view->instance.bytes + i] = (uint8_t)((uint64_t)state->changed_at_us >> (56 - 8 * i));
    action->what = PROCESS_COMMAND;
    action->command_id = uuid_derived(name, slice_of(of, sizeof of));
    action->command.type = type;
}

static void do_task(struct process_action *action, enum task task)
{
    action->what = PROCESS_TASK;
    action->task = task;
}

static void deactivate(const struct process_view *view, uint32_t grace_s, struct process_action *action)
{
    command(view, action, "erasure deactivate", COMMAND_DEACTIVATE_PLAYER);
    action->command.deactivate_player = (struct command_deactivate_player){
        .player = view->instance, .grace_s = grace_s, .reason = slice_text(GONE)};
}

static void erase(const struct process_view *view, struct process_action *action)
{
    command(view, action, "erasure erase", COMMAND_ERASE_PLAYER);
    action->command.erase_player =
        (struct command_erase_player){.player = view->instance, .reason = slice_text(GONE)};
}

static void reactivate(const struct process_view *view, struct process_action *action)
{
    command(view, action, "erasure reactivate", COMMAND_REACTIVATE_PLAYER);
    action->command.reactivate_player = (struct command_reactivate_player){.player = view->instance};
}

static void act_look(const struct process_view *view, uint32_t grace_s, struct process_action *action)
{
    if (view->result == PROCESS_FRESH)
        do_task(action, TASK_FIND);
    else if (view->result == PROCESS_ANSWERED && view->answer == ANSWER_AWAY)
        action->what = PROCESS_RETRY;
    else if (view->result == PROCESS_ANSWERED && view->answer == ANSWER_NOBODY)
        deactivate(view, grace_s, action);
}

static void act_erase(const struct process_view *view, struct process_action *action)
{
    if (view->result == PROCESS_FRESH)
        do_task(action, TASK_FIND);
    else if (view->result == PROCESS_ANSWERED && view->answer == ANSWER_AWAY)
        action->what = PROCESS_RETRY;
    else if (view->result == PROCESS_ANSWERED && view->answer == ANSWER_USER)
        reactivate(view, action);
    else if (view->result == PROCESS_ANSWERED)
        erase(view, action);
}

static void act_destroy(const struct process_view *view, struct process_action *action)
{
    if (view->result == PROCESS_FRESH)
        do_task(action, TASK_DESTROY_KEY);
    else if (view->answer == ANSWER_AWAY)
        action->what = PROCESS_RETRY;
    else if (view->answer == ANSWER_KEY_DESTROYED)
        do_task(action, TASK_DELETE_USER);
}

static void act(void *ctx, const struct process_view *view, struct process_action *action)
{
    const struct erasure_process *erasure = ctx;
    const struct erasure_state *state = view->state;
    bool over = state->situation == PLAYER_DEACTIVATED && view->due_at_us >= state->erase_at_us;
    if (view->step == STEP_LOOK && state->situation == PLAYER_ACTIVE)
        act_look(view, erasure->erase_after_s, action);
    else if (view->step == STEP_ERASE && over)
        act_erase(view, action);
    else if (view->step == STEP_DESTROY && state->situation == PLAYER_ERASED)
        act_destroy(view, action);
}

/* ---- outside ---- */

static void on_found(void *job, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    enum answer found = uuid_is_nil(user) ? ANSWER_NOBODY : ANSWER_USER;
    (void)detail;
    process_answer(job, outcome == KEYCLOAK_OK ? found : ANSWER_AWAY, user);
}

static void on_deleted(void *job, enum keycloak_outcome outcome, struct uuid user, const char *detail)
{
    (void)detail;
    process_answer(job, outcome == KEYCLOAK_OK ? ANSWER_USER_DELETED : ANSWER_AWAY, user);
}

static void on_destroyed(void *job, enum err err)
{
    process_answer(job, err == ERR_OK ? ANSWER_KEY_DESTROYED : ANSWER_AWAY, (struct uuid){{0}});
}

static void task(void *ctx, const struct process_view *view, int task, void *job)
{
    const struct erasure_process *erasure = ctx;
    struct stream_ref stream = {.kind = STREAM_PLAYER, .uuid = view->instance};
    if (task == TASK_FIND)
        keycloak_find_user(erasure->keycloak, view->instance, on_found, job);
    else if (task == TASK_DESTROY_KEY)
        eventstore_destroy_key(erasure->store, stream, on_destroyed, job);
    else
        keycloak_delete_user(erasure->keycloak, view->instance, on_deleted, job);
}

void erasure_process(struct erasure_process *ctx, struct process *ret_process)
{
    *ret_process = (struct process){.name = "erasure",
                                    .types = types,
                                    .type_count = sizeof types / sizeof types[0],
                                    .kind = STREAM_PLAYER,
                                    .state_size = sizeof(struct erasure_state),
                                    .ctx = ctx,
                                    .follow = follow,
                                    .evolve = evolve,
                                    .act = act,
                                    .task = task};
}
