/* sign_ins: who has signed in where, for players who may have one socket only (`--single-session`). */
#ifndef REVOCATION_SIGN_INS_H
#define REVOCATION_SIGN_INS_H

#include "base/err.h"
#include "base/uuid.h"
#include "loop/loop.h"

struct sign_ins;

struct sign_ins_config {
    const char *dsn;  /* the event store's, in the server's role */
    const char *node; /* this one's name */
    /* Somebody signed in, here or on another node, `at_ms` by its clock: at least once each, the newest of a
     * subject if there were several. Borrowed for the call; never before the function that led to it has
     * returned. */
    void (*on_signed_in)(void *ctx, struct uuid subject, int64_t at_ms, const char *node);
    void *ctx;
};

/* Texts are borrowed. NULL: `ret_failure` in words. */
struct sign_ins *sign_ins_open(struct loop *loop, const struct sign_ins_config *config,
                               char ret_failure[200]);
void sign_ins_close(struct sign_ins *sign_ins); /* accepts NULL */

/* Somebody signed in here: told to the other nodes, as soon as the database is there. */
void sign_ins_tell(struct sign_ins *sign_ins, struct uuid subject, int64_t at_ms);

/* In words; "" while other nodes are told, and heard. */
const char *sign_ins_failure(const struct sign_ins *sign_ins);

#endif
