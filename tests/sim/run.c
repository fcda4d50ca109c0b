/* run: what can happen next, and choosing.
 *
 * Each step collects everything that could happen now - a database executes, an answer arrives, a message is
 * delivered, a timer runs, a turn ends, a client acts - and one is taken at random. Faults have their own
 * chance per step. Time passes only when the nodes have finished their turns: to the next timer when nothing
 * else can happen, or now and then although something can, which is how deadlines meet work that is merely
 * slow. */
#include "run.h"
#include "accidents.h"
#include "client.h"
#include "database.h"
#include "game.h"
#include "node.h"
#include "oracle.h"
#include "sockets.h"
#include <sodium.h>
#include <stdlib.h>

#define REST_STEPS_MAX 60000
#define CHOICES_MAX 256
#define TIMERS_LATE_MS 200

enum choice_kind {
    CONNECT,
    EXECUTE,
    ANSWER,
    TELL,
    NOTIFY,
    RECEIVE,
    DELIVER,
    TIMER,
    END_TURN,
    ACT,
    OLD_EXECUTE,
    OLD_DROP
};

struct choice {
    enum choice_kind kind;
    void *what;
};

static struct choice choices[CHOICES_MAX];
static uint32_t choice_count;

/* ---- opening and closing ---- */

static const char *sim_random_name(void)
{
    return "sim";
}
static uint32_t sim_random(void)
{
    return (uint32_t)random_u64();
}
static void sim_random_bytes(void *buffer, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buffer)[i] = (uint8_t)random_u64();
}
static struct randombytes_implementation sim_randombytes = {
    .implementation_name = sim_random_name, .random = sim_random, .buf = sim_random_bytes};

static void make_secrets(struct secrets *secrets)
{
    hmac_key_init(&secrets->seeds, slice_text("seeds of the simulation"));
    memcpy(secrets->digests, "digests of the simulation........", sizeof secrets->digests);
}

void run_open(const struct run_options *options)
{
    static const uint8_t map_key[16] = "simulated hashes";
    randombytes_set_implementation(&sim_randombytes);
    check(sodium_init() >= 0);
    world = (struct world){.seed = options->seed,
                           .random = options->seed * 0x2545f4914f6cdd1du + 1,
                           .mono_ms = 1000,
                           .wall_ms = 1767225600000};
    map_seed(map_key);
    arena_init(&world.arena, 1u << 20, 512u << 20);
    list_init(&world.connections);
    list_init(&world.backends);
    make_secrets(&world.secrets);
    ops_clear();
    trace_clear();
    store_open();
    views_open();
    oracle_open();
    world.node_count = options->nodes != 0 ? options->nodes : chance(40) ? 2u : 1u;
    world.batches_in_flight =
        options->batches_in_flight != 0 ? options->batches_in_flight : 1 + random_below(5);
    accidents_choose();
    game_preload();
    trace("seed %d: %u nodes, %u batches in flight", (int)world.seed, world.node_count,
          world.batches_in_flight);
    for (uint32_t i = 0; i < world.node_count; i++)
        node_start(i);
    for (uint32_t i = 0; i < PLAYERS + 1; i++) /* the first player has two sockets */
        client_new(world.client_count++, game_player(i == PLAYERS ? 0 : i), ROLE_PLAYER);
    if (options->players_only)
        return;
    client_new(world.client_count++, game_operator(), ROLE_GAME_ADMIN);
    client_new(world.client_count++, game_service(), ROLE_GAME_SERVICE);
}

void run_close(void)
{
    for (uint32_t i = 0; i < NODES_MAX; i++)
        if (world.nodes[i] != NULL)
            node_kill(world.nodes[i]);
    while (backend_any())
        backend_do_drop();
    for (uint32_t i = 0; i < world.client_count; i++)
        client_free(world.clients[i]);
    oracle_close();
    views_close();
    store_close();
    arena_release(&world.arena);
}

/* ---- what can happen ---- */

static void can(enum choice_kind kind, void *what)
{
    check(choice_count < CHOICES_MAX);
    choices[choice_count++] = (struct choice){kind, what};
}

static void collect_connections(void)
{
    list_each(node, &world.connections)
    {
        struct pg *pg = pg_of_node(node);
        if (pg_can_connect(pg))
            can(CONNECT, pg);
        if (pg_can_execute(pg))
            can(EXECUTE, pg);
        if (pg_can_answer(pg))
            can(ANSWER, pg);
        if (pg_can_tell(pg))
            can(TELL, pg);
        if (pg_can_notify(pg))
            can(NOTIFY, pg);
    }
    if (backend_any()) {
        can(OLD_EXECUTE, NULL);
        can(OLD_DROP, NULL);
    }
}

static void collect_node(struct node *node)
{
    struct loop *loop = node_loop(node);
    struct session *session;
    size_t cursor = 0;
    if (loop_dirty(loop))
        can(END_TURN, node);
    if (loop_next_ms(loop) <= world.mono_ms)
        can(TIMER, node);
    while ((session = socket_next(node_sockets(node), &cursor)) != NULL) {
        if (session_can_receive(session))
            can(RECEIVE, session);
        if (session_can_deliver(session))
            can(DELIVER, session);
    }
}

static bool clients_act(void)
{
    return !world.calm || chance(20);
}

