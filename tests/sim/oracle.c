/* oracle: the promises, checked from outside the server.
 *
 * At each commit    every command in it, decided again by the domain on the states as committed, gives
 * exactly the events that were appended: nothing was decided on what did not happen. It was sent by somebody,
 *                   under this id and digest, and some copy of it was still unanswered.
 * At each answer    queued is told: an acceptance stands in the log, once, at the position it names, with the
 * bytes it carries; a rejection follows from a state that was committed while the command was under way, and
 *                   the command did not take effect before.
 * At rest           oracle_rest.c: read models and replicas equal the fold of the log.
 *
 * The ledger below adds up balances, nonces and stock a second way, without the domain's code. */
#include "oracle.h"
#include "database.h"
#include "game.h"
#include "node.h"
#include "oracle_rows.h"
#include "oracle_states.h"
#include "wire/frame.h"
#include "wire/token.h"
#include <inttypes.h>
#include <stdlib.h>

#define ANSWER_SLACK_MS 1500 /* timers may run late, and time passes in leaps */

static struct oracle_counters counters;

struct oracle_counters *oracle_counters(void)
{
    return &counters;
}

bool oracle_is_final(enum error_code error)
{
    return error >= ERROR_EMAIL_TAKEN || error == ERROR_COMMAND_ID_REUSED;
}

bool wire_message_read(struct slice bytes, struct wire_message *ret_message)
{
    struct wire_token token;
    size_t size;
    *ret_message = (struct wire_message){0};
    if (!wire_token_read(bytes, &token) || token.kind != WIRE_ARRAY)
        return false;
    uint64_t elements = token.count;
    bytes = wire_token_after(bytes, token.length);
    check(wire_token_read(bytes, &token));
    ret_message->id = (uint32_t)token.number;
    bytes = wire_token_after(bytes, token.length);
    check(wire_token_read(bytes, &token));
    ret_message->type = (uint32_t)token.number;
    bytes = wire_token_after(bytes, token.length);
    check(wire_token_skip(bytes, &size));
    ret_message->payload = slice_of(bytes.data, size);
    bytes = wire_token_after(bytes, size);
    struct arena arena;
    struct wire_fault fault;
    arena_init(&arena, 1024, 65536);
    if (ret_message->type == MESSAGE_ERROR) {
        struct message_error error;
        check(codec_decode(&type_message_error, ret_message->payload, &arena, &error, &fault));
        ret_message->error = (enum error_code)error.code;
    } else if (elements > 3 && wire_token_read(bytes, &token) && token.kind == WIRE_ARRAY &&
               !codec_decode(&type_reply_meta, bytes, &arena, &ret_message->meta, &fault)) {
        ret_message->meta = (struct reply_meta){0}; /* a request: its meta is another */
    }
    arena_release(&arena);
    return true;
}

/* ---- at each commit ---- */

/* The op behind a command in the log. Enrolments are the server's own: they are remade from their event. */
static struct op enrolment(const struct logged *first, const struct event *event)
{
    hold(event->type == EVENT_PLAYER_REGISTERED, "command %s was sent by nobody",
         name_of_id(first->command_id));
    struct op op = {.actor = first->actor, .roles = ROLE_INTERNAL | ROLE_PLAYER};
    op.command = (struct command){.type = COMMAND_ENROL_PLAYER};
    op.command.enrol_player =
        (struct command_enrol_player){.player = event->player_registered.player,
                                      .display_name = event->player_registered.display_name,
                                      .door = event->player_registered.door};
    return op;
}

/* When the decision was made, as far as its events say. */
static int64_t decided_at(const struct event *event)
{
    switch (event->type) {
    case EVENT_PLAYER_REGISTERED:
        return event->player_registered.registered_at;
    case EVENT_PACK_OPENED:
        return event->pack_opened.opened_at;
    case EVENT_GRANTED:
        return event->granted.granted_at;
    case EVENT_PACK_PUBLISHED:
        return event->pack_published.published_at;
    case EVENT_PACK_RETIRED:
        return event->pack_retired.retired_at;
    default:
        return world.wall_ms;
    }
}

static void take_event(const struct logged *stored, const struct event *event)
{
    ledger_take(stored, event);
    states_evolve(stored, event);
    rows_appended(stored, event);
}

