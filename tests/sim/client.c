/* client: connects, signs in, follows, sends, repeats. Answers are matched by request id, as on the wire.
 *
 * What a client checks by itself is what a player would notice: the same answer for the same command,
 * whichever copy is answered; a strong answer only with its rows already here; everything up to a mark. What
 * only somebody who sees the log can check is the oracle's. */
#include "client_internal.h"
#include "database.h"
#include "game.h"
#include "identity.h"
#include "node.h"
#include "oracle.h"
#include "oracle_rows.h"
#include "sockets.h"
#include "wire/frame.h"
#include "wire/token.h"
#include <stdio.h>
#include <stdlib.h>

struct client *client_new(uint32_t index, struct uuid user, uint8_t roles)
{
    struct client *client = calloc(1, sizeof *client);
    check(client != NULL);
    *client = (struct client){.index = index, .user = user, .roles = roles};
    snprintf(client->name, sizeof client->name, "client%u", index + 1);
    replica_init(&client->replica);
    world.clients[index] = client;
    return client;
}

void client_free(struct client *client)
{
    replica_release(&client->replica);
    world.clients[client->index] = NULL;
    free(client);
}

const char *client_name(const struct client *client)
{
    return client->name;
}

struct uuid client_user(const struct client *client)
{
    return client->user;
}

bool client_signed_in(const struct client *client)
{
    return client->signed_in;
}

bool client_following(const struct client *client)
{
    return client->following;
}

const struct replica *client_replica(const struct client *client)
{
    return &client->replica;
}

struct session *client_session(const struct client *client)
{
    return client->session_id == 0 ? NULL : socket_session(node_sockets(client->node), client->session_id);
}

/* ---- sending ---- */

static struct pending *pending_of(const struct client *client, uint32_t id)
{
    for (int i = 0; i < PENDING_MAX; i++)
        if (client->pending[i].id == id)
            return (struct pending *)&client->pending[i];
    return NULL;
}

struct op *client_op_of(const struct client *client, uint32_t id)
{
    struct pending *pending = id == 0 ? NULL : pending_of(client, id);
    return pending == NULL ? NULL : pending->op;
}

struct sent *client_sent(const struct client *client, uint32_t id)
{
    struct pending *pending = id == 0 ? NULL : pending_of(client, id);
    return pending == NULL ? NULL : &pending->sent;
}

struct pending *client_request(struct client *client, uint32_t type, const struct type_desc *payload_type,
                               const void *payload, const struct meta *meta, struct op *op)
{
    struct pending *pending = pending_of(client, 0);
    if (pending == NULL)
        return NULL;
    struct buf frame;
    buf_init(&frame, 1u << 20);
    *pending = (struct pending){.id = ++client->next_id,
                                .type = type,
                                .op = op,
                                .sent = {.at = store_head(),
                                         .ms = world.mono_ms,
                                         .follows = client->following ? client->follows : 0,
                                         .refusals = session_refusals(client_session(client))}};
    check(frame_request(&frame, pending->id, type, payload_type, payload, meta) == ERR_OK);
    session_to_server(client_session(client), buf_slice(&frame));
    buf_release(&frame);
    pending->sent.was_accepted = op != NULL && op->state == OP_ACCEPTED;
    pending->sent.strong = meta != NULL && meta->consistency == CONSISTENCY_STRONG;
    return pending;
}

struct node *client_node(const struct client *client)
{
    return client->node;
}

void client_connect(struct client *client, struct node *node)
{
    trace("%s: connects to %s", client->name, node_name(node));
    client->node = node;
    client->signing_in = client->signed_in = client->following = client->follow_sent = client->own_live =
        false;
    memset(client->pending, 0, sizeof client->pending);
    char token[160];
    struct slice bearer = {0};
    if (!world.scripted && chance(30)) {
        bearer =
            token_make(token, client->user, client->roles, world.wall_ms - 1000, world.wall_ms + 3600000);
        client->signing_in = true;
    }
    client->session_id = sockets_open(node_sockets(node), client, bearer);
}

