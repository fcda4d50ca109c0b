/* ops: picking an op at random, and taking a message of the server apart. */
#ifndef SIM_OPS_H
#define SIM_OPS_H

#include "client.h"
#include "wire/codec.h"

/* An op of this user in this state (-1: any); NULL for none. */
struct op *op_any(struct uuid actor, int state);

struct wire_message {
    uint32_t id, type;
    struct slice payload;
    enum error_code error; /* of an error message; ERROR_NONE else */
    struct reply_meta meta;
};
/* Reads [id, type, payload, meta]. */
bool wire_message_read(struct slice bytes, struct wire_message *ret_message);
/* What was known when a request was sent, and how. */
struct sent {
    uint64_t at;       /* head of the log */
    uint64_t ms;       /* when */
    uint32_t refusals; /* messages of the feed that had not fitted in the socket's queue */
    bool was_accepted; /* its user knew that it had taken effect */
    uint32_t follows;  /* how often the socket had begun to follow; 0: it did not */
    bool strong;
    /* since then */
    bool delivered;  /* it reached its node */
    bool heard;      /* that node knows that it is in the log, which this copy alone can have brought about */
    uint64_t due_ms; /* by when it must be answered, then */
};
struct sent *client_sent(const struct client *client, uint32_t id);

#endif
