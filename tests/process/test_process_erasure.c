/* test_process_erasure: whatever is killed, cut or away, a player whose user is gone is deactivated and then
 * erased, its key destroyed; one whose user is there is not, or comes back; and nothing happens early.
 *
 * The real process and the real domain; Keycloak is a table of users, the keys are a table too. Users are
 * deleted and made again, and sign in. Of a deletion the nodes are told until one of them has it stored, as
 * the follower does from its cursor. */
#include "world.h"
#include "auth/keycloak.h"
#include "process/erasure.h"
#include <string.h>

#define GRACE_MS 60000
#define PLAYERS 5

static struct player {
    bool user, key; /* there is one */
    bool untold;    /* its deletion was seen, and no node has it stored */
} players[PLAYERS];
static const char *broken; /* what must never be and was */

static struct uuid id_of(uint32_t number)
{
    return (struct uuid){{0xaa, [15] = (uint8_t)(number + 1)}};
}
static struct player *player_of(struct uuid id)
{
    return &players[id.bytes[15] - 1];
}
static enum player_situation situation_of(uint32_t number)
{
    struct arena arena;
    struct state state;
    arena_init(&arena, 4096, 1u << 20);
    world_load(&state, (struct stream_ref){.kind = STREAM_PLAYER, .uuid = id_of(number)}, &arena);
    arena_release(&arena);
    return state.player.situation;
}
static bool is_erased(struct uuid id)
{
    return situation_of((uint32_t)(player_of(id) - players)) == PLAYER_ERASED;
}

/* ---- Keycloak and the keys ---- */

static bool is_away(void)
{
    return world.storm > 0 && world_below(world.storm) == 0;
}

static void answer_keycloak(struct op *op)
{
    ((keycloak_user_done)op->done)(op->ctx, (enum keycloak_outcome)op->outcome, op->found, NULL);
}

static struct op *ask_keycloak(struct keycloak *keycloak, void (*apply)(struct op *op), struct uuid user,
                               keycloak_user_done done, void *ctx)
{
    struct op *op = world_op((int)((struct node *)keycloak - world.nodes), apply, answer_keycloak);
    op->instance = user;
    op->done = (void *)done;
    op->ctx = ctx;
    return op;
}

static void apply_find(struct op *op)
{
    op->outcome = is_away() ? KEYCLOAK_UNAVAILABLE : KEYCLOAK_OK;
    if (op->outcome == KEYCLOAK_OK && player_of(op->instance)->user)
        op->found = op->instance;
}

void keycloak_find_user(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx)
{
    ask_keycloak(keycloak, apply_find, user, done, ctx);
}

/* Away may mean that it was done all the same. */
static void apply_delete(struct op *op)
{
    bool away = is_away();
    op->outcome = away ? KEYCLOAK_UNAVAILABLE : KEYCLOAK_OK;
    if (away && world_below(2) == 0)
        return;
    player_of(op->instance)->user = false;
    if (!is_erased(op->instance))
        broken = "the user of a player who is not erased was deleted";
}

void keycloak_delete_user(struct keycloak *keycloak, struct uuid user, keycloak_user_done done, void *ctx)
{
    ask_keycloak(keycloak, apply_delete, user, done, ctx);
}

static void apply_destroy(struct op *op)
{
    bool away = is_away();
    op->err = away ? ERR_AWAY : ERR_OK;
    if (away && world_below(2) == 0)
        return;
    player_of(op->stream.uuid)->key = false;
    if (!is_erased(op->stream.uuid))
        broken = "the key of a player who is not erased was destroyed";
}

static void answer_destroy(struct op *op)
{
    ((destroy_done)op->done)(op->ctx, op->err);
}

void eventstore_destroy_key(struct eventstore *store, struct stream_ref stream, destroy_done done, void *ctx)
{
    struct op *op = world_op((int)((struct node *)store - world.nodes), apply_destroy, answer_destroy);
    op->stream = stream;
    op->done = (void *)done;
    op->ctx = ctx;
}