void client_sign_in(struct client *client, const char *display_name)
{
    char token[160];
    struct message_sign_in message = {.token = token_make(token, client->user, client->roles,
                                                          world.wall_ms - 1000, world.wall_ms + 3600000),
                                      .display_name = slice_text(display_name == NULL ? "" : display_name)};
    trace("%s: sign_in", client->name);
    if (client_request(client, MESSAGE_SIGN_IN, &type_message_sign_in, &message, NULL, NULL))
        client->signing_in = true;
}

void client_follow(struct client *client)
{
    struct message_follow message = {.epoch = client->replica.epoch,
                                     .generation = client->replica.generation,
                                     .own = client->replica.marks[0],
                                     .public = client->replica.marks[1]};
    trace("%s: follow from %d, %d", client->name, (int)message.own, (int)message.public);
    if (client_request(client, MESSAGE_FOLLOW, &type_message_follow, &message, NULL, NULL)) {
        client->follow_sent = true;
        client->following = false;
    }
}

void client_send(struct client *client, struct op *op)
{
    struct meta meta = {.command_id = op->sent_id, .consistency = op->consistency};
    if (op->sent > 0 && !world.scripted && chance(30)) /* a repeat may want more, or less */
        meta.consistency = chance(50) ? CONSISTENCY_STRONG : CONSISTENCY_EVENTUAL;
    const struct command_desc *desc = schema_command((int)op->command.type);
    if (!client_request(client, (uint32_t)op->command.type, desc->payload,
                        command_payload_mutable(&op->command), &meta, op))
        return;
    trace("%s: %s%s", client->name, op_name(op), op->sent == 0 ? "" : " again");
    if (op->sent++ == 0)
        op->first_sent_at = store_head();
}

/* ---- what happens to it ---- */

void client_cut(struct client *client)
{
    if (client->session_id != 0)
        session_do_cut(client_session(client));
}

void client_stall(struct client *client, uint64_t ms)
{
    trace("%s: takes nothing for %d ms", client->name, (int)ms);
    client->stalled_until_ms = world.mono_ms + ms;
}

bool client_takes(const struct client *client)
{
    return world.calm || world.mono_ms >= client->stalled_until_ms;
}

void client_disconnected(struct client *client)
{
    trace("%s: is disconnected", client->name);
    client->session_id = 0;
    client->following = client->signed_in = client->follow_sent = client->own_live = false;
    memset(client->pending, 0, sizeof client->pending);
}

/* ---- receiving ---- */

static void take_tick_mark(struct client *client, enum audience audience, uint64_t mark)
{
    if (mark == 0)
        return;
    client->replica.marks[audience == AUDIENCE_PUBLIC] = mark;
    rows_hold_mark(&client->replica, client->user, audience, mark, client->name);
}

static void take_push(struct client *client, const struct wire_message *message)
{
    struct arena arena;
    struct wire_fault fault;
    arena_init(&arena, 4096, 1u << 22);
    if (message->type == MESSAGE_CHANGED) {
        struct message_changed changed;
        check(codec_decode(&type_message_changed, message->payload, &arena, &changed, &fault));
        trace("%s: changed, %u views, mark %d of %s rows", client->name, changed.changes.count,
              (int)changed.mark, changed.audience == AUDIENCE_OWN ? "own" : "public");
        replica_apply(&client->replica, &changed);
        if (changed.mark != 0)
            rows_hold_mark(&client->replica, client->user, changed.audience, changed.mark, client->name);
        if (changed.audience == AUDIENCE_OWN && changed.mark != 0 && client->following)
            client->own_live = true;
    } else if (message->type == MESSAGE_TICK) {
        struct message_tick tick;
        check(codec_decode(&type_message_tick, message->payload, &arena, &tick, &fault));
        take_tick_mark(client, AUDIENCE_OWN, tick.own_mark);
        take_tick_mark(client, AUDIENCE_PUBLIC, tick.public_mark);
    } else if (message->type == MESSAGE_SIGNED_IN) {
        client->signed_in = true;
    } else if (message->type == MESSAGE_ERROR) {
        client->signing_in = false; /* the header's token, or its enrolment, was refused: by message now */
    }
    arena_release(&arena);
}

