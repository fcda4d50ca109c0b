/* test_snapshots: a state that was kept is the state it was.
 *
 * Random games (seed printed) are played on; every few commands all states go to bytes and back, and the game
 * goes on with what came back. At the end it must have come to what folding its events gives. Then the edges:
 * a key that was destroyed, bytes that are damaged, no memory, and the queue to the store. */
#include "games.h"
#include "given.h"
#include "base/check.h"
#include "request/snapshots.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t key_bytes[32] = {4, 2};

static struct slice the_key(void)
{
    return slice_of(key_bytes, sizeof key_bytes);
}

/* The state through bytes and back, in the world's arena. */
static struct state through_bytes(struct world *world, const struct state *state)
{
    struct state back;
    struct slice data = snapshot_encode(state, the_key(), &world->arena);
    assert_non_null(data.data);
    state_init(&back, state->kind, &world->arena);
    struct stored_snapshot stored = {.version = state->version, .data = data, .personal_key = the_key()};
    assert_true(snapshot_decode(&back, &stored));
    back.version = state->version;
    return back;
}

static void swap_state(struct world *world, struct state *state)
{
    struct state back = through_bytes(world, state);
    assert_true(states_equal(state, &back));
    *state = back;
}

static void swap_all(struct world *world)
{
    swap_state(world, &world->player);
    swap_state(world, &world->pack);
    swap_state(world, &world->stock);
    swap_state(world, &world->catalogue);
}

static void test_games_go_on_from_snapshots(void **unused)
{
    (void)unused;
    seed_random();
    for (int game = 0; game < 20; game++) {
        struct world world, again;
        world_init(&world);
        world_init(&again);
        swap_all(&world); /* states of nothing, too */
        given_catalogue(&world);
        for (int step = 0; step < 400; step++) {
            struct command command = random_command(&world);
            world.context.now_ms++;
            when_command(&world, &command);
            assert_int_equal(world.decision.failure, ERR_OK);
            if (world.decision.rejection == ERROR_NONE)
                then_accepted(&world);
            if (below(10) == 0)
                swap_all(&world);
        }
        given_events(&again, world.history, world.history_count);
        assert_true(states_equal(&world.player, &again.player));
        assert_true(states_equal(&world.pack, &again.pack));
        assert_true(states_equal(&world.stock, &again.stock));
        assert_true(states_equal(&world.catalogue, &again.catalogue));
        world_release(&world);
        world_release(&again);
    }
}

/* What no decision of today makes is kept as it is. */
static void test_strange_states(void **unused)
{
    (void)unused;
    struct world world;
    struct pull pulls[40];
    struct slug two[2] = {slug_of("c1"), slug_of("c2")};
    world_init(&world);
    for (uint32_t i = 0; i < 40; i++)
        pulls[i] = (struct pull){slug_of(i % 2 == 0 ? "gone" : "c1"), (enum rarity)99, UINT32_MAX};
    given(&world, {.type = EVENT_TEAM_CHANGED, .team_changed = {.team = 4, .members = {two, 2}}},
          {.type = EVENT_TEAM_FORMED, .team_formed = {.team = UINT32_MAX, .members = {NULL, 0}}},
          {.type = EVENT_PACK_OPENED,
           .pack_opened = {.opening = UINT32_MAX, .free = UINT64_MAX, .pulls = {pulls, 40}}},
          {.type = EVENT_GRANTED, .granted = {.paid = UINT64_MAX, .item_count = UINT32_MAX}},
          {.type = EVENT_PACK_PUBLISHED}, {.type = EVENT_PACK_RETIRED},
          {.type = EVENT_STOCK_TAKEN, .stock_taken = {.remaining = UINT64_MAX}},
          {.type = EVENT_CHARACTER_PUBLISHED}, {.type = EVENT_STARTING_BALANCE_SET});
    world.player.player.situation = PLAYER_ERASED;
    swap_all(&world);
    world_release(&world);
}

static bool holds(struct slice data, const char *text)
{
    return memmem(data.data, data.size, text, strlen(text)) != NULL;
}

/* Names lie in it sealed, and are gone with the key. */
static void test_names_are_sealed(void **unused)
{
    (void)unused;
    struct world world;
    static const char *const four[] = {"c1", "c2", "c3", "r1"};
    world_init(&world);
    given_game(&world);
    given(&world, pulled(&world, four, 4));
    when(&world, .type = COMMAND_FORM_TEAM, .form_team = {slice_text("Night Watch"), slugs(&world, four, 4)});
    then_accepted(&world);
    struct slice data = snapshot_encode(&world.player, the_key(), &world.arena);
    assert_false(holds(data, "Ada"));
    assert_false(holds(data, "Night"));
    assert_true(holds(data, "c3"));

    struct state erased;
    state_init(&erased, STREAM_PLAYER, &world.arena);
    assert_true(snapshot_decode(&erased, &(struct stored_snapshot){.version = 1, .data = data}));
    assert_true(slice_equal_text(short_text_slice(&erased.player.display_name), "erased"));
    const struct team *team = erased.player.teams.items;
    assert_true(slice_equal_text(short_text_slice(&team->name), "erased"));
    assert_int_equal(erased.player.free, world.player.player.free);
    /* without the key no snapshot is made, of streams that have personal texts */
    assert_null(snapshot_encode(&world.player, (struct slice){0}, &world.arena).data);
    assert_non_null(snapshot_encode(&world.pack, (struct slice){0}, &world.arena).data);
    world_release(&world);
}

