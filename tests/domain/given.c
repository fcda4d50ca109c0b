/* given: the helpers behind given/when/then, and the small game the tables play in.
 *
 * Comparing and routing go by the schema's tables, so a new command or event needs nothing here. The server
 * seeds of the world's player are sha256("seed n"): any fixed function does. */
#include "given.h"
#include "base/check.h"
#include "gen/c/schema.h"
#include <stdio.h>
#include <string.h>

static void keep(struct world *world, const struct event *event);
static bool struct_equal(const struct type_desc *type, const void *a, const void *b);
static bool value_equal(enum field_kind kind, const struct type_desc *type, const void *a, const void *b);
static size_t size_of(enum field_kind kind, const struct type_desc *type);

void world_init(struct world *world)
{
    memset(world, 0, sizeof *world);
    arena_init(&world->arena, 4096, 256u << 20);
    state_init(&world->player, STREAM_PLAYER, &world->arena);
    state_init(&world->pack, STREAM_PACK, &world->arena);
    state_init(&world->stock, STREAM_STOCK, &world->arena);
    state_init(&world->registration, STREAM_REGISTRATION, &world->arena);
    state_init(&world->catalogue, STREAM_CATALOGUE, &world->arena);
    world->context.now_ms = NOW_MS;
    world->context.actor = the_player();
    world->context.roles = ROLE_PLAYER;
}

void world_release(struct world *world)
{
    arena_release(&world->arena);
}

struct hash world_seed(uint32_t number)
{
    char text[32];
    snprintf(text, sizeof text, "seed %u", number);
    return sha256(slice_text(text));
}

struct hash world_seed_hash(uint32_t number)
{
    struct hash seed = world_seed(number);
    return sha256(slice_of(seed.bytes, sizeof seed.bytes));
}

/* ---- given, when, then ---- */

void given_events(struct world *world, const struct event *events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        keep(world, &events[i]);
}

void when_command(struct world *world, const struct command *command)
{
    const struct command_desc *desc = schema_command(command->type);
    struct state *by_kind[] = {[STREAM_PLAYER] = &world->player,
                               [STREAM_PACK] = &world->pack,
                               [STREAM_STOCK] = &world->stock,
                               [STREAM_REGISTRATION] = &world->registration,
                               [STREAM_CATALOGUE] = &world->catalogue};
    struct state *states[COMMAND_STREAMS_MAX];
    for (uint8_t i = 0; i < desc->stream_count; i++)
        states[i] = by_kind[desc->streams[i].kind];
    for (uint32_t i = 0; i < 3 && !world->foreign_seeds; i++)
        world->context.seeds[i] = world_seed(player_seed_number(&world->player) + i);
    memset(world->decision.events, 0xa5, sizeof world->decision.events); /* nobody promised zeros */
    world->decision.rejection = ERROR_NONE;
    world->decision.detail = NULL;
    world->decision.failure = ERR_OK;
    world->decision.count = 0;
    struct decide_input input = {.context = &world->context, .states = states, .arena = &world->arena};
    decide(&input, command, &world->decision);
    for (uint32_t i = 0; i < world->decision.count; i++) { /* every event is on a stream of its kind */
        const struct decided_event *decided = &world->decision.events[i];
        check(decided->stream >= 0 && decided->stream < desc->stream_count);
        check(desc->streams[decided->stream].kind == schema_event((int)decided->event.type)->stream);
    }
}

void then_events(struct world *world, const struct event *events, size_t count)
{
    then_accepted(world);
    if (world->decision.count != count)
        fail_msg("%s: %u events, not %zu", world->label, world->decision.count, count);
    for (size_t i = 0; i < count; i++)
        if (!events_equal(&world->decision.events[i].event, &events[i]))
            fail_msg("%s: event %zu differs", world->label, i);
}

const struct event *then_accepted(struct world *world)
{
    const struct decision *decision = &world->decision;
    if (decision->failure != ERR_OK)
        fail_msg("%s: failed with %s", world->label, err_name(decision->failure));
    if (decision->rejection != ERROR_NONE)
        fail_msg("%s: rejected with %s (%s)", world->label, error_name(decision->rejection),
                 decision->detail == NULL ? "" : decision->detail);
    check(decision->count >= 1);
    uint32_t first = world->history_count;
    for (uint32_t i = 0; i < decision->count; i++)
        keep(world, &decision->events[i].event);
    return &world->history[first];
}