/* ---- what people do ---- */

static uint32_t commands; /* that clients sent */

static void command(enum command_type type, uint32_t number)
{
    struct command command = {.type = type};
    struct uuid id = {{0x51, (uint8_t)commands, (uint8_t)(commands >> 8)}};
    commands++;
    if (type == COMMAND_ENROL_PLAYER)
        command.enrol_player = (struct command_enrol_player){
            .player = id_of(number), .display_name = slice_text("Ada"), .door = DOOR_ENROLLED};
    else if (type == COMMAND_REACTIVATE_PLAYER)
        command.reactivate_player = (struct command_reactivate_player){.player = id_of(number)};
    else
        command.erase_player = (struct command_erase_player){.player = id_of(number), .even_active = true};
    (void)world_command(&command, id);
}

/* Sign-in, as request/account.c has it. */
static void sign_in(uint32_t number)
{
    if (!players[number].user)
        return;
    players[number].key = players[number].key || situation_of(number) == PLAYER_NONE;
    command(situation_of(number) == PLAYER_DEACTIVATED ? COMMAND_REACTIVATE_PLAYER : COMMAND_ENROL_PLAYER,
            number);
}

static void remove_user(uint32_t number)
{
    players[number].untold = players[number].untold || players[number].user;
    players[number].user = false;
}

/* ---- running ---- */

static struct process processes[NODES];

static const struct process *make(int node)
{
    static struct erasure_process contexts[NODES];
    contexts[node] = (struct erasure_process){.keycloak = (struct keycloak *)&world.nodes[node],
                                              .store = (struct eventstore *)&world.nodes[node],
                                              .erase_after_s = GRACE_MS / 1000};
    erasure_process(&contexts[node], &processes[node]);
    return &processes[node];
}

/* Nobody is erased before the grace time, but on purpose. */
static void check_grace(void)
{
    static int64_t deactivated_at_us[PLAYERS];
    static uint32_t seen;
    if (world.event_count < seen)
        seen = 0;
    for (; seen < world.event_count; seen++) {
        const struct stored_event *event = &world.events[seen]->stored;
        int64_t *at_us = &deactivated_at_us[event->stream.uuid.bytes[15] - 1];
        if (event->type == EVENT_PLAYER_DEACTIVATED)
            *at_us = event->recorded_at_us;
        else if (event->type == EVENT_PLAYER_ERASED && event->command_id.bytes[0] != 0x51 &&
                 event->recorded_at_us < *at_us + (int64_t)GRACE_MS * 1000)
            broken = "erased before the grace time";
    }
}

static void begin(uint64_t seed)
{
    memset(players, 0, sizeof players);
    broken = NULL;
    commands = 0;
    world.make = make;
    world.decide = world_decide;
    world.check_always = check_grace;
    world_begin(seed);
}

/* Time passes, and what was seen is told to a node until it is stored there. */
static void run(uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += 1000) {
        int node = (int)world_below(NODES), life = world.nodes[node].life;
        bool told[PLAYERS] = {false};
        for (uint32_t i = 0; i < PLAYERS; i++)
            if (players[i].untold) {
                processes_ask(world.nodes[node].processes, &processes[node], id_of(i), ERASURE_LOOK);
                told[i] = true;
            }
        world_run(1000);
        bool stored = world.nodes[node].life == life && processes_asked(world.nodes[node].processes) == 0;
        for (uint32_t i = 0; i < PLAYERS; i++)
            players[i].untold = players[i].untold && !(told[i] && stored);
    }
}

/* At rest: there, or gone for good. */
static void check_settled(uint32_t number, const char *what, uint64_t at)
{
    enum player_situation situation = situation_of(number);
    const struct player *player = &players[number];
    bool right = (situation == PLAYER_ACTIVE && player->user && player->key) ||
                 (situation == PLAYER_ERASED && !player->user && !player->key) ||
                 (situation == PLAYER_NONE && !player->key);
    if (!right || broken != NULL || !world_tables_empty())
        fail_msg("%s %llu, player %u: situation %d, user %d, key %d, %u timers; %s", what,
                 (unsigned long long)at, number, situation, player->user, player->key,
                 world.tables.timer_count, broken == NULL ? "" : broken);
}

