/* run: one simulated run: opening a world, moving it step by step, bringing it to rest. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "world.h"

struct run_options {
    uint64_t seed;
    uint32_t nodes;             /* 1 or 2; 0: the seed decides */
    uint32_t batches_in_flight; /* 0: the seed decides */
    bool players_only;          /* no operator, no service */
};

/* A world with its databases, nodes and clients; nothing has happened yet. */
void run_open(const struct run_options *options);
void run_close(void);
/* One random step. */
void run_step(void);
/* No more faults and commands: goes on until nothing is under way, then checks what must hold at rest. */
void run_to_rest(void);

#endif