void then_rejected(struct world *world, enum error_code code)
{
    const struct decision *decision = &world->decision;
    if (decision->failure != ERR_OK || decision->rejection != code || decision->count != 0)
        fail_msg("%s: %s (%s) with %u events, not %s", world->label, error_name(decision->rejection),
                 decision->detail == NULL ? "" : decision->detail, decision->count, error_name(code));
}

void then_failed(struct world *world, enum err err)
{
    const struct decision *decision = &world->decision;
    if (decision->failure != err || decision->rejection != ERROR_NONE || decision->count != 0)
        fail_msg("%s: not a failure with %s", world->label, err_name(err));
}

static void keep(struct world *world, const struct event *event)
{
    struct state *state = world_state(world, event->type);
    if (state_evolve(state, event) != ERR_OK)
        fail_msg("%s: evolve fails on %s", world->label, schema_event((int)event->type)->name);
    state->version++;
    if (world->history_count == world->history_capacity) {
        uint32_t capacity = world->history_capacity == 0 ? 16 : world->history_capacity * 2;
        struct event *history = arena_array(&world->arena, capacity, sizeof *history);
        check(history != NULL);
        if (world->history_count > 0)
            memcpy(history, world->history, world->history_count * sizeof *history);
        world->history = history;
        world->history_capacity = capacity;
    }
    world->history[world->history_count++] = *event;
}

struct state *world_state(struct world *world, enum event_type type)
{
    switch ((enum stream_kind)schema_event((int)type)->stream) {
    case STREAM_PLAYER:
        return &world->player;
    case STREAM_PACK:
        return &world->pack;
    case STREAM_STOCK:
        return &world->stock;
    case STREAM_CATALOGUE:
        return &world->catalogue;
    case STREAM_REGISTRATION:
        return &world->registration;
    }
    check(!"a stream kind outside the schema");
}

/* ---- comparing ---- */

bool events_equal(const struct event *a, const struct event *b)
{
    if (a->type != b->type) {
        print_error("%s, not %s\n", schema_event((int)a->type)->name, schema_event((int)b->type)->name);
        return false;
    }
    return struct_equal(schema_event((int)a->type)->payload, &a->player_registered, &b->player_registered);
}

static bool struct_equal(const struct type_desc *type, const void *a, const void *b)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        const void *in_a = (const char *)a + field->offset, *in_b = (const char *)b + field->offset;
        bool equal;
        if (field->kind == FIELD_LIST) {
            const struct list_value *list_a = in_a, *list_b = in_b;
            size_t size = size_of(field->of, field->type);
            equal = list_a->count == list_b->count;
            for (uint32_t j = 0; equal && j < list_a->count; j++)
                equal = value_equal(field->of, field->type, (const char *)list_a->items + j * size,
                                    (const char *)list_b->items + j * size);
        } else {
            equal = value_equal(field->kind, field->type, in_a, in_b);
        }
        if (!equal) {
            print_error("%s.%s differs\n", type->name, field->name);
            return false;
        }
    }
    return true;
}

static bool value_equal(enum field_kind kind, const struct type_desc *type, const void *a, const void *b)
{
    if (kind == FIELD_STRUCT)
        return struct_equal(type, a, b);
    if (kind == FIELD_TEXT || kind == FIELD_BYTES || kind == FIELD_RAW)
        return slice_equal(*(const struct slice *)a, *(const struct slice *)b);
    return memcmp(a, b, size_of(kind, type)) == 0;
}

