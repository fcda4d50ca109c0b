/* sockets: the other side of session.h, for the world: see fake_socket.c. */
#ifndef SIM_SOCKETS_H
#define SIM_SOCKETS_H

#include "socket/socket.h"

struct client;
struct node;

struct socket_server *sockets_new(struct node *node, struct loop *loop,
                                  const struct session_callbacks *callbacks, void *ctx);
/* Every session goes, as when the process ends. */
void sockets_free(struct socket_server *server);
/* A client's socket; the session's id. `bearer` absent: none. */
uint64_t sockets_open(struct socket_server *server, struct client *client, struct slice bearer);
/* A frame is on its way to the server. */
void session_to_server(struct session *session, struct slice frame);

bool session_can_receive(const struct session *session); /* a frame reaches the server */
bool session_can_deliver(const struct session *session); /* a message reaches the client, or the close */
void session_do_receive(struct session *session);
void session_do_deliver(struct session *session);
void session_do_cut(struct session *session);
void sockets_close_stalled(struct socket_server *server);
/* How many messages of the feed did not fit so far. */
uint32_t session_refusals(const struct session *session);

#endif
