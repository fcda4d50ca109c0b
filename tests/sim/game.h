/* game: a small game to simulate, and what its users feel like doing. */
#ifndef SIM_GAME_H
#define SIM_GAME_H

#include "world.h"

struct uuid game_id(uint32_t group, uint32_t number); /* a UUIDv7 that reads as such in a trace */
struct uuid game_player(uint32_t number);
struct uuid game_operator(void);
struct uuid game_service(void);
/* Puts catalogue and packs into the log: "std" for everybody, "few" with ten draws of stock. */
void game_preload(void);
/* A random command of a player, an operator or a service; what it refers to lives as long as the run. */
struct command game_player_command(struct uuid player);
struct command game_operator_command(void);
struct command game_service_command(void);

/* Commands that scripted tests say by name. */
struct command game_open(const char *pack, uint8_t count);
struct command game_rename(const char *name);
struct command game_grant(struct uuid player, const char *external_id, uint64_t amount);
struct command game_retire(const char *pack);
struct command game_publish(const char *pack, bool limited, uint64_t stock, uint64_t price);

#endif
