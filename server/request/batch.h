/* batch: decided commands on their way into the log, one transaction. Shared by batch.c (joining, sending,
 * committing) and withdraw.c (what is taken out again); owned by struct requests. */
#ifndef REQUEST_BATCH_H
#define REQUEST_BATCH_H

#include "request/internal.h"

struct batch {
    uint64_t number; /* goes up in the order of `batches`; a new one when commands were taken out */
    struct requests *requests;
    struct list_node node;            /* in requests->batches, or in `spare` */
    bool sent;                        /* the store has it, and all that it points to */
    bool refused;                     /* before: what is left goes out once more */
    struct list_node writers, riders; /* struct request, by batch_node */
    struct arena arena;               /* event data */
    struct append_command *commands;
    struct append_event *events;
    struct append_stream *streams;
    struct append_key *keys;
    uint32_t command_count, event_count, stream_count, key_count;
    uint32_t command_max;   /* the arrays hold this many commands, and their events and streams */
    uint64_t read_position; /* what this node knew of other writers when the first command was decided */
    size_t bytes;
};

/* Counts in a command whose events stand at request->first_event: the next ones of the batch. */
void batch_count_in(struct batch *batch, struct request *request);
/* The states that the command wrote are those of this batch. */
void batch_mark_written(struct batch *batch, struct request *request);
/* Makes an emptied batch a spare one. */
void batch_recycle(struct batch *batch);

/* withdraw.c: the store did not append it. What is to be taken out is; batches_mend does the rest. */
void batch_not_appended(struct batch *batch, const struct append_result *result);

#endif
