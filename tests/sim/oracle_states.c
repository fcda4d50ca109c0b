/* oracle_states: the log, folded; decisions on it; sums beside it. */
#include "oracle_states.h"
#include "oracle.h"
#include "oracle_rows.h"
#include "eventstore/eventstore.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include <stdlib.h>

#define STREAMS_MAX 64

struct committed {
    uint64_t number;
    struct stream_ref ref;
    struct arena arena;
    struct state state;
};

struct account {
    struct uuid player;
    uint64_t free, paid, nonce;
    uint32_t openings;
};

static struct committed streams[STREAMS_MAX];
static uint32_t stream_count;
static struct account accounts[16];
static uint32_t account_count;
static struct {
    uint64_t stream, remaining;
    bool limited;
} stocks[8];
static uint32_t stock_count;

void oracle_open(void)
{
    stream_count = account_count = stock_count = 0;
    memset(accounts, 0, sizeof accounts);
    memset(stocks, 0, sizeof stocks);
    rows_open();
}

void oracle_close(void)
{
    for (uint32_t i = 0; i < stream_count; i++)
        arena_release(&streams[i].arena);
    stream_count = 0;
    rows_close();
}

void states_decode(const struct logged *stored, struct arena *arena, struct event *ret_event)
{
    struct wire_fault fault;
    *ret_event = (struct event){.type = (enum event_type)stored->type};
    hold(codec_decode_stored(event_type_desc(ret_event->type), stored->data,
                             store_personal_key(stored->stream), arena, event_payload_mutable(ret_event),
                             &fault),
         "the event at %d does not decode: %s", (int)stored->position, fault.where);
}

static struct committed *committed_of(uint64_t number)
{
    for (uint32_t i = 0; i < stream_count; i++)
        if (streams[i].number == number)
            return &streams[i];
    return NULL;
}

void states_evolve(const struct logged *stored, const struct event *event)
{
    struct committed *committed = committed_of(stored->stream);
    if (committed == NULL) {
        check(stream_count < STREAMS_MAX);
        committed = &streams[stream_count++];
        *committed = (struct committed){.number = stored->stream, .ref = stored->ref};
        arena_init(&committed->arena, 1024, 4u << 20);
        state_init(&committed->state, stored->ref.kind, &committed->arena);
    }
    check(state_evolve(&committed->state, event) == ERR_OK);
    committed->state.version = stored->version;
}

const struct state *oracle_state(struct stream_ref ref)
{
    struct committed *committed = committed_of(stream_number(ref));
    return committed == NULL ? NULL : &committed->state;
}

/* ---- decisions ---- */

static struct stream_ref stream_of(const struct op *op, const struct command_stream *stream)
{
    const struct command_desc *desc = schema_command((int)op->command.type);
    struct stream_ref ref = {.kind = (enum stream_kind)stream->kind};
    struct command command = op->command;
    const char *value = stream->key_field < 0 ? NULL
                                              : (const char *)command_payload_mutable(&command) +
                                                    desc->payload->fields[stream->key_field].offset;
    switch (schema_stream(stream->kind)->key) {
    case STREAM_KEY_NONE:
        break;
    case STREAM_KEY_UUID:
        ref.uuid = op->actor;
        if (value != NULL)
            memcpy(&ref.uuid, value, sizeof ref.uuid);
        break;
    case STREAM_KEY_SLUG:
        memcpy(&ref.slug, value, sizeof ref.slug);
        break;
    }
    return ref;
}

/* A stream's state as of a position, in `arena`. */
static struct state *fold(struct stream_ref ref, uint64_t position, struct arena *arena)
{
    uint64_t number = stream_number(ref);
    struct state *state = arena_alloc(arena, sizeof *state);
    check(state != NULL);
    state_init(state, ref.kind, arena);
    for (uint64_t at = 1; at <= position && at <= store_head(); at++) {
        const struct logged *stored = store_event(at);
        struct event event;
        if (stored->stream != number)
            continue;
        states_decode(stored, arena, &event);
        check(state_evolve(state, &event) == ERR_OK);
        state->version = stored->version;
    }
    return state;
}