static void judge_command(const struct logged *first, uint32_t count)
{
    struct event events[LIMIT_EVENTS_PER_COMMAND_MAX];
    struct arena arena;
    arena_init(&arena, 8192, 1u << 22);
    for (uint32_t i = 0; i < count; i++)
        states_decode(&first[i], &arena, &events[i]);
    struct op *sent = op_find(first->command_id, first->digest);
    struct op own = sent == NULL && !uuid_equal(first->actor, game_operator()) ? enrolment(first, &events[0])
                                                                               : (struct op){0};
    bool preloaded = sent == NULL && uuid_equal(first->actor, game_operator());
    const struct op *op = sent != NULL ? sent : &own;
    if (!preloaded) {
        struct decision *decision = states_decide(op, UINT64_MAX, decided_at(&events[0]), &arena);
        hold(decision->failure == ERR_OK && decision->rejection == ERROR_NONE,
             "%s was committed, but on the committed states it is rejected: %s", op_name(op),
             schema_error((int)decision->rejection)->name);
        hold(decision->count == count, "%s was committed with %u events instead of %u", op_name(op), count,
             decision->count);
        for (uint32_t i = 0; i < count; i++)
            hold(states_same_event(&decision->events[i].event, &events[i]),
                 "%s: event %u is not what follows from the committed states", op_name(op), i + 1);
        counters.commands++;
    }
    if (sent != NULL)
        hold(sent->alive > 0, "%s took effect although every copy of it had been answered", op_name(sent));
    if (sent != NULL)
        sent->committed_ms = world.mono_ms;
    for (uint32_t i = 0; i < count; i++) {
        take_event(&first[i], &events[i]);
    }
    arena_release(&arena);
}

void oracle_appended(uint64_t first, uint64_t last)
{
    for (uint64_t at = first, next; at <= last; at = next) {
        hold(store_event(at)->first, "the event at %" PRIu64 " belongs to no command", at);
        for (next = at + 1; next <= last && !store_event(next)->first; next++)
            ;
        judge_command(store_event(at), (uint32_t)(next - at));
    }
}

void oracle_restored(void)
{
    oracle_close();
    oracle_open();
    for (uint64_t at = 1; at <= store_head(); at++) {
        const struct logged *stored = store_event(at);
        struct event event;
        struct arena arena;
        arena_init(&arena, 8192, 1u << 22);
        states_decode(stored, &arena, &event);
        take_event(stored, &event);
        arena_release(&arena);
    }
    ops_restored();
}

/* Who sent them once and was never told to try again must be answered now, with success, within bounded time.
 */
void oracle_heard(const struct node *node, uint64_t first, uint64_t last)
{
    for (uint64_t at = first; at <= last; at++) {
        const struct logged *event = store_event(at);
        struct op *op = event->first ? op_find(event->command_id, event->digest) : NULL;
        if (op == NULL || op->sent != 1 || op->failed > 0)
            continue;
        for (uint32_t i = 0; i < world.client_count; i++)
            client_heard(world.clients[i], node, op, world.mono_ms + NODE_STRONG_WAIT_MS + ANSWER_SLACK_MS);
    }
}

/* ---- at each answer ---- */

/* What a strong answer waits for, or for so long; and what any answer says of the views. */
static void judge_wait(const struct op *op, struct client *client, const struct wire_message *message)
{
    bool strong = client_sent(client, message->id)->strong;
    bool waited = world.mono_ms - op->committed_ms >= NODE_STRONG_WAIT_MS;
    for (int view = 0; view < SCHEMA_VIEW_COUNT; view++) {
        hold(views_reached(view) >= message->meta.position || !strong || waited ||
                 node_view_stopped(client_node(client), view),
             "%s was sent with strong, and is answered at once although %s are at %d", op_name(op),
             schema_views[view].table, (int)views_reached(view));
        hold(views_reached(view) >= message->meta.view_position,
             "%s: the views are said to be at %d, %s are at %d", op_name(op),
             (int)message->meta.view_position, schema_views[view].table, (int)views_reached(view));
    }
}

static void judge_acceptance(struct op *op, struct client *client, const struct wire_message *message)
{
    const struct logged *first = store_command(op->command_id), *event = first;
    hold(first != NULL, "%s is accepted before it is in the log", op_name(op));
    hold(memcmp(first->digest, op->digest, 16) == 0, "%s is accepted, but another command has this id",
         op_name(op));
    const struct command_desc *desc = schema_command((int)op->command.type);
    const struct logged *last = first;
    while (last->position < store_head() && !store_event(last->position + 1)->first)
        last = store_event(last->position + 1);
    hold(message->meta.position == last->position, "%s says position %d, the log %d", op_name(op),
         (int)message->meta.position, (int)last->position);
    judge_wait(op, client, message);
    while (event->type != desc->reply_event && event < last)
        event++;
    struct arena arena;
    struct event decoded;
    struct buf bytes;
    arena_init(&arena, 8192, 1u << 20);
    buf_init(&bytes, 1u << 20);
    states_decode(event, &arena, &decoded);
    check(codec_encode(&bytes, event_type_desc(decoded.type), event_payload(&decoded), CODEC_PLAIN) ==
          ERR_OK);
    hold(slice_equal(buf_slice(&bytes), message->payload), "%s is answered with other bytes than its event's",
         op_name(op));
    buf_release(&bytes);
    arena_release(&arena);
    counters.accepted++;
    if (op->state == OP_ACCEPTED)
        counters.repeats++;
}

