/* test_process_registration: whatever is cut off, killed or late, a registration ends in one user and one
 * player, or in neither, and nobody who plays is deleted.
 *
 * The real process and the real domain; Keycloak is a table of users that carry registration ids. A
 * `register` is three actions - begin, make the user, finish - by a node that may stop behind any of them,
 * for good or until much later, when others have done the rest. Users sign in by another door meanwhile. */
#include "world.h"
#include "auth/keycloak.h"
#include "domain/registration.h"
#include "process/registration.h"
#include <string.h>

#define WITHIN_MS 60000
#define USERS_MAX 32

static struct user {
    struct uuid id, registration;
    bool exists, signed_in, sessions_ended;
} users[USERS_MAX];
static uint32_t user_count;
static const char *broken; /* what must never be and was */

/* ---- Keycloak ---- */

static struct user *marked(struct uuid registration)
{
    for (uint32_t i = 0; i < user_count; i++)
        if (users[i].exists && uuid_equal(users[i].registration, registration))
            return &users[i];
    return NULL;
}

static struct user *make_user(struct uuid registration)
{
    struct user *user = marked(registration);
    if (user != NULL)
        return user; /* 409, and the mark is ours */
    user = &users[user_count++];
    *user = (struct user){
        .id = {{0xaa, [15] = (uint8_t)user_count}}, .registration = registration, .exists = true};
    return user;
}

static bool keycloak_is_away(void)
{
    return world.storm > 0 && world_below(world.storm) == 0;
}

static void answer_keycloak(struct op *op)
{
    keycloak_user_done done = (keycloak_user_done)op->done;
    done(op->ctx, (enum keycloak_outcome)op->outcome, op->found, NULL);
}

static void apply_find(struct op *op)
{
    struct user *user = marked(op->instance);
    op->outcome = KEYCLOAK_OK;
    if (keycloak_is_away())
        op->outcome = KEYCLOAK_UNAVAILABLE;
    else if (user != NULL) {
        op->found = user->id;
        op->outcome = user->signed_in ? KEYCLOAK_SIGNED_IN : KEYCLOAK_OK;
    }
}

void keycloak_find_registered(struct keycloak *keycloak, struct uuid registration_id, keycloak_user_done done,
                              void *ctx)
{
    struct op *op = world_op((int)((struct node *)keycloak - world.nodes), apply_find, answer_keycloak);
    op->instance = registration_id;
    op->done = (void *)done;
    op->ctx = ctx;
}

static bool is_player(struct uuid user)
{
    for (uint32_t i = 0; i < world.event_count; i++)
        if (world.events[i]->stored.type == EVENT_PLAYER_REGISTERED &&
            uuid_equal(world.events[i]->stored.stream.uuid, user))
            return true;
    return false;
}

/* Away may mean that it was done all the same. */
static void apply_delete(struct op *op)
{
    bool away = keycloak_is_away();
    op->outcome = away ? KEYCLOAK_UNAVAILABLE : KEYCLOAK_OK;
    if (away && world_below(2) == 0)
        return;
    for (uint32_t i = 0; i < user_count; i++)
        if (uuid_equal(users[i].id, op->instance))
            users[i].exists = false;
    if (is_player(op->instance))
        broken = "a player's user was deleted";
}

void keycloak_delete_user(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx)
{
    struct op *op = world_op((int)((struct node *)keycloak - world.nodes), apply_delete, answer_keycloak);
    op->instance = user;
    op->done = (void *)done;
    op->ctx = ctx;
}

static void apply_end_sessions(struct op *op)
{
    bool away = keycloak_is_away();
    op->outcome = away ? KEYCLOAK_UNAVAILABLE : KEYCLOAK_OK;
    for (uint32_t i = 0; !away && i < user_count; i++)
        users[i].sessions_ended = users[i].sessions_ended || uuid_equal(users[i].id, op->instance);
}

void keycloak_end_sessions(struct keycloak *keycloak, struct uuid user, const char *keep_sid,
                           keycloak_user_done done, void *ctx)
{
    struct op *op =
        world_op((int)((struct node *)keycloak - world.nodes), apply_end_sessions, answer_keycloak);
    check(keep_sid[0] == '\0');
    op->instance = user;
    op->done = (void *)done;
    op->ctx = ctx;
}

/* ---- the log ---- */

static enum registration_situation situation_of(struct uuid registration)
{
    struct arena arena;
    struct state state;
    arena_init(&arena, 4096, 1u << 20);
    world_load(&state, (struct stream_ref){.kind = STREAM_REGISTRATION, .uuid = registration}, &arena);
    arena_release(&arena);
    return state.registration.situation;
}

/* ---- a `register`, as request/register.c has it ---- */

enum { BEGIN, MAKE, FINISH, DONE };

static struct uuid registration_number(uint32_t number)
{
    return (struct uuid){{0x01, [6] = 0x70, [8] = 0x80, [15] = (uint8_t)(number + 1)}};
}