/* UINT64_MAX: now. */
struct decision *states_decide(const struct op *op, uint64_t position, int64_t now_ms, struct arena *arena)
{
    static struct decision decision;
    const struct command_desc *desc = schema_command((int)op->command.type);
    struct decide_context context = {.now_ms = now_ms, .actor = op->actor, .roles = op->roles};
    struct state *states[COMMAND_STREAMS_MAX];
    for (int i = 0; i < desc->stream_count; i++) {
        struct stream_ref ref = stream_of(op, &desc->streams[i]);
        const struct state *now = position == UINT64_MAX ? oracle_state(ref) : NULL;
        states[i] =
            now != NULL ? (struct state *)now : fold(ref, position == UINT64_MAX ? 0 : position, arena);
        if (ref.kind == STREAM_PLAYER && desc->needs != 0)
            for (uint32_t seed = 0; seed < 3; seed++)
                context.seeds[seed] =
                    secrets_seed(&world.secrets, ref.uuid, player_seed_number(states[i]) + seed);
    }
    struct decide_input input = {.context = &context, .states = states, .arena = arena};
    decision.rejection = ERROR_NONE;
    decision.failure = ERR_OK;
    decision.count = 0;
    decide(&input, &op->command, &decision);
    return &decision;
}

bool states_same_event(const struct event *a, const struct event *b)
{
    struct buf left, right;
    buf_init(&left, 1u << 20);
    buf_init(&right, 1u << 20);
    bool same = a->type == b->type;
    if (same) {
        check(codec_encode(&left, event_type_desc(a->type), event_payload(a), CODEC_PLAIN) == ERR_OK);
        check(codec_encode(&right, event_type_desc(b->type), event_payload(b), CODEC_PLAIN) == ERR_OK);
        same = slice_equal(buf_slice(&left), buf_slice(&right));
    }
    buf_release(&left);
    buf_release(&right);
    return same;
}

static bool rejects_at(const struct op *op, uint64_t position, enum error_code rejection)
{
    struct arena arena;
    arena_init(&arena, 8192, 16u << 20);
    bool same = states_decide(op, position, world.wall_ms, &arena)->rejection == rejection;
    arena_release(&arena);
    return same;
}

/* Whether this event is in one of the command's streams. */
static bool concerns(const struct op *op, uint64_t position)
{
    const struct command_desc *desc = schema_command((int)op->command.type);
    for (int i = 0; i < desc->stream_count; i++)
        if (store_event(position)->stream == stream_number(stream_of(op, &desc->streams[i])))
            return true;
    return false;
}

/* The newest state first: it mostly does. Then each position at which one of the streams changed. */
bool states_could_reject(const struct op *op, uint64_t from, enum error_code rejection)
{
    if (rejects_at(op, UINT64_MAX, rejection) || rejects_at(op, from, rejection))
        return true;
    for (uint64_t at = store_head(); at > from; at--)
        if (concerns(op, at) && rejects_at(op, at, rejection))
            return true;
    return false;
}

