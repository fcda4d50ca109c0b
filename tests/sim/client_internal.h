/* client_internal: what client.c and client_act.c share. */
#ifndef SIM_CLIENT_INTERNAL_H
#define SIM_CLIENT_INTERNAL_H

#include "client.h"
#include "ops.h"

#define PENDING_MAX 12

/* A request that is not answered yet. */
struct pending {
    uint32_t id; /* 0: free */
    uint32_t type;
    struct op *op; /* of a command */
    struct sent sent;
    struct {      /* of a query */
        int view; /* index into schema_views */
        struct uuid player;
        uint64_t at_least;
        bool first_page;
    } query;
};

struct client {
    uint32_t index;
    char name[16];
    struct uuid user;
    uint8_t roles;
    struct node *node;
    uint64_t session_id; /* 0: not connected */
    bool signing_in, signed_in, following, follow_sent;
    bool own_live;             /* its own rows have been caught up since it follows */
    uint64_t stalled_until_ms; /* it takes nothing */
    uint32_t next_id, follows;
    uint64_t next_op;
    struct pending pending[PENDING_MAX];
    struct replica replica;
};

/* NULL: as much is unanswered as this client wants to be. */
struct pending *client_request(struct client *client, uint32_t type, const struct type_desc *payload_type,
                               const void *payload, const struct meta *meta, struct op *op);

/* client_act.c: the answer to a query. */
void client_take_page(struct client *client, const struct pending *pending,
                      const struct wire_message *message);

#endif
