/* registration: the process that finishes or undoes what a `register` left half done. */
#ifndef PROCESS_REGISTRATION_H
#define PROCESS_REGISTRATION_H

#include "auth/keycloak.h"
#include "process/process.h"

struct registration_process {
    struct keycloak *keycloak; /* borrowed */
    uint32_t within_ms;        /* a registration that is not finished by then is undone */
};

/* Fills *ret_process; `ctx` is borrowed. */
void registration_process(struct registration_process *ctx, struct process *ret_process);

#endif