uint32_t oracle_decide_preload(const struct command *command, struct uuid actor, struct logged *ret_events)
{
    struct op op = {.actor = actor, .roles = ROLE_GAME_ADMIN, .command = *command};
    const struct command_desc *desc = schema_command((int)command->type);
    struct arena arena;
    struct buf bytes;
    arena_init(&arena, 8192, 1u << 22);
    buf_init(&bytes, 1u << 20);
    struct decision *decision = states_decide(&op, UINT64_MAX, world.wall_ms, &arena);
    check(decision->rejection == ERROR_NONE && decision->failure == ERR_OK);
    for (uint32_t i = 0; i < decision->count; i++) {
        const struct decided_event *decided = &decision->events[i];
        const struct event_desc *event = schema_event((int)decided->event.type);
        struct stream_ref ref = stream_of(&op, &desc->streams[decided->stream]);
        const struct state *state = oracle_state(ref);
        buf_clear(&bytes);
        check(codec_encode_stored(&bytes, event->payload, event_payload(&decided->event),
                                  (struct slice){0}) == ERR_OK);
        ret_events[i] = (struct logged){.stream = stream_number(ref),
                                        .ref = ref,
                                        .version = (state == NULL ? 0 : state->version) + 1,
                                        .type = (uint16_t)event->number,
                                        .schema_version = event->version,
                                        .first = i == 0,
                                        .command_id = {{0xff, (uint8_t)(store_head() + 1)}},
                                        .actor = actor,
                                        .data = keep_slice(buf_slice(&bytes))};
    }
    uint32_t count = decision->count;
    buf_release(&bytes);
    arena_release(&arena);
    return count;
}

/* ---- the ledger ---- */

static struct account *account_of(struct uuid player)
{
    for (uint32_t i = 0; i < account_count; i++)
        if (uuid_equal(accounts[i].player, player))
            return &accounts[i];
    check(account_count < 16);
    accounts[account_count].player = player;
    return &accounts[account_count++];
}

static void take_opening(const struct event_pack_opened *opened)
{
    struct account *account = account_of(opened->player);
    hold(opened->free + opened->cost_free == account->free &&
             opened->paid + opened->cost_paid == account->paid,
         "an opening leaves %d free of %d", (int)opened->free, (int)account->free);
    hold(opened->first_nonce == account->nonce, "an opening draws from nonce %d, the next one is %d",
         (int)opened->first_nonce, (int)account->nonce);
    hold(opened->opening == account->openings + 1, "opening %u follows %u", opened->opening,
         account->openings);
    account->free = opened->free;
    account->paid = opened->paid;
    account->nonce += opened->pulls.count;
    account->openings++;
}

static void take_stock(const struct logged *stored, const struct event *event)
{
    uint32_t i = 0;
    while (i < stock_count && stocks[i].stream != stored->stream)
        i++;
    if (i == stock_count)
        stocks[stock_count++].stream = stored->stream;
    check(stock_count <= 8);
    if (event->type == EVENT_STOCK_TAKEN)
        hold(event->stock_taken.remaining + event->stock_taken.taken == stocks[i].remaining,
             "%u draws taken of %d leave %d", event->stock_taken.taken, (int)stocks[i].remaining,
             (int)event->stock_taken.remaining);
    stocks[i].remaining =
        event->type == EVENT_STOCK_TAKEN ? event->stock_taken.remaining : event->stock_set.remaining;
}

void ledger_take(const struct logged *stored, const struct event *event)
{
    if (event->type == EVENT_PLAYER_REGISTERED) {
        struct account *account = account_of(event->player_registered.player);
        hold(account->openings == 0 && account->free == 0, "a player is registered twice");
        account->free = event->player_registered.free;
    } else if (event->type == EVENT_GRANTED) {
        struct account *account = account_of(event->granted.player);
        account->free += event->granted.kind == GRANT_KIND_FREE_CURRENCY ? event->granted.amount : 0;
        account->paid += event->granted.kind == GRANT_KIND_PAID_CURRENCY ? event->granted.amount : 0;
        hold(account->free == event->granted.free && account->paid == event->granted.paid,
             "a grant leaves %d, the sum is %d", (int)event->granted.free, (int)account->free);
    } else if (event->type == EVENT_SEED_ROTATED) {
        account_of(event->seed_rotated.player)->nonce = 0;
    } else if (event->type == EVENT_PACK_OPENED) {
        take_opening(&event->pack_opened);
    } else if (event->type == EVENT_STOCK_TAKEN || event->type == EVENT_STOCK_SET) {
        take_stock(stored, event);
    }
}