/* One action; the next one, or DONE. */
static int act(uint32_t number, int action)
{
    struct uuid registration = registration_number(number);
    struct command command = {0};
    if (action == BEGIN) {
        enum registration_situation before = situation_of(registration);
        command.type = COMMAND_BEGIN_REGISTRATION;
        command.begin_registration = (struct command_begin_registration){.registration = registration,
                                                                         .content = slice_text("content")};
        (void)world_command(&command, registration);
        return before == REGISTRATION_FINISHED || before == REGISTRATION_UNDONE ? DONE : MAKE;
    }
    struct user *user = make_user(registration);
    if (action == MAKE && situation_of(registration) != REGISTRATION_UNDONE)
        return FINISH; /* one that made a user behind both sweeps must not stop here: server/process/README.md
                        */
    command.type = COMMAND_FINISH_REGISTRATION;
    command.finish_registration = (struct command_finish_registration){.player = user->id,
                                                                       .registration = registration,
                                                                       .display_name = slice_text("Ada"),
                                                                       .door = DOOR_REGISTERED};
    if (world_command(&command, registration_finish_id(registration)) == ERROR_REGISTRATION_UNDONE) {
        command.type = COMMAND_REFUSE_ENROLMENT;
        command.refuse_enrolment =
            (struct command_refuse_enrolment){.player = user->id, .registration = registration};
        (void)world_command(&command, registration_refuse_id(user->id));
    }
    return DONE;
}

/* At another door of the game. */
static void sign_in(uint32_t number, uint32_t attempt)
{
    struct user *user = marked(registration_number(number));
    struct command command = {.type = COMMAND_ENROL_PLAYER};
    if (user == NULL)
        return;
    user->signed_in = true;
    command.enrol_player = (struct command_enrol_player){
        .player = user->id, .display_name = slice_text("Ada"), .door = DOOR_ENROLLED};
    (void)world_command(&command, (struct uuid){{0x51, (uint8_t)number, (uint8_t)attempt}});
}

/* ---- running ---- */

static const struct process *make(int node)
{
    static struct registration_process contexts[NODES];
    static struct process processes[NODES];
    contexts[node] = (struct registration_process){.keycloak = (struct keycloak *)&world.nodes[node],
                                                   .within_ms = WITHIN_MS};
    registration_process(&contexts[node], &processes[node]);
    return &processes[node];
}

static void begin(uint64_t seed)
{
    memset(users, 0, sizeof users);
    user_count = 0;
    broken = NULL;
    world.make = make;
    world.decide = world_decide;
    world_begin(seed);
}

static uint32_t users_of(uint32_t number)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < user_count; i++)
        count += users[i].exists && uuid_equal(users[i].registration, registration_number(number));
    return count;
}

/* One user and one player, one user who has signed in elsewhere, or nothing. */
static void check_settled(uint32_t number, const char *what, uint64_t at)
{
    enum registration_situation situation = situation_of(registration_number(number));
    struct user *user = marked(registration_number(number));
    uint32_t count = users_of(number);
    bool right = false;
    switch (situation) {
    case REGISTRATION_NONE:
        right = count == 0;
        break;
    case REGISTRATION_BEGUN:
        break;
    case REGISTRATION_FINISHED:
        right = count == 1 && (is_player(user->id) || user->signed_in);
        break;
    case REGISTRATION_UNDONE:
        right = count == 0 || (count == 1 && is_player(user->id));
        break;
    }
    if (!right || broken != NULL || !world_tables_empty())
        fail_msg("%s %llu, registration %u: situation %d, %u users, %u timers; %s", what,
                 (unsigned long long)at, number, situation, count, world.tables.timer_count,
                 broken == NULL ? "" : broken);
}

/* ---- one registration, in each way ---- */

struct story {
    const char *what;
    int stops_behind; /* its node stops behind this action; DONE: it does not */
    bool console;     /* its user signs in, in time, where the game does not see it */
    bool game;        /* in the game, in time */
    bool game_late;   /* in the game, at the deadline's time */
    bool node_wakes;  /* its node goes on much later, where it stopped */
    bool resent, resent_late;
    int situation;
    uint32_t users;
};
static const struct story stories[] = {
    {"finished", DONE, .situation = REGISTRATION_FINISHED, .users = 1},
    {"begun, no user", BEGIN, .situation = REGISTRATION_UNDONE, .users = 0},
    {"user made, no player", MAKE, .situation = REGISTRATION_UNDONE, .users = 0},
    {"begun, resent", BEGIN, .resent = true, .situation = REGISTRATION_FINISHED, .users = 1},
    {"made, resent", MAKE, .resent = true, .situation = REGISTRATION_FINISHED, .users = 1},
    {"made, resent too late", MAKE, .resent_late = true, .situation = REGISTRATION_UNDONE, .users = 0},
    {"made, signed in elsewhere", MAKE, .console = true, .situation = REGISTRATION_FINISHED, .users = 1},
    {"made, signed in to the game", MAKE, .game = true, .situation = REGISTRATION_FINISHED, .users = 1},
    {"made, signs in at the deadline", MAKE, .game_late = true, .situation = -1, .users = 2},
    {"begun, its node wakes when it is undone", BEGIN, .node_wakes = true, .situation = REGISTRATION_UNDONE},
    {"made, its node wakes when it is undone", MAKE, .node_wakes = true, .situation = REGISTRATION_UNDONE},
};

