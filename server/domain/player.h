/* player: everything one player owns and chose; the state of one player's stream.
 *
 * Its file is in four parts: player.c (state, wallet, seeds), player_account.c (deactivated, back, erased),
 * player_team.c (teams), player_open.c (opening packs). */
#ifndef DOMAIN_PLAYER_H
#define DOMAIN_PLAYER_H

#include "base/arena.h"
#include "base/err.h"
#include "domain/sorted.h"
#include "domain/text.h"
#include "gen/c/types.h"

#define TEAM_MEMBERS 4
#define TEAMS_MAX 20

struct decide_input;
struct decision;
struct state;

enum player_situation {
    PLAYER_NONE, /* not in the game */
    PLAYER_ACTIVE,
    PLAYER_DEACTIVATED, /* Keycloak has no such user any more; comes back if the user does */
    PLAYER_ERASED,      /* for good: no personal text is left */
    PLAYER_REFUSED,     /* never was one and never will be: the user's registration was undone */
};

struct owned_character {
    struct slug character;
    enum rarity rarity;
    uint32_t copies; /* 1 or more */
};

struct owned_item {
    struct slug item;
    uint32_t count; /* 0 once the last was used */
};

struct pity_counter {
    struct slug group;
    uint32_t draws; /* since the last that kept the promise */
};

struct team {
    uint32_t number; /* from 1, never reused */
    struct short_text name;
    struct slug members[TEAM_MEMBERS];
};

struct player_state {
    enum player_situation situation; /* NONE: all the rest is zero */
    struct uuid id;
    struct short_text display_name;
    int64_t registered_at; /* unix milliseconds */
    uint64_t free, paid;   /* currency, each up to AMOUNT_MAX */
    uint32_t seed_number;  /* of the server seed in use, from 1 */
    struct hash seed_hash, next_seed_hash;
    struct short_text client_seed;
    uint64_t next_nonce;      /* draws made with the seed in use */
    uint32_t openings;        /* so far */
    uint32_t next_team;       /* number of the next team */
    struct sorted characters; /* of struct owned_character */
    struct sorted items;      /* of struct owned_item */
    struct sorted pities;     /* of struct pity_counter */
    struct sorted teams; /* of struct team; by number, which is the order they were formed in: no slug key */
};

MUST_CHECK enum err player_evolve(struct player_state *player, struct arena *arena,
                                  const struct event *event);

/* The number n for which a decision needs the server seeds n, n+1 and n+2: 1 for a player who does not exist.
 */
uint32_t player_seed_number(const struct state *state);

/* ---- queries ---- */
uint32_t player_copies(const struct player_state *player, struct slug character);
uint32_t player_item_count(const struct player_state *player, struct slug item);
uint32_t player_pity(const struct player_state *player, struct slug group);
const struct team *player_team(const struct player_state *player,
                               uint32_t number); /* NULL when there is none */

/* ---- shared by the player's files ---- */
/* The player of the command's stream number 0; when not active, rejects and returns NULL. */
const struct player_state *player_active(const struct decide_input *input, struct decision *decision);
/* Whether `seed` is the one `hash` committed to; when not, the decision fails (another master key). */
bool player_seed_matches(const struct hash *seed, const struct hash *hash, struct decision *decision);
/* Adds player_registered on the command's stream number 0, with the catalogue of number 1, or rejects the
 * name; the player is NONE. */
void player_register(const struct decide_input *input, struct uuid id, struct slice display_name,
                     enum door door, struct decision *decision);
/* The part of player_evolve for teams (player_team.c). */
MUST_CHECK enum err player_keep_team(struct player_state *player, struct arena *arena, uint32_t number,
                                     struct slice name, struct slug_list members);
void player_drop_team(struct player_state *player, uint32_t number);
/* The part of player_evolve for player_erased (player_account.c). */
void player_forget(struct player_state *player);

#endif
