/* replica: the rows a client holds, kept as a client of the protocol must: by key, newest wins. */
#ifndef SIM_REPLICA_H
#define SIM_REPLICA_H

#include "world.h"

#define REPLICA_ROWS_MAX 1024

struct replica_row {
    int view; /* index into schema_views */
    uint64_t position;
    bool deleted;
    struct slice key, bytes;
};

struct replica {
    struct uuid epoch;
    uint64_t generation, marks[2]; /* by audience: own, public */
    struct replica_row *rows;
    uint32_t count;
};

void replica_init(struct replica *replica);
void replica_release(struct replica *replica);
/* Drops an audience's rows: those that follow are all there are. */
void replica_clear(struct replica *replica, enum audience audience);
/* A `changed` message's payload. */
void replica_apply(struct replica *replica, const struct message_changed *changed);
/* The row of a view that has this row's key; NULL for none. `row` is encoded as on the wire. */
const struct replica_row *replica_find(const struct replica *replica, int view, struct slice key);
/* The bytes of the first `count` fields after position and deleted. */
struct slice row_key(struct slice row, int count);
/* What the row itself says of when it was last touched. */
uint64_t row_position(struct slice row);

#endif
