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
    bool was_accepted; /* its user knew that it had taken effect */
    bool strong;
};
struct sent client_sent(const struct client *client, uint32_t id);

#endif
