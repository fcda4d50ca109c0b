/* script: certain steps in a certain order, for interleavings that have a name. */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "client.h"
#include "database.h"
#include "node.h"

/* A world without faults: clients 0 to 2 are the players 0 to 2 on node 0; client 3 is player 0 again, 4 the
 * operator, 5 the service, on the last node. All are signed in and follow; what led there is not in the
 * trace. */
void script_open(uint32_t nodes, uint32_t batches_in_flight);
/* The same, before anybody connects. */
void script_open_empty(uint32_t nodes, uint32_t batches_in_flight);
/* Everything comes to rest and is checked; then the world ends. */
void script_close(void);

struct op *script_op(struct client *client, const struct command *command);
/* The client sends it, the node takes it and ends its turn; the databases do nothing. */
void script_send(struct client *client, struct op *op);
/* All that can happen, happens, in order, until nothing is left; time stands. */
void script_settle(void);
/* The same, and time passes, so that everybody is answered. */
void script_answers(void);
/* As script_settle, but no database executes an append. */
void script_settle_but_appends(void);
/* Nothing happens to statements of this name, or to connections with this label, until NULL is given; several
 * may be held. */
void script_hold(const char *what);
/* As script_answers, for this long. */
void script_pass(uint64_t ms);
/* Connects, signs in, follows. */
void script_arrive(struct client *client, struct node *node);
/* The node's connection for this: append, read, projector or queries. */
struct pg *script_connection(const struct node *node, const char *name);
/* The node's connection on which it appends. */
struct pg *script_appender(const struct node *node);
/* The oldest append that this node has sent is executed, and answered; then the node's turn ends. */
void script_append(struct node *node);

/* The events of a command, their versions and bytes, one behind the other: as the node has sent them to the
 * database, which has yet to execute that; and as they are in the log. */
struct slice script_sent(const struct node *node, const struct op *op);
struct slice script_stored(const struct op *op);
/* Commands that this node has taken out of batches. */
uint64_t script_withdrawn(struct node *node);

/* The lines of the trace that tell what the store did and what clients were answered, since the last call. */
const char *script_story(void);

#endif
