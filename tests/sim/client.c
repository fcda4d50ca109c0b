/* client: connects, signs in, follows, sends, repeats. Answers are matched by request id, as on the wire.
 *
 * What a client checks by itself is what a player would notice: the same answer for the same command,
 * whichever copy is answered; a strong answer only with its rows already here. What only somebody who sees
 * the log can check is the oracle's. */
#include "client.h"
#include "database.h"
#include "game.h"
#include "identity.h"
#include "node.h"
#include "oracle.h"
#include "sockets.h"
#include "ops.h"
#include "wire/frame.h"
#include "wire/token.h"
#include <stdio.h>
#include <stdlib.h>

#define PENDING_MAX 12

struct pending {
    uint32_t id; /* 0: free */
    uint32_t type;
    struct op *op;
    struct sent sent;
};

struct client {
    uint32_t index;
    char name[16];
    struct uuid user;
    uint8_t roles;
    struct node *node;
    uint64_t session_id; /* 0: not connected */
    bool signing_in, signed_in, following, follow_sent;
    bool own_live; /* its own rows have been caught up since it follows */
    uint32_t next_id;
    uint64_t next_op;
    struct pending pending[PENDING_MAX];
    struct replica replica;
};

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

bool client_connected(const struct client *client)
{
    return client->session_id != 0;
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

struct sent client_sent(const struct client *client, uint32_t id)
{
    struct pending *pending = pending_of(client, id);
    check(pending != NULL);
    return pending->sent;
}

/* False: as much is unanswered as this client wants to be. */
static bool send_message(struct client *client, uint32_t type, const struct type_desc *payload_type,
                         const void *payload, const struct meta *meta, struct op *op)
{
    struct pending *pending = pending_of(client, 0);
    if (pending == NULL)
        return false;
    struct buf frame;
    buf_init(&frame, 1u << 20);
    *pending =
        (struct pending){.id = ++client->next_id, .type = type, .op = op, .sent = {.at = store_head()}};
    check(frame_request(&frame, pending->id, type, payload_type, payload, meta) == ERR_OK);
    session_to_server(client_session(client), buf_slice(&frame));
    buf_release(&frame);
    pending->sent.was_accepted = op != NULL && op->state == OP_ACCEPTED;
    pending->sent.strong = meta != NULL && meta->consistency == CONSISTENCY_STRONG;
    return true;
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
    if (send_message(client, MESSAGE_SIGN_IN, &type_message_sign_in, &message, NULL, NULL))
        client->signing_in = true;
}

void client_follow(struct client *client)
{
    struct message_follow message = {.epoch = client->replica.epoch,
                                     .generation = client->replica.generation,
                                     .own = client->replica.marks[0],
                                     .public = client->replica.marks[1]};
    trace("%s: follow from %d, %d", client->name, (int)message.own, (int)message.public);
    if (send_message(client, MESSAGE_FOLLOW, &type_message_follow, &message, NULL, NULL)) {
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
    if (!send_message(client, (uint32_t)op->command.type, desc->payload,
                      command_payload_mutable(&op->command), &meta, op))
        return;
    trace("%s: %s%s", client->name, op_name(op), op->sent == 0 ? "" : " again");
    if (op->sent++ == 0)
        op->first_sent_at = store_head();
}

/* ---- what a user does ---- */

static void send_new(struct client *client)
{
    struct command command = client->roles & ROLE_GAME_ADMIN     ? game_operator_command()
                             : client->roles & ROLE_GAME_SERVICE ? game_service_command()
                                                                 : game_player_command(client->user);
    struct op *op = op_new(client->user, client->roles, &command,
                           game_id(0xd0 + client->index, (uint32_t)++client->next_op));
    if (op != NULL)
        client_send(client, op);
}

/* The id of a command that took effect, with other content. */
static void send_stolen_id(struct client *client)
{
    struct op *op = op_any(client->user, OP_ACCEPTED);
    struct command command = game_player_command(client->user);
    if (op == NULL || uuid_is_nil(op->sent_id) || !(client->roles & ROLE_PLAYER) ||
        command.type == COMMAND_OPEN_PACK)
        return;
    struct op *stolen = op_new(client->user, client->roles, &command, op->command_id);
    if (stolen != NULL)
        client_send(client, stolen);
}

static void send_query(struct client *client)
{
    struct query_list query = {.limit = (uint16_t)(1 + random_below(5))};
    struct meta meta = {.consistency = CONSISTENCY_STRONG,
                        .at_least = random_below((uint32_t)store_head() + 2)};
    send_message(client, chance(50) ? 302 : 320, &type_query_list, &query, &meta, NULL);
}

static struct node *any_node(void)
{
    uint32_t from = random_below(NODES_MAX);
    for (uint32_t i = 0; i < NODES_MAX; i++)
        if (world.nodes[(from + i) % NODES_MAX] != NULL)
            return world.nodes[(from + i) % NODES_MAX];
    return NULL;
}

/* Connecting, signing in, following: true when that is done. */
static bool establish(struct client *client)
{
    struct node *node = any_node();
    if (client->session_id == 0) {
        if (node != NULL)
            client_connect(client, node);
        return false;
    }
    if (!client->signed_in) {
        if (!client->signing_in)
            client_sign_in(client, chance(50) ? NULL : chance(50) ? "One Name" : "Other Name");
        return false;
    }
    if (!client->follow_sent)
        client_follow(client);
    return true;
}

void client_act(struct client *client)
{
    if (!establish(client))
        return;
    uint32_t what = random_below(100);
    struct op *op = what < 60   ? NULL
                    : what < 85 ? op_any(client->user, OP_OPEN)
                    : what < 93 ? op_any(client->user, OP_ACCEPTED)
                    : what < 95 ? op_any(client->user, OP_REFUSED)
                                : NULL;
    if (op != NULL)
        client_send(client, op);
    else if (what < 95)
        send_new(client);
    else if (what < 97)
        send_stolen_id(client);
    else if (what < 98 &&
             client->following) /* again; not while one is on its way, its answer moves the marks */
        client_follow(client);
    else
        send_query(client);
}

void client_settle(struct client *client)
{
    struct op *op;
    if (establish(client) && (op = op_any(client->user, OP_OPEN)) != NULL)
        client_send(client, op);
}

void client_cut(struct client *client)
{
    if (client->session_id != 0)
        session_do_cut(client_session(client));
}

void client_disconnected(struct client *client)
{
    trace("%s: is disconnected", client->name);
    client->session_id = 0;
    client->following = client->signed_in = client->follow_sent = client->own_live = false;
    memset(client->pending, 0, sizeof client->pending);
}

/* ---- receiving ---- */

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
        if (changed.audience == AUDIENCE_OWN && changed.mark != 0 && client->following)
            client->own_live = true;
    } else if (message->type == MESSAGE_TICK) {
        struct message_tick tick;
        check(codec_decode(&type_message_tick, message->payload, &arena, &tick, &fault));
        if (tick.own_mark != 0)
            client->replica.marks[0] = tick.own_mark;
        if (tick.public_mark != 0)
            client->replica.marks[1] = tick.public_mark;
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
    }
}

void client_receive(struct client *client, struct slice bytes, bool was_refused_feed)
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
    if (answered.op != NULL && message.error == ERROR_NONE && client->own_live && !was_refused_feed)
        oracle_rows_are_here(client, answered.op, &message);
}