static void collect(void)
{
    choice_count = 0;
    collect_connections();
    for (uint32_t i = 0; i < NODES_MAX; i++)
        if (world.nodes[i] != NULL)
            collect_node(world.nodes[i]);
    if (clients_act())
        for (uint32_t i = 0; i < world.client_count; i++)
            can(ACT, world.clients[i]);
}

/* ---- doing it ---- */

static void end_turn_maybe(struct loop *loop)
{
    if (loop_dirty(loop) && chance(50))
        loop_end_turn(loop);
}

static void execute(struct pg *pg)
{
    bool append = strcmp(pg_next_statement(pg), "eventstore_append") == 0;
    bool batch = strcmp(pg_next_statement(pg), "move_checkpoints") == 0;
    if (!world.calm && append && chance(world.faults.refuse))
        pg_do_refuse(pg, "57014");
    else if (!world.calm && batch && chance(world.faults.refuse))
        pg_do_refuse(pg, chance(70) ? "23514" : "57014"); /* one projection may stop alone, for a while */
    else
        pg_do_execute(pg);
}

static void take(const struct choice *choice)
{
    switch (choice->kind) {
    case CONNECT:
        pg_do_connect(choice->what);
        end_turn_maybe(node_loop(pg_node(choice->what)));
        return;
    case EXECUTE:
        execute(choice->what);
        return;
    case ANSWER:
        pg_do_answer(choice->what);
        end_turn_maybe(node_loop(pg_node(choice->what)));
        return;
    case TELL:
        pg_do_tell(choice->what);
        end_turn_maybe(node_loop(pg_node(choice->what)));
        return;
    case NOTIFY:
        pg_do_notify(choice->what);
        end_turn_maybe(node_loop(pg_node(choice->what)));
        return;
    case RECEIVE:
        session_do_receive(choice->what);
        return;
    case DELIVER:
        session_do_deliver(choice->what);
        return;
    case TIMER:
        loop_fire(node_loop(choice->what));
        end_turn_maybe(node_loop(choice->what));
        return;
    case END_TURN:
        loop_end_turn(node_loop(choice->what));
        return;
    case ACT:
        if (world.calm)
            client_settle(choice->what);
        else
            client_act(choice->what);
        return;
    case OLD_EXECUTE:
        backend_do_execute();
        return;
    case OLD_DROP:
        backend_do_drop();
        return;
    }
}

/* A loop may be late, not for ever. */
static void run_late_timers(struct loop *loop)
{
    while (loop_next_ms(loop) + TIMERS_LATE_MS < world.mono_ms) {
        loop_fire(loop);
        loop_end_turn(loop);
    }
}

/* Time passes when every turn has ended. */
static void pass_time(bool to_next_timer)
{
    uint64_t next = UINT64_MAX;
    for (uint32_t i = 0; i < NODES_MAX; i++)
        if (world.nodes[i] != NULL)
            run_late_timers(node_loop(world.nodes[i]));
    for (uint32_t i = 0; i < NODES_MAX; i++)
        if (world.nodes[i] != NULL)
            sockets_close_stalled(node_sockets(world.nodes[i]));
    for (uint32_t i = 0; i < world.client_count; i++)
        client_hold_answered(world.clients[i]);
    for (uint32_t i = 0; i < NODES_MAX; i++) {
        if (world.nodes[i] == NULL)
            continue;
        if (loop_dirty(node_loop(world.nodes[i])))
            loop_end_turn(node_loop(world.nodes[i]));
        if (loop_next_ms(node_loop(world.nodes[i])) < next)
            next = loop_next_ms(node_loop(world.nodes[i]));
    }
    uint64_t ms = 1 + random_below(chance(10) ? 300 : 20);
    if (to_next_timer && next != UINT64_MAX && next > world.mono_ms)
        ms = next - world.mono_ms;
    world.mono_ms += ms;
    world.wall_ms += (int64_t)ms;
}

void run_step(void)
{
    world.step++;
    if (!world.calm && accident())
        return;
    if (chance(3) && views_on_disk() != views_position())
        views_fsync();
    if (chance(world.calm ? 2 : world.faults.jump)) {
        pass_time(world.calm);
        return;
    }
    collect();
    if (choice_count == 0)
        pass_time(true);
    else
        take(&choices[random_below(choice_count)]);
}

static bool at_rest(void)
{
    if (backend_any() || ops_open() > 0)
        return false;
    for (uint32_t i = 0; i < world.client_count; i++)
        if (!client_following(world.clients[i]))
            return false;
    for (uint32_t i = 0; i < world.node_count; i++) {
        size_t cursor = 0;
        struct session *session;
        if (loop_dirty(node_loop(world.nodes[i])))
            return false;
        while ((session = socket_next(node_sockets(world.nodes[i]), &cursor)) != NULL)
            if (session_can_deliver(session) || session_can_receive(session))
                return false;
        if (!node_at_rest(world.nodes[i]))
            return false;
    }
    return true;
}

void run_to_rest(void)
{
    world.calm = true;
    for (uint32_t i = 0; !at_rest(); i++) {
        if (i == REST_STEPS_MAX) {
            for (uint32_t n = 0; n < world.node_count; n++)
                trace("%s", node_unrest(world.nodes[n]));
            broken("does not come to rest: %u commands are unanswered", ops_open());
        }
        run_step();
    }
    oracle_at_rest();
}
