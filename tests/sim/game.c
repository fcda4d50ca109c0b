/* game: six characters, two packs, three players with too little currency, so that every rejection happens.
 */
#include "game.h"
#include "database.h"
#include "domain/state.h"
#include "oracle.h"
#include <stdarg.h>
#include <stdio.h>

static const char *const characters[] = {"ash", "bel", "cyd", "dov", "eri", "fen"};
static const enum rarity rarities[] = {RARITY_COMMON, RARITY_COMMON, RARITY_COMMON,
                                       RARITY_COMMON, RARITY_RARE,   RARITY_EPIC};
#define CHARACTERS 6

struct uuid game_id(uint32_t group, uint32_t number)
{
    uint8_t random[10] = {0};
    random[6] = (uint8_t)group;
    random[8] = (uint8_t)(number >> 8);
    random[9] = (uint8_t)number;
    return uuid_v7(1767225600000u + number, random);
}

struct uuid game_player(uint32_t number)
{
    return game_id(0xa0 + number, number);
}

struct uuid game_operator(void)
{
    return game_id(0xb0, 0);
}

struct uuid game_service(void)
{
    return game_id(0xc0, 0);
}

static struct slice text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static struct slice text(const char *format, ...)
{
    char bytes[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(bytes, sizeof bytes, format, arguments);
    va_end(arguments);
    return keep_slice(slice_text(bytes));
}

struct command game_publish(const char *pack, bool limited, uint64_t stock, uint64_t price)
{
    static struct rarity_weight weights[] = {{RARITY_COMMON, 80}, {RARITY_RARE, 15}, {RARITY_EPIC, 5}};
    static struct pack_entry entries[CHARACTERS];
    for (int i = 0; i < CHARACTERS; i++)
        entries[i] = (struct pack_entry){slug_of(characters[i]), rarities[i], (uint32_t)i + 1};
    return (struct command){.type = COMMAND_PUBLISH_PACK,
                            .publish_pack = {.pack = slug_of(pack),
                                             .name = slice_text("A pack"),
                                             .price = price,
                                             .ten_price = price * 9,
                                             .rarities = {weights, 3},
                                             .entries = {entries, CHARACTERS},
                                             .pity_group = slug_of("all"),
                                             .hard_pity = 7,
                                             .pity_rarity = RARITY_EPIC,
                                             .item = slug_of("ticket"),
                                             .limited = limited,
                                             .stock = limited ? stock : 0}};
}

void game_preload(void)
{
    struct command command = {.type = COMMAND_PUBLISH_ITEM,
                              .publish_item = {.item = slug_of("ticket"), .name = slice_text("Ticket")}};
    store_preload(&command, game_operator());
    for (int i = 0; i < CHARACTERS; i++) {
        command = (struct command){.type = COMMAND_PUBLISH_CHARACTER,
                                   .publish_character = {.character = slug_of(characters[i]),
                                                         .name = slice_text(characters[i]),
                                                         .rarity = rarities[i]}};
        store_preload(&command, game_operator());
    }
    command =
        (struct command){.type = COMMAND_SET_STARTING_BALANCE,
                         .set_starting_balance = {.free = 500, .item = slug_of("ticket"), .item_count = 2}};
    store_preload(&command, game_operator());
    command = game_publish("std", false, 0, 20);
    store_preload(&command, game_operator());
    command = game_publish("few", true, 10, 10);
    store_preload(&command, game_operator());
}

/* ---- commands ---- */

struct command game_open(const char *pack, uint8_t count)
{
    return (struct command){
        .type = COMMAND_OPEN_PACK,
        .open_pack = {.pack = slug_of(pack), .count = count, .payment = PAYMENT_CURRENCY}};
}

struct command game_rename(const char *name)
{
    return (struct command){.type = COMMAND_RENAME_PLAYER,
                            .rename_player = {.display_name = slice_text(name)}};
}

struct command game_grant(struct uuid player, const char *external_id, uint64_t amount)
{
    return (struct command){.type = COMMAND_GRANT,
                            .grant = {.player = player,
                                      .external_id = slice_text(external_id),
                                      .kind = GRANT_KIND_FREE_CURRENCY,
                                      .amount = amount}};
}

struct command game_retire(const char *pack)
{
    return (struct command){.type = COMMAND_RETIRE_PACK, .retire_pack = {.pack = slug_of(pack)}};
}

/* Characters the player owns as committed, and one that it may not. */
static struct slug_list members(struct uuid player)
{
    const struct state *state = oracle_state((struct stream_ref){.kind = STREAM_PLAYER, .uuid = player});
    struct slug *items = keep("", 0);
    items = arena_array(&world.arena, 4, sizeof *items);
    uint32_t count = 0, from = random_below(CHARACTERS);
    bool strictly = chance(80);
    for (uint32_t i = 0; i < CHARACTERS && count < 4; i++) {
        struct slug character = slug_of(characters[(from + i) % CHARACTERS]);
        if (!strictly || (state != NULL && player_copies(&state->player, character) > 0))
            items[count++] = character;
    }
    return (struct slug_list){items, count};
}

struct command game_player_command(struct uuid player)
{
    struct command command;
    switch (random_below(12)) {
    case 0:
        return (struct command){.type = COMMAND_RENAME_PLAYER,
                                .rename_player = {.display_name = text("Name %u", random_below(100))}};
    case 1:
        return (struct command){.type = COMMAND_ROTATE_SEED,
                                .rotate_seed = {.client_seed = text("seed-%u", random_below(100))}};
    case 2:
    case 3:
        return (struct command){
            .type = COMMAND_FORM_TEAM,
            .form_team = {.name = text("Team %u", random_below(100)), .members = members(player)}};
    case 4:
        return (struct command){.type = COMMAND_CHANGE_TEAM,
                                .change_team = {.team = 1 + random_below(3),
                                                .name = text("Team %u", random_below(100)),
                                                .members = members(player)}};
    case 5:
        return (struct command){.type = COMMAND_DISBAND_TEAM, .disband_team = {.team = 1 + random_below(3)}};
    default:
        command = game_open(chance(50)   ? "few"
                            : chance(95) ? "std"
                                         : "none",
                            chance(80)   ? 1
                            : chance(80) ? 10
                                         : 3);
        command.open_pack.payment = chance(80) ? PAYMENT_CURRENCY : PAYMENT_ITEM;
        return command;
    }
}

struct command game_operator_command(void)
{
    const char *pack = chance(50) ? "few" : "std";
    switch (random_below(6)) {
    case 0:
    case 1:
        return game_retire(pack);
    case 2:
    case 3:
        return game_publish(pack, pack[0] == 'f', 1 + random_below(12), 5 + random_below(30));
    case 4:
        return (struct command){.type = COMMAND_SET_STARTING_BALANCE,
                                .set_starting_balance = {.free = random_below(900),
                                                         .item = slug_of("ticket"),
                                                         .item_count = random_below(4)}};
    default:
        return game_service_command();
    }
}

/* Few external ids, so that they meet again with the same and with other content. */
struct command game_service_command(void)
{
    struct command command = game_grant(game_player(random_below(PLAYERS)), "", 50 + random_below(4));
    command.grant.external_id = text("order-%u", random_below(24));
    if (chance(30)) {
        command.grant.kind = GRANT_KIND_ITEM;
        command.grant.item = slug_of(chance(90) ? "ticket" : "nothing");
        command.grant.amount = 1 + random_below(2);
    }
    return command;
}