static void take_follow(struct client *client, struct slice payload)
{
    struct reply_follow reply;
    struct arena arena;
    struct wire_fault fault;
    arena_init(&arena, 1024, 65536);
    check(codec_decode(&type_reply_follow, payload, &arena, &reply, &fault));
    arena_release(&arena);
    if (reply.own_whole)
        replica_clear(&client->replica, AUDIENCE_OWN);
    if (reply.public_whole)
        replica_clear(&client->replica, AUDIENCE_PUBLIC);
    client->replica.epoch = reply.epoch;
    client->replica.generation = reply.generation;
    client->following = true;
    client->own_live = false;
    client->follows++;
}

static void take_answer(struct client *client, struct pending *pending, const struct wire_message *message)
{
    struct op *op = pending->op;
    if (pending->type == MESSAGE_SIGN_IN) {
        client->signing_in = false;
        client->signed_in = message->error == ERROR_NONE;
    } else if (pending->type == MESSAGE_FOLLOW) {
        client->follow_sent = message->error == ERROR_NONE;
        if (message->error == ERROR_NONE)
            take_follow(client, message->payload);
    } else if (op != NULL && message->error == ERROR_NONE) {
        if (op->reply.data == NULL)
            op->reply = keep_slice(message->payload);
        hold(slice_equal(op->reply, message->payload), "%s: %s is answered differently than before",
             client->name, op_name(op));
        op->state = OP_ACCEPTED;
    } else if (op != NULL && oracle_is_final(message->error)) {
        if (op->state == OP_OPEN)
            op->state = OP_REFUSED;
    } else if (schema_view_of_query((int)pending->type) != NULL) {
        client_take_page(client, pending, message);
    }
}

void client_heard(struct client *client, const struct node *node, const struct op *op, uint64_t due_ms)
{
    for (int i = 0; i < PENDING_MAX; i++) {
        struct pending *pending = &client->pending[i];
        if (client->node != node || pending->id == 0 || pending->op != op || !pending->sent.delivered)
            continue;
        pending->sent.heard = true;
        pending->sent.due_ms = due_ms;
    }
}

void client_hold_answered(const struct client *client)
{
    const struct session *session = client_session(client);
    if (session == NULL || session_closing(session))
        return; /* the answer is dropped, not the effect */
    for (int i = 0; i < PENDING_MAX; i++)
        hold(client->pending[i].id == 0 || client->pending[i].sent.due_ms == 0 ||
                 world.mono_ms <= client->pending[i].sent.due_ms,
             "%s: %s is stored, and not answered in time", client->name, op_name(client->pending[i].op));
}

/* A strong answer stands behind its rows: if every row that went out since then has fitted in the queue of a
 * socket that followed, or its catch-up is over. */
static void rows_are_here(const struct client *client, const struct pending *pending,
                          const struct wire_message *message, uint32_t refusals)
{
    const struct logged *first = store_command(pending->op->command_id);
    bool told = pending->sent.follows != 0 && pending->sent.follows == client->follows &&
                first->position > pending->sent.at && refusals == pending->sent.refusals;
    if (message->meta.view_position >= message->meta.position &&
        (told || (client->own_live && refusals == 0)))
        rows_hold_own(&client->replica, client->user, first->position, message->meta.position, client->name);
}

void client_receive(struct client *client, struct slice bytes, uint32_t refusals)
{
    struct wire_message message;
    check(wire_message_read(bytes, &message));
    if (message.id == 0) {
        take_push(client, &message);
        return;
    }
    struct pending *pending = pending_of(client, message.id);
    hold(pending != NULL, "%s: an answer to request %u, which is answered already or was never sent",
         client->name, message.id);
    struct pending answered = *pending;
    *pending = (struct pending){0};
    if (answered.op != NULL)
        trace("%s: %s: %s", client->name, op_name(answered.op),
              message.error == ERROR_NONE ? "accepted" : schema_error((int)message.error)->name);
    take_answer(client, &answered, &message);
    if (answered.op != NULL && message.error == ERROR_NONE)
        rows_are_here(client, &answered, &message, refusals);
}
