/* fill: a log of millions of events, as years of play would leave it, in minutes.
 *
 *   EVENT_STORE_DSN=... GACHAPON_MASTER_KEY_FILE=... bench_fill EVENTS FIRST_PLAYER PER_PLAYER PACK
 *
 * The events are the game's own: each is decided by the domain on the player's state, with the seeds that the
 * server would use, encoded with a personal key, and appended by the store's own function in batches of many
 * commands - so `verify`, the folds, the projections and the audit of draws hold for it. What is left out is
 * all that stands in front: sockets, digests of messages, projections (a server, started afterwards, makes
 * them).
 *
 * Some thousand players play at a time, in random order, until each has opened PER_PLAYER packs and another
 * comes: a stream's events lie scattered over a stretch of the log, and memory holds those who play. Player
 * number N has the id that bench_player() makes of it, so that a token can be made for it (clients.py).
 *
 * It needs the log for itself: no server runs beside it. The pack and the catalogue are read from the log. It
 * prints the events so far, a line a second, and ends with 0 when it has written EVENTS of them. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "domain/state.h"
#include "eventstore/event_decode.h"
#include "gen/c/schema.h"
#include "request/secrets.h"
#include "wire/codec.h"
#include "wire/frame.h"

#define PLAYING 4000
#define BATCH_COMMANDS 1000
#define IN_FLIGHT 3
#define LOAD_EVENTS 10000
#define STATE_MAX_BYTES (1u << 20)
#define BATCH_MAX_BYTES (16u << 20)

struct filling {
    struct append_command commands[BATCH_COMMANDS];
    struct append_event events[BATCH_COMMANDS * 2];
    struct append_stream streams[BATCH_COMMANDS + 3];
    struct append_key keys[BATCH_COMMANDS];
    struct append_batch batch;
    struct arena arena; /* event data */
    bool busy;
};

struct player {
    struct arena arena;
    struct state state; /* version 0: it comes with its next command */
    struct uuid id;
    uint8_t key[32];
    uint64_t listed; /* the batch that lists its stream */
};

static struct fill {
    struct loop *loop;
    struct eventstore *store;
    struct secrets secrets;
    struct loop_timer timer;
    uint64_t wanted, written, sent, next_player, batches, shown_ms;
    uint32_t per_player;
    struct slug pack_name;
    struct state pack, stock, catalogue;
    struct stream_ref pack_ref, stock_ref, catalogue_ref;
    int loaded; /* of the three */
    bool ready;
    struct arena common; /* of the three states */
    struct arena scratch;
    struct buf out;
    struct player players[PLAYING];
    struct filling fillings[IN_FLIGHT];
    struct decision decision;
} fill;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_fill: %s: %s\n", what, why);
    exit(1);
}

