/* test_fold: what decide tells, evolve folds - to the same state every time, whatever comes.
 *
 * Random games from a printed seed (GACHAPON_TEST_SEED sets it) are played against a naive model, then their
 * events are folded anew into fresh states, which must be equal. Then the edges: events no decision of today
 * would make, and no memory at every place that asks for some. */
#include "games.h"
#include "given.h"
#include "base/check.h"
#include "gen/c/schema.h"
#include <stdio.h>
#include <string.h>

/* What the player has, counted in the plainest way. */
struct model {
    uint64_t currency, draws, stock;
    uint64_t tickets;
    bool limited;
};

static void model_apply(struct model *model, const struct event *event)
{
    switch (event->type) {
    case EVENT_PLAYER_REGISTERED:
        model->currency = event->player_registered.free;
        model->tickets = event->player_registered.item_count;
        break;
    case EVENT_PACK_OPENED:
        model->currency -= event->pack_opened.cost_free + event->pack_opened.cost_paid;
        model->draws += event->pack_opened.pulls.count;
        if (slug_equal(event->pack_opened.item, slug_of("ticket")))
            model->tickets -= event->pack_opened.pulls.count;
        break;
    case EVENT_GRANTED:
        if (event->granted.kind != GRANT_KIND_ITEM)
            model->currency += event->granted.amount;
        else if (slug_equal(event->granted.item, slug_of("ticket")))
            model->tickets += event->granted.amount;
        break;
    case EVENT_STOCK_SET:
        model->limited = event->stock_set.limited;
        model->stock = event->stock_set.remaining;
        break;
    case EVENT_STOCK_TAKEN:
        model->stock -= event->stock_taken.taken;
        break;
    default:
        break;
    }
}

static void model_agrees(const struct model *model, const struct world *world)
{
    const struct player_state *player = &world->player.player;
    const struct owned_character *owned = player->characters.items;
    uint64_t copies = 0;
    for (uint32_t i = 0; i < player->characters.count; i++)
        copies += owned[i].copies;
    assert_int_equal(copies, model->draws);
    assert_int_equal(player->free + player->paid, model->currency);
    assert_int_equal(player_item_count(player, slug_of("ticket")), model->tickets);
    assert_int_equal(stock_remaining(&world->stock.stock), model->limited ? model->stock : UINT64_MAX);
    assert_true(player->teams.count <= TEAMS_MAX);
}

static void test_random_games(void **unused)
{
    (void)unused;
    seed_random();
    for (int game = 0; game < 40; game++) {
        struct world world, again;
        struct model model = {0};
        uint32_t accepted = 0;
        world_init(&world);
        world_init(&again);
        given_catalogue(&world);
        for (int step = 0; step < 500; step++) {
            struct command command = random_command(&world);
            world.label = schema_command((int)command.type)->name;
            world.context.now_ms++;
            when_command(&world, &command);
            assert_int_equal(world.decision.failure, ERR_OK);
            if (world.decision.rejection != ERROR_NONE)
                continue;
            then_accepted(&world);
            for (uint32_t i = 0; i < world.decision.count; i++)
                model_apply(&model, &world.decision.events[i].event);
            model_agrees(&model, &world);
            accepted++;
        }
        assert_true(accepted > 50);
        given_events(&again, world.history, world.history_count);
        assert_true(states_equal(&world.player, &again.player));
        assert_true(states_equal(&world.pack, &again.pack));
        assert_true(states_equal(&world.stock, &again.stock));
        assert_true(states_equal(&world.catalogue, &again.catalogue));
        world_release(&world);
        world_release(&again);
    }
}

static size_t item_size(const struct field_desc *field)
{
    switch (field->of) {
    case FIELD_STRUCT:
        return field->type->size;
    case FIELD_SLUG:
        return sizeof(struct slug);
    default:
        check(!"no event has a list of these yet");
    }
}

/* A copy of the event with texts and lists of its own. */
static struct event copied(struct arena *arena, const struct event *event)
{
    const struct type_desc *type = schema_event((int)event->type)->payload;
    struct event copy = *event;
    for (uint16_t i = 0; i < type->field_count; i++) {
        void *field = (char *)&copy.player_registered + type->fields[i].offset;
        if (type->fields[i].kind == FIELD_TEXT) {
            *(struct slice *)field = slice_copy(arena, *(struct slice *)field);
        } else if (type->fields[i].kind == FIELD_LIST) {
            struct list_value *list = field;
            size_t size = list->count * item_size(&type->fields[i]);
            list->items = list->count == 0 ? NULL : memcpy(arena_alloc(arena, size), list->items, size);
        }
    }
    return copy;
}

