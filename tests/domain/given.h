/* given: domain tests read as given(events) when(command) then(events) or then_rejected(code).
 *
 * A world has one stream of each kind; an event goes to the stream the schema says, a command gets the
 * streams the schema says. Everything lives in the world's arena until world_release. Failures end the test
 * with the command, the event and the field that differs. */
#ifndef TESTS_DOMAIN_GIVEN_H
#define TESTS_DOMAIN_GIVEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "domain/domain.h"
#include "domain/state.h"

struct world {
    const char *label; /* of the case at hand, for messages; may be NULL */
    struct arena arena;
    struct state player, pack, stock, catalogue, registration;
    struct decide_context
        context; /* seeds follow player_seed_number before every decision unless foreign_seeds */
    bool foreign_seeds;
    struct decision decision;
    struct event *history; /* every event that evolved a state, in order, up to history_count */
    uint32_t history_count, history_capacity;
};

void world_init(struct world *world);
void world_release(struct world *world);
/* The world's server seed number n of its player, n >= 1. */
struct hash world_seed(uint32_t number);
struct hash world_seed_hash(uint32_t number);

#define given(world, ...)                                                                                    \
    given_events(world, (const struct event[]){__VA_ARGS__},                                                 \
                 sizeof((const struct event[]){__VA_ARGS__}) / sizeof(struct event))
#define when(world, ...) when_command(world, &(const struct command){__VA_ARGS__})
#define then(world, ...)                                                                                     \
    then_events(world, (const struct event[]){__VA_ARGS__},                                                  \
                sizeof((const struct event[]){__VA_ARGS__}) / sizeof(struct event))

/* Evolves; fails the test when evolve does. */
void given_events(struct world *world, const struct event *events, size_t count);
/* Decides; the states stay as they are. */
void when_command(struct world *world, const struct command *command);
/* The decision is these events, on the streams of their kinds. They then evolve the states. */
void then_events(struct world *world, const struct event *events, size_t count);
/* The decision is some events; they evolve the states. Returns the first, which lives in the arena. */
const struct event *then_accepted(struct world *world);
void then_rejected(struct world *world, enum error_code code);
void then_failed(struct world *world, enum err err);

/* The state of the stream an event of this type goes to. */
struct state *world_state(struct world *world, enum event_type type);
/* All payload fields equal, lists and texts by content. The first difference is printed. */
bool events_equal(const struct event *a, const struct event *b);
bool states_equal(const struct state *a, const struct state *b);
const char *error_name(enum error_code code);

/* ---- a small game to test in ---- */
#define NOW_MS INT64_C(1767225600000)
#define PLAYER_TEXT "0198c0de-0000-7000-8000-000000000001"
struct uuid the_player(void);
/* Catalogue: common c1 c2 c3, rare r1 r2, epic e1, legendary l1; items ticket, shard; start: 1000 free, 2
 * tickets. */
void given_catalogue(struct world *world);
/* The catalogue, and the player enrolled as "Ada" with its starting balance. */
void given_player(struct world *world);
/* The table most tests use: price 100, ten 900, rarities 80/15/4/1, hard pity 5 for epic, group "standard",
 * item ticket. Lists are static; change the copy as you like. */
struct command_publish_pack standard_pack(void);
/* All of the above: player and the standard pack on sale. */
void given_game(struct world *world);
void given_published(struct world *world, const struct command_publish_pack *pack);
void given_granted(struct world *world, enum grant_kind kind, const char *item, uint64_t amount);
struct event pulled(struct world *world, const char *const *characters, uint32_t count);
struct slug_list slugs(struct world *world, const char *const *texts, uint32_t count);

#endif