static void test_damaged_bytes(void **unused)
{
    (void)unused;
    struct world world;
    world_init(&world);
    given_game(&world);
    struct slice data = snapshot_encode(&world.pack, the_key(), &world.arena);
    for (size_t size = 0; size < data.size; size++) {
        struct state back;
        uint8_t *bytes = malloc(size + 1); /* of its own: the sanitizer sees the end */
        check(bytes != NULL);
        memcpy(bytes, data.data, size);
        state_init(&back, STREAM_PACK, &world.arena);
        assert_false(snapshot_decode(&back, &(struct stored_snapshot){.data = slice_of(bytes, size)}));
        free(bytes);
    }
    struct slice player = snapshot_encode(&world.player, the_key(), &world.arena);
    for (size_t at = 0; at < player.size; at++) {
        struct state back;
        uint8_t *bytes = arena_alloc(&world.arena, player.size);
        memcpy(bytes, player.data, player.size);
        bytes[at] ^= 0x55;
        state_init(&back, STREAM_PLAYER, &world.arena);
        struct stored_snapshot stored = {.data = slice_of(bytes, player.size), .personal_key = the_key()};
        bool ignored = snapshot_decode(&back, &stored); /* either way: nothing is read out of bounds */
        (void)ignored;
    }
    world_release(&world);
}

static void test_no_memory(void **unused)
{
    (void)unused;
    struct world world;
    world_init(&world);
    given_game(&world);
    struct slice data = snapshot_encode(&world.player, the_key(), &world.arena);
    bool failed = false, worked = false;
    for (size_t bound = 1; bound < 8000; bound += 97) {
        struct arena small;
        struct state back;
        arena_init(&small, 1, bound);
        state_init(&back, STREAM_PLAYER, &small);
        struct stored_snapshot stored = {.data = data, .personal_key = the_key()};
        bool restored = snapshot_decode(&back, &stored);
        failed = failed || !restored;
        worked = worked || restored;
        assert_true(!restored || states_equal(&back, &world.player));
        arena_release(&small);
    }
    assert_true(failed && worked);
    world_release(&world);
}

/* ---- the queue; the store is this one ---- */

static struct {
    uint32_t calls, version;
    struct slice data;
    save_done done;
    void *ctx;
} store;

void eventstore_save_snapshot(struct eventstore *unused, struct stream_ref stream, uint32_t version,
                              int32_t snapshot_schema, struct slice data, save_done done, void *ctx)
{
    (void)unused;
    assert_int_equal(stream.kind, STREAM_STOCK);
    assert_int_equal(snapshot_schema, SNAPSHOT_VERSION);
    assert_true(slice_equal_text(data, "bytes"));
    assert_null(store.done); /* one at a time */
    store.calls++;
    store.version = version;
    store.done = done;
    store.ctx = ctx;
}

static void answer(bool kept)
{
    save_done done = store.done;
    store.done = NULL;
    done(store.ctx, kept);
}

static void test_queue_is_short_and_in_order(void **unused)
{
    (void)unused;
    struct snapshots *snapshots = snapshots_new(NULL);
    struct stream_ref stream = {.kind = STREAM_STOCK, .slug = slug_of("p")};
    snapshots_write(snapshots);
    assert_int_equal(store.calls, 0);
    for (uint32_t i = 1; i <= 200; i++)
        snapshots_keep(snapshots, stream, &(struct kept_state){i, slice_text("bytes")});
    uint32_t taken = snapshots_waiting(snapshots);
    assert_true(taken >= 16 && taken < 200); /* the others were dropped */
    for (uint32_t i = 1; i <= taken; i++) {
        snapshots_write(snapshots);
        snapshots_write(snapshots); /* does nothing: the store has one */
        assert_int_equal(store.calls, i);
        assert_int_equal(store.version, i);
        answer(i % 2 == 0);
    }
    snapshots_write(snapshots);
    assert_int_equal(store.calls, taken);
    snapshots_keep(snapshots, stream, &(struct kept_state){1000, slice_text("bytes")});
    assert_int_equal(snapshots_waiting(snapshots), 1);
    snapshots_free(snapshots); /* with one in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_games_go_on_from_snapshots),
        cmocka_unit_test(test_strange_states),
        cmocka_unit_test(test_names_are_sealed),
        cmocka_unit_test(test_damaged_bytes),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_queue_is_short_and_in_order),
    };
    check(sodium_init() >= 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
