/* node: what serve.c does, on fakes.
 *
 * The order of opening and closing is that of serve.c, so the simulation also closes with work in flight. A
 * kill is a close of which nobody hears: sockets go first, and what a database was sent before stays in its
 * backend. Memory that is left over, and timers that still run, fail the run (loop_free, and the leak checker
 * in sanitizer builds). */
#include "node.h"
#include "client.h"
#include "database.h"
#include "identity.h"
#include "oracle.h"
#include "sockets.h"
#include "request/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    uint32_t index;
    char name[8];
    struct loop *loop;
    struct eventstore *store;
    struct projector *projector;
    struct auth *auth;
    struct requests *requests;
    struct notify *notify;
    struct socket_server *sockets;
};

static const struct requests_config config = {
    .requests_max = 48,
    .queue_ms = 50,
    .queue_least = 8,
    .payload_bytes_max = 2000,
    .states_max = 6, /* few: states are evicted all the time */
    .states_bytes_max = 16384,
    .batch_commands_max = 5,
    .batch_bytes_max = 1u << 20,
    .strong_wait_ms = NODE_STRONG_WAIT_MS,
    .attempts_max = 8,
    .tick_every_ms = 2000,
    .sign_in_within_ms = 5000,
    .expiry_warning_ms = 60000,
    .issuer = "",
    .players_client_id = "",
};

struct node *node_start(uint32_t index)
{
    char why[200];
    struct node *node = calloc(1, sizeof *node);
    check(node != NULL);
    node->index = index;
    snprintf(node->name, sizeof node->name, "node%u", index + 1);
    trace("%s: starts", node->name);
    world.nodes[index] = node;
    node->loop = loop_new();
    struct eventstore_config store = {.dsn = "store",
                                      .node = node->name,
                                      .read_connections = 2,
                                      .statement_timeout_ms = 5000,
                                      .append_deadline_ms = 400,
                                      .in_flight_max = world.batches_in_flight};
    node->store = eventstore_open(node->loop, &store, why);
    node->auth = identity_new(node->loop);
    node->requests = requests_new(node->loop, &config, node->store, node->auth, NULL, &world.secrets);
    struct projection_config projection = {
        .dsn = "views", .page_events = 5, .query_connections = 1, .statement_timeout_ms = 5000};
    node->projector =
        projector_open(node->loop, &projection, node->store, requests_on_projected, node->requests, why);
    check(node->store != NULL && node->requests != NULL && node->projector != NULL);
    node->notify = notify_new(node->loop, node->projector);
    node->sockets = sockets_new(node, node->loop, &requests_session_callbacks, node->requests);
    requests_attach(node->requests, node->projector, node->notify, node->sockets);
    eventstore_on_foreign(node->store, requests_on_foreign, node->requests);
    loop_at_stage(node->loop, LOOP_STAGE_REQUESTS, requests_stage_resume, node->requests);
    loop_at_stage(node->loop, LOOP_STAGE_APPEND, requests_stage_append, node->requests);
    loop_at_stage(node->loop, LOOP_STAGE_FREE, socket_stage_free, node->sockets);
    return node;
}

void node_kill(struct node *node)
{
    trace("%s: killed", node->name);
    for (int stage = 0; stage < LOOP_STAGE_COUNT; stage++)
        if (stage != LOOP_STAGE_PROJECT)
            loop_at_stage(node->loop, (enum loop_stage)stage, NULL, NULL);
    loop_touch(node->loop);
    oracle_node_dies(node);
    sockets_free(node->sockets);
    requests_attach(node->requests, node->projector, node->notify, NULL);
    auth_close(node->auth);
    projector_close(node->projector);
    eventstore_close(node->store);
    notify_free(node->notify);
    requests_free(node->requests);
    loop_free(node->loop);
    world.nodes[node->index] = NULL;
    free(node);
}

const char *node_name(const struct node *node)
{
    return node->name;
}

struct node *node_of_loop(const struct loop *loop)
{
    for (uint32_t i = 0; i < NODES_MAX; i++)
        if (world.nodes[i] != NULL && world.nodes[i]->loop == loop)
            return world.nodes[i];
    broken("a loop of no node");
}

struct loop *node_loop(struct node *node)
{
    return node->loop;
}

struct socket_server *node_sockets(struct node *node)
{
    return node->sockets;
}

struct requests *node_requests(struct node *node)
{
    return node->requests;
}

bool node_view_stopped(const struct node *node, int view)
{
    for (uint32_t i = 0; i < projector_count(node->projector); i++) {
        struct projection_status status = projector_status(node->projector, i);
        if (strcmp(status.name, schema_views[view].projection) == 0)
            return strcmp(status.state, "stopped") == 0;
    }
    broken("%s has no projection %s", node->name, schema_views[view].projection);
}

void node_disable(struct node *node, struct uuid user)
{
    loop_touch(node->loop);
    struct revocation revocation = {
        .kind = REVOKED_SUBJECT, .close = CLOSE_DISABLED, .subject = user, .at_ms = world.wall_ms + 1};
    auth_revoke(node->auth, &revocation, 0);
    requests_on_revoked(node->requests);
}

const char *node_unrest(struct node *node)
{
    static char text[200];
    struct requests *requests = node->requests;
    uint32_t followers = 0, live = 0;
    size_t cursor = 0;
    for (struct session *session; (session = socket_next(node->sockets, &cursor)) != NULL;) {
        uint64_t own, public;
        notify_marks(node->notify, session, &own, &public);
        followers += session_get(session, SESSION_SLOT_NOTIFY) != NULL;
        live += own != 0 && public == store_head() && own == store_head();
    }
    bool rest = requests_in_flight(requests) == 0 && eventstore_ready(node->store) &&
                projector_ready(node->projector) && projector_lowest(node->projector) == store_head() &&
                followers == live;
    snprintf(text, sizeof text,
             "%s: %u requests, store %s, projector %s at %d of %d, %u of %u followers live", node->name,
             requests_in_flight(requests), eventstore_ready(node->store) ? "ready" : "away",
             projector_ready(node->projector) ? "ready" : "away", (int)projector_lowest(node->projector),
             (int)store_head(), live, followers);
    return rest ? NULL : text;
}

bool node_at_rest(struct node *node)
{
    struct requests *requests = node->requests;
    if (node_unrest(node) != NULL)
        return false;
    hold(states_pinned(requests->states) == 0, "%s: %u states are pinned although nothing is under way",
         node->name, states_pinned(requests->states));
    hold(requests->commands.inside == 0 && requests->queries.inside == 0 && requests->signing_count == 0 &&
             requests->payload_bytes == 0,
         "%s: %u commands, %u queries, %u sign-ins and %zu bytes count as unanswered although nothing is "
         "under way",
         node->name, requests->commands.inside, requests->queries.inside, requests->signing_count,
         requests->payload_bytes);
    hold(requests->by_command_id.count == 0, "%s: command ids are tracked although nothing is under way",
         node->name);
    hold(list_empty(&requests->active) && list_empty(&requests->resumed) && list_empty(&requests->stalled) &&
             list_empty(&requests->awaiting_projection) && list_empty(&requests->withdrawn) &&
             list_empty(&requests->rejected) && list_empty(&requests->confirms) &&
             requests->batches.next == requests->batches.prev,
         "%s: a list of requests or batches is not empty", node->name);
    return true;
}
