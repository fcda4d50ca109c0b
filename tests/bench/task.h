/* task: openings or pings for the sockets of a crowd of peers: so many in flight, or so many a second. One at
 * a time; load.c owns it and the peers. */
#ifndef BENCH_TASK_H
#define BENCH_TASK_H

#include "peer.h"

/* The peers are borrowed for good. False: no memory. */
bool task_init(struct peer *peers, size_t count);
/* A peer can take requests, or cannot any more (it was dropped). */
void task_ready(struct peer *peer, bool ready);
/* Begins with the line `go ...` (load.c says which there are); false: that is none. All peers are ready. */
bool task_begin(const char *line);
/* The time is up now, if it was counted. */
void task_stop(void);
/* One of its requests was answered; 0: it succeeded. */
void task_answered(struct peer *peer, uint32_t slot, uint32_t error);
/* What the clock says: sends what is due, says "begin", "end" and the result. True when all is over. */
bool task_clock(uint64_t now_us);
/* When task_clock has to be called again, at the latest; 0 when no task is on. */
uint64_t task_due_us(uint64_t now_us);

#endif