/* Some state that was committed since the copy was sent gives this rejection. With several nodes: ever, as a
 * node learns late of what others wrote. */
static void judge_rejection(struct op *op, struct client *client, const struct wire_message *message)
{
    uint64_t from = op->alive_since; /* this copy may have joined an earlier one */
    const struct sent *sent = client_sent(client, message->id);
    const struct logged *known = store_command(op->command_id);
    bool effective = known != NULL && memcmp(known->digest, op->digest, 16) == 0;
    hold(!sent->was_accepted, "%s was accepted, and a repeat is answered with %s", op_name(op),
         schema_error((int)message->error)->name);
    hold(!effective || known->position > sent->at,
         "%s was in the log before this copy was sent, answered with %s", op_name(op),
         schema_error((int)message->error)->name);
    hold(!effective || message->error != ERROR_COMMAND_ID_REUSED,
         "%s took effect and is told that it did not", op_name(op));
    if (message->error == ERROR_COMMAND_ID_REUSED) {
        hold(op_other(op->command_id, op) != NULL, "%s: its id was never used by another command",
             op_name(op));
        return;
    }
    hold(states_could_reject(op, from, message->error),
         "%s is answered with %s, which follows from no state since %d", op_name(op),
         schema_error((int)message->error)->name, (int)from);
    counters.rejections++;
}

static bool is_expected_failure(enum error_code error)
{
    return error == ERROR_STORE_UNAVAILABLE || error == ERROR_CONFLICT || error == ERROR_OVERLOADED ||
           error == ERROR_DRAINING || error == ERROR_SIGNED_OUT || error == ERROR_VIEW_BEHIND ||
           error == ERROR_VIEW_UNAVAILABLE || error == ERROR_IDENTITY_UNAVAILABLE ||
           error == ERROR_SIGNED_IN_ALREADY || error == ERROR_TOKEN_REVOKED || error == ERROR_TOKEN_EXPIRED;
}

void oracle_sent(struct node *node, struct client *client, struct slice bytes)
{
    struct wire_message message;
    (void)node;
    check(wire_message_read(bytes, &message));
    struct op *op = client_op_of(client, message.id);
    struct sent *sent = client_sent(client, message.id);
    if (sent != NULL) {
        hold(!sent->heard || message.error == ERROR_NONE,
             "%s is stored, as its node knows, and answered with %s", op_name(op),
             schema_error((int)message.error)->name);
        sent->due_ms = 0;
    }
    if (op != NULL)
        op->failed += message.error != ERROR_NONE;
    if (message.error != ERROR_NONE && !oracle_is_final(message.error)) {
        hold(is_expected_failure(message.error), "%s is answered with %s",
             op == NULL ? "a message" : op_name(op), schema_error((int)message.error)->name);
        counters.failures++;
    }
    if (op == NULL)
        return;
    if (message.error == ERROR_NONE)
        judge_acceptance(op, client, &message);
    else if (oracle_is_final(message.error))
        judge_rejection(op, client, &message);
    if (message.error == ERROR_STORE_UNAVAILABLE)
        return; /* it may or may not take effect yet */
    check(op->alive > 0);
    op->alive--;
}

void oracle_delivered(struct client *client, struct slice frame)
{
    struct wire_message message;
    check(wire_message_read(frame, &message));
    struct op *op = client_op_of(client, message.id);
    struct sent *sent = client_sent(client, message.id);
    sent->delivered = true;
    if (op != NULL && op->alive++ == 0)
        op->alive_since = sent->at;
}

void oracle_node_dies(struct node *node)
{
    (void)node; /* its copies stay alive: a database may still commit what it was sent */
}

void oracle_at_rest(void)
{
    hold(ops_open() == 0, "%u commands are not answered although everything is at rest", ops_open());
    rest_check();
    counters.rests++;
}
