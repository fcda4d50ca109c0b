/* oracle: sees the log and every message, and says whether the promises were kept. */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include "client.h"
#include "ops.h"
#include "domain/domain.h"

struct logged;

void oracle_open(void);
void oracle_close(void);

/* Events were committed: each command is decided again on the states as committed, and must give these
 * events. */
void oracle_appended(uint64_t first, uint64_t last);
/* The log went back: what is not in it any more has not happened. */
void oracle_restored(void);
/* A node was told that events were appended. */
void oracle_heard(const struct node *node, uint64_t first, uint64_t last);
/* The server queued a message for a client: nothing can take it back. */
void oracle_sent(struct node *node, struct client *client, struct slice message);
/* A frame of the client reached a node. */
void oracle_delivered(struct client *client, struct slice frame);
void oracle_node_dies(struct node *node);
/* Everything is at rest: read models are the fold of the log, replicas are the read models. */
void oracle_at_rest(void);

/* Whether this error ends a command for its user: a rejection, or an id that is another's. */
bool oracle_is_final(enum error_code error);
/* A stream's state as committed; NULL when it has no events. */
const struct state *oracle_state(struct stream_ref ref);
/* Decides on what is committed, for what is in the log before a run. Gives the number of events. */
uint32_t oracle_decide_preload(const struct command *command, struct uuid actor, struct logged *ret_events);

/* Counts of what was checked, for the summary. */
struct oracle_counters {
    uint64_t commands, accepted, repeats, rejections, failures, checkpoints, marks, pages, rests;
};
struct oracle_counters *oracle_counters(void);

#endif