/* Each event is gone as soon as it was folded (the sanitizer sees who still reads it): a state owns what it
 * keeps. */
static void test_states_own_what_they_keep(void **unused)
{
    (void)unused;
    struct world world, again;
    struct arena scratch;
    world_init(&world);
    world_init(&again);
    arena_init(&scratch, 64, 1u << 20);
    given_game(&world);
    static const char *const four[] = {"c1", "c2", "c3", "r1"};
    struct command_publish_pack smaller = standard_pack();
    smaller.rarities.count = 1;
    smaller.entries.count = 2;
    smaller.hard_pity = 0;
    given_published(&world, &smaller); /* with dropped characters */
    given(&world, pulled(&world, four, 4));
    when(&world, .type = COMMAND_FORM_TEAM, .form_team = {slice_text("T"), slugs(&world, four, 4)});
    then_accepted(&world);
    when(&world, .type = COMMAND_ROTATE_SEED, .rotate_seed = {slice_text("dice")});
    then_accepted(&world);
    for (uint32_t i = 0; i < world.history_count; i++) {
        struct event event = copied(&scratch, &world.history[i]);
        assert_int_equal(state_evolve(world_state(&again, event.type), &event), ERR_OK);
        memset(&event, 0xa5, sizeof event);
        arena_release(&scratch);
    }
    assert_true(states_equal(&world.player, &again.player));
    assert_true(states_equal(&world.pack, &again.pack));
    assert_true(states_equal(&world.stock, &again.stock));
    assert_true(states_equal(&world.catalogue, &again.catalogue));
    assert_null(again.pack.pack.table.name.data);
    assert_int_equal(again.pack.pack.table.dropped.count, 0);
    arena_release(&scratch);
    world_release(&world);
    world_release(&again);
}

/* A decision repeated on the same states is the same decision, and leaves the states alone. */
static void test_decisions_are_pure(void **unused)
{
    (void)unused;
    struct world world;
    world_init(&world);
    given_game(&world);
    struct state player = world.player;
    struct event before = {0};
    for (int i = 0; i < 3; i++) {
        when(&world, .type = COMMAND_OPEN_PACK, .open_pack = {slug_of("standard"), 10, PAYMENT_CURRENCY});
        assert_int_equal(world.decision.count, 1);
        if (i > 0)
            assert_true(events_equal(&before, &world.decision.events[0].event));
        before = world.decision.events[0].event;
        assert_memory_equal(&player, &world.player, sizeof player);
    }
    world_release(&world);
}