/* ---- one player, in each way ---- */

enum deed { NOTHING, DELETED, MADE_AGAIN, SIGNS_IN, ERASED_BY_OPERATOR };

static const struct story {
    const char *what;
    struct {
        uint32_t after_ms;
        enum deed deed;
    } deeds[6];
    enum player_situation situation;
} stories[] = {
    {"nothing", {{0, NOTHING}}, PLAYER_ACTIVE},
    {"deleted", {{0, DELETED}}, PLAYER_ERASED},
    {"back in time, and plays", {{0, DELETED}, {GRACE_MS / 2, MADE_AGAIN}, {0, SIGNS_IN}}, PLAYER_ACTIVE},
    {"back in time, unseen", {{0, DELETED}, {GRACE_MS / 2, MADE_AGAIN}}, PLAYER_ACTIVE},
    {"back at once", {{0, DELETED}, {0, MADE_AGAIN}}, PLAYER_ACTIVE},
    {"deleted twice",
     {{0, DELETED}, {GRACE_MS / 2, MADE_AGAIN}, {0, SIGNS_IN}, {GRACE_MS / 4, DELETED}},
     PLAYER_ERASED},
    {"erased by an operator", {{0, ERASED_BY_OPERATOR}}, PLAYER_ERASED},
    {"deleted, erased at once", {{0, DELETED}, {5000, ERASED_BY_OPERATOR}}, PLAYER_ERASED},
    {"back too late", {{0, DELETED}, {GRACE_MS * 3, MADE_AGAIN}, {0, SIGNS_IN}, {0, DELETED}}, PLAYER_ERASED},
};

static void do_deed(enum deed deed, uint32_t number)
{
    switch (deed) {
    case NOTHING:
        return;
    case DELETED:
        remove_user(number);
        return;
    case MADE_AGAIN:
        players[number].user = true;
        return;
    case SIGNS_IN:
        sign_in(number);
        return;
    case ERASED_BY_OPERATOR:
        command(COMMAND_ERASE_PLAYER, number);
        return;
    }
}

static void tell(const struct story *story)
{
    players[0].user = true;
    sign_in(0);
    run(3000);
    for (size_t i = 0; i < sizeof story->deeds / sizeof *story->deeds; i++) {
        run(story->deeds[i].after_ms);
        do_deed(story->deeds[i].deed, 0);
    }
    run(GRACE_MS * 3);
}

static void play(void *ctx, uint64_t at)
{
    const struct story *story = ctx;
    begin(at);
    tell(story);
    check_settled(0, story->what, at);
    assert_int_equal(situation_of(0), story->situation);
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

static void test_storm(void **state)
{
    (void)state;
    uint64_t faults = 0;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        begin(seed);
        world.storm = 40;
        for (uint32_t step = 0; step < 40; step++) {
            uint32_t number = world_below(PLAYERS);
            if (world_below(3) > 0)
                do_deed(players[number].user ? (world_below(2) == 0 ? SIGNS_IN : DELETED) : MADE_AGAIN,
                        number);
            else if (world_below(10) == 0)
                do_deed(ERASED_BY_OPERATOR, number);
            run(world_below(8) == 0 ? GRACE_MS : world_below(3000));
        }
        world.storm = 0;
        run(GRACE_MS * 5);
        for (uint32_t i = 0; i < PLAYERS; i++)
            if (situation_of(i) != PLAYER_ERASED || !players[i].user) /* one made again after that: refused */
                check_settled(i, "storm, seed", seed);
        faults += world.faults;
        world_end();
    }
    print_message("%llu faults\n", (unsigned long long)faults);
    assert_true(faults > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_story_killed_at_every_step),
        cmocka_unit_test(test_storm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
