/* games: random commands from a printed seed, for tests that play long games in a world of given.h. */
#ifndef TESTS_DOMAIN_GAMES_H
#define TESTS_DOMAIN_GAMES_H

#include "given.h"

/* From GACHAPON_TEST_SEED, or the clock; printed. */
void seed_random(void);
/* A number below `n`. */
uint32_t below(uint32_t n);
/* Any command of the game, good or bad; lists in the world's arena. */
struct command random_command(struct world *world);

#endif
