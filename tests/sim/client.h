/* client: what stands at the other end of a socket: a player's game, an operator's tool, a studio's service.
 *
 * A user has operations (commands with an id that is kept until an answer came) and one or two clients, which
 * all send them, again and again when no answer came, in any order and over any node. */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include "replica.h"
#include "world.h"

#define OPS_MAX 400

enum op_state {
    OP_OPEN,     /* not answered yet, or by an error that says "again" */
    OP_ACCEPTED, /* took effect; `reply` is the answer, which every repeat must get */
    OP_REFUSED,  /* the domain said no, or the id belongs to another command */
};

/* One command as its user means it. */
struct op {
    struct uuid command_id, actor;
    struct uuid sent_id; /* in the meta; nil where the schema derives it */
    uint8_t digest[16];
    uint8_t roles;
    struct command command;
    struct slice payload;
    enum consistency consistency;
    enum op_state state;
    struct slice reply;
    uint64_t first_sent_at; /* head of the log when it was first sent */
    uint32_t sent;          /* copies */
    uint32_t alive;         /* copies a node may still act on */
    uint32_t failed;        /* copies that were told to try again */
    uint64_t committed_ms;  /* when it took effect */
    uint64_t alive_since;   /* head of the log when the first of them was sent */
};

struct op *op_new(struct uuid actor, uint8_t roles, const struct command *command, struct uuid command_id);
/* The op with this command id and digest; NULL for none. `other`: one with the id and another digest. */
struct op *op_find(struct uuid command_id, const uint8_t digest[16]);
struct op *op_other(struct uuid command_id, const struct op *op);
const char *op_name(const struct op *op);
uint32_t ops_open(void);
void ops_clear(void);
/* The log went back: what is not in it any more is to be sent again. */
void ops_restored(void);

struct client *client_new(uint32_t index, struct uuid user, uint8_t roles);
void client_free(struct client *client);
const char *client_name(const struct client *client);
struct uuid client_user(const struct client *client);
bool client_signed_in(const struct client *client);
bool client_following(const struct client *client);
const struct replica *client_replica(const struct client *client);

/* What a client does by itself; each is one step. */
/* The node it was connected to last. */
struct node *client_node(const struct client *client);
void client_connect(struct client *client, struct node *node);
void client_sign_in(struct client *client, const char *display_name); /* NULL: the token's */
void client_follow(struct client *client);
void client_send(struct client *client, struct op *op);
/* Asks for a page of the view: its own rows, or everybody's. */
void client_list(struct client *client, enum view view, uint64_t at_least);
/* Something a user of its kind would do now. */
void client_act(struct client *client);
/* Sends what is not answered, connects and follows: all that leads to rest. */
void client_settle(struct client *client);
void client_cut(struct client *client);
/* Takes nothing for this long. */
void client_stall(struct client *client, uint64_t ms);
bool client_takes(const struct client *client);

/* From the sockets. */
/* `refusals`: how many messages of the feed did not fit in its queue so far. */
void client_receive(struct client *client, struct slice message, uint32_t refusals);
void client_disconnected(struct client *client);
/* The session of its socket; NULL for none. */
struct session *client_session(const struct client *client);

/* The node knows now that this op, of which there is one copy, is in the log. */
void client_heard(struct client *client, const struct node *node, const struct op *op, uint64_t due_ms);
/* Every answer that is due was queued. */
void client_hold_answered(const struct client *client);

/* The op that request `id` of this client's socket carried; NULL: it was no command. */
struct op *client_op_of(const struct client *client, uint32_t id);

#endif