/* Events that decisions of today would not make, in orders that they would not come in: stored is stored. */
static void test_strange_events(void **unused)
{
    (void)unused;
    struct slug many[16];
    struct pull pulls[40];
    struct world world;
    world_init(&world);
    for (uint32_t i = 0; i < 16; i++)
        many[i] = slug_of("c1");
    for (uint32_t i = 0; i < 40; i++)
        pulls[i] = (struct pull){slug_of(i % 2 == 0 ? "gone" : "c1"), (enum rarity)99, UINT32_MAX};
    given(&world,
          {.type = EVENT_TEAM_CHANGED,
           .team_changed = {.team = 4, .name = slice_text("erased"), .members = {many, 4}}},
          {.type = EVENT_TEAM_FORMED, .team_formed = {.team = 4, .name = {0}, .members = {many, 16}}},
          {.type = EVENT_TEAM_FORMED, .team_formed = {.team = UINT32_MAX, .members = {NULL, 0}}},
          {.type = EVENT_TEAM_DISBANDED, .team_disbanded = {.team = 77}},
          {.type = EVENT_PLAYER_RENAMED, .player_renamed = {.display_name = {0}}},
          {.type = EVENT_PACK_OPENED,
           .pack_opened =
               {.opening = UINT32_MAX, .free = UINT64_MAX, .pity = UINT32_MAX, .pulls = {pulls, 40}}},
          {.type = EVENT_PACK_OPENED, .pack_opened = {.pulls = {NULL, 0}}},
          {.type = EVENT_GRANTED,
           .granted = {.item = slug_of("gone"), .free = UINT64_MAX, .item_count = UINT32_MAX}},
          {.type = EVENT_SEED_ROTATED, .seed_rotated = {.client_seed = {0}}},
          {.type = EVENT_PLAYER_REGISTERED}, {.type = EVENT_PLAYER_REGISTERED}, {.type = EVENT_PACK_RETIRED},
          {.type = EVENT_PACK_PUBLISHED}, {.type = EVENT_PACK_RETIRED}, {.type = EVENT_PACK_PUBLISHED},
          {.type = EVENT_STOCK_TAKEN, .stock_taken = {.taken = 10, .remaining = UINT64_MAX}},
          {.type = EVENT_STOCK_SET}, {.type = EVENT_STOCK_TAKEN}, {.type = EVENT_CHARACTER_PUBLISHED},
          {.type = EVENT_ITEM_PUBLISHED}, {.type = EVENT_STARTING_BALANCE_SET});
    for (int i = 0; i < SCHEMA_EVENT_COUNT; i++) { /* and every type there is, with nothing in it */
        struct event empty = {.type = (enum event_type)schema_events[i].number};
        given_events(&world, &empty, 1);
    }
    world_release(&world);
}

/* Evolve with every bound on memory: it fails with ERR_NOMEM or works; so does decide. */
static void test_no_memory(void **unused)
{
    (void)unused;
    struct world world;
    world_init(&world);
    given_game(&world);
    const char *const four[] = {"c1", "c2", "c3", "r1"};
    given(&world, pulled(&world, four, 4));
    struct command commands[] = {
        {.type = COMMAND_OPEN_PACK, .open_pack = {slug_of("standard"), 10, PAYMENT_CURRENCY}},
        {.type = COMMAND_PUBLISH_PACK, .publish_pack = standard_pack()},
        {.type = COMMAND_RETIRE_PACK, .retire_pack = {slug_of("standard")}},
        {.type = COMMAND_FORM_TEAM, .form_team = {slice_text("T"), slugs(&world, four, 4)}},
        {.type = COMMAND_ENROL_PLAYER, .enrol_player = {the_player(), slice_text("Ada"), DOOR_ENROLLED}},
    };
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++) {
        bool failed = false, worked = false;
        if (commands[c].type == COMMAND_ENROL_PLAYER)
            world.player.player.situation = PLAYER_NONE;
        for (size_t bound = 1; bound < 4000; bound += 13) {
            struct arena whole = world.arena;
            arena_init(&world.arena, 1, bound);
            when_command(&world, &commands[c]);
            assert_true(world.decision.failure == ERR_OK || world.decision.failure == ERR_NOMEM);
            assert_int_equal(world.decision.rejection, ERROR_NONE);
            assert_true((world.decision.count == 0) == (world.decision.failure == ERR_NOMEM));
            failed = failed || world.decision.failure == ERR_NOMEM;
            worked = worked || world.decision.failure == ERR_OK;
            arena_release(&world.arena);
            world.arena = whole;
        }
        assert_true(worked);
        assert_int_equal(failed, commands[c].type != COMMAND_FORM_TEAM); /* it needs none */
    }
    bool failed = false, worked = false;
    for (size_t bound = 1; bound < 6000; bound += 7) {
        struct arena arena;
        struct state states[5] = {0};
        enum err err = ERR_OK;
        arena_init(&arena, 1, bound);
        for (int kind = STREAM_PLAYER; kind <= STREAM_CATALOGUE; kind++)
            state_init(&states[kind], (enum stream_kind)kind, &arena);
        for (uint32_t i = 0; i < world.history_count && err == ERR_OK; i++)
            err = state_evolve(&states[schema_event((int)world.history[i].type)->stream], &world.history[i]);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        failed = failed || err == ERR_NOMEM;
        worked = worked || err == ERR_OK;
        arena_release(&arena);
    }
    assert_true(failed && worked);
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_games),       cmocka_unit_test(test_states_own_what_they_keep),
        cmocka_unit_test(test_decisions_are_pure), cmocka_unit_test(test_strange_events),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