static struct uuid bench_player(uint64_t number)
{
    char text[64];
    snprintf(text, sizeof text, "bench player %" PRIu64, number);
    struct hash hash = sha256(slice_text(text));
    struct uuid id;
    memcpy(id.bytes, hash.bytes, sizeof id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x40); /* as Keycloak's: version 4 */
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

static void come_to_play(struct player *player)
{
    arena_release(&player->arena);
    arena_init(&player->arena, 512, STATE_MAX_BYTES);
    state_init(&player->state, STREAM_PLAYER, &player->arena);
    player->id = bench_player(fill.next_player++);
    player->listed = 0;
    randombytes_buf(player->key, sizeof player->key);
}

/* ---- one batch ---- */

static void list_stream(struct append_batch *batch, struct append_stream *streams, struct stream_ref ref,
                        uint32_t version)
{
    streams[batch->stream_count++] =
        (struct append_stream){.stream = ref, .number = stream_number(ref), .expected_version = version};
}

/* What the player does next: one event in fill.decision, which lives in the scratch arena. */
static void decide_next(struct player *player)
{
    bool enrol = player->state.version == 0;
    struct command command = {.type = enrol ? COMMAND_ENROL_PLAYER : COMMAND_OPEN_PACK};
    struct state *states[COMMAND_STREAMS_MAX] = {&player->state, enrol ? &fill.catalogue : &fill.pack,
                                                 &fill.stock};
    struct decide_context context = {
        .now_ms = loop_now_ms(fill.loop), .actor = player->id, .roles = ROLE_PLAYER};
    uint32_t seed = player_seed_number(&player->state);
    for (uint32_t i = 0; i < 3; i++)
        context.seeds[i] = secrets_seed(&fill.secrets, player->id, seed + i);
    if (enrol)
        command.enrol_player = (struct command_enrol_player){
            .player = player->id, .display_name = slice_text("Vesper"), .door = DOOR_ENROLLED};
    else
        command.open_pack =
            (struct command_open_pack){.pack = fill.pack_name, .count = 1, .payment = PAYMENT_CURRENCY};
    struct decide_input input = {.context = &context, .states = states, .arena = &fill.scratch};
    struct decision *decision = &fill.decision;
    decision->rejection = ERROR_NONE;
    decision->failure = ERR_OK;
    decision->count = 0;
    decide(&input, &command, decision);
    if (decision->rejection != ERROR_NONE || decision->failure != ERR_OK || decision->count != 1)
        die("decide", decision->rejection != ERROR_NONE ? schema_error((int)decision->rejection)->name
                                                        : "the pack must not be limited");
}

/* The command and its event join the batch, and the state evolves. */
static void join(struct filling *filling, struct player *player, const struct event *event)
{
    struct append_batch *batch = &filling->batch;
    struct stream_ref ref = {.kind = STREAM_PLAYER, .uuid = player->id};
    const struct event_desc *desc = schema_event((int)event->type);
    uint8_t random[10];
    buf_clear(&fill.out);
    if (codec_encode_stored(&fill.out, desc->payload, event_payload(event),
                            slice_of(player->key, sizeof player->key)) != ERR_OK)
        die("encode", desc->name);
    if (player->listed != fill.batches)
        list_stream(batch, filling->streams, ref, player->state.version);
    player->listed = fill.batches;
    if (player->state.version == 0) {
        filling->keys[batch->key_count].stream = ref;
        memcpy(filling->keys[batch->key_count++].key, player->key, sizeof player->key);
    }
    struct append_event *added = &filling->events[batch->event_count++];
    *added = (struct append_event){.stream = ref,
                                   .number = stream_number(ref),
                                   .version = ++player->state.version,
                                   .type = (uint16_t)desc->number,
                                   .schema_version = desc->version,
                                   .data = slice_copy(&filling->arena, buf_slice(&fill.out))};
    randombytes_buf(random, sizeof random);
    struct uuid id = uuid_v7((uint64_t)loop_now_ms(fill.loop), random);
    struct append_command *command = &filling->commands[batch->command_count++];
    *command = (struct append_command){
        .command_id = id, .causation_id = id, .correlation_id = id, .actor = player->id, .event_count = 1};
    memcpy(command->digest, id.bytes, sizeof command->digest);
    if (added->data.data == NULL || state_evolve(&player->state, event) != ERR_OK)
        die("evolve", "no memory");
}

static void on_appended(void *ctx, const struct append_result *result)
{
    struct filling *filling = ctx;
    if (result->outcome != APPENDED)
        die("append",
            result->outcome == APPEND_AWAY ? "the store went away" : "refused: is a server running?");
    filling->busy = false;
    fill.written += filling->batch.event_count;
    uint64_t now = loop_mono_ms(fill.loop);
    if (now - fill.shown_ms >= 1000 || fill.written >= fill.wanted) {
        printf("%" PRIu64 "\n", fill.written);
        fflush(stdout);
        fill.shown_ms = now;
    }
    if (fill.written >= fill.wanted)
        loop_stop(fill.loop);
    loop_again(fill.loop);
}

static void send_batch(struct filling *filling)
{
    arena_reset(&filling->arena);
    filling->batch = (struct append_batch){.commands = filling->commands,
                                           .events = filling->events,
                                           .streams = filling->streams,
                                           .keys = filling->keys,
                                           .read_position = eventstore_known_position(fill.store)};
    fill.batches++;
    list_stream(&filling->batch, filling->streams, fill.pack_ref, fill.pack.version);
    list_stream(&filling->batch, filling->streams, fill.stock_ref, fill.stock.version);
    list_stream(&filling->batch, filling->streams, fill.catalogue_ref, fill.catalogue.version);
    for (int i = 0; i < BATCH_COMMANDS && fill.sent < fill.wanted; i++, fill.sent++) {
        struct player *player = &fill.players[randombytes_uniform(PLAYING)];
        if (player->state.version > fill.per_player)
            come_to_play(player);
        decide_next(player);
        join(filling, player, &fill.decision.events[0].event);
        arena_reset(&fill.scratch);
    }
    filling->busy = true;
    eventstore_append(fill.store, &filling->batch, on_appended, filling);
}

/* The stage of the loop's turn in which a server sends its batch. */
static void on_stage(void *ctx)
{
    (void)ctx;
    for (int i = 0; i < IN_FLIGHT && fill.ready; i++)
        if (!fill.fillings[i].busy && !eventstore_append_busy(fill.store) && fill.sent < fill.wanted)
            send_batch(&fill.fillings[i]);
}

/* ---- what the log holds already ---- */

static void load_next(void);

static void on_loaded(void *ctx, enum err err, const struct stored_event *events, uint32_t count, bool more)
{
    struct state *state = ctx;
    if (err != ERR_OK || more)
        die("load", err != ERR_OK ? err_name(err) : "a stream is too long");
    for (uint32_t i = 0; i < count; i++) {
        struct event event;
        struct wire_fault fault;
        if (!event_decode(&events[i], &fill.scratch, &event, &fault) || state_evolve(state, &event) != ERR_OK)
            die("load", "an event cannot be folded");
        state->version = events[i].version;
    }
    arena_reset(&fill.scratch);
    fill.loaded++;
    load_next();
}

static void load_next(void)
{
    if (fill.loaded == 0)
        eventstore_load(fill.store, fill.pack_ref, 0, LOAD_EVENTS, on_loaded, &fill.pack);
    else if (fill.loaded == 1)
        eventstore_load(fill.store, fill.stock_ref, 0, LOAD_EVENTS, on_loaded, &fill.stock);
    else if (fill.loaded == 2)
        eventstore_load(fill.store, fill.catalogue_ref, 0, LOAD_EVENTS, on_loaded, &fill.catalogue);
    else
        fill.ready = true;
    loop_again(fill.loop);
}

static void on_timer(void *ctx)
{
    (void)ctx;
    if (eventstore_ready(fill.store))
        load_next();
    else
        loop_timer_start(&fill.timer, 20);
}

static void begin(const char *dsn, const char *pack)
{
    char failure[200];
    struct eventstore_config config = {.dsn = dsn,
                                       .node = "bench-fill",
                                       .read_connections = 1,
                                       .statement_timeout_ms = 60000,
                                       .append_deadline_ms = 120000,
                                       .in_flight_max = IN_FLIGHT};
    fill.pack_name = slug_of(pack);
    fill.pack_ref = (struct stream_ref){.kind = STREAM_PACK, .slug = fill.pack_name};
    fill.stock_ref = (struct stream_ref){.kind = STREAM_STOCK, .slug = fill.pack_name};
    fill.catalogue_ref = (struct stream_ref){.kind = STREAM_CATALOGUE};
    arena_init(&fill.common, 65536, 16u << 20);
    arena_init(&fill.scratch, 65536, 16u << 20);
    buf_init(&fill.out, 65536);
    state_init(&fill.pack, STREAM_PACK, &fill.common);
    state_init(&fill.stock, STREAM_STOCK, &fill.common);
    state_init(&fill.catalogue, STREAM_CATALOGUE, &fill.common);
    for (int i = 0; i < IN_FLIGHT; i++)
        arena_init(&fill.fillings[i].arena, 1u << 18, BATCH_MAX_BYTES);
    for (int i = 0; i < PLAYING; i++)
        come_to_play(&fill.players[i]);
    fill.loop = loop_new();
    fill.store = fill.loop == NULL ? NULL : eventstore_open(fill.loop, &config, failure);
    if (fill.store == NULL)
        die("event store", failure);
    loop_at_stage(fill.loop, LOOP_STAGE_APPEND, on_stage, NULL);
    loop_timer_init(&fill.timer, fill.loop, on_timer, NULL);
    loop_timer_start(&fill.timer, 1);
}

static void end(void)
{
    eventstore_close(fill.store);
    for (int i = 0; i < PLAYING; i++)
        arena_release(&fill.players[i].arena);
    for (int i = 0; i < IN_FLIGHT; i++)
        arena_release(&fill.fillings[i].arena);
    arena_release(&fill.common);
    arena_release(&fill.scratch);
    buf_release(&fill.out);
    loop_free(fill.loop);
    secrets_release(&fill.secrets);
}

int main(int argc, char **argv)
{
    const char *dsn = getenv("EVENT_STORE_DSN"), *key = getenv("GACHAPON_MASTER_KEY_FILE");
    if (argc != 5 || dsn == NULL || key == NULL) {
        fprintf(stderr,
                "usage: EVENT_STORE_DSN=... GACHAPON_MASTER_KEY_FILE=... bench_fill EVENTS FIRST_PLAYER "
                "PER_PLAYER PACK\n");
        return 2;
    }
    if (sodium_init() < 0 || secrets_read(&fill.secrets, key) != ERR_OK)
        die("master key", key);
    fill.wanted = strtoull(argv[1], NULL, 10);
    fill.next_player = strtoull(argv[2], NULL, 10);
    fill.per_player = (uint32_t)atol(argv[3]);
    begin(dsn, argv[4]);
    loop_run(fill.loop);
    end();
    return 0;
}
