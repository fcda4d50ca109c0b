/* node: one server process: the real request, eventstore, projection and notify on a fake loop. */
#ifndef SIM_NODE_H
#define SIM_NODE_H

#include "world.h"

#define NODE_STRONG_WAIT_MS 300

struct requests;
struct socket_server;

struct node *node_start(uint32_t index);
/* kill -9: everything in memory is gone, sockets are closed, what the databases were sent stays with them. */
void node_kill(struct node *node);
const char *node_name(const struct node *node);
struct node *node_of_loop(const struct loop *loop);
struct loop *node_loop(struct node *node);
struct socket_server *node_sockets(struct node *node);
struct requests *node_requests(struct node *node);
/* The projection of this view is stopped, as the node knows: a strong command does not wait for that one. */
bool node_view_stopped(const struct node *node, int view);
/* A user was disabled, as Keycloak's admin events would tell. */
void node_disable(struct node *node, struct uuid user);
/* Nothing under way: no request, no batch, nothing pinned, projections at the end of the log. */
bool node_at_rest(struct node *node);
/* Why not, in words; static memory. */
const char *node_unrest(struct node *node);

#endif