static size_t size_of(enum field_kind kind, const struct type_desc *type)
{
    switch (kind) {
    case FIELD_BOOL:
        return sizeof(bool);
    case FIELD_U8:
        return 1;
    case FIELD_U16:
        return 2;
    case FIELD_U32:
        return 4;
    case FIELD_U64:
    case FIELD_I64:
    case FIELD_TIME:
        return 8;
    case FIELD_ENUM:
        return sizeof(enum rarity);
    case FIELD_UUID:
        return sizeof(struct uuid);
    case FIELD_HASH:
        return sizeof(struct hash);
    case FIELD_SLUG:
        return sizeof(struct slug);
    case FIELD_TEXT:
    case FIELD_BYTES:
    case FIELD_RAW:
        return sizeof(struct slice);
    case FIELD_LIST:
        return sizeof(struct list_value);
    case FIELD_STRUCT:
        return type->size;
    }
    check(!"a field kind outside the table");
}

static bool sorted_equal(const struct sorted *a, const struct sorted *b, size_t size)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->items, b->items, a->count * size) == 0);
}

static bool players_equal(const struct player_state *a, const struct player_state *b)
{
    return a->situation == b->situation && uuid_equal(a->id, b->id) &&
           memcmp(&a->display_name, &b->display_name, sizeof a->display_name) == 0 &&
           a->registered_at == b->registered_at && a->free == b->free && a->paid == b->paid &&
           a->seed_number == b->seed_number &&
           memcmp(&a->seed_hash, &b->seed_hash, sizeof a->seed_hash) == 0 &&
           memcmp(&a->next_seed_hash, &b->next_seed_hash, sizeof a->next_seed_hash) == 0 &&
           memcmp(&a->client_seed, &b->client_seed, sizeof a->client_seed) == 0 &&
           a->next_nonce == b->next_nonce && a->openings == b->openings && a->next_team == b->next_team &&
           sorted_equal(&a->characters, &b->characters, sizeof(struct owned_character)) &&
           sorted_equal(&a->items, &b->items, sizeof(struct owned_item)) &&
           sorted_equal(&a->pities, &b->pities, sizeof(struct pity_counter)) &&
           sorted_equal(&a->teams, &b->teams, sizeof(struct team));
}

bool states_equal(const struct state *a, const struct state *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case STREAM_PLAYER:
        return players_equal(&a->player, &b->player);
    case STREAM_PACK:
        return a->pack.situation == b->pack.situation &&
               memcmp(&a->pack.name, &b->pack.name, sizeof a->pack.name) == 0 &&
               struct_equal(&type_event_pack_published, &a->pack.table, &b->pack.table);
    case STREAM_STOCK:
        return a->stock.situation == b->stock.situation && a->stock.remaining == b->stock.remaining;
    case STREAM_CATALOGUE:
        return sorted_equal(&a->catalogue.characters, &b->catalogue.characters,
                            sizeof(struct catalogue_character)) &&
               sorted_equal(&a->catalogue.items, &b->catalogue.items, sizeof(struct catalogue_item)) &&
               a->catalogue.free == b->catalogue.free && slug_equal(a->catalogue.item, b->catalogue.item) &&
               a->catalogue.item_count == b->catalogue.item_count;
    case STREAM_REGISTRATION:
        return a->registration.situation == b->registration.situation &&
               uuid_equal(a->registration.guest, b->registration.guest);
    }
    check(!"a stream kind outside the schema");
}

const char *error_name(enum error_code code)
{
    const struct error_desc *error = schema_error((int)code);
    return error == NULL ? "no error" : error->name;
}

/* ---- a small game to test in ---- */

struct uuid the_player(void)
{
    struct uuid player;
    check(uuid_parse(slice_text(PLAYER_TEXT), &player));
    return player;
}

void given_catalogue(struct world *world)
{
    static const struct {
        const char *character;
        enum rarity rarity;
    } characters[] = {{"c1", RARITY_COMMON},   {"c2", RARITY_COMMON}, {"c3", RARITY_COMMON},
                      {"r1", RARITY_RARE},     {"r2", RARITY_RARE},   {"e1", RARITY_EPIC},
                      {"l1", RARITY_LEGENDARY}};
    for (size_t i = 0; i < sizeof characters / sizeof *characters; i++)
        given(world, {.type = EVENT_CHARACTER_PUBLISHED,
                      .character_published = {.character = slug_of(characters[i].character),
                                              .name = slice_text(characters[i].character),
                                              .rarity = characters[i].rarity}});
    given(world, {.type = EVENT_ITEM_PUBLISHED, .item_published = {.item = slug_of("ticket")}},
          {.type = EVENT_ITEM_PUBLISHED, .item_published = {.item = slug_of("shard")}},
          {.type = EVENT_STARTING_BALANCE_SET,
           .starting_balance_set = {.free = 1000, .item = slug_of("ticket"), .item_count = 2}});
}

