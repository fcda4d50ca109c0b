/* client_act: what the user of a client feels like doing: a command, the same again, a stolen id, a look at
 * some rows; and what it takes to get there, connecting, signing in, following. */
#include "client_internal.h"
#include "database.h"
#include "game.h"
#include "oracle_rows.h"

#define QUERY_WAIT_MS 2000 /* AT_LEAST_WAIT_MS of request/query.c */

/* ---- commands ---- */

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

/* ---- queries ---- */

static void ask(struct client *client, int view, struct uuid player, uint64_t at_least, struct slice after)
{
    struct query_list query = {.after = after, .limit = (uint16_t)(chance(50) ? 1 + random_below(5) : 100)};
    struct meta meta = {.consistency = CONSISTENCY_STRONG, .at_least = at_least};
    if (schema_views[view].audience == AUDIENCE_OWN)
        query.player = player;
    struct pending *pending =
        client_request(client, (uint32_t)schema_views[view].query, &type_query_list, &query, &meta, NULL);
    if (pending == NULL)
        return;
    pending->query.view = view;
    pending->query.player = query.player;
    pending->query.at_least = at_least;
    pending->query.first_page = after.size == 0;
    trace("%s: list %s, at least %d", client->name, schema_views[view].table, (int)at_least);
}

/* Some view's rows, one's own or (an operator) anyone's, of now or of a moment ago, or of what is yet to
 * come. */
static void send_query(struct client *client)
{
    struct uuid player = client->roles & ROLE_GAME_ADMIN ? game_player(random_below(PLAYERS)) : client->user;
    int view = (int)random_below(SCHEMA_VIEW_COUNT);
    if (schema_views[view].query != 0 && !(client->roles & ROLE_GAME_SERVICE))
        ask(client, view, player, random_below((uint32_t)store_head() + 3), (struct slice){0});
}

void client_list(struct client *client, enum view view, uint64_t at_least)
{
    ask(client, (int)(schema_view((int)view) - schema_views), client->user, at_least, (struct slice){0});
}

void client_take_page(struct client *client, const struct pending *pending,
                      const struct wire_message *message)
{
    struct reply_list list;
    struct arena arena;
    struct wire_fault fault;
    uint64_t waited_ms = world.mono_ms - pending->sent.ms;
    hold(message->error != ERROR_VIEW_BEHIND || waited_ms >= QUERY_WAIT_MS,
         "%s: a query is told after %d ms that the view is behind", client->name, (int)waited_ms);
    if (message->error != ERROR_NONE)
        return;
    uint64_t position = message->meta.view_position;
    trace("%s: list %s: as of %d", client->name, schema_views[pending->query.view].table, (int)position);
    hold(position >= pending->query.at_least, "%s: a query for at least %d is answered as of %d",
         client->name, (int)pending->query.at_least, (int)position);
    arena_init(&arena, 1024, 1u << 20);
    check(codec_decode(&type_reply_list, message->payload, &arena, &list, &fault));
    rows_hold_page(pending->query.view, pending->query.player, list.rows, position,
                   pending->query.first_page && list.next.size == 0, client->name);
    if (list.next.size > 0 && chance(60))
        ask(client, pending->query.view, pending->query.player, pending->query.at_least, list.next);
    arena_release(&arena);
}

/* ---- coming ---- */

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

/* ---- acting ---- */

void client_act(struct client *client)
{
    if (!establish(client))
        return;
    uint32_t what = random_below(100);
    struct op *op = what < 60   ? NULL
                    : what < 85 ? op_any(client->user, OP_OPEN)
                    : what < 92 ? op_any(client->user, OP_ACCEPTED)
                    : what < 94 ? op_any(client->user, OP_REFUSED)
                                : NULL;
    if (op != NULL)
        client_send(client, op);
    else if (what < 94)
        send_new(client);
    else if (what < 96)
        send_stolen_id(client);
    else if (what < 97 &&
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
