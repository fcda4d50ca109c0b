/* games: see games.h. Commands are mostly sensible and sometimes not, so that about half are accepted; names,
 * keys and amounts come from short lists, so that things collide. */
#include "games.h"
#include <stdlib.h>
#include <time.h>

static uint64_t random_state;

static uint64_t next_random(void) /* splitmix64 */
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint32_t below(uint32_t n)
{
    return (uint32_t)(next_random() % n);
}

void seed_random(void)
{
    const char *given_seed = getenv("GACHAPON_TEST_SEED");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    random_state = given_seed != NULL ? strtoull(given_seed, NULL, 10)
                                      : (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    print_message("GACHAPON_TEST_SEED=%llu\n", (unsigned long long)random_state);
}

static const char *const characters[] = {"c1", "c2", "c3", "r1", "r2", "e1", "l1", "nobody"};
static const char *const names[] = {"Ada", "Grace", " bad", "x", "\xe5\xb1\xb1\xe7\x94\xb0"};
static const char *const items[] = {"ticket", "shard", "sword", ""};

static struct slug_list random_team(struct world *world)
{
    const char *members[5];
    uint32_t count = 3 + below(3);
    for (uint32_t i = 0; i < count; i++)
        members[i] = characters[below(8)];
    return slugs(world, members, below(4) == 0 ? count : count > 4 ? 4 : count);
}

static struct command random_publish(void)
{
    struct command command = {.type = COMMAND_PUBLISH_PACK, .publish_pack = standard_pack()};
    struct command_publish_pack *pack = &command.publish_pack;
    pack->price = 1 + below(200);
    pack->hard_pity = below(12);
    pack->pity_rarity = (enum rarity)(1 + below(4));
    pack->limited = below(2) == 0;
    pack->stock = below(30);
    pack->item = slug_of(items[below(4)]);
    pack->pity_group = slug_of(below(2) == 0 ? "standard" : "event");
    if (below(3) == 0) {
        pack->rarities.count = 3; /* without legendaries */
        pack->entries.count = 4;
        pack->entries.items[4] = pack->entries.items[6];
    }
    return command;
}

struct command random_command(struct world *world)
{
    switch (below(12)) {
    case 0:
        if (below(2) == 0)
            return (struct command){.type = COMMAND_REACTIVATE_PLAYER, .reactivate_player = {the_player()}};
        return (struct command){.type = COMMAND_ENROL_PLAYER,
                                .enrol_player = {the_player(), slice_text(names[below(5)]), DOOR_ENROLLED}};
    case 1:
        return random_publish();
    case 2:
        return (struct command){.type = COMMAND_RENAME_PLAYER,
                                .rename_player = {slice_text(names[below(5)])}};
    case 3:
        return (struct command){.type = COMMAND_ROTATE_SEED,
                                .rotate_seed = {slice_text(below(3) == 0 ? "a:b" : "dice")}};
    case 4:
        return (struct command){.type = COMMAND_GRANT,
                                .grant = {.player = the_player(),
                                          .external_id = slice_text("x"),
                                          .kind = (enum grant_kind)(1 + below(3)),
                                          .item = slug_of(items[below(4)]),
                                          .amount = below(20) == 0 ? next_random() : below(1000)}};
    case 5:
        return (struct command){.type = COMMAND_FORM_TEAM,
                                .form_team = {slice_text(names[below(5)]), random_team(world)}};
    case 6:
        return (struct command){.type = COMMAND_CHANGE_TEAM,
                                .change_team = {below(30), slice_text(names[below(5)]), random_team(world)}};
    case 7:
        if (below(10) == 0)
            return (struct command){.type = COMMAND_DEACTIVATE_PLAYER,
                                    .deactivate_player = {.player = the_player()}};
        return (struct command){.type = COMMAND_DISBAND_TEAM, .disband_team = {below(30)}};
    case 8:
        if (below(5) == 0)
            return (struct command){.type = COMMAND_RETIRE_PACK, .retire_pack = {slug_of("standard")}};
        return (struct command){.type = COMMAND_PUBLISH_CHARACTER,
                                .publish_character = {.character = slug_of(characters[below(7)]),
                                                      .rarity = (enum rarity)(1 + below(4))}};
    default:
        return (struct command){
            .type = COMMAND_OPEN_PACK,
            .open_pack = {slug_of("standard"), below(2) == 0 ? 1 : 10, (enum payment)(1 + below(2))}};
    }
}