static void tell(const struct story *story)
{
    int next = BEGIN;
    do
        next = act(0, next);
    while (next != DONE && next <= story->stops_behind);
    world_run(WITHIN_MS / 4);
    if (story->console)
        marked(registration_number(0))->signed_in = true;
    if (story->game)
        sign_in(0, 0);
    for (int action = BEGIN; story->resent && action != DONE;)
        action = act(0, action);
    world_run(WITHIN_MS * 3 / 4 - 1000);
    for (uint32_t i = 0; story->game_late && i < 20; i++) {
        sign_in(0, i);
        world_run(200);
    }
    world_run(WITHIN_MS * 5);
    while (story->node_wakes && next != DONE)
        next = act(0, next);
    for (int action = BEGIN; story->resent_late && action != DONE;)
        action = act(0, action);
    world_run(WITHIN_MS * 5);
}

static void play(void *ctx, uint64_t at)
{
    const struct story *story = ctx;
    begin(at);
    tell(story);
    check_settled(0, story->what, at);
    if (story->situation >= 0) {
        assert_int_equal(situation_of(registration_number(0)), story->situation);
        assert_int_equal(users_of(0), story->users);
    }
}

static void test_each_story_killed_at_every_step(void **state)
{
    (void)state;
    uint64_t kills = 0;
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++)
        kills += world_kill_everywhere(play, (void *)&stories[i]);
    print_message("%llu kills\n", (unsigned long long)kills);
    assert_true(kills > 500);
}

/* A guest plays; it claims its account, under another registration's id. */
static struct user *claim(bool takes_effect)
{
    struct uuid registration = registration_number(1);
    struct command command = {.type = COMMAND_BEGIN_REGISTRATION};
    for (int action = BEGIN; action != DONE;)
        action = act(0, action);
    struct user *user = marked(registration_number(0));
    command.begin_registration = (struct command_begin_registration){
        .registration = registration, .content = slice_text("content"), .guest = user->id};
    (void)world_command(&command, registration);
    if (takes_effect)
        user->registration = registration;
    return user;
}

struct cut_claim {
    bool effect, late;
};

static void play_claim(void *ctx, uint64_t at)
{
    const struct cut_claim *cut = ctx;
    begin(at);
    struct user *user = claim(cut->effect);
    user->signed_in = true;
    world_run(WITHIN_MS + WITHIN_MS / 2);
    if (!cut->effect && cut->late) /* between the two sweeps */
        user->registration = registration_number(1);
    world_run(WITHIN_MS * 5);
    assert_null(broken);
    assert_true(user->exists && is_player(user->id));
    assert_int_equal(user->sessions_ended, cut->effect || cut->late);
    assert_int_equal(situation_of(registration_number(1)),
                     cut->effect ? REGISTRATION_FINISHED : REGISTRATION_UNDONE);
    assert_true(world_tables_empty());
}

static void test_a_claim_that_is_cut_off_killed_at_every_step(void **state)
{
    (void)state;
    uint64_t kills = 0;
    struct cut_claim cut;
    for (int ways = 0; ways < 4; ways++) {
        cut = (struct cut_claim){.effect = ways & 1, .late = ways & 2};
        kills += world_kill_everywhere(play_claim, &cut);
    }
    print_message("%llu kills\n", (unsigned long long)kills);
    assert_true(kills > 100);
}

static void test_storm(void **state)
{
    enum { COUNT = 6 };
    (void)state;
    uint64_t faults = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        int next[COUNT] = {0};
        begin(seed);
        world.storm = 40;
        for (uint32_t step = 0; step < 60; step++) {
            uint32_t number = world_below(COUNT);
            if (world_below(6) == 0)
                sign_in(number, step);
            else
                next[number] = next[number] == DONE || world_below(5) == 0 ? act(number, BEGIN)
                                                                           : act(number, next[number]);
            world_run(world_below(10) == 0 ? WITHIN_MS : world_below(3000));
        }
        world_run(WITHIN_MS * 5);
        world.storm = 0;
        world_run(WITHIN_MS * 5);
        for (uint32_t i = 0; i < COUNT; i++)
            check_settled(i, "storm, seed", seed);
        faults += world.faults;
        world_end();
    }
    print_message("%llu faults\n", (unsigned long long)faults);
    assert_true(faults > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_story_killed_at_every_step),
        cmocka_unit_test(test_a_claim_that_is_cut_off_killed_at_every_step),
        cmocka_unit_test(test_storm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
