/* erasure: the process that erases players whose user is gone, and what erasing means (erasure.c). */
#ifndef PROCESS_ERASURE_H
#define PROCESS_ERASURE_H

#include "auth/keycloak.h"
#include "process/process.h"

struct erasure_process {
    struct keycloak *keycloak; /* borrowed, outlives the runner */
    struct eventstore *store;  /* likewise */
    uint32_t erase_after_s;    /* the grace time of deactivations from now on */
};
/* `ctx` is kept and must outlive the runner. */
void erasure_process(struct erasure_process *ctx, struct process *ret_process);

/* The step to ask for (processes_ask) about a user that was deleted in Keycloak. */
#define ERASURE_LOOK 3

#endif