void given_player(struct world *world)
{
    given_catalogue(world);
    when(
        world, .type = COMMAND_ENROL_PLAYER,
        .enrol_player = {.player = the_player(), .display_name = slice_text("Ada"), .door = DOOR_REGISTERED});
    then_accepted(world);
}

struct command_publish_pack standard_pack(void)
{
    static struct rarity_weight rarities[] = {
        {RARITY_COMMON, 80}, {RARITY_RARE, 15}, {RARITY_EPIC, 4}, {RARITY_LEGENDARY, 1}};
    static struct pack_entry entries[7];
    static const char *const characters[] = {"c1", "c2", "c3", "e1", "l1", "r1", "r2"};
    static const enum rarity of[] = {RARITY_COMMON,    RARITY_COMMON, RARITY_COMMON, RARITY_EPIC,
                                     RARITY_LEGENDARY, RARITY_RARE,   RARITY_RARE};
    static const uint32_t weights[] = {3, 2, 1, 1, 1, 2, 1};
    for (size_t i = 0; i < 7; i++)
        entries[i] = (struct pack_entry){slug_of(characters[i]), of[i], weights[i]};
    return (struct command_publish_pack){
        .pack = slug_of("standard"),
        .name = slice_text("Standard"),
        .price = 100,
        .ten_price = 900,
        .rarities = {rarities, 4},
        .entries = {entries, 7},
        .pity_group = slug_of("standard"),
        .hard_pity = 5,
        .pity_rarity = RARITY_EPIC,
        .item = slug_of("ticket"),
    };
}

void given_published(struct world *world, const struct command_publish_pack *pack)
{
    when(world, .type = COMMAND_PUBLISH_PACK, .publish_pack = *pack);
    then_accepted(world);
}

void given_game(struct world *world)
{
    struct command_publish_pack pack = standard_pack();
    given_player(world);
    given_published(world, &pack);
}

void given_granted(struct world *world, enum grant_kind kind, const char *item, uint64_t amount)
{
    when(world, .type = COMMAND_GRANT,
         .grant = {.player = the_player(),
                   .external_id = slice_text("gift"),
                   .kind = kind,
                   .item = slug_of(item),
                   .amount = amount});
    then_accepted(world);
}

struct event pulled(struct world *world, const char *const *characters, uint32_t count)
{
    const struct player_state *player = &world->player.player;
    struct pull *pulls = arena_array(&world->arena, count, sizeof *pulls);
    for (uint32_t i = 0; i < count; i++) {
        struct slug character = slug_of(characters[i]);
        const struct catalogue_character *known = catalogue_character(&world->catalogue.catalogue, character);
        check(known != NULL);
        pulls[i] = (struct pull){character, known->rarity, player_copies(player, character) + 1};
    }
    return (struct event){.type = EVENT_PACK_OPENED,
                          .pack_opened = {.player = the_player(),
                                          .opening = player->openings + 1,
                                          .pack = slug_of("standard"),
                                          .pack_version = 1,
                                          .payment = PAYMENT_CURRENCY,
                                          .free = player->free,
                                          .paid = player->paid,
                                          .seed_number = player->seed_number,
                                          .first_nonce = player->next_nonce,
                                          .pulls = {pulls, count},
                                          .pity_group = slug_of("standard"),
                                          .pity = player_pity(player, slug_of("standard")),
                                          .opened_at = NOW_MS}};
}

struct slug_list slugs(struct world *world, const char *const *texts, uint32_t count)
{
    struct slug_list list = {arena_array(&world->arena, count, sizeof(struct slug)), count};
    for (uint32_t i = 0; i < count; i++)
        list.items[i] = slug_of(texts[i]);
    return list;
}
